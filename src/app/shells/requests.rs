//! What is not done before the person says so: text that a program puts on the clipboard, and pastes that would run.
//!
//! What a program prints never opens a question by itself: keys that are typed at that moment would answer it. It is
//! offered by a notice and a mark in the title, and the question is asked by a key. Reading the clipboard is never
//! answered at all (`emulator`).

use super::amount;
use crate::app::App;
use crate::app::layout::{PaneId, Slot};
use crate::app::message::{Effect, Notice};
use crate::app::panes::Pane;
use crate::app::panes::shell::ShellPane;
use crate::app::question::{Answer, Question, Then};
use crate::base::text::{Line, Role};
use crate::base::width::{cut, visible};

/// Lines of a text that a question shows, and columns of each.
const SHOWN_LINES: usize = 6;
const SHOWN_COLUMNS: usize = 60;

impl App {
    /// A program wants `text` on the clipboard.
    pub(super) fn on_clipboard(&mut self, id: PaneId, text: String) {
        let leader = self.config.leader;
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return };
        let who = format!("{}/{}", pane.key.name, pane.container);
        let amount = amount(&text);
        if pane.clipboard.always {
            self.notify(Notice::info(format!("{who} put {amount} on the clipboard")));
            self.effects.push(Effect::Copy(text));
            return;
        }
        pane.clipboard.offered = Some(text);
        self.notify(Notice::info(format!("{who} wants to put {amount} on the clipboard: {leader} y answers")));
    }

    /// Asks whether what a program offered may go to the clipboard.
    pub(in crate::app) fn ask_about_clipboard(&mut self, id: PaneId) {
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return };
        let Some(text) = pane.clipboard.offered.take() else {
            return self.notify(Notice::error("no program of this shell wants to copy anything"));
        };
        let about = format!(
            "A program in {}/{} wants to put {} on the clipboard:",
            pane.key.name,
            pane.container,
            amount(&text)
        );
        let mut lines = vec![Line::new(about, Role::Plain)];
        lines.extend(shown(&text));
        let then = |always| Then::PutOnClipboard { pane: id, text: text.clone(), always };
        let mut question = Question::new("clipboard", lines, "this once", then(false));
        question.answers.push(Answer { key: 'a', word: "always for this tile".to_owned(), then: then(true) });
        self.ask(question);
    }

    /// The person allowed it.
    pub(in crate::app) fn put_on_clipboard(&mut self, id: PaneId, text: String, always: bool) {
        if let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) {
            pane.clipboard.always |= always;
        }
        self.notify(Notice::info(format!("copied {}", amount(&text))));
        self.effects.push(Effect::Copy(text));
    }

    /// A paste for the focused shell: at once where it can do no harm, else after a question.
    pub(in crate::app) fn shell_paste(&mut self, text: &str) {
        let Slot::Pane(id) = self.layout.focused() else { return };
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return };
        if !pane.is_living() {
            return;
        }
        pane.look_ahead();
        let Some(why) = why_to_ask(pane, text) else { return self.paste_now(id, text) };
        let mut lines = vec![Line::new(why, Role::Plain)];
        lines.extend(shown(text));
        self.ask(Question::new("paste", lines, "paste it", Then::Paste(id, text.to_owned())));
    }

    /// Pastes it.
    pub(in crate::app) fn paste_now(&mut self, id: PaneId, text: &str) {
        if let Some(Pane::Shell(pane)) = self.panes.get_mut(&id)
            && pane.is_living()
        {
            let bytes = pane.paste(text);
            self.effects.push(Effect::ShellInput(id, bytes));
        }
    }
}

/// Why a paste is not done at once. A shell that marks pastes runs nothing of them before a person presses enter.
fn why_to_ask(pane: &ShellPane, text: &str) -> Option<String> {
    let controls = text.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\t')).count();
    let lines = text.lines().count();
    let of_lines = if lines == 1 { "a line with its end".to_owned() } else { format!("{lines} lines") };
    if controls > 0 {
        return Some(format!("Paste {}, with {controls} control characters in them?", amount(text)));
    }
    let is_marked = pane.emulator.modes().bracketed_paste;
    (text.contains('\n') && !is_marked)
        .then(|| format!("The program does not mark pastes: {of_lines} would be run as they come. Paste them?"))
}

/// The first lines of a text, with what is invisible made visible.
fn shown(text: &str) -> Vec<Line> {
    let total = text.lines().count();
    let text_of = |line: &str| format!("  {}", cut(&visible(line), SHOWN_COLUMNS));
    let mut out: Vec<_> = text.lines().take(SHOWN_LINES).map(|line| Line::new(text_of(line), Role::Dim)).collect();
    if total > SHOWN_LINES {
        out.push(Line::new(format!("  and {} more lines", total - SHOWN_LINES), Role::Dim));
    }
    out
}
