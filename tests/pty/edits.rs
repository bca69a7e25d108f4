//! The person's own editor: it has the terminal as any program has it, and gives it back; what was typed is sent, or
//! stays in a file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::support::terminal::{Run, Terminal};
use crate::{demo, lists_pods, living_demo};

/// The program on its demo cluster, with an editor that is a shell script: `$1` is the file.
fn demo_with_editor(script: &str) -> (Terminal, PathBuf) {
    let run = demo();
    let (editor, temp) = (run.home().join("my editor"), run.home().join("temp"));
    fs::create_dir(&temp).expect("a directory");
    fs::write(&editor, format!("#!/bin/sh\n{script}\n")).expect("writes");
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).expect("is ours");
    let command = format!("'{}' --wait", editor.display());
    let run: Run = run.env("EDITOR", command).env("TMPDIR", &temp);
    let terminal = run.start();
    terminal.until("the pods of the demo", lists_pods);
    (terminal, temp)
}

fn files(place: &Path) -> Vec<String> {
    let files = fs::read_dir(place).into_iter().flatten().flatten();
    files.filter_map(|file| fs::read_to_string(file.path()).ok()).collect()
}

/// Opens the first of the demo's web pods.
fn open(terminal: &mut Terminal, key: &str) {
    terminal.type_text("/name:web-\r");
    terminal.until("the web pods", |screen| screen.has("filter name:web-"));
    terminal.press(key);
}

#[test]
fn the_editor_has_the_terminal_and_what_it_wrote_is_sent() {
    let script = r#"
        stty -a | grep -q ' icanon' && echo "lines are read, $1"
        ls -l "$2" | cut -c1-10
        read answer
        sed -i "s/  image: .*/&-$answer/; s/- image: .*/&-$answer/" "$2""#;
    let (mut terminal, temp) = demo_with_editor(script);
    open(&mut terminal, "ctrl-e");
    let screen = terminal.until_shows("lines are read, --wait");
    assert!(!screen.is_alternate() && terminal.has_settings_of_before(), "{}", screen.text());
    terminal.until("a file for its owner alone", |screen| screen.has("-rw-------"));
    terminal.resize(100, 30);
    terminal.type_text("edited\r");
    let screen = terminal.until_shows("what would be sent");
    assert!(screen.is_alternate() && !terminal.has_settings_of_before());
    assert!(screen.has("-edited") && screen.rows().len() == 30, "{}", screen.text());
    let written = String::from_utf8_lossy(&terminal.written()).into_owned();
    assert!(written.rfind("?1000h") > written.rfind("?1000l"), "the mouse is ours again");
    assert_eq!(files(&temp).len(), 1, "what is not sent yet is in its file");
    terminal.press("enter");
    terminal.until_shows(" replaced");
    terminal.until("the file is gone", |_| files(&temp).is_empty());
    let kept = terminal.home().join(".local/state/podtriage/edits");
    terminal.until("the other file is gone", |_| files(&kept).is_empty());
    terminal.press("q");
    assert_eq!(terminal.exit_status(), 0);
    terminal.assert_restored();
}

#[test]
fn an_editor_that_changes_nothing_or_fails_sends_nothing() {
    let (mut terminal, temp) = demo_with_editor("true");
    open(&mut terminal, "ctrl-e");
    terminal.until_shows("nothing was changed in the editor");
    terminal.until("the file is gone", |_| files(&temp).is_empty());
    terminal.press("q");
    assert_eq!(terminal.exit_status(), 0);

    let (mut terminal, temp) = demo_with_editor("echo precious >> \"$2\"; exit 3");
    open(&mut terminal, "ctrl-e");
    let screen = terminal.until_shows("podtriage-edit-pod-web-");
    assert!(screen.has("exit status: 3"), "{}", screen.text());
    assert!(files(&temp)[0].ends_with("precious\n"), "what was written is still there");
}

#[test]
fn the_same_editor_is_reached_from_the_text_area_and_interrupts_are_its_own() {
    let (mut terminal, _temp) =
        demo_with_editor("trap 'echo caught' INT\necho begun\nread a\nread b\necho '# mine' >> \"$2\"");
    open(&mut terminal, "E");
    terminal.until_shows("· unchanged");
    terminal.press("ctrl-o");
    terminal.until_shows("begun");
    terminal.press("ctrl-c");
    terminal.until_shows("caught");
    terminal.type_text("\r\r");
    let screen = terminal.until_shows("what would be sent");
    assert!(screen.has("+ # mine"), "{}", screen.text());
}

#[test]
fn a_text_that_was_not_sent_survives_the_end_of_the_terminal() {
    let mut terminal = living_demo();
    open(&mut terminal, "E");
    terminal.until_shows("· unchanged");
    terminal.type_text("# precious ");
    terminal.until_shows("# precious apiVersion");
    terminal.signal(Signal::HUP);
    assert_eq!(terminal.exit_status(), 129);
    terminal.assert_restored();
    let kept = files(&terminal.home().join(".local/state/podtriage/edits"));
    assert!(kept.len() == 1 && kept[0].starts_with("# precious apiVersion: v1\n"), "{kept:?}");
}
