//! One command that was run in a container, and what it printed: to read, search, copy, save, and run again.
//!
//! There is no terminal, so that output and errors are told apart: lines of the error stream have a mark in the margin.
//! Colours are kept as in logs. Memory is bounded by [`KEPT`]; what is printed beyond is counted.

use crate::app::panes::document::Document;
use crate::app::panes::marks::Mark;
use crate::base::count;
use crate::base::problem::Problem;
use crate::base::quote;
use crate::base::sgr;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role, Span, Text};
use crate::cluster::api::{ExecRequest, ExitStatus, SessionRequest, ShellUpdate, Waiting};
use crate::model::kind::ObjectKey;

/// Bytes of output that are kept.
const KEPT: usize = 4 << 20;
/// The text is written anew at most this often, in microseconds, while output comes.
const WRITE_EVERY: i64 = 100_000;

/// How a command stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// Its container does not run yet.
    Waiting(Waiting),
    /// Asked for, or running.
    Running,
    /// Over.
    Ended(ExitStatus),
    /// It never began.
    Refused(Problem),
}

/// A command and its output.
#[derive(Debug)]
pub struct RunPane {
    /// The pod.
    pub key: ObjectKey,
    /// The container.
    pub container: String,
    /// The command as it was typed.
    pub command: String,
    /// How it stands.
    pub state: RunState,
    /// What it printed.
    pub document: Document,
    lines: Vec<Printed>,
    /// The beginnings of lines whose ends have not come: of the output, of the errors.
    begun: [Vec<u8>; 2],
    bytes: usize,
    beyond: usize,
    /// When the text was written last, and whether more has come since.
    written: Stamp,
    is_behind: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Printed {
    text: String,
    is_error: bool,
}

impl RunPane {
    /// A command that is about to be asked for.
    pub fn new(key: ObjectKey, container: String, command: String) -> Self {
        Self {
            key,
            container,
            command,
            state: RunState::Running,
            document: Document::new(true),
            lines: Vec::new(),
            begun: <_>::default(),
            bytes: 0,
            beyond: 0,
            written: Stamp::NONE,
            is_behind: false,
        }
    }

    /// Begins, or begins again; earlier output goes.
    pub fn begin(&mut self, waits: bool, windows: bool) -> SessionRequest {
        (self.lines, self.begun) = <_>::default();
        (self.bytes, self.beyond) = (0, 0);
        self.state = if waits { RunState::Waiting(Waiting::default()) } else { RunState::Running };
        self.write();
        let exec = ExecRequest {
            namespace: self.key.namespace.to_string(),
            pod: self.key.name.to_string(),
            container: Some(self.container.clone()),
            command: words(&self.command, windows),
            tty: false,
            stdin: false,
            attach: false,
        };
        SessionRequest { exec, waits }
    }

    /// Whether it may be running, or is going to.
    pub fn is_living(&self) -> bool {
        matches!(self.state, RunState::Waiting(_) | RunState::Running)
    }

    /// Takes in what came from the process.
    pub fn update(&mut self, update: ShellUpdate) {
        match update {
            ShellUpdate::Waiting(waiting) => self.state = RunState::Waiting(waiting),
            ShellUpdate::Open | ShellUpdate::Streams(_) => self.state = RunState::Running,
            ShellUpdate::Output(bytes) | ShellUpdate::Log(bytes) => self.print(&bytes, false),
            ShellUpdate::Errors(bytes) => self.print(&bytes, true),
            ShellUpdate::Ended(status) => self.end(RunState::Ended(status)),
            ShellUpdate::Over(end) => self.end(RunState::Ended(ExitStatus::Code(end.code))),
            ShellUpdate::Refused(problem) => self.end(RunState::Refused(problem)),
        }
        self.is_behind = true;
    }

    fn end(&mut self, state: RunState) {
        self.state = state;
        for is_error in [false, true] {
            let rest = std::mem::take(&mut self.begun[usize::from(is_error)]);
            if !rest.is_empty() {
                self.push(&rest, is_error);
            }
        }
        self.write();
    }

    fn print(&mut self, bytes: &[u8], is_error: bool) {
        let room = KEPT.saturating_sub(self.bytes).min(bytes.len());
        self.bytes += room;
        self.beyond += bytes.len() - room;
        for line in bytes[..room].split_inclusive(|byte| *byte == b'\n') {
            let begun = &mut self.begun[usize::from(is_error)];
            begun.extend_from_slice(line);
            if line.ends_with(b"\n") {
                let whole = std::mem::take(begun);
                self.push(&whole, is_error);
            }
        }
    }

    fn push(&mut self, line: &[u8], is_error: bool) {
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
        self.lines.push(Printed { text, is_error });
    }

    /// When the text has to be written anew; `None` when it is up to date.
    pub fn due(&self) -> Option<Stamp> {
        self.is_behind.then(|| self.written.plus_micros(WRITE_EVERY))
    }

    /// Brings the text up to date, where that is due.
    pub fn age(&mut self, now: Stamp) {
        if self.is_behind && (!self.written.is_set() || self.due().is_some_and(|due| due <= now)) {
            self.written = now;
            self.write();
        }
    }

    fn write(&mut self) {
        self.is_behind = false;
        let begun = self.begun.iter().zip([false, true]).filter(|(bytes, _)| !bytes.is_empty());
        let begun = begun.map(|(bytes, is_error)| Printed { text: String::from_utf8_lossy(bytes).into(), is_error });
        let shown: Vec<_> = self.lines.iter().cloned().chain(begun).collect();
        let marks = shown.iter().map(|line| line.is_error.then_some(Mark::Errors)).collect();
        self.document.set_text(Text::from_lines(shown.iter().map(|line| coloured(&line.text)).collect()));
        self.document.set_marks(marks);
    }

    /// The title of its tile.
    pub fn title(&self) -> String {
        let state = match &self.state {
            RunState::Waiting(waiting) if waiting.reason.is_empty() => "waiting".to_owned(),
            RunState::Waiting(waiting) => format!("waiting: {}", waiting.reason),
            RunState::Running => "running".to_owned(),
            RunState::Ended(ExitStatus::Code(code)) => format!("exit {code}"),
            RunState::Ended(ExitStatus::Lost(_)) => "connection lost".to_owned(),
            RunState::Ended(ExitStatus::Error { .. }) | RunState::Refused(_) => "not started".to_owned(),
        };
        let beyond = match self.beyond {
            0 => String::new(),
            beyond => format!(" · {} more were not kept", count::bytes(beyond as u64)),
        };
        format!("exec {}/{} · {state} · {}{beyond}", self.key.name, self.container, self.command)
    }

    /// What there is to say beside the output.
    pub fn words(&self) -> Option<Line> {
        let bad = |text: String| Some(Line::new(text, Role::Bad));
        match &self.state {
            RunState::Waiting(waiting) => {
                let text = format!("waiting for container {} {} {}", self.container, waiting.reason, waiting.message);
                Some(Line::new(text, Role::Warn))
            }
            RunState::Running if self.document.is_empty() => Some(Line::new("nothing printed yet", Role::Dim)),
            RunState::Running => None,
            RunState::Ended(ExitStatus::Code(_)) if self.document.is_empty() => {
                Some(Line::new("it printed nothing", Role::Dim))
            }
            // The title says it.
            RunState::Ended(ExitStatus::Code(_)) => None,
            RunState::Ended(ExitStatus::Error { message, .. }) => bad(format!("not started: {message}")),
            RunState::Ended(ExitStatus::Lost(why)) => {
                bad(format!("the connection broke, the command may still run: {why}"))
            }
            RunState::Refused(problem) => bad(problem.to_string()),
        }
    }
}

/// A line with the colours that were printed with it.
fn coloured(text: &str) -> Line {
    let Some((plain, runs)) = sgr::strip(text) else { return Line::new(text, Role::Plain) };
    let mut line = Line::default();
    let ends = runs.iter().skip(1).map(|run| run.at as usize).chain([plain.len()]);
    let first = runs.first().map_or(plain.len(), |run| run.at as usize);
    let pieces = runs.iter().zip(ends).map(|(run, end)| (run.at as usize, end, run.style));
    for (from, to, style) in std::iter::once((0, first, sgr::Style::default())).chain(pieces) {
        if from < to {
            line.spans.push(Span { style, ..Span::new(&plain[from..to], Role::Plain) });
        }
    }
    line
}

/// The words that are sent: those of the line itself; `sh`, or `cmd` on Windows, where it is written for a shell.
fn words(line: &str, windows: bool) -> Vec<String> {
    let shell = |words: [&str; 2]| words.into_iter().chain([line]).map(str::to_owned).collect();
    if windows {
        return shell(["cmd", "/c"]);
    }
    match quote::split(line) {
        Ok(words) if !line.contains(['|', '&', ';', '<', '>', '$', '`', '*', '?', '~', '(', '{']) => words,
        _ => shell(["sh", "-c"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;

    fn pane() -> RunPane {
        RunPane::new(ObjectKey::new(Kind::Pod, "shop", "web-0"), "app".into(), "ls -l".into())
    }

    fn output(text: &'static str) -> ShellUpdate {
        ShellUpdate::Output(text.as_bytes().into())
    }

    #[test]
    fn a_shell_is_only_asked_for_where_one_is_needed() {
        assert_eq!(words("ls -l '/a b'", false), ["ls", "-l", "/a b"]);
        assert_eq!(words("ps | wc -l", false), ["sh", "-c", "ps | wc -l"]);
        assert_eq!(words("echo $HOME", false), ["sh", "-c", "echo $HOME"]);
        assert_eq!(words("echo 'open", false), ["sh", "-c", "echo 'open"], "the shell says what is wrong");
        assert_eq!(words("dir c:\\", true), ["cmd", "/c", "dir c:\\"]);
    }

    #[test]
    fn x02_output_and_errors_are_told_apart() {
        let mut pane = pane();
        pane.update(ShellUpdate::Open);
        pane.update(output("one\ntw"));
        pane.update(ShellUpdate::Errors(b"bad\n".as_slice().into()));
        pane.update(output("o\r\nthree"));
        pane.update(ShellUpdate::Ended(ExitStatus::Code(42)));
        assert_eq!(pane.document.plain(), "one\nbad\ntwo\nthree\n");
        let marks: Vec<_> = (0..4).map(|line| pane.document.mark(line).is_some()).collect();
        assert_eq!(marks, [false, true, false, false]);
        assert_eq!(pane.title(), "exec web-0/app · exit 42 · ls -l");
        pane.begin(false, false);
        assert!(pane.document.is_empty() && pane.is_living());
    }

    #[test]
    fn colours_are_kept_and_copies_have_none() {
        let line = coloured("a \u{1b}[31mred\u{1b}[0m b");
        let roles: Vec<_> =
            line.spans.iter().map(|span| (span.text.as_str(), span.style == sgr::Style::default())).collect();
        assert_eq!(roles, [("a ", true), ("red", false), (" b", true)]);
        assert_eq!(line.plain(), "a red b");
    }

    #[test]
    fn memory_is_bounded_and_what_is_not_kept_is_counted() {
        let mut pane = pane();
        for _ in 0..5 {
            pane.update(ShellUpdate::Output(vec![b'x'; 1 << 20].into()));
        }
        pane.update(ShellUpdate::Ended(ExitStatus::Code(0)));
        assert_eq!(pane.document.plain().len(), KEPT + 1);
        assert!(pane.title().contains("more were not kept"), "{}", pane.title());
    }

    #[test]
    fn a_storm_of_output_is_written_a_few_times_a_second() {
        let mut pane = pane();
        let now = Stamp::from_seconds(1_700_000_000);
        pane.update(output("a\n"));
        pane.age(now);
        pane.update(output("b\n"));
        pane.age(now.plus_micros(50_000));
        assert_eq!(pane.document.plain(), "a\n");
        assert_eq!(pane.due(), Some(now.plus_micros(100_000)));
        pane.age(now.plus_micros(100_000));
        assert_eq!((pane.document.plain().as_str(), pane.due()), ("a\nb\n", None));
    }
}
