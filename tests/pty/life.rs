//! From the first frame to the last: quitting, signals, job control, sizes, and a panic.

use std::net::TcpListener;

use podtriage::terminal::{Screen as TakenScreen, restore_on_panic};
use rustix::process::Signal;

use crate::support::terminal::{PODTRIAGE, Run, Screen};
use crate::{demo, lists_pods, living_demo};

#[test]
fn it_starts_and_q_gives_the_terminal_back() {
    let mut terminal = living_demo();
    assert!(!terminal.has_settings_of_before(), "raw mode is on, so the comparison can fail");
    terminal.press("q");
    assert_eq!(terminal.exit_status(), 0);
    terminal.assert_restored();
    assert_eq!(terminal.screen().text().trim(), "", "nothing is left on the terminal");
}

#[test]
fn signals_end_it_with_the_status_that_shells_expect() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let mut terminal = living_demo();
        terminal.signal(signal);
        assert_eq!(terminal.exit_status(), status, "{signal:?}");
        terminal.assert_restored();
    }
}

/// In the real panic hook's own process: this test is started again by the next one, as a program.
#[test]
fn panics_when_it_is_the_child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    restore_on_panic(|| false);
    let _screen = TakenScreen::enter(true).expect("there is a terminal");
    panic!("on purpose, with the screen taken");
}

const CHILD: &str = "PODTRIAGE_TEST_PANICS";

#[test]
fn a_panic_gives_the_terminal_back_and_can_be_read() {
    let itself = std::env::current_exe().expect("a test is a program");
    let itself = itself.to_str().expect("a path");
    let child = Run::new(itself, ["--exact", "life::panics_when_it_is_the_child", "--nocapture"]);
    let mut terminal = child.env(CHILD, "yes").start();
    assert_eq!(terminal.exit_status(), 101);
    let written = String::from_utf8_lossy(&terminal.written()).into_owned();
    let left = written.find("\x1b[?1049l").expect("the alternate screen was left");
    assert!(written.contains("\x1b[?1049h"), "and entered before");
    let message = written.find("on purpose, with the screen taken").expect("the message is printed");
    assert!(left < message, "it stands where it can be read");
    terminal.assert_restored();
}

#[test]
fn it_stops_as_a_job_and_goes_on() {
    let mut shell = Run::new("sh", ["-i"]).env("PS1", "prompt> ").env("PODTRIAGE", PODTRIAGE).start();
    shell.until_shows("prompt>");
    shell.type_text("$PODTRIAGE --demo --view pods\r");
    shell.until("the pods", lists_pods);
    assert!(!shell.has_settings_of_before());
    for _ in 0..2 {
        shell.press("ctrl-z");
        shell.until("the shell again", |screen| !screen.is_alternate() && screen.has("Stopped"));
        shell.type_text("echo stopped $((6*7))\r");
        shell.until_shows("stopped 42");
        assert!(shell.has_settings_of_before(), "the shell has the line settings that it had");
        shell.type_text("clear; fg\r");
        shell.until("the whole screen again", lists_pods);
    }
    shell.press("3");
    shell.until("a key that works", |screen| screen.has("Nodes · 5"));
    shell.press("q");
    // Until its very end the program takes what is typed.
    let is_asking = |screen: &Screen| screen.text().trim_end().ends_with("\nprompt>");
    shell.until("the end", |screen| !screen.is_alternate() && is_asking(screen));
    shell.type_text("echo status $?\r");
    shell.until_shows("status 0");
    shell.assert_restored();
    shell.type_text("exit\r");
    assert_eq!(shell.exit_status(), 0);
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let mut terminal = living_demo();
    let footer = |screen: &Screen| screen.rows().iter().position(|row| row.contains("l logs"));
    for (columns, rows) in [(80, 24), (200, 60), (10, 3), (300, 12), (20, 5), (120, 40)] {
        terminal.resize(columns, rows);
        terminal.until("a screen of the new size", |screen| match (columns, rows) {
            (10, 3) => screen.rows()[0].starts_with("window"),
            _ => screen.has("Pods · 1") && footer(screen) == Some(usize::from(rows) - 1),
        });
    }
    terminal.press("q");
    assert_eq!(terminal.exit_status(), 0);
}

#[test]
fn the_first_frame_and_the_keys_wait_for_no_server() {
    // Accepts connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    let run = Run::new(PODTRIAGE, []);
    let config = run.home().join("config");
    crate::trouble::write_kubeconfig(&config, &format!("http://{address}"));
    let mut terminal = run.env("KUBECONFIG", &config).start();
    terminal.until("a screen that says what it does", |screen| {
        screen.has("podtriage") && screen.has("reading: pods") && screen.has("dev / shop")
    });
    terminal.press("3");
    terminal.until_shows("loading nodes");
    terminal.press("q");
    assert_eq!(terminal.exit_status(), 0);
    terminal.assert_restored();
}

#[test]
fn what_is_wrong_before_the_screen_is_said_without_it() {
    for (args, status, said) in [
        (["--demo", "moonbase"].as_slice(), 2, "moonbase"),
        (&["--fly"], 2, "--fly"),
        (&["deploy/"], 2, "names no object"),
        (&["--config", "/nonexistent/settings"], 2, "/nonexistent/settings"),
        (&["--version"], 0, env!("CARGO_PKG_VERSION")),
        (&["--help"], 0, "--kubeconfig"),
    ] {
        let mut terminal = Run::new(PODTRIAGE, args.iter().copied()).size(120, 70).start();
        assert_eq!(terminal.exit_status(), status, "{args:?}");
        let screen = terminal.screen();
        assert!(screen.has(said), "{args:?}\n{}", screen.text());
        let written = String::from_utf8_lossy(&terminal.written()).into_owned();
        assert!(!written.contains("\x1b[?1049h"), "{args:?}: the screen was taken for a moment");
        assert!(!written.contains("panicked"), "{args:?}");
        terminal.assert_restored();
    }
}

#[test]
fn a_terminal_that_only_prints_lines_is_told_what_to_do() {
    let mut terminal = demo().env("TERM", "dumb").start();
    assert_eq!(terminal.exit_status(), 2);
    assert!(terminal.screen().words().contains("TERM=dumb"), "{}", terminal.screen().text());
    assert!(!terminal.written().contains(&0x1b), "no sequence is written to it");
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = std::process::Command::new(PODTRIAGE).arg("--demo").output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.starts_with("podtriage: the output is not a terminal"), "{said}");
    assert_eq!(said.lines().count(), 1, "one sentence: {said}");
}
