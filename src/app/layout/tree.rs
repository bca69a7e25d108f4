//! The binary tree behind the layout: leaves are slots, a split parts its area between two nodes.
//!
//! It keeps no rules of its own about lists, inspectors or focus. Begin with [`Node::place`].

use ratatui::layout::Rect;

use super::{MIN_TILE, Orientation, Slot};

/// What a whole area counts when it is shared. Fine enough that every border of a large terminal can be said.
const WHOLE: u32 = 10_000;

/// The share of the first side when both get the same.
const EVEN: u32 = WHOLE / 2;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Leaf(Slot),
    Split(Box<Split>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) orientation: Orientation,
    /// What the first side gets, of [`WHOLE`].
    share: u32,
    first: Node,
    second: Node,
}

/// A side of a split: left or upper, right or lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    First,
    Second,
}

impl Node {
    /// The slots, left to right and top to bottom.
    pub(super) fn leaves(&self) -> Vec<Slot> {
        match self {
            Self::Leaf(slot) => vec![*slot],
            Self::Split(split) => [split.first.leaves(), split.second.leaves()].concat(),
        }
    }

    pub(super) fn contains(&self, slot: Slot) -> bool {
        match self {
            Self::Leaf(own) => *own == slot,
            Self::Split(split) => split.contains(slot),
        }
    }

    /// Puts `slot` to the right of or below all that there is.
    pub(super) fn split_root(&mut self, slot: Slot, orientation: Orientation) {
        let first = std::mem::replace(self, Self::Leaf(slot));
        *self = Self::Split(Box::new(Split { orientation, share: EVEN, first, second: Self::Leaf(slot) }));
    }

    /// Puts `slot` to the right of or below the leaf `beside`, which shares its room with it.
    pub(super) fn split_leaf(&mut self, beside: Slot, slot: Slot, orientation: Orientation) {
        match self {
            Self::Leaf(own) if *own == beside => self.split_root(slot, orientation),
            Self::Leaf(_) => {}
            Self::Split(split) => {
                if let Some(side) = split.side_of(beside) {
                    split.child_mut(side).split_leaf(beside, slot, orientation);
                }
            }
        }
    }

    /// Takes a leaf out; what stood beside it gets its room. False when it is not there or is all there is.
    pub(super) fn remove(&mut self, slot: Slot) -> bool {
        let Self::Split(split) = self else { return false };
        let Some(side) = split.side_of(slot) else { return false };
        let child = split.child_mut(side);
        if let Self::Split(_) = child {
            return child.remove(slot);
        }
        let sibling = split.child_mut(side.other());
        *self = std::mem::replace(sibling, Self::Leaf(slot));
        true
    }

    /// The tree of just these leaves, each where it was to the others; `None` when it has none of them.
    pub(super) fn only(&self, kept: &[Slot]) -> Option<Self> {
        match self {
            Self::Leaf(slot) => kept.contains(slot).then(|| self.clone()),
            Self::Split(split) => match (split.first.only(kept), split.second.only(kept)) {
                (Some(first), Some(second)) => Some(Self::Split(Box::new(Split {
                    first,
                    second,
                    orientation: split.orientation,
                    share: split.share,
                }))),
                (first, second) => first.or(second),
            },
        }
    }

    /// The splits above a leaf, the root first, each with the side on which the leaf is.
    pub(super) fn above(&self, slot: Slot) -> Vec<(&Split, Side)> {
        let mut above = Vec::new();
        let mut node = self;
        while let Self::Split(split) = node
            && let Some(side) = split.side_of(slot)
        {
            above.push((&**split, side));
            node = split.child(side);
        }
        above
    }

    /// The split that parts two leaves.
    pub(super) fn between(&mut self, one: Slot, other: Slot) -> Option<&mut Split> {
        let Self::Split(split) = self else { return None };
        match (split.side_of(one)?, split.side_of(other)?) {
            (Side::First, Side::First) => split.first.between(one, other),
            (Side::Second, Side::Second) => split.second.between(one, other),
            _ => Some(split),
        }
    }

    /// The least width and height, in cells, at which every leaf has [`MIN_TILE`].
    pub(super) fn min_size(&self) -> (u16, u16) {
        let Self::Split(split) = self else { return MIN_TILE };
        let (first, second) = (split.first.min_size(), split.second.min_size());
        match split.orientation {
            Orientation::Beside => (first.0.saturating_add(second.0), first.1.max(second.1)),
            Orientation::Stacked => (first.0.max(second.0), first.1.saturating_add(second.1)),
        }
    }

    /// The area of each leaf. The parts cover `area` and do not overlap; where `area` has room for
    /// [`Node::min_size`], each leaf has its least size.
    pub(super) fn place(&self, area: Rect) -> Vec<(Slot, Rect)> {
        match self {
            Self::Leaf(slot) => vec![(*slot, area)],
            Self::Split(split) => {
                let (first, second) = split.part(area);
                [split.first.place(first), split.second.place(second)].concat()
            }
        }
    }
}

impl Split {
    pub(super) fn child(&self, side: Side) -> &Node {
        match side {
            Side::First => &self.first,
            Side::Second => &self.second,
        }
    }

    fn child_mut(&mut self, side: Side) -> &mut Node {
        match side {
            Side::First => &mut self.first,
            Side::Second => &mut self.second,
        }
    }

    /// A leaf of one side.
    pub(super) fn leaf(&self, side: Side) -> Slot {
        let mut node = self.child(side);
        loop {
            match node {
                Node::Leaf(slot) => return *slot,
                Node::Split(split) => node = &split.first,
            }
        }
    }

    pub(super) fn contains(&self, slot: Slot) -> bool {
        self.side_of(slot).is_some()
    }

    fn side_of(&self, slot: Slot) -> Option<Side> {
        if self.first.contains(slot) { Some(Side::First) } else { self.second.contains(slot).then_some(Side::Second) }
    }

    /// The share at which the border is moved by `cells` (to the right or down when positive) in `area`, the
    /// area of this split, as far as both sides keep their least size. `None` when the border stays.
    pub(super) fn moved(&self, area: Rect, cells: i32) -> Option<u32> {
        let (length, [least, most]) = self.limits(area);
        let now = i32::from(self.first_length(area));
        let new = (now + cells).clamp(i32::from(least), i32::from(most));
        let length = u32::from(length).max(1);
        (new != now).then(|| (new.unsigned_abs() * WHOLE + length / 2) / length)
    }

    pub(super) fn set_share(&mut self, share: u32) {
        self.share = share.min(WHOLE);
    }

    fn part(&self, area: Rect) -> (Rect, Rect) {
        let first = self.first_length(area);
        match self.orientation {
            Orientation::Beside => {
                (Rect { width: first, ..area }, Rect { x: area.x + first, width: area.width - first, ..area })
            }
            Orientation::Stacked => {
                (Rect { height: first, ..area }, Rect { y: area.y + first, height: area.height - first, ..area })
            }
        }
    }

    /// Cells of the first side along the split.
    fn first_length(&self, area: Rect) -> u16 {
        let (length, [least, most]) = self.limits(area);
        let wanted = (u32::from(length) * self.share + EVEN) / WHOLE;
        (wanted as u16).clamp(least, most)
    }

    /// The length of `area` along the split, and the least and most that the first side may have of it:
    /// everything where there is too little for both.
    fn limits(&self, area: Rect) -> (u16, [u16; 2]) {
        let (first, second) = (self.first.min_size(), self.second.min_size());
        let (length, first, second) = match self.orientation {
            Orientation::Beside => (area.width, first.0, second.0),
            Orientation::Stacked => (area.height, first.1, second.1),
        };
        match length.checked_sub(second) {
            Some(most) if most >= first => (length, [first, most]),
            _ => (length, [0, length]),
        }
    }
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::PaneId;
    use super::*;

    const A: Slot = Slot::List;
    const B: Slot = Slot::Pane(PaneId(1));
    const C: Slot = Slot::Pane(PaneId(2));

    fn tree() -> Node {
        let mut root = Node::Leaf(A);
        root.split_root(B, Orientation::Stacked);
        root.split_leaf(B, C, Orientation::Beside);
        root
    }

    #[test]
    fn leaves_are_put_in_and_taken_out() {
        let mut root = tree();
        assert_eq!(root.leaves(), [A, B, C]);
        assert!(root.remove(B));
        assert_eq!(root.leaves(), [A, C]);
        assert!(!root.remove(B), "it is gone");
        assert!(root.remove(C));
        assert_eq!(root, Node::Leaf(A));
        assert!(!root.remove(A), "it is all there is");
    }

    #[test]
    fn the_split_that_parts_two_leaves_is_the_lowest_above_both() {
        let mut root = tree();
        let mut orientation = |one, other| root.between(one, other).map(|split| split.orientation);
        assert_eq!(orientation(B, C), Some(Orientation::Beside));
        assert_eq!(orientation(C, A), Some(Orientation::Stacked));
        assert_eq!(orientation(B, B), None);
        assert_eq!(tree().above(C).iter().map(|(_, side)| *side).collect::<Vec<_>>(), [Side::Second, Side::Second]);
    }

    #[test]
    fn a_border_moves_by_cells_at_every_length() {
        let mut root = Node::Leaf(A);
        root.split_root(B, Orientation::Beside);
        for width in 41..1_000 {
            let area = Rect::new(3, 5, width, 10);
            let Node::Split(split) = &mut root else { panic!("it was split") };
            let before = split.first_length(area);
            let cells = if before < width - MIN_TILE.0 { 1 } else { -1 };
            let share = split.moved(area, cells).expect("there is room");
            split.set_share(share);
            assert_eq!(i32::from(split.first_length(area)), i32::from(before) + cells, "{width} wide");
        }
    }

    #[test]
    fn a_border_stops_where_a_side_has_its_least_size() {
        let mut root = Node::Leaf(A);
        root.split_root(B, Orientation::Stacked);
        let Node::Split(split) = &mut root else { panic!("it was split") };
        let area = Rect::new(0, 0, 80, 10);
        split.set_share(split.moved(area, 99).expect("there is room"));
        assert_eq!(split.first_length(area), 7);
        assert_eq!(split.moved(area, 1), None);
        assert_eq!(split.moved(Rect::new(0, 0, 80, 6), -5), None, "both sides are at their least");
    }
}
