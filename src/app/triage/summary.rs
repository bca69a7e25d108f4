//! All findings in a few words: the title of the view, and what is said where nothing is wrong.

use crate::app::App;
use crate::base::count::grouped;
use crate::base::text::{Line, Role};
use crate::diagnosis::finding::Severity;
use crate::diagnosis::rules;
use crate::model::change::Cause;
use crate::model::kind::Kind;
use crate::store::feed::Status;

/// How many things that could not be seen are named.
const NAMED: usize = 8;

impl App {
    /// `4 problems, 17 pods, 2 notices`
    pub fn triage_title(&self) -> String {
        let groups = self.triage.engine.groups();
        let (problems, notices): (Vec<_>, Vec<_>) =
            groups.iter().partition(|group| group.finding.severity > Severity::Notice);
        let mut pods: Vec<_> = problems.iter().flat_map(|group| &group.pods).collect();
        pods.sort_unstable();
        pods.dedup();
        let mut parts = vec![counted(problems.len(), "problem")];
        if !problems.is_empty() {
            parts.push(counted(pods.len(), "pod"));
        }
        if !notices.is_empty() {
            parts.push(counted(notices.len(), "notice"));
        }
        parts.join(", ")
    }

    /// What the inspector is about in the Triage view: `deploy/web · 2 of 5 pods`.
    pub fn finding_title(&self) -> Option<String> {
        let row = self.selected_finding()?;
        let what = row.what.trim_start();
        Some(match row.pods {
            (hit, Some(all)) if hit > 0 && all > 1 => format!("{what} · {hit} of {all} pods"),
            (_, Some(all)) if all > 1 => format!("{what} · {all} pods"),
            _ => what.to_owned(),
        })
    }

    /// Whether everything was looked at, so that it can be said that nothing is wrong.
    pub fn has_judged_all(&self) -> bool {
        self.triage.feed.status == Status::Live
    }

    /// What is said in place of rows where there are none: what was checked, and what could not be seen.
    pub fn nothing_wrong(&self) -> Vec<Line> {
        let place = match &self.session.namespace {
            Some(name) => format!("in namespace {name}"),
            None => "in all namespaces".to_owned(),
        };
        let listed = [(Kind::Pod, self.store.pods.table.len()), (Kind::Event, self.store.events.table.listed())];
        let listed = listed.into_iter().chain([(Kind::Node, self.store.nodes.table.len())]);
        let is_seen = |kind| matches!(self.store.status(kind), Status::Live);
        let seen = listed.filter(|(kind, _)| is_seen(*kind));
        let mut seen: Vec<_> = seen.map(|(kind, count)| counted(count, &kind.name().to_ascii_lowercase())).collect();
        let mut coming = Vec::new();
        for (kind, count) in self.triage.workloads.counts() {
            match count {
                Some(count) => seen.push(counted(count, kind)),
                None => coming.push(kind),
            }
        }
        let first = match coming.as_slice() {
            [] => Line::new("nothing is wrong, as far as one can see", Role::Good),
            _ => Line::new(format!("nothing found so far; still to be read: {}", coming.join(", ")), Role::Dim),
        };
        let rules = counted(rules::all().count(), "rule");
        let mut lines = vec![
            first,
            Line::default(),
            Line::new(format!("looked at {place}, by {rules}:"), Role::Plain),
            Line::new(format!("  {}", seen.join(", ")), Role::Plain),
        ];
        let unseen = self.unseen();
        if !unseen.is_empty() {
            lines.push(Line::new("could not see:", Role::Warn));
            lines.extend(unseen.into_iter().map(|text| Line::new(format!("  {text}"), Role::Plain)));
        }
        lines
    }

    /// What is being waited for before anything can be said.
    pub fn triage_progress(&self) -> String {
        let of = |kind: Kind, count: usize| match self.store.status(kind) {
            Status::Loading { total: Some(total), .. } => {
                format!("{} {} of ~{}", kind.plural(), grouped(count as u64), grouped(*total))
            }
            Status::Loading { .. } | Status::Waiting => format!("{} {} so far", kind.plural(), grouped(count as u64)),
            _ => format!("{} {}", kind.plural(), grouped(count as u64)),
        };
        let store = &self.store;
        let parts = [
            of(Kind::Pod, store.pods.table.len()),
            of(Kind::Node, store.nodes.table.len()),
            of(Kind::Event, store.events.table.listed()),
        ];
        let left = self.triage.work.len();
        let left = if left > 0 { format!("; {} to be looked at still", grouped(left as u64)) } else { String::new() };
        format!("reading: {}{left}. Nothing can be said yet", parts.join(", "))
    }

    /// What a rule would need and nobody may see, or could read.
    fn unseen(&self) -> Vec<String> {
        let mut unseen: Vec<String> = Vec::new();
        for kind in Kind::ALL {
            if let Status::Stale { outage, .. } = self.store.status(kind) {
                let why = if outage.cause == Cause::Forbidden { "forbidden" } else { "they cannot be read now" };
                unseen.push(format!("{}: {why} (list {})", kind.plural(), kind.plural()));
            }
        }
        let refused = self.triage.known.unseen();
        let mut texts: Vec<_> = refused
            .iter()
            .map(|unseen| {
                let (verb, resource) = unseen.lookup.right();
                if unseen.is_forbidden {
                    format!("{resource}: forbidden ({verb} {resource})")
                } else {
                    format!("{resource}: {}", unseen.why.lines().next().unwrap_or_default())
                }
            })
            .collect();
        texts.sort();
        texts.dedup();
        unseen.extend(texts);
        let more = unseen.len().saturating_sub(NAMED);
        unseen.truncate(NAMED);
        if more > 0 {
            unseen.push(format!("and {more} more"));
        }
        unseen
    }

    /// What could not be seen, in a word for the title; empty where all could.
    pub fn triage_gaps(&self) -> String {
        match self.unseen().len() {
            0 => String::new(),
            count => format!("{} not seen", counted(count, "thing")),
        }
    }
}

/// `1 problem`, `4 problems`
fn counted(count: usize, one: &str) -> String {
    let many = if one.ends_with('y') && !one.ends_with("ay") {
        format!("{}ies", &one[..one.len() - 1])
    } else {
        format!("{one}s")
    };
    format!("{} {}", grouped(count as u64), if count == 1 { one } else { &many })
}
