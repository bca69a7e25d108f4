//! Where the tiles are: a pure state machine over a tree of splits.
//!
//! It knows slots, shares and focus, and nothing of what a tile shows or how it is drawn. Its fields are
//! private and few so that an illegal layout cannot be written down: the list is always there, one slot has
//! the focus, no slot is there twice. What does not fit is hidden when areas are given out, and comes back
//! when there is room; the state itself does not depend on the size of the terminal.
//!
//! The layouts, from the first to four panes (`*` has the focus). The inspector stands beside the list:
//!
//! ```text
//! start, wide        start, narrow      one pane           three panes        four panes
//! ┌─List*─┬─Insp──┐  ┌─List*─────────┐  ┌─List──┬─Insp──┐  ┌─List──┬─Insp──┐  ┌─List──┬─Insp──┐
//! │       │       │  │               │  │       │       │  │       │       │  │       │       │
//! │       │       │  │               │  ├─1*────┴───────┤  ├─1─────┬─2─────┤  ├─1─────┼─2─────┤
//! │       │       │  │               │  │               │  │       ├─3*────┤  ├─4*────┼─3─────┤
//! └───────┴───────┘  └───────────────┘  └───────────────┘  └───────┴───────┘  └───────┴───────┘
//!
//! narrow, inspector  narrow, a pane,    one pane, split    zoomed             too small:
//! opened             inspector opened   beside (`|`)                          the focused alone
//! ┌─List──────────┐  ┌─List──────────┐  ┌─List──┬─1*────┐  ┌─1*────────────┐  ┌─1*────┐
//! │               │  │               │  │       │       │  │               │  │       │
//! ├─Insp*─────────┤  ├─Insp──────────┤  ├─Insp──┤       │  │               │  └───────┘
//! │               │  ├─1*────────────┤  │       │       │  │               │
//! └───────────────┘  └───────────────┘  └───────┴───────┘  └───────────────┘
//! ```
//!
//! Start with [`Layout::open`] for what happens to the tree, and [`Layout::areas`] for what is seen of it.

mod tree;

use ratatui::layout::{Position, Rect};
use serde::Serialize;
use tree::{Node, Side, Split};

/// From this width on, in cells, the inspector stands beside the list. Below, it is shown only when it was
/// opened or has the focus, and then under the list.
pub const WIDE: u16 = 100;

/// The least size of a tile in cells, its border included. With less, only the focused tile is shown.
pub const MIN_TILE: (u16, u16) = (20, 3);

/// Names a pane for as long as it is open. Whoever opens panes gives out the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct PaneId(pub u32);

/// A place on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Slot {
    /// The list of the current view. Always there.
    List,
    /// What is known of the row under the cursor.
    Inspector,
    /// A tile that was opened: a log, a shell, a text.
    Pane(PaneId),
}

/// How the two sides of a split lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// Left and right of a vertical line (`|`).
    Beside,
    /// Above and below a horizontal line (`-`).
    Stacked,
}

/// Where an arrow points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Up.
    Up,
    /// Down.
    Down,
}

/// Whether the inspector is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Inspector {
    /// Not at all: it was closed.
    Closed,
    /// Where the terminal is wide enough. How the program starts.
    WhenWide,
    /// At any width: it was opened.
    Open,
}

/// The tiles, their shares and the focus. See the module for pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    root: Node,
    /// Every slot of the tree once, in the order in which they last had the focus; the last one has it.
    recent: Vec<Slot>,
    /// Whether the inspector is shown although the terminal is narrow.
    inspector_open: bool,
    zoomed: bool,
    /// How the next pane will lie to the tile that it is opened from, if that was chosen.
    next: Option<Orientation>,
}

impl Default for Layout {
    fn default() -> Self {
        let mut layout = Self {
            root: Node::Leaf(Slot::List),
            recent: vec![Slot::List],
            inspector_open: false,
            zoomed: false,
            next: None,
        };
        layout.set_inspector(Inspector::WhenWide);
        layout
    }
}

impl Layout {
    /// The list with the focus, and the inspector where there is room.
    pub fn new() -> Self {
        Self::default()
    }

    /// The slot with the focus.
    pub fn focused(&self) -> Slot {
        self.recent.last().copied().unwrap_or(Slot::List)
    }

    /// All slots, hidden ones included, left to right and top to bottom.
    pub fn slots(&self) -> Vec<Slot> {
        self.root.leaves()
    }

    /// Whether `slot` is part of the layout, shown or hidden.
    pub fn contains(&self, slot: Slot) -> bool {
        self.recent.contains(&slot)
    }

    /// Whether only the focused slot is shown.
    pub fn is_zoomed(&self) -> bool {
        self.zoomed
    }

    /// When the inspector is shown.
    pub fn inspector(&self) -> Inspector {
        match (self.contains(Slot::Inspector), self.inspector_open) {
            (false, _) => Inspector::Closed,
            (true, false) => Inspector::WhenWide,
            (true, true) => Inspector::Open,
        }
    }

    /// Puts a new pane on the screen and gives it the focus; one that is already there just gets the focus.
    ///
    /// The first pane goes below everything, over the full width. A later one shares the tile of the focused
    /// pane or, from the list or the inspector, of the largest pane, across the split that is there already.
    pub fn open(&mut self, pane: PaneId) {
        let slot = Slot::Pane(pane);
        if !self.contains(slot) {
            let chosen = self.next.take();
            match self.pane_to_share() {
                None => self.root.split_root(slot, chosen.unwrap_or(Orientation::Stacked)),
                Some(beside) => {
                    let across = match self.root.above(beside).last() {
                        Some((split, _)) if split.orientation == Orientation::Stacked => Orientation::Beside,
                        _ => Orientation::Stacked,
                    };
                    self.root.split_leaf(beside, slot, chosen.unwrap_or(across));
                }
            }
            self.recent.push(slot);
            self.zoomed = false;
        }
        self.focus(slot);
    }

    fn pane_to_share(&self) -> Option<Slot> {
        let focused = self.focused();
        if matches!(focused, Slot::Pane(_)) {
            return Some(focused);
        }
        // Any size will do to compare tiles by; a square has no rounding that matters.
        let tiles = self.root.place(Rect::new(0, 0, 1_000, 1_000));
        tiles
            .into_iter()
            .filter(|(slot, _)| matches!(slot, Slot::Pane(_)))
            .max_by_key(|(slot, area)| (area.area(), self.recency(*slot)))
            .map(|(slot, _)| slot)
    }

    /// Where `slot` stands among the recently focused; higher is later.
    fn recency(&self, slot: Slot) -> usize {
        self.recent.iter().position(|other| *other == slot).unwrap_or(0)
    }

    /// Takes a slot off the screen; its neighbour gets the room, and the slot that had the focus before gets the
    /// focus. False for the list, which stays, and for what is not there.
    pub fn close(&mut self, slot: Slot) -> bool {
        if slot == Slot::List || !self.root.remove(slot) {
            return false;
        }
        if slot == self.focused() {
            self.zoomed = false;
        }
        self.recent.retain(|other| *other != slot);
        if slot == Slot::Inspector {
            self.inspector_open = false;
        }
        if self.recent.len() == 1 {
            self.next = None;
            self.zoomed = false;
        }
        true
    }

    /// Gives the focus to `slot`; a closed inspector is opened for it. False for a pane that is not there.
    pub fn focus(&mut self, slot: Slot) -> bool {
        if slot == Slot::Inspector && !self.contains(slot) {
            self.set_inspector(Inspector::Open);
        }
        let known = self.contains(slot);
        if known {
            self.recent.retain(|other| *other != slot);
            self.recent.push(slot);
        }
        known
    }

    /// Gives the focus to the next slot in the order of [`Layout::slots`], hidden ones included, and around.
    pub fn focus_next(&mut self) {
        self.focus_by(|at, count| (at + 1) % count);
    }

    /// The same, backwards.
    pub fn focus_prev(&mut self) {
        self.focus_by(|at, count| (at + count - 1) % count);
    }

    fn focus_by(&mut self, step: impl Fn(usize, usize) -> usize) {
        let slots = self.slots();
        let at = slots.iter().position(|slot| *slot == self.focused()).unwrap_or(0);
        if let Some(slot) = slots.get(step(at, slots.len())) {
            self.focus(*slot);
        }
    }

    /// Gives the focus to the tile that lies in `direction` of the focused one within `area`: of those that
    /// touch it, the one that had the focus last. False at the edge. Works while zoomed, by the tiles behind.
    pub fn focus_dir(&mut self, direction: Direction, area: Rect) -> bool {
        let tiles = self.fitting_areas(area);
        let from = tiles.iter().find(|(slot, _)| *slot == self.focused()).map(|(_, area)| *area);
        let Some(from) = from else { return false };
        let target = tiles
            .into_iter()
            .filter(|(_, area)| touches(from, *area, direction))
            .max_by_key(|(slot, _)| self.recency(*slot));
        target.is_some_and(|(slot, _)| self.focus(slot))
    }

    /// Lays the focused tile and what stands beside it in `area` out in `orientation`, and the pane that is
    /// opened next likewise.
    pub fn split(&mut self, orientation: Orientation, area: Rect) {
        self.next = Some(orientation);
        let focused = self.focused();
        let shown = self.shown(area);
        if let Some((split, side)) = shown.above(focused).last()
            && let Some(own) = self.root.between(focused, split.leaf(side.other()))
        {
            own.orientation = orientation;
        }
    }

    /// Moves a border of the focused tile in `area` the way the arrow points, by up to `cells`: the border on
    /// that side or, where there is none, the opposite one. False when nothing can move.
    pub fn resize(&mut self, direction: Direction, cells: u16, area: Rect) -> bool {
        let (orientation, side, sign) = match direction {
            Direction::Left => (Orientation::Beside, Side::Second, -1),
            Direction::Right => (Orientation::Beside, Side::First, 1),
            Direction::Up => (Orientation::Stacked, Side::Second, -1),
            Direction::Down => (Orientation::Stacked, Side::First, 1),
        };
        let shown = self.shown(area);
        let above = shown.above(self.focused());
        let borders = || above.iter().rev().filter(|(split, _)| split.orientation == orientation);
        let Some((split, _)) = borders().find(|(_, own)| *own == side).or_else(|| borders().next()) else {
            return false;
        };
        let Some(share) = split.moved(area_of(split, &shown.place(area)), sign * i32::from(cells)) else {
            return false;
        };
        if let Some(own) = self.root.between(split.leaf(Side::First), split.leaf(Side::Second)) {
            own.set_share(share);
        }
        true
    }

    /// Shows only the focused slot, or all again. The zoom goes with the focus.
    pub fn zoom(&mut self) {
        self.zoomed = !self.zoomed && self.recent.len() > 1;
    }

    /// Opens the inspector, at any width, or closes it. It does not get the focus.
    pub fn show_inspector(&mut self, shown: bool) {
        self.set_inspector(if shown { Inspector::Open } else { Inspector::Closed });
    }

    /// Says when the inspector is shown. It does not get the focus, but loses it when it is closed.
    pub fn set_inspector(&mut self, inspector: Inspector) {
        if inspector == Inspector::Closed {
            self.close(Slot::Inspector);
            return;
        }
        if !self.contains(Slot::Inspector) {
            self.root.split_leaf(Slot::List, Slot::Inspector, Orientation::Beside);
            self.recent.insert(0, Slot::Inspector);
        }
        self.inspector_open = inspector == Inspector::Open;
    }

    /// The slots that are shown in `area`, each with its part of it. The parts cover the area and do not
    /// overlap; the focused slot is always among them, and each has [`MIN_TILE`] unless it is alone.
    pub fn areas(&self, area: Rect) -> Vec<(Slot, Rect)> {
        if self.zoomed { vec![(self.focused(), area)] } else { self.fitting_areas(area) }
    }

    /// The slot that is shown at a cell of `area`.
    pub fn slot_at(&self, area: Rect, at: Position) -> Option<Slot> {
        self.areas(area).into_iter().find(|(_, tile)| tile.contains(at)).map(|(slot, _)| slot)
    }

    /// The areas without regard to zoom.
    fn fitting_areas(&self, area: Rect) -> Vec<(Slot, Rect)> {
        self.shown(area).place(area)
    }

    /// The tree without what is hidden in `area`.
    fn shown(&self, area: Rect) -> Node {
        let tree = self.arranged(area);
        let fits = |tree: &Node| {
            let (width, height) = tree.min_size();
            width <= area.width && height <= area.height
        };
        if fits(&tree) {
            return tree;
        }
        let mut shown = Node::Leaf(self.focused());
        let mut kept = vec![self.focused()];
        for slot in self.by_need() {
            kept.push(slot);
            match tree.only(&kept).filter(fits) {
                Some(more) => shown = more,
                None => drop(kept.pop()),
            }
        }
        shown
    }

    /// The tree with the inspector where it belongs in `area`: beside the list, below it, or nowhere.
    fn arranged(&self, area: Rect) -> Node {
        let mut tree = self.root.clone();
        if self.is_narrow(area) {
            if !self.inspector_open && self.focused() != Slot::Inspector {
                tree.remove(Slot::Inspector);
            } else if let Some(split) = tree.between(Slot::List, Slot::Inspector) {
                split.orientation = Orientation::Stacked;
            }
        }
        tree
    }

    /// Whether list and inspector would stand side by side with too little room.
    fn is_narrow(&self, area: Rect) -> bool {
        let above = self.root.above(Slot::Inspector);
        above.last().is_some_and(|(split, _)| {
            split.orientation == Orientation::Beside && area_of(split, &self.root.place(area)).width < WIDE
        })
    }

    /// The slots without the focused one, in the order in which they get room where there is little: the list,
    /// then by the time since they had the focus; an inspector that nobody opened is last.
    fn by_need(&self) -> Vec<Slot> {
        let mut slots: Vec<_> = self.recent.iter().rev().skip(1).copied().collect();
        slots.sort_by_key(|slot| match slot {
            Slot::List => 0,
            Slot::Inspector if !self.inspector_open => 2,
            _ => 1,
        });
        slots
    }
}

/// The area of a split: that of all its tiles together.
fn area_of(split: &Split, tiles: &[(Slot, Rect)]) -> Rect {
    let own = tiles.iter().filter(|(slot, _)| split.contains(*slot)).map(|(_, area)| *area);
    own.reduce(Rect::union).unwrap_or_default()
}

/// Whether `to` shares a piece of border with `from`, on the side of `direction`.
fn touches(from: Rect, to: Rect, direction: Direction) -> bool {
    let rows = from.top() < to.bottom() && to.top() < from.bottom();
    let columns = from.left() < to.right() && to.left() < from.right();
    match direction {
        Direction::Left => rows && to.right() == from.left(),
        Direction::Right => rows && to.left() == from.right(),
        Direction::Up => columns && to.bottom() == from.top(),
        Direction::Down => columns && to.top() == from.bottom(),
    }
}

#[cfg(test)]
mod tests;
