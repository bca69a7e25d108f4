//! Words of ours between the lines of a log: what happened to the container, the connection, the file. Each says what
//! can be done, where something can.

use super::clock::{Clock, Times};
use super::entry::Entry;
use crate::base::count::grouped;
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::cluster::api::{ContainerExit, LogEnd, LogGap, LogLine};

/// The keys that notes name, as they are shown; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogKeys {
    /// To the log of the other run.
    pub other_run: String,
    /// Asks again.
    pub retry: String,
    /// Saves all that is kept.
    pub save_all: String,
}

/// Words of ours between two lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    role: Role,
}

impl Note {
    /// A note of ours.
    pub fn new(text: &str, role: Role) -> Self {
        Self { text: format!("-- {text} --"), role }
    }

    /// As it goes into a page.
    pub fn entry(&self) -> Entry<'_> {
        Entry { text: &self.text, role: self.role, is_note: true, ..Entry::default() }
    }

    /// What to say below a line of which only the beginning was kept.
    pub fn of_cut(line: &LogLine) -> Option<Self> {
        let words = || {
            let (all, kept) = (grouped(line.cut_from), grouped(line.text.len() as u64));
            format!("the line above has {all} bytes; its first {kept} are kept")
        };
        (line.cut_from > 0).then(|| Self::new(&words(), Role::Warn))
    }

    /// What it says.
    pub fn words(&self) -> &str {
        self.text.trim_start_matches("-- ").trim_end_matches(" --")
    }

    /// The same about one of several streams.
    #[must_use]
    pub fn about(&self, name: &str) -> Self {
        Self::new(&format!("{name}: {}", self.words()), self.role)
    }

    /// Between two runs of the container.
    pub fn restart(restarts: u32, exit: Option<&ContainerExit>, keys: &LogKeys) -> Self {
        let role = if exit.is_some_and(|exit| exit.code == 0) { Role::Dim } else { Role::Warn };
        let before = exit.map(|exit| format!("; the run before {}", ended(exit))).unwrap_or_default();
        let offer = hint(&keys.other_run, "its log");
        Self::new(&format!("restart {restarts}{before}{offer}"), role)
    }

    /// Between two pods of the same name.
    pub fn replaced() -> Self {
        Self::new("the pod was replaced; what follows is the new one's", Role::Warn)
    }

    /// Where lines may be missing.
    pub fn gap(gap: LogGap, from: Stamp, to: Stamp, clock: &Clock) -> Self {
        let times = between(from, to, clock);
        let words = match gap {
            LogGap::LastLineNotFound => {
                format!(
                    "lines may be missing here{times}: the connection was lost, and the last line did not come again"
                )
            }
            LogGap::EndOfRun => format!(
                "lines may be missing here{times}: the container was restarted while the connection was lost; its \
                 previous log has the end"
            ),
            LogGap::Rotated => {
                format!("lines may be missing here{times}: the node began a new log file while it sent")
            }
            LogGap::WholeRuns => {
                format!("lines are missing here{times}: the container was restarted more than once meanwhile")
            }
        };
        Self::new(&words, Role::Warn)
    }

    /// Why nothing more comes, after so many lines.
    pub fn end(end: &LogEnd, lines: u64, keys: &LogKeys) -> Self {
        match end {
            LogEnd::Previous if lines == 0 => Self::new("the previous run wrote nothing", Role::Dim),
            LogEnd::Once => Self::new("end of what there is", Role::Dim),
            LogEnd::Previous => {
                let back = hint(&keys.other_run, "the present run");
                Self::new(&format!("end of the previous run{back}"), Role::Dim)
            }
            LogEnd::Exited(exit) => {
                let role = if exit.code == 0 { Role::Dim } else { Role::Bad };
                Self::new(&format!("the container {} and is not started again", ended(exit)), role)
            }
            LogEnd::PodGone => {
                let save = hint(&keys.save_all, "save what is here");
                Self::new(&format!("the pod is gone, and its log with it{save}"), Role::Warn)
            }
            LogEnd::PodReplaced => {
                let follow = hint(&keys.retry, "follow that one");
                Self::new(&format!("the pod is gone; another one has its name now{follow}"), Role::Warn)
            }
        }
    }
}

/// `; p: its log`; nothing where there is no key.
fn hint(key: &str, does: &str) -> String {
    if key.is_empty() { String::new() } else { format!("; {key}: {does}") }
}

/// `, between 08:10:28.217 and 08:10:31.002`, as the person reads times, with the date if it was another day.
fn between(from: Stamp, to: Stamp, clock: &Clock) -> String {
    let is_today = |at: Stamp| at.micros_since(clock.now).is_some_and(|micros| micros.abs() < 12 * 3_600_000_000);
    let times = if [from, to].into_iter().all(|at| !at.is_set() || is_today(at)) { Times::Clock } else { Times::Date };
    let clock = Clock { times, ..*clock };
    let text = |at: Stamp| clock.text(at).trim_end().to_owned();
    match (from.is_set(), to.is_set()) {
        (true, true) => format!(", between {} and {}", text(from), text(to)),
        (true, false) => format!(", after {}", text(from)),
        (false, true) => format!(", before {}", text(to)),
        (false, false) => String::new(),
    }
}

/// `ended with exit code 1 (Error)`.
fn ended(exit: &ContainerExit) -> String {
    let ContainerExit { code, reason } = exit;
    if reason.is_empty() {
        format!("ended with exit code {code}")
    } else {
        format!("ended with exit code {code} ({reason})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_says_between_which_times() {
        let at = |text: &str| Stamp::parse(text);
        let (from, to) = (at("2026-11-24T08:10:28.217687Z"), at("2026-11-24T08:10:31.002Z"));
        let clock = Clock { now: at("2026-11-24T08:20:00Z"), offset: 3_600, ..Clock::default() };
        let said = |from, to, clock: &Clock| Note::gap(LogGap::Rotated, from, to, clock).text;
        let now = said(from, to, &clock);
        assert!(now.contains("here, between 09:10:28.217 and 09:10:31.002: the node"), "{now}");
        assert!(said(from, Stamp::NONE, &clock).contains("here, after 09:10:28.217: "));
        assert!(said(Stamp::NONE, to, &Clock { utc: true, ..clock }).contains("here, before 08:10:31.002Z: "));
        assert!(said(Stamp::NONE, Stamp::NONE, &clock).contains("here: "));
        let later = Clock { now: at("2026-11-26T08:20:00Z"), ..clock };
        assert!(said(from, to, &later).contains("between 2026-11-24 09:10:28.217 and 2026-11-24 09:10:31.002"));
    }

    #[test]
    fn each_end_says_what_can_be_done() {
        let keys = LogKeys { other_run: "p".into(), retry: "r".into(), save_all: "A".into() };
        let exit = ContainerExit { code: 137, reason: "OOMKilled".into() };
        for (end, words) in [
            (LogEnd::Previous, "-- end of the previous run; p: the present run --"),
            (
                LogEnd::Exited(exit.clone()),
                "-- the container ended with exit code 137 (OOMKilled) and is not started again --",
            ),
            (LogEnd::PodGone, "-- the pod is gone, and its log with it; A: save what is here --"),
            (LogEnd::PodReplaced, "-- the pod is gone; another one has its name now; r: follow that one --"),
            (LogEnd::Once, "-- end of what there is --"),
        ] {
            assert_eq!(Note::end(&end, 9, &keys).text, words);
        }
        assert_eq!(Note::end(&LogEnd::Previous, 0, &keys).text, "-- the previous run wrote nothing --");
        let restart = Note::restart(3, Some(&exit), &keys).text;
        assert_eq!(restart, "-- restart 3; the run before ended with exit code 137 (OOMKilled); p: its log --");
        assert_eq!(Note::restart(3, None, &LogKeys::default()).text, "-- restart 3 --");
    }
}
