//! What is said of a log on standard error, beside its lines. Pure.

use crate::base::stamp::Stamp;
use crate::cluster::logs::data::{LogEnd, LogGap, LogUpdate};
use crate::cluster::logs::words;

/// The line that tells of an update; `None` where there is nothing to say.
pub fn of<L>(update: &LogUpdate<L>, pod: &str, container: &str) -> Option<String> {
    let said = match update {
        LogUpdate::Opened | LogUpdate::Lines(_) => return None,
        // As kubectl prints what the kubelet says.
        LogUpdate::Waiting(said) if said.starts_with("waiting to start") => {
            return Some(format!("container \"{container}\" in pod \"{pod}\" is {said}"));
        }
        LogUpdate::Waiting(said) => said.clone(),
        LogUpdate::Restarted { restarts, exit } => {
            let exit = exit.as_ref().map(|exit| format!("; {}", words::exit(exit))).unwrap_or_default();
            format!("restart {restarts}{exit}; what follows is of the new run")
        }
        LogUpdate::Replaced { .. } => "another pod has its name now; what follows is of the new one".to_owned(),
        LogUpdate::Gap { why, from, to } => gap(*why, *from, *to),
        LogUpdate::Outage(problem) | LogUpdate::Trouble(problem) => problem.to_string(),
        LogUpdate::Ended(how) => end(how)?,
    };
    Some(about(pod, container, &said))
}

/// A sentence with the container that it is about.
pub fn about(pod: &str, container: &str, said: &str) -> String {
    format!("[pod/{pod}/{container}] {said}")
}

/// Why nothing more comes; `None` where the log says it all.
pub fn end(end: &LogEnd) -> Option<String> {
    Some(words::end(end)).filter(|said| !said.is_empty())
}

fn gap(why: LogGap, from: Stamp, to: Stamp) -> String {
    let why = match why {
        LogGap::LastLineNotFound => "the node has begun a new file since",
        LogGap::EndOfRun => "the end of that run was not seen",
        LogGap::WholeRuns => "it was restarted more than once meanwhile",
        LogGap::Rotated => "the node began a new file while it was read",
    };
    let between = match (from.is_set(), to.is_set()) {
        (true, true) => format!(" between {} and {}", from.rfc3339(), to.rfc3339()),
        (true, false) => format!(" after {}", from.rfc3339()),
        (false, true) => format!(" before {}", to.rfc3339()),
        (false, false) => String::new(),
    };
    format!("gap: lines may be missing{between}: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::logs::data::ContainerExit;

    fn said(update: &LogUpdate) -> String {
        of(update, "web-0", "app").unwrap_or_default()
    }

    #[test]
    fn each_thing_that_happens_is_said_in_words() {
        let creating = LogUpdate::Waiting("waiting to start: ContainerCreating".to_owned());
        assert_eq!(said(&creating), "container \"app\" in pod \"web-0\" is waiting to start: ContainerCreating");
        let exit = Some(ContainerExit { code: 137, reason: "OOMKilled".to_owned() });
        assert_eq!(
            said(&LogUpdate::Restarted { restarts: 3, exit }),
            "[pod/web-0/app] restart 3; it ended with exit code 137 (OOMKilled); what follows is of the new run"
        );
        let at = |second: i64| Stamp::from_seconds(1_800_000_000 + second);
        let gap = LogUpdate::Gap { why: LogGap::LastLineNotFound, from: at(0), to: at(7) };
        let between = "between 2027-01-15T08:00:00Z and 2027-01-15T08:00:07Z";
        assert!(said(&gap).contains(between));
        let open = LogUpdate::Gap { why: LogGap::EndOfRun, from: at(0), to: Stamp::NONE };
        assert!(said(&open).contains("missing after 2027-01-15T08:00:00Z: the end of that run"));
        assert_eq!(said(&LogUpdate::Ended(LogEnd::PodGone)), "[pod/web-0/app] the pod was deleted");
        assert_eq!((said(&LogUpdate::Opened), said(&LogUpdate::Ended(LogEnd::Once))), Default::default());
    }
}
