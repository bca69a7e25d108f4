//! The pictures of the module as numbers, and laws over random sequences of actions and sizes.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const SMALL: Rect = Rect::new(0, 2, 80, 21);
const MIDDLE: Rect = Rect::new(0, 2, 120, 36);

fn pane(id: u32) -> Slot {
    Slot::Pane(PaneId(id))
}

fn with_panes(count: u32) -> Layout {
    let mut layout = Layout::new();
    for id in 1..=count {
        layout.focus(Slot::List);
        layout.open(PaneId(id));
    }
    layout
}

/// `slot x,y wxh` of each tile, to be compared with what is expected.
fn drawn(layout: &Layout, area: Rect) -> Vec<String> {
    let name = |slot| match slot {
        Slot::List => "list".to_owned(),
        Slot::Inspector => "insp".to_owned(),
        Slot::Pane(PaneId(id)) => id.to_string(),
    };
    let tiles = layout.areas(area).into_iter();
    tiles.map(|(slot, Rect { x, y, width, height })| format!("{} {x},{y} {width}x{height}", name(slot))).collect()
}

fn shown(layout: &Layout, area: Rect) -> Vec<Slot> {
    layout.areas(area).into_iter().map(|(slot, _)| slot).collect()
}

#[test]
fn the_pictures() {
    let layout = Layout::new();
    assert_eq!(drawn(&layout, MIDDLE), ["list 0,2 60x36", "insp 60,2 60x36"]);
    assert_eq!(drawn(&layout, SMALL), ["list 0,2 80x21"]);
    assert_eq!(drawn(&with_panes(1), MIDDLE), ["list 0,2 60x18", "insp 60,2 60x18", "1 0,20 120x18"]);
    assert_eq!(
        drawn(&with_panes(4), MIDDLE),
        ["list 0,2 60x18", "insp 60,2 60x18", "1 0,20 60x9", "4 0,29 60x9", "2 60,20 60x9", "3 60,29 60x9"]
    );
}

#[test]
fn a_narrow_inspector_is_shown_when_opened_or_focused() {
    let mut layout = Layout::new();
    layout.focus(Slot::Inspector);
    assert_eq!(drawn(&layout, SMALL), ["list 0,2 80x11", "insp 0,13 80x10"]);
    layout.focus(Slot::List);
    assert_eq!(drawn(&layout, SMALL), ["list 0,2 80x21"]);
    layout.show_inspector(true);
    assert_eq!(layout.inspector(), Inspector::Open);
    assert_eq!(drawn(&layout, SMALL), ["list 0,2 80x11", "insp 0,13 80x10"]);
    layout.show_inspector(false);
    assert_eq!(drawn(&layout, MIDDLE), ["list 0,2 120x36"]);
}

#[test]
fn list_and_inspector_stack_when_a_pane_beside_them_makes_them_narrow() {
    let mut layout = Layout::new();
    layout.split(Orientation::Beside, MIDDLE);
    layout.open(PaneId(1));
    assert_eq!(drawn(&layout, MIDDLE), ["list 0,2 60x36", "1 60,2 60x36"]);
    layout.show_inspector(true);
    assert_eq!(drawn(&layout, MIDDLE), ["list 0,2 60x18", "insp 0,20 60x18", "1 60,2 60x36"]);
}

#[test]
fn where_there_is_little_room_the_list_and_what_was_used_last_are_shown() {
    let mut layout = with_panes(3);
    layout.focus(pane(1));
    layout.focus(pane(2));
    assert_eq!(shown(&layout, Rect::new(0, 0, 80, 9)), [Slot::List, pane(1), pane(2), pane(3)]);
    assert_eq!(shown(&layout, Rect::new(0, 0, 80, 8)), [Slot::List, pane(1), pane(2)]);
    assert_eq!(shown(&layout, Rect::new(0, 0, 39, 9)), [Slot::List, pane(2), pane(3)]);
    assert_eq!(shown(&layout, Rect::new(0, 0, 80, 5)), [pane(1), pane(2)]);
    for tiny in [Rect::new(0, 0, 19, 50), Rect::new(0, 0, 80, 2), Rect::default()] {
        assert_eq!(layout.areas(tiny), [(pane(2), tiny)]);
    }
}

#[test]
fn opening_from_a_pane_shares_its_tile_and_opening_twice_focuses() {
    let mut layout = with_panes(2);
    layout.focus(pane(1));
    layout.open(PaneId(3));
    assert_eq!(layout.slots(), [Slot::List, Slot::Inspector, pane(1), pane(3), pane(2)]);
    let before = layout.slots();
    layout.open(PaneId(2));
    assert_eq!((layout.focused(), layout.slots()), (pane(2), before));
}

#[test]
fn closing_gives_the_focus_back() {
    let mut layout = with_panes(3);
    layout.focus(pane(1));
    layout.focus(pane(3));
    assert!(layout.close(pane(3)));
    assert_eq!(layout.focused(), pane(1));
    assert!(layout.close(pane(2)), "it goes without the focus");
    assert_eq!(layout.focused(), pane(1));
    assert!(!layout.close(Slot::List) && !layout.close(pane(9)));
    assert!(layout.close(pane(1)));
    assert_eq!(layout, Layout::new());
}

#[test]
fn focus_goes_round_and_where_the_arrow_points() {
    let mut layout = with_panes(2);
    layout.focus_next();
    assert_eq!(layout.focused(), Slot::List);
    layout.focus_prev();
    assert_eq!(layout.focused(), pane(2));
    assert!(layout.focus_dir(Direction::Up, MIDDLE));
    assert_eq!(layout.focused(), Slot::Inspector);
    assert!(layout.focus_dir(Direction::Left, MIDDLE));
    assert!(!layout.focus_dir(Direction::Left, MIDDLE), "this is the edge");
    assert!(layout.focus_dir(Direction::Down, MIDDLE));
    assert_eq!(layout.focused(), pane(1));
    layout.focus(Slot::List);
    layout.focus(pane(2));
    assert!(layout.focus_dir(Direction::Up, SMALL));
    assert_eq!(layout.focused(), Slot::List, "the inspector is hidden there");
}

#[test]
fn a_split_turns_what_stands_beside_the_focus_on_the_screen() {
    let mut layout = with_panes(1);
    layout.focus(Slot::List);
    layout.split(Orientation::Beside, SMALL);
    assert_eq!(drawn(&layout, SMALL), ["list 0,2 40x21", "1 40,2 40x21"], "not the hidden inspector");
    layout.open(PaneId(2));
    assert_eq!(drawn(&layout, SMALL), ["list 0,2 40x21", "1 40,2 20x21", "2 60,2 20x21"], "the next one likewise");
    layout.split(Orientation::Stacked, SMALL);
    assert_eq!(drawn(&layout, SMALL), ["list 0,2 40x21", "1 40,2 40x11", "2 40,13 40x10"]);
}

#[test]
fn a_border_moves_the_way_the_arrow_points() {
    let mut layout = with_panes(2);
    layout.focus(Slot::List);
    assert!(layout.resize(Direction::Right, 5, MIDDLE));
    assert!(layout.resize(Direction::Down, 2, MIDDLE));
    assert_eq!(drawn(&layout, MIDDLE)[..2], ["list 0,2 65x20", "insp 65,2 55x20"]);
    layout.focus(pane(2));
    assert!(layout.resize(Direction::Left, 10, MIDDLE));
    assert!(layout.resize(Direction::Right, 3, MIDDLE), "by its only border");
    assert_eq!(drawn(&layout, MIDDLE)[2..], ["1 0,22 53x16", "2 53,22 67x16"]);
    assert!(layout.resize(Direction::Up, 99, MIDDLE));
    assert!(!layout.resize(Direction::Up, 1, MIDDLE), "the list has its least height");
    assert_eq!(drawn(&layout, MIDDLE)[0], "list 0,2 65x3");
}

#[test]
fn zoom_goes_with_the_focus_and_ends_with_its_tile() {
    let mut layout = with_panes(2);
    layout.zoom();
    assert_eq!(layout.areas(MIDDLE), [(pane(2), MIDDLE)]);
    assert!(layout.focus_dir(Direction::Left, MIDDLE));
    assert_eq!(layout.areas(MIDDLE), [(pane(1), MIDDLE)]);
    layout.close(pane(2));
    assert!(layout.is_zoomed(), "another tile was closed");
    layout.close(pane(1));
    assert!(!layout.is_zoomed());
    layout.show_inspector(false);
    layout.zoom();
    assert!(!layout.is_zoomed(), "there is nothing to hide");
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Open(u32),
    Close(Slot),
    Focus(Slot),
    Next,
    Prev,
    Toward(Direction, Rect),
    Split(Orientation, Rect),
    Resize(Direction, u16, Rect),
    Zoom,
    Inspector(Inspector),
}

fn act(layout: &mut Layout, action: Action) {
    match action {
        Action::Open(id) => layout.open(PaneId(id)),
        Action::Close(slot) => drop(layout.close(slot)),
        Action::Focus(slot) => drop(layout.focus(slot)),
        Action::Next => layout.focus_next(),
        Action::Prev => layout.focus_prev(),
        Action::Toward(direction, area) => drop(layout.focus_dir(direction, area)),
        Action::Split(orientation, area) => layout.split(orientation, area),
        Action::Resize(direction, cells, area) => drop(layout.resize(direction, cells, area)),
        Action::Zoom => layout.zoom(),
        Action::Inspector(inspector) => layout.set_inspector(inspector),
    }
}

fn after(script: Vec<Action>) -> Layout {
    let mut layout = Layout::new();
    for action in script {
        act(&mut layout, action);
    }
    layout
}

fn slots() -> impl Strategy<Value = Slot> {
    prop_oneof![Just(Slot::List), Just(Slot::Inspector), (1u32..8).prop_map(pane)]
}

fn sizes() -> impl Strategy<Value = Rect> {
    let edge = |usual: std::ops::Range<u16>| prop_oneof![8 => usual, 1 => 0u16..5, 1 => Just(2_000u16)];
    (0u16..5, 0u16..5, edge(10..250), edge(3..70)).prop_map(|(x, y, width, height)| Rect::new(x, y, width, height))
}

fn actions() -> impl Strategy<Value = Action> {
    let direction = || prop::sample::select(vec![Direction::Left, Direction::Right, Direction::Up, Direction::Down]);
    let orientation = prop::sample::select(vec![Orientation::Beside, Orientation::Stacked]);
    let inspector = prop::sample::select(vec![Inspector::Closed, Inspector::WhenWide, Inspector::Open]);
    prop_oneof![
        4 => (1u32..8).prop_map(Action::Open),
        2 => slots().prop_map(Action::Close),
        2 => slots().prop_map(Action::Focus),
        1 => Just(Action::Next),
        1 => Just(Action::Prev),
        2 => (direction(), sizes()).prop_map(|(direction, area)| Action::Toward(direction, area)),
        2 => (orientation, sizes()).prop_map(|(orientation, area)| Action::Split(orientation, area)),
        2 => (direction(), 0u16..60, sizes()).prop_map(|(direction, cells, area)| Action::Resize(direction, cells, area)),
        1 => Just(Action::Zoom),
        1 => inspector.prop_map(Action::Inspector),
    ]
}

fn is_legal(layout: &Layout, area: Rect) -> Result<(), TestCaseError> {
    let slots = layout.slots();
    let mut once = slots.clone();
    once.sort_unstable();
    once.dedup();
    prop_assert_eq!(once.len(), slots.len(), "a slot is there twice");
    prop_assert!(slots.contains(&Slot::List) && slots.contains(&layout.focused()));
    let mut recent = layout.recent.clone();
    recent.sort_unstable();
    prop_assert_eq!(recent, once, "the order of focus knows other slots than the tree");

    let tiles = layout.areas(area);
    prop_assert!(tiles.iter().any(|(slot, _)| *slot == layout.focused()), "the focus is hidden");
    let mut cells = 0;
    for (i, (slot, tile)) in tiles.iter().enumerate() {
        prop_assert_eq!(tile.intersection(area), *tile, "{:?} is out of bounds", slot);
        let least = tile.width >= MIN_TILE.0 && tile.height >= MIN_TILE.1;
        prop_assert!(tiles.len() == 1 || least, "{:?} is too small", slot);
        cells += tile.area();
        for (_, other) in &tiles[..i] {
            prop_assert!(!tile.intersects(*other), "{:?} overlaps", slot);
        }
    }
    prop_assert_eq!(cells, area.area(), "a part of the area is not covered");
    Ok(())
}

proptest! {
    #[test]
    fn no_sequence_of_actions_reaches_an_illegal_layout(script in vec((actions(), sizes()), 0..40)) {
        let mut layout = Layout::new();
        for (action, area) in script {
            act(&mut layout, action);
            is_legal(&layout, area)?;
        }
    }

    #[test]
    fn closing_everything_leads_back_to_the_start(script in vec(actions(), 0..30)) {
        let mut layout = after(script);
        layout.set_inspector(Inspector::WhenWide);
        for slot in layout.slots() {
            layout.close(slot);
        }
        prop_assert_eq!(layout.slots(), [Slot::List]);
        layout.set_inspector(Inspector::WhenWide);
        prop_assert_eq!(layout, Layout::new());
    }

    #[test]
    fn what_is_shown_does_not_depend_on_sizes_seen_before(script in vec(actions(), 0..20), area in sizes()) {
        let layout = after(script);
        let before = layout.areas(area);
        layout.areas(Rect::new(0, 0, 5, 5));
        prop_assert_eq!(layout.areas(area), before);
    }

    #[test]
    fn where_there_is_room_everything_is_shown(script in vec(actions(), 0..20)) {
        let mut layout = after(script);
        if layout.is_zoomed() {
            layout.zoom();
        }
        layout.show_inspector(true);
        prop_assert_eq!(shown(&layout, Rect::new(0, 0, 2_000, 2_000)), layout.slots());
    }

    #[test]
    fn nothing_is_hidden_that_would_fit(script in vec(actions(), 0..20), area in sizes()) {
        let layout = after(script);
        let shown = layout.shown(area).leaves();
        let tree = layout.arranged(area);
        for slot in tree.leaves().into_iter().filter(|slot| !shown.contains(slot)) {
            let (width, height) = tree.only(&[&shown[..], &[slot]].concat()).expect("it has leaves").min_size();
            prop_assert!(width > area.width || height > area.height, "{:?} would fit", slot);
        }
    }

    #[test]
    fn every_cell_belongs_to_the_slot_that_is_drawn_there(
        script in vec(actions(), 0..10), area in sizes(), x in 0u16..250, y in 0u16..70
    ) {
        let layout = after(script);
        let at = Position::new(x, y);
        prop_assert_eq!(layout.slot_at(area, at).is_some(), area.contains(at));
    }
}
