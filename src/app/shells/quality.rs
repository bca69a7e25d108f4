//! Copy mode, the clipboard, pastes, focus and the mouse of shells, by keys and messages.

use bytes::Bytes;

use super::tests::{opened, running, sent, tell};
use crate::app::App;
use crate::app::message::{Effect, Msg};
use crate::app::modal::Modal;
use crate::app::screen;
use crate::app::tests::{now, press, typed};
use crate::base::input::{Button, CursorShape, InputEvent, Mouse, MouseKind, Wishes};
use crate::cluster::api::ShellUpdate;

/// An app with a running shell that has printed `text`.
fn shell(text: &str) -> App {
    let mut app = running(&serde_json::json!({}));
    assert_eq!(opened(&press(&mut app, "s")).len(), 1);
    tell(&mut app, ShellUpdate::Open);
    print(&mut app, text);
    app
}

fn print(app: &mut App, text: &str) -> Vec<Effect> {
    tell(app, ShellUpdate::Output(Bytes::copy_from_slice(text.as_bytes())))
}

fn input(app: &mut App, event: InputEvent) -> Vec<Effect> {
    app.update(Msg::Input(event), now())
}

fn copied(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    })
}

fn title(app: &App) -> String {
    app.focused_pane().map(|(_, pane)| pane.title()).unwrap_or_default()
}

#[test]
fn copy_mode_moves_searches_selects_and_copies() {
    let mut app = shell("first line\r\nsecond line\r\nthird");
    press(&mut app, "ctrl-g [");
    assert!(title(&app).contains("copy mode"), "{}", title(&app));
    assert!(sent(&press(&mut app, "j k x")).is_empty(), "nothing is typed into the shell");
    press(&mut app, "?");
    typed(&mut app, "second");
    press(&mut app, "enter v e");
    print(&mut app, "\r\nmore\r\n");
    assert!(title(&app).contains("2 new lines below"), "{}", title(&app));
    assert_eq!(copied(&press(&mut app, "y")), Some("second"));
    assert!(!title(&app).contains("copy mode"));
    assert_eq!(sent(&press(&mut app, "x")), b"x");
}

#[test]
fn escape_ends_the_selection_and_then_copy_mode() {
    let mut app = shell("text");
    press(&mut app, "ctrl-g [ V esc");
    assert!(title(&app).contains("copy mode"));
    assert!(copied(&press(&mut app, "enter")).is_none(), "nothing is selected");
    press(&mut app, "esc");
    assert!(!title(&app).contains("copy mode"));
}

#[test]
fn the_leader_leads_out_of_copy_mode_to_other_tiles() {
    let mut app = shell("text");
    press(&mut app, "ctrl-g [");
    let before = app.layout.focused();
    press(&mut app, "ctrl-g tab");
    assert_ne!(app.layout.focused(), before);
}

#[test]
fn a_program_that_wants_the_clipboard_waits_for_an_answer_to_a_question_that_was_asked_for() {
    let mut app = shell("");
    let offer = "\u{1b}]52;c;c2VjcmV0G1tt\u{7}";
    assert!(copied(&print(&mut app, offer)).is_none());
    assert!(app.modal.is_none(), "keys that are typed at that moment answer nothing");
    assert!(title(&app).contains("wants the clipboard"));
    press(&mut app, "ctrl-g y");
    assert!(matches!(&app.modal, Some(Modal::Confirm(question)) if question.title == "clipboard"));
    assert!(copied(&press(&mut app, "n")).is_none());
    assert!(!title(&app).contains("wants the clipboard"), "an answer is an answer");

    print(&mut app, offer);
    assert_eq!(copied(&press(&mut app, "ctrl-g y y")), Some("secret\u{1b}[m"));
    print(&mut app, offer);
    press(&mut app, "ctrl-g y a");
    assert_eq!(copied(&print(&mut app, offer)), Some("secret\u{1b}[m"), "always for this tile");
    assert!(sent(&print(&mut app, "\u{1b}]52;c;?\u{7}")).is_empty(), "it is never read");
}

#[test]
fn a_paste_that_would_run_is_shown_first() {
    let paste = |app: &mut App, text: &str| sent(&input(app, InputEvent::Paste(text.to_owned())));
    let mut app = shell("$ ");
    assert_eq!(paste(&mut app, "one line"), b"one line");
    for text in ["ls\n", "ls\nrm -r x"] {
        assert!(paste(&mut app, text).is_empty());
        let Some(Modal::Confirm(question)) = &app.modal else { panic!("it asks") };
        assert!(question.lines.iter().any(|line| line.plain().contains("ls")), "{text:?}");
        press(&mut app, "n");
    }
    paste(&mut app, "ls\nrm -r x");
    assert_eq!(sent(&press(&mut app, "y")), b"ls\rrm -r x");

    print(&mut app, "\u{1b}[?2004h");
    assert_eq!(paste(&mut app, "ls\nrm"), b"\x1b[200~ls\rrm\x1b[201~", "the shell itself waits for enter");
    assert!(paste(&mut app, "ls\u{1b}[201~\u{3}rm").is_empty(), "control characters are shown first");
    let Some(Modal::Confirm(question)) = &app.modal else { panic!("it asks") };
    assert!(question.lines.iter().any(|line| line.plain().contains("^[[201~^Crm")), "{:?}", question.lines);
    assert_eq!(sent(&press(&mut app, "y")), b"\x1b[200~ls[201~\x03rm\x1b[201~");
}

#[test]
fn focus_goes_to_the_program_that_asked() {
    let mut app = shell("\u{1b}[?1004h");
    assert_eq!(sent(&input(&mut app, InputEvent::Focus(false))), b"\x1b[O");
    assert_eq!(sent(&input(&mut app, InputEvent::Focus(true))), b"\x1b[I");
    assert_eq!(sent(&press(&mut app, "ctrl-g tab")), b"\x1b[O", "another tile has it");
}

#[test]
fn the_terminal_is_told_what_the_focused_program_wishes() {
    let mut app = shell("\u{1b}[5 q\u{1b}[?1003;1006h");
    assert_eq!(app.wishes(), Wishes { cursor: CursorShape::Bar, movement: true });
    press(&mut app, "ctrl-g [");
    assert_eq!(app.wishes(), Wishes::default());
    press(&mut app, "q ctrl-g tab");
    assert_eq!(app.wishes(), Wishes::default(), "another tile has the focus");
}

#[test]
fn dragging_selects_where_no_program_has_the_mouse() {
    let mut app = shell("first line\r\nsecond line");
    let area = screen::contents(app.area_of(app.layout.focused()).expect("the shell is on the screen"));
    let mouse = |kind, column, row| {
        InputEvent::Mouse(Mouse {
            kind,
            column: area.x + column,
            row: area.y + row,
            ctrl: false,
            alt: false,
            shift: false,
        })
    };
    input(&mut app, mouse(MouseKind::Down(Button::Left), 6, 0));
    input(&mut app, mouse(MouseKind::Drag(Button::Left), 5, 1));
    input(&mut app, mouse(MouseKind::Up(Button::Left), 5, 1));
    assert_eq!(copied(&press(&mut app, "y")), Some("line\nsecond"));
}
