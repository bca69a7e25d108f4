//! What exit codes mean.

use super::super::finding::Evidence;
use crate::base::age::human_duration;
use crate::base::stamp::Stamp;
use crate::model::pod::End;

/// Signals of Linux on x86 and ARM: number, name, and what it usually means that a program dies of it.
const SIGNALS: &[(i32, &str, &str)] = &[
    (1, "SIGHUP", "its terminal is gone"),
    (2, "SIGINT", "it was interrupted"),
    (3, "SIGQUIT", "it was told to dump"),
    (4, "SIGILL", "an instruction that this processor does not have"),
    (5, "SIGTRAP", "a breakpoint or an internal check"),
    (6, "SIGABRT", "it gave up by itself after an internal check"),
    (7, "SIGBUS", "memory that it mapped is not there"),
    (8, "SIGFPE", "a division by zero"),
    (9, "SIGKILL", "it was killed from outside"),
    (11, "SIGSEGV", "it touched memory that is not its own"),
    (13, "SIGPIPE", "whoever read its output is gone"),
    (14, "SIGALRM", "a timer ran out"),
    (15, "SIGTERM", "it was asked to stop"),
    (24, "SIGXCPU", "its limit of processor time is reached"),
    (25, "SIGXFSZ", "its limit of file size is reached"),
    (31, "SIGSYS", "a system call that seccomp forbids"),
];

/// Number, name and meaning of the signal that a run died of.
pub(super) fn signal(end: &End) -> Option<(i32, &'static str, &'static str)> {
    let number = if end.signal > 0 { end.signal } else { end.exit_code.checked_sub(128)? };
    SIGNALS.iter().find(|(known, ..)| *known == number).copied()
}

/// What a shell or the runtime means by a code; empty where only the program knows.
pub(super) fn meaning(code: i32) -> &'static str {
    match code {
        126 => " (found, but cannot be executed)",
        127 => " (command not found)",
        255 | -1 => " (-1)",
        _ => "",
    }
}

/// How long the run was, in seconds. Runs that never began have a start in 1970, or none.
pub(super) fn ran_for(end: &End) -> Option<i64> {
    let micros = end.finished.micros_since(end.started)?;
    let has_begun = end.started > Stamp::from_seconds(86_400) && micros >= 0;
    has_begun.then_some(micros / 1_000_000)
}

/// The end of a run as evidence: `OOMKilled, exit code 137, after 2s`.
pub(super) fn evidence(container: &str, end: &End) -> Evidence {
    let mut text = format!("{}, exit code {}", end.reason, end.exit_code);
    if let Some(seconds) = ran_for(end) {
        text.push_str(", after ");
        text.push_str(&human_duration(seconds * 1_000_000));
    }
    Evidence::new(format!("last run of container {container}"), text).at(end.finished)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(exit_code: i32, signal: i32, started: i64) -> End {
        let (reason, finished) = ("Error".into(), Stamp::from_seconds(1_000_060));
        End { reason, message: String::new(), exit_code, signal, started: Stamp::from_seconds(started), finished }
    }

    #[test]
    fn codes_above_128_are_signals_where_there_is_such_a_signal() {
        let name = |code, given| signal(&end(code, given, 0)).map(|(number, name, _)| (number, name));
        assert_eq!(name(139, 0), Some((11, "SIGSEGV")));
        assert_eq!(name(0, 9), Some((9, "SIGKILL")));
        assert_eq!((name(1, 0), name(128, 0), name(200, 0), name(i32::MIN, 0)), (None, None, None, None));
    }

    #[test]
    fn a_run_that_never_began_has_no_length() {
        assert_eq!(evidence("app", &end(1, 0, 1_000_000)).text.as_ref(), "Error, exit code 1, after 60s");
        assert_eq!(evidence("app", &end(128, 0, 0)).text.as_ref(), "Error, exit code 128");
        assert_eq!(ran_for(&end(1, 0, 2_000_000)), None);
    }
}
