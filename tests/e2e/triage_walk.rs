//! The Triage view as somebody sees it for the first time: down the list with `j`, into each finding with `Enter`, and
//! each says why and what to do next.
//!
//! With `PODTRIAGE_WRITE_WALKTHROUGH` set, the screens become `docs/triage.md`.

use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use crate::cluster::podtriage;
use crate::support::terminal::{Screen, Terminal};
use crate::triage::present;

/// How often the list is gone through.
const ROUNDS: usize = 3;
/// At most so many rows look alike.
const ALIKE: usize = 4;

/// The name of a row, and the screen that says why.
type Kept = (String, Option<String>);

/// More rows than the scenarios have.
const ROWS: usize = 90;

/// The words of the row under the cursor, without its mark.
fn row(screen: &Screen) -> Option<String> {
    let row = screen.reversed_row(2)?;
    let words: Vec<_> = row.split_whitespace().skip_while(|word| !word.contains('/')).collect();
    words.first().map(|word| word.trim_end_matches('…').to_owned())
}

/// Goes down to the next row that looks different; whether there is one. Names of pods may be cut to the same.
fn down(terminal: &mut Terminal) -> bool {
    let before = row(&terminal.screen());
    (0..ALIKE).any(|_| {
        terminal.press("j");
        // The end of the list is where nothing comes of the key.
        (0..20).any(|_| {
            thread::sleep(Duration::from_millis(25));
            row(&terminal.screen()) != before
        })
    })
}

fn has_answer(screen: &Screen) -> bool {
    screen.has("WHY ") && screen.has("NEXT ")
}

/// The rows of the scenarios that are nowhere among these.
fn missing(seen: &[Kept]) -> Vec<String> {
    let here = present().into_iter().filter(|(_, _, namespace, _)| *namespace == "default");
    let names = here.map(|(kind, name, _, _)| format!("{}/{name}", kind.replace("deployment", "deploy")));
    names.filter(|name| !seen.iter().any(|(known, _)| name.starts_with(known.as_str()))).collect()
}

/// Goes through the list; the name of each row that is not over, with the screen that says why. What came in above the
/// cursor meanwhile is found when the list is gone through again.
fn walk(columns: u16, rows: u16) -> Vec<Kept> {
    let mut terminal = podtriage(["-n", "default", "--view", "triage"]).size(columns, rows).start();
    terminal.until("the findings", |screen| {
        screen.has("Triage · ") && screen.has(" problems") && !screen.has("· so far") && screen.has("● live")
    });
    let mut seen: Vec<Kept> = Vec::new();
    for _ in 0..ROUNDS {
        terminal.press("g");
        go_down(&mut terminal, columns >= 120, &mut seen);
        if missing(&seen).is_empty() {
            break;
        }
    }
    seen
}

/// From the top to the end of the list.
fn go_down(terminal: &mut Terminal, is_wide: bool, seen: &mut Vec<Kept>) {
    for _ in 0..ROWS {
        let screen = terminal.screen();
        let name = row(&screen).unwrap_or_else(|| panic!("no row is under the cursor\n{}", screen.text()));
        let is_over = screen.reversed_row(2).is_some_and(|row| row.contains(" over "));
        if !is_over && !seen.iter().any(|(known, _)| *known == name) {
            let screen = answer(terminal, &name, is_wide);
            seen.push((name, screen));
        }
        if !down(terminal) {
            return;
        }
    }
}

/// The screen that says why: beside the list where there is room, behind `Enter` where there is none. `None` for a row that
/// has unfolded: its pods, which come next, say why.
fn answer(terminal: &mut Terminal, name: &str, is_wide: bool) -> Option<String> {
    if is_wide {
        return Some(terminal.until(name, has_answer).text());
    }
    let before = terminal.screen().text();
    terminal.press("enter");
    let opened = terminal.until(name, |screen| has_answer(screen) || has_unfolded(screen, &before));
    if !has_answer(&opened) {
        return None;
    }
    terminal.press("esc");
    terminal.until("the list again", |screen| !has_answer(screen));
    Some(opened.text())
}

/// Whether there are more rows of pods below their group than before.
fn has_unfolded(screen: &Screen, before: &str) -> bool {
    let below = |text: &str| text.matches("   pod/").count();
    below(&screen.text()) > below(before)
}

fn document(walks: &[(&str, &[Kept])]) -> String {
    let mut told = String::from(
        "# What is wrong, by `j` and `Enter`\n\nThe Triage view before a real cluster with broken workloads. `tests/e2e/triage_walk.rs` goes down \
         the list,\nopens each finding, holds that it says why and what to do next, and writes this file.\n",
    );
    for (size, seen) in walks {
        let _ = writeln!(told, "\n## {size}");
        for (name, screen) in seen.iter().filter_map(|(name, screen)| Some((name, screen.as_ref()?))) {
            let _ = writeln!(told, "\n### {name}\n\n```text\n{}\n```", screen.trim_end());
        }
    }
    told
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn every_cause_and_its_next_step_are_found_with_two_keys() {
    let (small, large) = (walk(80, 24), walk(120, 40));
    assert_eq!((missing(&small), missing(&large)), (Vec::new(), Vec::new()), "not in the list of 80 or 120 columns");
    if std::env::var_os("PODTRIAGE_WRITE_WALKTHROUGH").is_some() {
        let walks = [("80 columns, 24 rows", &*small), ("120 columns, 40 rows", &*large)];
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/triage.md");
        std::fs::write(path, document(&walks)).expect("the document");
    }
}
