//! Which lines of a log are parts of a panic or a stack trace: the head, which says what happened, and the frames.
//!
//! Go, Python, the JVM, JavaScript, Rust, Ruby and .NET. Each writes its own form, and all of them write the telling line
//! in a place that can be known.

/// What a line is in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// No part of one.
    None,
    /// The line that says what happened.
    Head,
    /// Where it happened; says nothing by itself.
    Frame,
}

/// What the lines before this one have begun.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    /// Python: indented lines, then the head.
    Traceback,
    /// Go: everything up to the end of the log, or a line that begins something else.
    Goroutines,
    /// Rust: the line behind `panicked at src/main.rs:2:5:`.
    Panicked,
}

/// What each line is.
pub(super) fn parts(lines: &[&str]) -> Vec<Part> {
    let mut within = Within::Nothing;
    let mut parts = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        let (part, then) = part(line, next, within);
        parts.push(part);
        within = then;
    }
    parts
}

fn part(line: &str, next: &str, within: Within) -> (Part, Within) {
    if let Some(found) = begins(line, next) {
        return found;
    }
    match within {
        Within::Traceback if line.starts_with([' ', '\t']) || line.is_empty() => (Part::Frame, within),
        Within::Panicked | Within::Traceback => (Part::Head, Within::Nothing),
        Within::Goroutines => (Part::Frame, within),
        Within::Nothing if is_frame(line) => (Part::Frame, within),
        Within::Nothing if is_frame(next) && line.contains("Error") => (Part::Head, within),
        Within::Nothing => (Part::None, within),
    }
}

/// A line that begins a trace, whatever stood before it.
fn begins(line: &str, next: &str) -> Option<(Part, Within)> {
    let is = |prefix: &str| line.starts_with(prefix);
    if line.contains("Traceback (most recent call last)") {
        return Some((Part::Frame, Within::Traceback));
    }
    if is("panic: ")
        || is("fatal error: ")
        || is("Unhandled exception. ")
        || line.trim_start().starts_with("Caused by: ")
    {
        return Some((Part::Head, Within::Nothing));
    }
    if is("goroutine ") && line.contains('[') {
        return Some((Part::Frame, Within::Goroutines));
    }
    if is("thread '") && line.contains("panicked at") {
        let is_alone = line.ends_with(':') && !next.is_empty();
        return Some(if is_alone { (Part::Frame, Within::Panicked) } else { (Part::Head, Within::Nothing) });
    }
    is("Exception in thread ").then_some((Part::Head, Within::Nothing))
}

fn is_frame(line: &str) -> bool {
    let bare = line.trim_start();
    let is_indented = bare.len() < line.len();
    let is_place = ["at ", "from ", "File \"", "... ", "^"].iter().any(|prefix| bare.starts_with(prefix));
    is_indented && is_place
        || line.starts_with("[signal ")
        || line.starts_with("node:internal/")
        || line.starts_with("During handling of the above exception")
        || line.starts_with("The above exception was the direct cause")
        || line.starts_with("stack backtrace:")
}
