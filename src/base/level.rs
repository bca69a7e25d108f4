//! How grave a line of a log is, as the line says itself.
//!
//! Every program writes this in its own way; the usual ones are read: klog, logfmt, JSON, and words such as
//! `ERROR` or `[warn]` near the beginning. It is a guess, so it decides what is coloured and what a filter
//! leaves out, and nothing else. Runs over every line that comes: it looks at [`HEAD`] bytes and allocates
//! nothing. Start with [`find`].

use std::ops::Range;

use memchr::memmem;

/// How far into a line a level is looked for, in bytes.
const HEAD: usize = 512;
/// Among so many words at the beginning a word alone may be the level.
const WORDS: usize = 8;

/// The words for levels: those of syslog, the JVM, Python, Go, Rust, glog and others, in small letters.
const LEVELS: &[(Level, &[&str])] = &[
    (Level::Info, &["info", "inf", "notice", "information", "informational"]),
    (Level::Warn, &["warn", "warning", "wrn"]),
    (Level::Error, &["error", "err", "eror", "severe"]),
    (Level::Debug, &["debug", "dbg", "fine"]),
    (Level::Trace, &["trace", "trc", "finer", "finest"]),
    (Level::Fatal, &["fatal", "panic", "crit", "critical", "alert", "emerg", "emergency", "ftl"]),
];

/// How grave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The line does not say.
    #[default]
    Unknown,
    /// Every step.
    Trace,
    /// For whoever looks for a mistake.
    Debug,
    /// What goes on.
    Info,
    /// Wants attention.
    Warn,
    /// Something did not work.
    Error,
    /// The program cannot go on.
    Fatal,
}

impl Level {
    /// `error`; empty for what is not known.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The level of a word, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        let is_one = |(_, names): &&(Self, &[&str])| names.iter().any(|name| name.eq_ignore_ascii_case(word));
        if !(3..=13).contains(&word.len()) {
            return None;
        }
        LEVELS.iter().find(is_one).map(|(level, _)| *level)
    }

    /// The level of a number, as pino and bunyan count: 30 is `info`.
    fn of_number(number: &str) -> Option<Self> {
        Some(match number.parse::<u32>().ok()? {
            10..=19 => Self::Trace,
            20..=29 => Self::Debug,
            30..=39 => Self::Info,
            40..=49 => Self::Warn,
            50..=59 => Self::Error,
            60..=69 => Self::Fatal,
            _ => return None,
        })
    }
}

/// A level and where the line says it, in bytes.
pub type Said = (Level, Range<usize>);

/// The level of a line, and where it stands.
pub fn find(line: &str) -> Option<Said> {
    // A character is at most four bytes: one of these is no place inside of one.
    let end = (0..4).map(|back| HEAD - back).find(|end| line.is_char_boundary(*end));
    let head = end.filter(|end| *end < line.len()).map_or(line, |end| &line[..end]);
    if head.trim_start().starts_with('{') {
        return in_json(head);
    }
    klog(head).or_else(|| in_logfmt(head)).or_else(|| in_words(head))
}

/// Whether a line that says no level goes on with what the line before it said: a stack trace, an indented list.
pub fn continues(line: &str) -> bool {
    line.starts_with([' ', '\t', '}', ')', ']']) || line.starts_with("Caused by:") || line.starts_with("goroutine ")
}

/// `W1124 08:10:28.217687       1 reflector.go:484]`: a letter, month and day, by glog.
fn klog(head: &str) -> Option<Said> {
    let bytes = head.as_bytes();
    let level = match bytes.first()? {
        b'I' => Level::Info,
        b'W' => Level::Warn,
        b'E' => Level::Error,
        b'F' => Level::Fatal,
        _ => return None,
    };
    let date = bytes.get(1..5)?.iter().all(u8::is_ascii_digit);
    (date && bytes.get(5) == Some(&b' ')).then_some((level, 0..5))
}

/// `"level":"warn"`, `"severity": "ERROR"`, `"level":50`.
fn in_json(head: &str) -> Option<Said> {
    const KEYS: [&str; 7] = ["level", "severity", "lvl", "levelname", "loglevel", "log.level", "@l"];
    let mut from = 0;
    while let Some(quote) = memchr::memchr(b'"', head.as_bytes().get(from..)?) {
        let start = from + quote + 1;
        let end = start + memchr::memchr(b'"', head.as_bytes().get(start..)?)?;
        from = end + 1;
        let rest = &head[from..];
        let Some(value) = rest.trim_start().strip_prefix(':').map(str::trim_start) else { continue };
        let at = head.len() - value.len();
        if KEYS.iter().any(|key| key.eq_ignore_ascii_case(&head[start..end])) {
            return value_of_json(value).map(|(level, range)| (level, at + range.start..at + range.end));
        }
        if let Some(text) = value.strip_prefix('"') {
            // A text may hold what looks like a key.
            from = at + 1 + end_of_string(text)? + 1;
        }
    }
    None
}

fn value_of_json(value: &str) -> Option<Said> {
    if let Some(text) = value.strip_prefix('"') {
        let end = text.find('"')?;
        return Level::of_word(&text[..end]).map(|level| (level, 1..1 + end));
    }
    let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    Level::of_number(&value[..end]).map(|level| (level, 0..end))
}

/// Where the quote stands that ends a string.
fn end_of_string(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', text.as_bytes().get(from..)?)?;
        if text.as_bytes()[at] == b'"' {
            return Some(at);
        }
        from = at + 2;
    }
}

/// `level=warn`, `lvl="error"`, `severity=INFO`, at the beginning of a word.
fn in_logfmt(head: &str) -> Option<Said> {
    let sign = memchr::memchr(b'=', head.as_bytes())?;
    // `=` is common and these are not: nothing is searched for where there is none.
    ["level=", "lvl=", "severity="].iter().find_map(|key| {
        let begin = sign.saturating_sub(key.len());
        let at = begin + memmem::find(&head.as_bytes()[begin..], key.as_bytes())?;
        let before = at.checked_sub(1).map(|before| head.as_bytes()[before]);
        if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return None;
        }
        let value = at + key.len();
        let value = value + usize::from(head.as_bytes().get(value) == Some(&b'"'));
        let rest = &head[value..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        Level::of_word(&rest[..end]).map(|level| (level, value..value + end))
    })
}

/// `ERROR`, `[warn]`, `error:`, `<Notice>` among the first words. A word of small letters that stands alone is
/// prose: `no error was found`.
fn in_words(head: &str) -> Option<Said> {
    let bytes = head.as_bytes();
    let (mut at, mut words) = (0, 0);
    while at < bytes.len() && words < WORDS {
        if !bytes[at].is_ascii_alphabetic() {
            // Whoever writes in another script has no level before.
            words += usize::from(bytes[at] == b' ' && bytes.get(at + 1).is_some_and(|next| *next != b' '));
            at += 1;
            continue;
        }
        let len = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let word = &head[at..at + len];
        if let Some(level) = Level::of_word(word) {
            let (before, after) = (at.checked_sub(1).map(|at| bytes[at]), bytes.get(at + len).copied());
            let alone =
                !matches!(before, Some(b'.' | b'/' | b'-' | b'=')) && !matches!(after, Some(b'.' | b'/' | b'-' | b'='));
            let is_shouted = word.bytes().all(|byte| byte.is_ascii_uppercase());
            let is_set_apart = matches!(before, Some(b'[' | b'<' | b'(' | b'|'))
                && matches!(after, Some(b']' | b'>' | b')' | b'|' | b':' | b' '));
            let is_label = after == Some(b':') && (before.is_none() || before == Some(b' '));
            if alone && (is_shouted || is_set_apart || is_label) {
                return Some((level, at..at + len));
            }
        }
        at += len;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(line: &str) -> (&'static str, &str) {
        find(line).map_or(("", ""), |(level, range)| (level.name(), &line[range]))
    }

    #[test]
    fn the_usual_forms() {
        for (line, level, word) in [
            ("I1124 08:10:28.217687       1 controller.go:143] synced", "info", "I1124"),
            ("E1124 08:10:28.217687       1 reflector.go:484] x", "error", "E1124"),
            ("F1124 08:10:28.217687       1 main.go:9] x", "fatal", "F1124"),
            ("time=2026-11-24T08:10:28Z level=warn msg=\"no error\"", "warn", "warn"),
            ("ts=1 caller=main.go:9 lvl=\"eror\" msg=x", "error", "eror"),
            ("ts=1 sublevel=error severity=INFO", "info", "INFO"),
            (r#"{"level":"error","msg":"x"}"#, "error", "error"),
            (r#"{"msg":"say \"level\":\"debug\"","severity": "WARNING"}"#, "warn", "WARNING"),
            (r#"{"time":1700000000,"level":50,"pid":1}"#, "error", "50"),
            (r#"{"log":{"level":"Information"}}"#, "info", "Information"),
            ("2026-11-24 08:10:28.217  WARN 1 --- [main] o.s.Boot : x", "warn", "WARN"),
            ("2026/11/24 08:10:28 [error] 7#7: *1 open() failed", "error", "error"),
            ("2026-11-24T08:10:28Z\tINFO\tsetup\tstarting", "info", "INFO"),
            ("[2026-11-24 08:10:28] production.CRITICAL: x", "", ""),
            ("[Tue Nov 24 08:10:28 2026] [core:notice] [pid 1] x", "", ""),
            ("WARNING:root:low on disk", "warn", "WARNING"),
            ("2026-11-24 08:10:28 UTC [57] FATAL:  role \"x\" does not exist", "fatal", "FATAL"),
            ("panic: runtime error: index out of range", "fatal", "panic"),
            ("npm ERR! code ELIFECYCLE", "error", "ERR"),
            ("error: unknown flag", "error", "error"),
            ("<Error> something", "error", "Error"),
            ("no error was found", "", ""),
            ("GET /errors/error 200", "", ""),
            ("loaded ./info.txt", "", ""),
            ("2026-11-24 INFO: 3 errors, ERROR later", "info", "INFO"),
            ("a b c d e f g h i ERROR far behind", "", ""),
            ("エラー ERROR", "error", "ERROR"),
            ("", "", ""),
        ] {
            assert_eq!(said(line), (level, word), "{line}");
        }
    }

    #[test]
    fn a_stack_trace_belongs_to_the_line_before() {
        for line in [
            "\tat com.example.Main(Main.java:9)",
            "  File \"x.py\", line 3",
            "Caused by: x",
            "}",
            "goroutine 1 [running]:",
        ] {
            assert!(continues(line) && find(line).is_none(), "{line}");
        }
        assert!(!continues("started") && !continues(""));
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_the_place_is_in_it(text in "(\\PC|level=|\"level\":|[\\[{\"\\\\: ]|ERROR){0,60}") {
            if let Some((level, range)) = find(&text) {
                prop_assert!(level != Level::Unknown && text.get(range).is_some_and(|word| !word.is_empty()));
            }
        }

        #[test]
        fn no_more_than_the_head_is_read(text in "(a|é|ERROR){0,400}") {
            let long = format!("{}{text}", "é".repeat(HEAD));
            prop_assert_eq!(find(&long), None);
        }
    }
}
