//! Chooses, of the last lines of a run that ended, the one that says why.
//!
//! Not the first with "error" in it: programs log errors that they survive. What counts is the head of a panic or of a
//! stack trace, how grave the line is, whether it names something that is wrong, and how near it stands to the end. Lines
//! that only say that the program ends count least. [`decisive`] is where to start.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::super::facts::ContainerFacts;
use super::super::finding::Evidence;
use super::super::known::Seen;
use super::traces::{Part, parts};
use crate::base::jsonline;
use crate::base::level::{self, Level};
use crate::base::sgr;
use crate::model::pod::End;

/// A quotation is no longer than this, in characters.
const LONGEST: usize = 160;
/// More of a line is not looked at, in bytes.
const READ: usize = 4 << 10;
/// What the last line gains by its place, and what each line before it gains less. Lines that say farewell are not counted.
const NEAR: i32 = 30;
const STEP: i32 = 3;

/// Words of lines that name what is wrong, in small letters.
const COMPLAINTS: &[&str] = &[
    "already exists",
    "already in use",
    "assert",
    "bad address",
    "cannot",
    "can't",
    "corrupt",
    "could not",
    "couldn't",
    "crash",
    "deadlock",
    "denied",
    "does not exist",
    "duplicate",
    "error",
    "exceeded",
    "exception",
    "expired",
    "fail",
    "fatal",
    "forbidden",
    "illegal",
    "incompatible",
    "invalid",
    "is not ",
    "lost connection",
    "mismatch",
    "missing",
    "must be",
    "no route",
    "no space left",
    "no such",
    "not found",
    "not permitted",
    "not set",
    "not supported",
    "out of",
    "panic",
    "read-only",
    "refused",
    "rejected",
    "required",
    "syntax",
    "timed out",
    "timeout",
    "too many",
    "unable",
    "unauthorized",
    "undefined",
    "unexpected",
    "unknown",
    "unreachable",
    "unresolved",
    "unset",
    "unsupported",
    "violat",
    "wrong",
];

/// What a line loses that says farewell, and what it loses if it also names something that is wrong.
const FAREWELL: i32 = -50;
const ANGRY_FAREWELL: i32 = -20;

/// Words of lines that say only that the program ends, in small letters.
const FAREWELLS: &[&str] = &[
    "bye",
    "caught signal",
    "child process exited",
    "cleaning up",
    "cleanup",
    "exit code",
    "exited with",
    "exiting",
    "giving up",
    "quitting",
    "received signal",
    "shut down",
    "shutdown",
    "shutting down",
    "stopped",
    "stopping",
    "terminating",
];

/// Words of lines by which runners and shells say that what they ran has failed, or where to read on, in small letters.
const POINTERS: &[&str] = &[
    "a complete log of this run",
    "command failed with exit code",
    "elifecycle",
    "exit status",
    "for help",
    "for more information",
    "node.js v",
    "rust_backtrace",
    "see the log",
];

/// What shells and runtimes write of a death by signal: the line before it may say more, another line does not.
const DEATHS: &[&str] = &["aborted", "bus error", "illegal instruction", "killed", "segmentation fault", "terminated"];

/// The line that says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// Which of the lines it is.
    pub(super) at: usize,
    /// What it says, in one line and without its time stamp; may hold anything else.
    pub(super) text: String,
}

/// What is known of why a run ended.
#[derive(Debug)]
pub(super) enum Said {
    /// What it says itself, and where that stands.
    Words(String, Box<Evidence>),
    /// It says nothing.
    Nothing,
    /// Its log cannot be read.
    Unreadable,
    /// Nobody has read its log yet.
    NotYet,
}

impl Said {
    /// The quotation, as it goes behind a cause: `: "no such file"`.
    pub(super) fn quoted(&self) -> String {
        match self {
            Self::Words(text, _) => format!(": \"{text}\""),
            Self::Nothing | Self::Unreadable | Self::NotYet => String::new(),
        }
    }

    /// The words; empty where there are none.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Words(text, _) => text,
            Self::Nothing | Self::Unreadable | Self::NotYet => "",
        }
    }

    /// Where it stands.
    pub(super) fn evidence(&self) -> Option<Evidence> {
        match self {
            Self::Words(_, evidence) => Some((**evidence).clone()),
            Self::Nothing | Self::Unreadable | Self::NotYet => None,
        }
    }

    /// What could not be seen.
    pub(super) fn unseen(&self) -> Option<&'static str> {
        matches!(self, Self::Unreadable).then_some("its log cannot be read (get pods/log), which may say more")
    }
}

/// What the last run of a container says of its end: its termination message, or else its log.
pub(super) fn last(facts: &ContainerFacts<'_>, end: &End) -> Said {
    let name = &facts.row.name;
    let message: Vec<&str> = end.message.lines().collect();
    if let Some(Words { text, .. }) = decisive(&message) {
        let evidence = Evidence::new(format!("termination message of {name}"), end.message.trim());
        return Said::Words(text, Box::new(evidence.at(end.finished)));
    }
    let lines = match facts.last_words() {
        Seen::Known(lines) => lines,
        Seen::Missing => return Said::Nothing,
        Seen::Unreadable => return Said::Unreadable,
        Seen::NotYet => return Said::NotYet,
    };
    match decisive(lines) {
        Some(Words { at, text }) => Said::Words(text, Box::new(excerpt(name, lines, at))),
        None => Said::Nothing,
    }
}

/// The line with what stands around it.
fn excerpt(container: &str, lines: &[Box<str>], at: usize) -> Evidence {
    let (from, to) = (at.saturating_sub(2), lines.len().min(at + 3));
    let short: Vec<String> = lines[from..to].iter().map(|line| line.chars().take(2 * LONGEST).collect()).collect();
    Evidence::new(format!("log of {container}"), short.join("\n"))
}

/// The line that says why a run ended; `None` where no line says anything.
pub(super) fn decisive<L: AsRef<str>>(lines: &[L]) -> Option<Words> {
    let lines: Vec<&str> = lines.iter().map(|line| head(line.as_ref(), READ)).collect();
    let parts = parts(&lines);
    let mut best: Option<(i32, usize, String)> = None;
    let mut distance = 0;
    for (at, line) in lines.iter().enumerate().rev() {
        let text = clean(line);
        if parts[at] == Part::Frame || !text.contains(char::is_alphanumeric) {
            continue;
        }
        let score = score(line, &text, parts[at]);
        let is_farewell = score < FAREWELL / 2;
        let score = score + (NEAR - distance).max(0);
        distance += if is_farewell { 0 } else { STEP };
        if best.as_ref().is_none_or(|(most, ..)| score > *most) {
            best = Some((score, at, text));
        }
    }
    best.map(|(_, at, text)| Words { at, text: cut(&text) })
}

/// Whether any of some words stands in a text, in either case.
struct AnyOf(Option<Regex>);

impl AnyOf {
    fn new(words: &[&str]) -> Self {
        let words: Vec<String> = words.iter().map(|word| regex::escape(word)).collect();
        Self(Regex::new(&format!("(?i-u:{})", words.join("|"))).ok())
    }

    fn is_in(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|words| words.is_match(text))
    }
}

static COMPLAINS: LazyLock<AnyOf> = LazyLock::new(|| AnyOf::new(COMPLAINTS));
static LEAVES: LazyLock<AnyOf> = LazyLock::new(|| AnyOf::new(FAREWELLS));
static POINTS: LazyLock<AnyOf> = LazyLock::new(|| AnyOf::new(POINTERS));

fn score(line: &str, text: &str, part: Part) -> i32 {
    let bare = text.strip_suffix(" (core dumped)").unwrap_or(text);
    if DEATHS.iter().any(|death| death.eq_ignore_ascii_case(bare)) {
        return 10;
    }
    let grave = match level::find(line).map_or(Level::Unknown, |(level, _)| level) {
        Level::Fatal => 45,
        Level::Error => 20,
        Level::Warn => 8,
        Level::Unknown => 0,
        Level::Info => -10,
        Level::Debug | Level::Trace => -20,
    };
    let head = if part == Part::Head { 60 } else { 0 };
    let complains = COMPLAINS.is_in(text);
    let says = if complains { 25 } else { 0 };
    let is_usage = text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("usage:"));
    let leaves = match LEAVES.is_in(text) {
        _ if is_usage || POINTS.is_in(text) => 2 * FAREWELL,
        true if complains => ANGRY_FAREWELL,
        true => FAREWELL,
        false => 0,
    };
    let hangs_on = if line.starts_with([' ', '\t']) { -15 } else { 0 };
    grave + head + says + leaves + hangs_on
}

/// The text without time stamps, levels and the fields around the message, in one line.
fn clean(line: &str) -> String {
    let line = match sgr::strip(line) {
        Some((text, _)) => text,
        None => line.to_owned(),
    };
    let text = jsonline::read(&line)
        .and_then(|object| of_json(&object))
        .or_else(|| of_logfmt(&line))
        .unwrap_or_else(|| without_stamp(without_klog(line.trim())).to_owned());
    let text = text.strip_prefix("Caused by: ").unwrap_or(&text);
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The message of a JSON line with the error beside it.
fn of_json(object: &Map<String, Value>) -> Option<String> {
    let first = |names: &[&str]| {
        let value = names.iter().find_map(|name| object.get(*name).filter(|value| !value.is_null()))?;
        let text = value.as_str().or_else(|| value.get("message")?.as_str()).map(ToOwned::to_owned);
        text.filter(|text| !text.trim().is_empty())
    };
    let message = first(&["msg", "message", "log", "event", "short_message", "textPayload"]);
    with_error(message, first(&["error", "err", "exception", "cause", "reason"]))
}

/// `level=error msg="cannot open" err="no such file"`, and the end of what klog writes: `"cannot open" err="no such file"`.
fn of_logfmt(line: &str) -> Option<String> {
    let message = value_of(line, "msg").or_else(|| value_of(line, "message"));
    let error = value_of(line, "err").or_else(|| value_of(line, "error"));
    let message = message.or_else(|| {
        let rest = without_klog(line).strip_prefix('"')?;
        error.as_ref()?;
        rest.split_once('"').map(|(text, _)| text.to_owned())
    });
    message.is_some().then(|| with_error(message, error))?
}

fn with_error(message: Option<String>, error: Option<String>) -> Option<String> {
    match (message, error) {
        (Some(message), Some(error)) if !message.contains(&error) => Some(format!("{message}: {error}")),
        (Some(text), _) | (None, Some(text)) => Some(text),
        (None, None) => None,
    }
}

/// The value of a key in `key=value key="some value"`.
fn value_of(line: &str, key: &str) -> Option<String> {
    let starts = |at: &usize| {
        let is_word = *at == 0 || line[..*at].ends_with(' ');
        is_word && line[*at + key.len()..].starts_with('=')
    };
    let at = line.match_indices(key).map(|(at, _)| at).find(starts)?;
    let value = &line[at + key.len() + 1..];
    let Some(quoted) = value.strip_prefix('"') else {
        return value.split(' ').next().filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    };
    let mut text = String::new();
    let mut is_escaped = false;
    for c in quoted.chars() {
        match c {
            _ if is_escaped => {
                text.push(if c == 'n' || c == 't' { ' ' } else { c });
                is_escaped = false;
            }
            '\\' => is_escaped = true,
            '"' => break,
            c => text.push(c),
        }
    }
    (!text.is_empty()).then_some(text)
}

/// `E1124 08:10:28.217687       1 reflector.go:484] text`: from the text on.
fn without_klog(line: &str) -> &str {
    let mut chars = line.chars();
    let is_klog = matches!(chars.next(), Some('I' | 'W' | 'E' | 'F')) && chars.take(4).all(|c| c.is_ascii_digit());
    match line.split_once("] ") {
        Some((_, text)) if is_klog && line.len() > 5 => text.trim_start(),
        _ => line,
    }
}

/// Without the times, levels and thread names that stand before the text.
fn without_stamp(line: &str) -> &str {
    let mut rest = line;
    for _ in 0..6 {
        let (word, after) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        let bare = word.trim_matches(|c: char| "[](){}|-,".contains(c));
        let is_dropped = bare.is_empty() || is_time(bare) || is_level(bare);
        if after.trim().is_empty() || !is_dropped {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

/// `2026-11-24`, `10:00:00.123`, `2026-11-24T10:00:00Z`, `1764000000.123`.
fn is_time(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_part = |c: char| c.is_ascii_digit() || ":-/.,TZ+".contains(c);
    digits >= 4 && word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(is_part) && {
        word.contains([':', '-', '/']) || digits >= 9
    }
}

/// `ERROR`, `warn`: but not `error:`, which belongs to the sentence.
fn is_level(word: &str) -> bool {
    Level::of_word(word).is_some()
}

fn head(line: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(line.len())).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
    &line[..end]
}

/// No longer than a quotation may be.
pub(super) fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.truncate(short.trim_end().len());
        short.push('…');
    }
    short
}

/// Both ends of a text, together no longer than a quotation may be.
pub(super) fn cut_middle(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST / 2 - 20).collect();
    let end: String = text.chars().skip(length - LONGEST / 2 - 20).collect();
    format!("{}…{}", start.trim_end(), end.trim_start())
}

#[cfg(test)]
mod tests;
