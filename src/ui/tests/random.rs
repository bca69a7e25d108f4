//! Random keys on random sizes, with contents that are as bad as contents can be.

use proptest::prelude::*;
use serde_json::json;

use super::fixture::{self, answer, line, listed, press, update};
use super::{frame, text};
use crate::app::App;
use crate::app::action::ACTIONS;
use crate::app::message::{Edited, Effect, Msg};
use crate::base::problem::Problem;
use crate::cluster::api::{LogUpdate, ShellUpdate, WriteUpdate};
use crate::model::around::{Around, ObjectDetails};
use crate::model::event::EventRow;
use crate::model::pod::PodRow;
use crate::ui::theme::Theme;

/// Everything that a terminal could obey, and what is hard to measure.
const EVIL: &str =
    "\u{1b}[2J\u{1b}]52;c;aGk=\u{7}\u{9b}31m\r\n\t\u{8}\u{202e}x\u{0}日本👩‍👩‍👧ｶﾞe\u{301}\u{301}\u{200b}\u{7f}";

/// A program whose every string is evil.
fn evil() -> App {
    let mut app = listed();
    let name = |at: usize| format!("{at}{}{EVIL}", "名".repeat(80));
    let pods = (0..40).map(|at| {
        json!({
            "metadata": {"name": name(at), "namespace": EVIL, "uid": EVIL, "labels": {(EVIL): EVIL}},
            "spec": {"nodeName": EVIL, "containers": [{"name": EVIL, "image": EVIL}, {}]},
            "status": {"phase": EVIL, "reason": EVIL, "message": EVIL, "podIP": EVIL, "containerStatuses": [
                {"name": EVIL, "state": {"waiting": {"reason": EVIL, "message": EVIL}}}]},
        })
    });
    fixture::list::<PodRow>(&mut app, pods.collect());
    let events = (0..9).map(|at| {
        json!({"metadata": {"name": name(at)}, "type": EVIL, "reason": EVIL, "message": EVIL.repeat(40),
            "involvedObject": {"kind": EVIL, "name": EVIL, "fieldPath": EVIL}, "source": {"component": EVIL}})
    });
    fixture::list::<EventRow>(&mut app, events.collect());
    app
}

/// Answers what was asked for with the worst that can come.
fn answer_badly(app: &mut App, effects: Vec<Effect>) {
    for effect in effects {
        match effect {
            Effect::ReadObject { pane, key, .. } => {
                let metadata = json!({"name": &*key.name, "namespace": &*key.namespace, "uid": EVIL,
                    "resourceVersion": EVIL, "labels": {(EVIL): [EVIL, null, 7]}});
                let object = json!({"apiVersion": key.resource.api_version(), "kind": key.resource.kind, (EVIL): EVIL,
                    "metadata": metadata});
                let events = vec![json!({"message": EVIL, "involvedObject": 3})];
                let details = ObjectDetails::new(object)
                    .with(Around::Events, Ok(events))
                    .with(Around::Lease, Err(EVIL.to_owned()))
                    .with(Around::ResourceSlices, Ok(vec![json!(null)]));
                update(app, Msg::Object(pane, Ok(Box::new(details))));
            }
            Effect::OpenLogs(pane, _) => {
                let lines = (0..30).map(|at| line(at, EVIL)).collect();
                update(app, Msg::Logs(pane, LogUpdate::Lines(lines)));
            }
            Effect::OpenShell { pane, .. } => {
                update(app, Msg::Shell(pane, ShellUpdate::Open));
                let output = [EVIL.as_bytes(), b"\xff\xfe\x1b[999;999H", "日".repeat(300).as_bytes()].concat();
                update(app, Msg::Shell(pane, ShellUpdate::Output(output.into())));
            }
            Effect::EditOutside { pane, .. } => {
                let edited = Edited { text: format!("{EVIL}\n\t{EVIL}"), file: EVIL.to_owned() };
                update(app, Msg::EditedOutside(pane, Ok(edited)));
            }
            Effect::KeepEdit { pane, .. } => {
                let effects = update(app, Msg::EditKept(pane, Err(Problem::new(EVIL, EVIL, EVIL))));
                answer_badly(app, effects);
            }
            Effect::Write(job, _) => {
                let problem = Problem::new(EVIL, format!("{EVIL} metadata.name: Invalid value: {EVIL}"), EVIL);
                let current = Box::new(json!({"metadata": {"uid": EVIL, "resourceVersion": "9", "labels": EVIL}}));
                let conflict = WriteUpdate::Conflict { problem: problem.clone(), current };
                let update_of_it = if job.0 % 2 == 0 { conflict } else { WriteUpdate::Failed(problem) };
                update(app, Msg::Write(job, update_of_it));
            }
            _ => {}
        }
    }
}

fn keys() -> impl Strategy<Value = String> {
    let bound: Vec<&'static str> = ACTIONS.iter().flat_map(|row| row.keys.iter().copied()).collect();
    let opening =
        ["d", "y", "E", "ctrl-g tab x ctrl-s", "l", "s", "ctrl-g tab", "ctrl-g ctrl-w q", "enter", "esc", "tab"];
    prop_oneof![
        4 => proptest::sample::select(bound).prop_map(str::to_owned),
        3 => proptest::sample::select(opening.to_vec()).prop_map(str::to_owned),
        2 => "[ -~日é]".prop_map(|c| if c == " " { "space".to_owned() } else { c }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_state_panics_or_lets_a_control_character_through(
        steps in proptest::collection::vec((keys(), 0u16..140, 0u16..50, 0u8..6), 1..40),
        ascii: bool,
        color: bool,
    ) {
        let theme = Theme { color, ascii, ..Theme::default() };
        let mut app = evil();
        for (keys, columns, rows, every) in steps {
            let effects = press(&mut app, &keys);
            answer_badly(&mut app, effects);
            if every == 0 {
                frame(&mut app, &theme, columns, rows);
            }
        }
        // `frame` looks for flaws.
        frame(&mut app, &theme, 97, 31);
    }
}

#[test]
fn a_line_of_five_megabytes_is_a_line() {
    let mut app = listed();
    let effects = press(&mut app, "l z");
    answer(&mut app, effects);
    let id = app.focused_pane().map(|(id, _)| id).expect("the log");
    let long: String = "0123456789日本\u{1b}[31m".chars().cycle().take(5 << 20).collect();
    update(&mut app, Msg::Logs(id, LogUpdate::Lines(vec![line(9, &long), line(10, "behind it")])));
    for keys in ["", "right right", "w", "g", "pgdn pgdn", "w t", "G"] {
        press(&mut app, keys);
        frame(&mut app, &Theme::default(), 80, 24);
    }
    assert!(text(&frame(&mut app, &Theme::default(), 80, 24)).contains("behind it"));
}
