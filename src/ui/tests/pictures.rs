//! Pictures of the screen. Read them as their user: a picture that changed is a screen that changed.

use insta::assert_snapshot;
use ratatui::style::{Color, Modifier};

use super::fixture::{answer, begun, connected, listed, press, typed, update, watched};
use super::{frame, text};
use crate::app::App;
use crate::app::message::{Epoch, Msg};
use crate::app::writes::JobId;
use crate::base::problem::Problem;
use crate::cluster::api::{CopyStatus, CopyUpdate, ExitStatus, ForwardStatus, ForwardUpdate, LogUpdate, ShellUpdate};
use crate::model::change::{Cause, Change, Outage};
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;
use crate::ui::theme::Theme;

fn picture(app: &mut App, columns: u16, rows: u16) -> String {
    text(&frame(app, &Theme::default(), columns, rows))
}

fn after(keys: &str, columns: u16, rows: u16) -> String {
    let mut app = listed();
    super::fixture::resize(&mut app, columns, rows);
    let effects = press(&mut app, keys);
    answer(&mut app, effects);
    picture(&mut app, columns, rows)
}

#[test]
fn pods() {
    assert_snapshot!("pods_80x24", after("", 80, 24));
    assert_snapshot!("pods_120x40", after("", 120, 40));
    assert_snapshot!("pods_200x60_wide", after("w", 200, 60));
}

#[test]
fn nodes_and_events() {
    assert_snapshot!("nodes_120x40", after("3 j j", 120, 40));
    assert_snapshot!("events_80x24", after("4", 80, 24));
    assert_snapshot!("events_200x60", after("4", 200, 60));
}

#[test]
fn sessions() {
    let mut app = listed();
    let effects = press(&mut app, "s ctrl-g esc F");
    answer(&mut app, effects);
    let asking = picture(&mut app, 80, 6);
    typed(&mut app, "8080:80 :9090");
    press(&mut app, "enter T");
    typed(&mut app, "var/log ./logs");
    press(&mut app, "enter 5");
    for (job, trouble) in [(2, None), (3, Some("api-0: connection refused".to_owned()))] {
        let status = ForwardStatus {
            listening: vec![format!("127.0.0.1:808{job}"), format!("[::1]:808{job}")],
            port: 80,
            pod: Some("api-0".into()),
            open: 1,
            total: 12,
            sent: 3_000,
            received: 5_000_000,
            trouble,
            ..ForwardStatus::default()
        };
        update(&mut app, Msg::Forward(JobId(job), ForwardUpdate::Status(status)));
    }
    let status = CopyStatus { files: 3, bytes: 700_000, current: "var/log/syslog".into(), ..CopyStatus::default() };
    update(&mut app, Msg::Copied(JobId(4), CopyUpdate::Status(status)));
    super::fixture::resize(&mut app, 160, 24);
    assert_snapshot!("sessions", format!("{asking}\n{}", picture(&mut app, 160, 24)));
}

#[test]
fn the_inspector_shows_why() {
    assert_snapshot!("inspector_80x24", after("enter", 80, 24));
    assert_snapshot!("inspector_pending_120x40", after("G", 120, 40));
}

#[test]
fn what_lies_over_the_tiles() {
    assert_snapshot!("picker_80x24", after("ctrl-n", 80, 24));
    assert_snapshot!("palette_80x24", after(": s o r t", 80, 24));
    assert_snapshot!("help_80x24", after("?", 80, 24));
    let mut app = listed();
    let effects = press(&mut app, "s");
    answer(&mut app, effects);
    press(&mut app, "ctrl-g tab esc q");
    assert_snapshot!("quit_80x24", picture(&mut app, 80, 24));
}

#[test]
fn a_prompt_whose_text_is_wrong() {
    let mut app = listed();
    press(&mut app, "/");
    typed(&mut app, "name:/(/");
    let typing = picture(&mut app, 80, 8);
    press(&mut app, "enter");
    assert_snapshot!("prompt_wrong", format!("{typing}\nand after enter\n\n{}", picture(&mut app, 80, 8)));
}

fn forbidden() -> Outage {
    let said = r#"pods is forbidden: User "dev" cannot list resource "pods" in API group "" in the namespace "shop""#;
    let problem = Problem::new("list pods in namespace shop", said, "Ask for this right, or choose another namespace");
    Outage { cause: Cause::Forbidden, problem }
}

#[test]
fn nothing_to_show_is_explained() {
    let mut states = vec![("not asked yet", begun()), ("connecting is done", connected())];
    let mut app = begun();
    let problem = Problem::new("connect to dev-cluster", "connection refused", "Is the cluster up?");
    update(&mut app, Msg::NotConnected(Epoch(1), problem));
    states.push(("not connected", app));

    let mut app = connected();
    watched::<PodRow>(&mut app, Change::Listing);
    watched::<PodRow>(&mut app, Change::Total(150_000));
    states.push(("loading", app));

    let mut app = connected();
    watched::<PodRow>(&mut app, Change::Outage(forbidden()));
    states.push(("forbidden", app));

    let mut app = connected();
    super::fixture::list::<PodRow>(&mut app, Vec::new());
    states.push(("an empty namespace", app));

    let mut app = connected();
    press(&mut app, ": n s space s h o o p enter");
    super::fixture::list::<PodRow>(&mut app, Vec::new());
    states.push(("a namespace that does not exist", app));

    let mut app = listed();
    press(&mut app, "/ z z z enter");
    states.push(("the filter hides all", app));

    let pictures = states.iter_mut().map(|(what, app)| format!("== {what}\n{}", picture(app, 80, 8)));
    assert_snapshot!("empty", pictures.collect::<Vec<_>>().join("\n"));
}

#[test]
fn rows_that_are_old_say_so() {
    let mut app = listed();
    let problem = Problem::new("watch pods", "connection refused", "");
    watched::<PodRow>(&mut app, Change::Outage(Outage { cause: Cause::Unreachable, problem }));
    let stale = picture(&mut app, 100, 8);
    let mut app = listed();
    watched::<NodeRow>(&mut app, Change::Outage(forbidden()));
    assert_snapshot!("stale_and_forbidden", format!("{stale}\n{}", picture(&mut app, 100, 8)));
}

#[test]
fn texts() {
    assert_snapshot!("describe_120x40", after("j d", 120, 40));
    assert_snapshot!("yaml_80x24", after("j y z", 80, 24));
}

#[test]
fn lines_that_changed_since_the_text_was_opened() {
    let mut app = listed();
    super::fixture::resize(&mut app, 80, 24);
    let effects = press(&mut app, "j y z");
    answer(&mut app, effects);
    let mut object = super::fixture::pods().swap_remove(1);
    object["metadata"]["labels"] = serde_json::json!({"app": "cart", "touched": "yes"});
    object["metadata"]["namespace"] = "other".into();
    object["spec"] = serde_json::json!({});
    super::fixture::read(&mut app, object);
    assert_snapshot!("yaml_changed_80x24", picture(&mut app, 80, 24));
    let ascii = Theme { ascii: true, ..Theme::default() };
    assert!(text(&frame(&mut app, &ascii, 80, 24)).contains("\n~    touched: \"yes\""));
    press(&mut app, "m");
    assert!(picture(&mut app, 80, 24).contains("\n     touched: \"yes\""));
}

#[test]
fn a_text_that_is_edited() {
    let mut app = listed();
    super::fixture::resize(&mut app, 80, 24);
    let effects = press(&mut app, "j E z");
    answer(&mut app, effects);
    press(&mut app, "ctrl-f");
    typed(&mut app, "labels");
    press(&mut app, "enter end enter space space a : space b");
    assert_snapshot!("edit_80x24", picture(&mut app, 80, 24));
    press(&mut app, "ctrl-r");
    assert_snapshot!("edit_review_80x24", picture(&mut app, 80, 24));
    press(&mut app, "esc ctrl-f");
    typed(&mut app, "ownerReferences");
    press(&mut app, "enter [ ctrl-s");
    assert_snapshot!("edit_flawed_80x24", picture(&mut app, 80, 24));
}

#[test]
fn objects_that_could_not_be_read_are_not_kept_quiet() {
    let mut app = listed();
    watched::<PodRow>(&mut app, Change::Listing);
    watched::<PodRow>(&mut app, Change::Listed { unreadable: 3 });
    assert!(picture(&mut app, 80, 24).contains("3 more could not be read"));
}

#[test]
fn a_log() {
    assert_snapshot!("logs_80x24", after("l z", 80, 24));
    let mut app = listed();
    super::fixture::resize(&mut app, 80, 24);
    let effects = press(&mut app, "l z");
    answer(&mut app, effects);
    press(&mut app, "t w / G E T enter");
    let id = app.focused_pane().map(|(id, _)| id).expect("the log");
    let problem = Problem::new("follow the log", "connection reset", "It is tried again");
    update(&mut app, Msg::Logs(id, LogUpdate::Outage(problem)));
    assert_snapshot!("logs_wrapped_and_broken_80x24", picture(&mut app, 80, 24));
}

#[test]
fn a_shell() {
    assert_snapshot!("shell_80x24", after("s ctrl-g z", 80, 24));
    let mut app = listed();
    let effects = press(&mut app, "s");
    answer(&mut app, effects);
    let id = app.focused_pane().map(|(id, _)| id).expect("the shell");
    update(&mut app, Msg::Shell(id, ShellUpdate::Ended(ExitStatus::Code(3))));
    assert_snapshot!("shell_ended_80x24", picture(&mut app, 80, 24));
    let why =
        "pods \"api-0\" is forbidden: User \"viewer\" cannot create resource \"pods/exec\" in the namespace \"shop\"";
    let status = ExitStatus::Error { reason: String::new(), message: why.into() };
    update(&mut app, Msg::Shell(id, ShellUpdate::Ended(status)));
    let shown = picture(&mut app, 80, 24);
    assert!(
        shown.contains("cannot create resource") && shown.contains("\"shop\"   r again"),
        "no word is cut:\n{shown}"
    );
}

#[test]
fn the_colors_of_a_shell_are_its_own() {
    let mut app = listed();
    let effects = press(&mut app, "s");
    answer(&mut app, effects);
    press(&mut app, "ctrl-g z");
    let buffer = frame(&mut app, &Theme::default(), 80, 24);
    let at = |word: &str| {
        let (y, x) = (0..24).find_map(|y| {
            let row: String = (0..80).map(|x| buffer[(x, y)].symbol()).collect();
            Some((y, row.find(word)?))
        })?;
        buffer.cell((x as u16, y)).cloned()
    };
    assert!(at("bin").is_some_and(|cell| cell.fg == Color::Indexed(4) && cell.modifier.contains(Modifier::BOLD)));
    assert!(at("run.sh").is_some_and(|cell| cell.fg == Color::Indexed(2)));
    assert!(at("on red").is_some_and(|cell| cell.bg == Color::Indexed(52)));
    assert!(at("reversed").is_some_and(|cell| cell.modifier.contains(Modifier::REVERSED)));
}

#[test]
fn the_row_under_the_cursor_is_one_bar() {
    let mut app = listed();
    let buffer = frame(&mut app, &Theme::default(), 80, 24);
    let row: Vec<_> = (0..80).map(|x| &buffer[(x, 4)]).collect();
    assert!(row.iter().any(|cell| cell.symbol() == "✖"), "a broken pod, in red and grey without the cursor");
    assert!(row.iter().all(|cell| cell.modifier.contains(Modifier::REVERSED)));
    assert!(row.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
}

#[test]
fn many_tiles_and_their_lines() {
    let mut app = listed();
    super::fixture::resize(&mut app, 160, 45);
    for keys in ["j d", "esc l", "esc s"] {
        let effects = press(&mut app, keys);
        answer(&mut app, effects);
    }
    assert_snapshot!("tiles_160x45", picture(&mut app, 160, 45));
}

#[test]
fn without_unicode_and_color() {
    let theme = Theme { color: false, ascii: true, ..Theme::default() };
    let mut app = listed();
    press(&mut app, "ctrl-n");
    let drawn = text(&frame(&mut app, &theme, 80, 24));
    assert!(drawn.is_ascii() || drawn.chars().all(|c| c.is_ascii() || matches!(c, '·' | '…')), "{drawn}");
    press(&mut app, "esc");
    assert_snapshot!("ascii_80x24", text(&frame(&mut app, &theme, 80, 24)));
}

#[test]
fn absurd_sizes() {
    let pictures = [(1, 1), (20, 5), (33, 7), (300, 10)].map(|(columns, rows)| after("l", columns, rows));
    assert_snapshot!("absurd", pictures.join("\n----\n"));
    assert_snapshot!("absurd_500x120", after("d", 500, 120));
}
