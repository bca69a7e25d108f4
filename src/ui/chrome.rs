//! The two rows at the top: header and tabs.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use super::text::{put, put_right};
use super::theme::Theme;
use crate::app::App;
use crate::app::action::Action;
use crate::app::modal::{Asked, Modal};
use crate::app::prompt::Prompt;
use crate::app::session::Link;
use crate::base::age::age;
use crate::base::count::grouped;
use crate::base::text::Role;
use crate::base::width::width;
use crate::model::change::Cause;
use crate::model::kind::Kind;
use crate::store::feed::Status;

/// The first row: where we are, how fresh it is, how many there are.
pub fn header(app: &App, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let y = area.y;
    let x = put(buffer, area, area.x, y, " podtriage  ", theme.accent());
    let session = &app.session;
    let bold = theme.role(Role::Heading);
    let context = if session.context.is_empty() { "…" } else { &session.context };
    let x = put(buffer, area, x, y, context, bold);
    let x = put(buffer, area, x, y, " / ", theme.dim());
    let scope = if session.namespace.as_deref() == Some("") { "…" } else { session.scope_name() };
    let x = put(buffer, area, x, y, scope, bold);
    let (state, role) = freshness(app, theme);
    let x = put(buffer, area, x + 2, y, &state, theme.role(role));
    let x = put(buffer, area, x, y, &counts(app, theme), theme.role(Role::Plain));
    let mode = if session.read_only { "read-only" } else { "read-write" };
    // What may be changed is said before which version it is.
    let whole = format!("{}   {mode} ", session.version);
    let room = usize::from(area.right().saturating_sub(x));
    if let Some(right) = [whole, format!("{mode} ")].iter().find(|text| width(text) + 1 < room) {
        put_right(buffer, area, area.right(), y, right, theme.dim());
    }
}

/// How fresh what is listed is, in words.
fn freshness(app: &App, theme: &Theme) -> (String, Role) {
    let dot = theme.sign("●", "*");
    match &app.session.link {
        Link::Connecting => return (format!("{} connecting", theme.sign("○", "o")), Role::Dim),
        Link::Down(_) => return (format!("{dot} not connected"), Role::Bad),
        Link::Up => {}
    }
    // The worst of all lists: a view that looks live beside a stale one would lie.
    let mut loading = false;
    let mut stale = None;
    for view in app.views() {
        match app.status_of(view) {
            Status::Stale { since, outage } if outage.cause != Cause::Forbidden => {
                stale = stale.or(Some((*since, outage.cause)));
            }
            Status::Stale { .. } | Status::Live => {}
            Status::Loading { .. } | Status::Waiting => loading = true,
        }
    }
    match (stale, loading) {
        (Some((since, cause)), _) => {
            let why = match cause {
                Cause::Unauthorized => "not authorized",
                Cause::Unreachable => "server not reached",
                Cause::Forbidden | Cause::Server => "server error",
            };
            (format!("{dot} stale for {}: {why}", age(since, app.now)), Role::Bad)
        }
        (None, true) => (format!("{} loading", theme.sign("○", "o")), Role::Warn),
        (None, false) => (format!("{dot} live"), Role::Good),
    }
}

/// `pods 1,204 ▲12   nodes 5 ▲1`
fn counts(app: &App, theme: &Theme) -> String {
    let (pods, nodes) = (&app.store.pods.table, &app.store.nodes.table);
    let part = |kind: Kind, listed: bool, count: usize, bad: usize| {
        match app.store.status(kind) {
            Status::Stale { outage, .. } if outage.cause == Cause::Forbidden => {
                return format!("   {} forbidden", kind.plural());
            }
            // Nothing was ever listed; that is not to say that there is nothing.
            Status::Stale { .. } if !listed && count == 0 => return format!("   {} -", kind.plural()),
            _ => {}
        }
        let bad = if bad > 0 { format!(" {}{}", theme.sign("▲", "!"), grouped(bad as u64)) } else { String::new() };
        format!("   {} {}{bad}", kind.plural(), grouped(count as u64))
    };
    let forwards = match app.forwards() {
        0 => String::new(),
        count => format!("   forwards {count}"),
    };
    let known = (app.store.pods.is_listed(), app.store.nodes.is_listed());
    let pods = part(Kind::Pod, known.0, pods.len(), pods.unwell());
    let nodes = part(Kind::Node, known.1, nodes.len(), nodes.unwell());
    pods + &nodes + &forwards
}

/// The second row: the views, and at the right what is typed, the last message, or the keys to begin with.
pub fn tabs(app: &App, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
    let buffer = frame.buffer_mut();
    let mut x = area.x + 1;
    for view in app.views() {
        let chosen = app.view == view;
        let style = if chosen { theme.accent().add_modifier(Modifier::UNDERLINED) } else { theme.role(Role::Plain) };
        let key = view.action().map_or_else(|| ":".to_owned(), |action| app.keys.key_of(action));
        x = put(buffer, area, x, area.y, &key, theme.dim());
        x = put(buffer, area, x + 1, area.y, &app.view_name(view), style) + 2;
    }
    let rest = Rect { x, width: area.right().saturating_sub(x), ..area };
    if let Some(Modal::Prompt(asked, prompt)) = &app.modal {
        let wrong = *asked == Asked::Filter && app.filter_error().is_some();
        return typing(&app.prompt_label(*asked), prompt, wrong, theme, rest, area, frame);
    }
    if let Some((notice, _)) = &app.notice {
        let role = if notice.is_error { Role::Bad } else { Role::Good };
        let text = notice.text.replace('\n', " ");
        put(buffer, rest, rest.x, rest.y, &text, theme.role(role));
        return;
    }
    // What takes its time is said until it is over.
    if let Some(progress) = app.progress() {
        put(buffer, rest, rest.x, rest.y, &progress, theme.dim());
        return;
    }
    if let Some(prefix) = app.prefix {
        put_right(buffer, rest, rest.right() - 1, rest.y, &format!("{prefix} …"), theme.accent());
        return;
    }
    let hints = [(Action::Find, "filter"), (Action::Command, "go"), (Action::Help, "keys")];
    let text: Vec<_> = hints.iter().map(|(action, word)| format!("{} {word}", app.keys.key_of(*action))).collect();
    put_right(buffer, rest, rest.right().saturating_sub(1), rest.y, &text.join("   "), theme.dim());
}

/// What is typed, behind what it is for: in `rest`, or in the whole row where that is too narrow.
fn typing(label: &str, prompt: &Prompt, wrong: bool, theme: &Theme, rest: Rect, row: Rect, frame: &mut Frame<'_>) {
    let typed = prompt.text();
    let fits = width(label) + width(typed) < usize::from(rest.width);
    let area = if fits { rest } else { Rect { x: row.x + 1, width: row.width.saturating_sub(1), ..row } };
    let buffer = frame.buffer_mut();
    if !fits {
        put(buffer, row, row.x, row.y, &" ".repeat(usize::from(row.width)), theme.base());
    }
    let from = put(buffer, area, area.x, area.y, label, theme.accent());
    put(buffer, area, from, area.y, typed, theme.role(if wrong { Role::Bad } else { Role::Plain }));
    let before: String = typed.chars().take(prompt.cursor()).collect();
    let cursor = usize::from(from) + width(&before);
    frame.set_cursor_position(Position::new((cursor as u16).min(area.right().saturating_sub(1)), area.y));
}
