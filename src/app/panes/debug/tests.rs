//! The pane by itself: names, troubles, and where the cursor is.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn pane() -> DebugPane {
    let key = ObjectKey::new(Kind::Pod, "shop", "web-0");
    let wanted = Wanted { container: None, image: "busybox".to_owned(), ..Wanted::default() };
    let mut pane = DebugPane::new(key, wanted, "shop".to_owned(), 7);
    let object = json!({"metadata": {"name": "web-0", "namespace": "shop"}, "spec": {"containers": [{"name": "app"}]},
        "status": {"phase": "Running"}});
    pane.read(Ok(Box::new(DebugTarget { object, namespace: Value::Null })));
    pane.refresh(&Known::default());
    pane
}

#[test]
fn a_name_that_is_made_up_stays_while_one_chooses() {
    let mut pane = pane();
    let name = |pane: &DebugPane| pane.plan.as_ref().map(|plan| plan.container.clone());
    let first = name(&pane);
    pane.draft.turn(Row::Profile, false);
    pane.refresh(&Known::default());
    assert_eq!(name(&pane), first);
}

#[test]
fn a_copy_gets_a_name_that_no_pod_has() {
    let taken = ["web-0-debug", "web-0-debug-2"].map(str::to_owned);
    assert_eq!(free_name("web-0", &taken), "web-0-debug-3");
    assert_eq!(free_name(&"x".repeat(253), &[]).len(), 246);
    let mut pane = pane();
    pane.draft.way = Way::NewContainer;
    pane.refresh(&Known { pods: taken.to_vec(), rights: None });
    assert_eq!(&*pane.plan.as_ref().expect("a plan").pod_key().name, "web-0-debug-3");
    pane.draft.put(Row::CopyTo, "web-0-debug");
    pane.refresh(&Known { pods: taken.to_vec(), rights: None });
    assert!(pane.is_blocked() && pane.rows.plain().contains("there is a pod web-0-debug already"));
}

#[test]
fn the_cursor_stands_behind_what_was_typed() {
    let mut pane = pane();
    assert_eq!(pane.cursor_place(), Some((0, None)), "a choice is not typed");
    pane.move_by(false);
    assert_eq!(pane.cursor_place(), Some((1, Some(18 + "busybox".len()))));
    pane.refused = Some(Problem::new("debug", "no", "Yes"));
    assert_eq!(pane.cursor_place().map(|(line, _)| line), Some(3), "below what is said");
}

#[test]
fn what_a_copy_is_for_is_asked_in_plain_words() {
    for (way, row) in [(Way::Images, Row::Images), (Way::Command, Row::Command)] {
        let mut pane = pane();
        pane.draft.way = way;
        pane.refresh(&Known::default());
        let rows: Vec<_> = pane.troubles.iter().map(|trouble| trouble.row).collect();
        assert_eq!(rows, [row], "{}", pane.rows.plain());
        assert!(pane.is_blocked() && !pane.rows.plain().contains("--"), "{}", pane.rows.plain());
    }
}

#[test]
fn a_form_that_was_not_read_waits() {
    let mut pane = DebugPane::new(ObjectKey::new(Kind::Pod, "shop", "x"), Wanted::default(), String::new(), 1);
    pane.refresh(&Known::default());
    assert!(pane.plan.is_none() && !pane.is_typing());
    pane.read(Err(Problem::new("read pod/x", "gone", "")));
    assert!(pane.title().contains("could not be read"));
}

proptest! {
    /// Whatever is pressed, the cursor is in a row that is there, and what is blocked says why.
    #[test]
    fn the_cursor_is_always_in_a_row(steps in prop::collection::vec(0..6u8, 0..60)) {
        let mut pane = pane();
        for step in steps {
            match step {
                0 => pane.move_by(false),
                1 => pane.move_by(true),
                2 => pane.turn(false),
                3 => pane.turn(true),
                4 => pane.is_whole = !pane.is_whole,
                _ => pane.go_to_trouble(),
            }
            pane.refresh(&Known::default());
            let cursor = pane.cursor();
            prop_assert!(pane.present().any(|row| row == cursor), "{:?}", cursor);
            prop_assert!(pane.cursor_place().is_some());
            prop_assert!(!pane.is_blocked() || pane.troubles.iter().any(|trouble| trouble.is_fatal));
        }
    }
}
