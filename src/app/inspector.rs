//! What is known of the row under the cursor, from the store alone: nothing is asked of the server, so it
//! follows the cursor without a wait.

mod node_load;

use compact_str::CompactString;

use super::columns::Listed;
use crate::base::age::Clock;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role, Span};
use crate::model::event::EventRow;
use crate::model::kind::ObjectKey;
use crate::model::node::NodeRow;
use crate::model::pod::{ContainerKind, ContainerRow, End, PodRow, State};
use crate::model::row::{Health, Row};
use crate::store::Store;

/// The inspector's own state: which container is chosen, and how far it is scrolled.
#[derive(Clone, Debug, Default)]
pub struct Inspector {
    /// The object that it shows.
    pub object: Option<ObjectKey>,
    /// The row of the Triage view that it shows, by its name.
    pub finding: Option<CompactString>,
    /// The chosen container's place in the row.
    pub container: usize,
    /// Lines scrolled off the top.
    pub scroll: usize,
}

/// The lines, and where each container begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// The lines.
    pub lines: Vec<Line>,
    /// The first line of each container.
    pub containers: Vec<usize>,
    /// The lines that tell of a container's run before the present one, whose log can be read.
    pub runs_before: Vec<usize>,
}

impl Inspection {
    /// Puts lines before all others.
    pub fn prepend(&mut self, mut lines: Vec<Line>) {
        let by = lines.len();
        lines.append(&mut self.lines);
        self.lines = lines;
        for at in self.containers.iter_mut().chain(&mut self.runs_before) {
            *at += by;
        }
    }
}

/// How many of an object's events are shown.
const EVENTS: usize = 20;

/// A row that the inspector can tell of.
pub trait Inspected: Listed {
    /// What is known of it.
    fn inspect(&self, store: &Store, clock: &Clock) -> Inspection;
}

impl Inspected for PodRow {
    fn inspect(&self, store: &Store, clock: &Clock) -> Inspection {
        pod(self, store, clock)
    }
}

impl Inspected for NodeRow {
    fn inspect(&self, store: &Store, clock: &Clock) -> Inspection {
        node(self, store, clock)
    }
}

impl Inspected for EventRow {
    fn inspect(&self, _store: &Store, clock: &Clock) -> Inspection {
        event(self, clock)
    }
}

/// What is known of a pod.
fn pod(pod: &PodRow, store: &Store, clock: &Clock) -> Inspection {
    let mut lines = vec![
        Line::new(&*pod.status, role(pod.health()))
            .and(format!("  {}/{} ready", pod.ready, pod.total), Role::Plain)
            .and(restarts(pod.restarts, pod.last_restart, clock), Role::Dim),
    ];
    let node = if pod.node.is_empty() { "none yet" } else { &pod.node };
    lines.push(fact("node", node).and(format!("   ip {}", or_dash(&pod.ip)), Role::Dim));
    let owner = pod.meta.owner.as_ref().map(|owner| format!("{}/{}", owner.kind, owner.name));
    lines.push(
        fact("owner", owner.as_deref().unwrap_or("none"))
            .and(format!("   age {}", clock.age(pod.meta.created)), Role::Dim),
    );
    if pod.meta.deleted.is_set() {
        lines.push(Line::new(format!("being deleted, due {}", pod.meta.deleted.rfc3339()), Role::Warn));
    }
    if let Some(trouble) = &pod.trouble {
        reason_and_message(&mut lines, &trouble.reason, &trouble.message);
        for condition in &trouble.conditions {
            lines.push(
                Line::new(format!("{} is not true", condition.name), Role::Warn)
                    .and(format!(": {}", condition.reason), Role::Plain)
                    .and(format!("  {}", clock.age(condition.since)), Role::Dim),
            );
            message(&mut lines, &condition.message);
        }
    }
    let (mut containers, mut runs_before) = (Vec::with_capacity(pod.containers.len()), Vec::new());
    if pod.containers.is_empty() {
        lines.push(Line::new("no containers", Role::Dim));
    }
    for container in &pod.containers {
        containers.push(lines.len());
        runs_before.extend(write_container(&mut lines, container, clock));
    }
    write_events(&mut lines, &store.events_of(&pod.meta.uid, &pod.meta.name), clock);
    Inspection { lines, containers, runs_before }
}

/// What is known of a node.
fn node(node: &NodeRow, store: &Store, clock: &Clock) -> Inspection {
    let mut lines = vec![
        Line::new(node.status.as_str(), role(node.health())).and(format!("  {}", node.roles), Role::Plain),
        fact("kubelet", &node.version).and(format!("   ip {}", or_dash(&node.internal_ip)), Role::Dim),
        fact("runtime", &node.runtime).and(format!("   age {}", clock.age(node.meta.created)), Role::Dim),
    ];
    node_load::write(&mut lines, node, store);
    for taint in &node.taints {
        lines.push(fact("taint", taint));
    }
    for trouble in &node.troubles {
        lines.push(
            Line::new(format!("{} is {}", trouble.condition, trouble.status), Role::Bad)
                .and(format!(": {}", trouble.reason), Role::Plain)
                .and(format!("  {}", clock.age(trouble.since)), Role::Dim),
        );
        message(&mut lines, &trouble.message);
    }
    write_events(&mut lines, &store.events_of(&node.meta.uid, &node.meta.name), clock);
    Inspection { lines, ..Inspection::default() }
}

/// An event in full.
fn event(event: &EventRow, clock: &Clock) -> Inspection {
    let role = if event.is_warning() { Role::Warn } else { Role::Plain };
    let seen = event.sighting();
    let times = match (seen.times, seen.events) {
        (1, _) => "once".to_owned(),
        (times, 1) => format!("{times} times"),
        (times, events) => format!("{times} times, in {events} events that say the same"),
    };
    let mut lines = vec![
        Line::new(&*event.reason, role).and(format!("  {}", event.r#type), Role::Dim),
        fact("object", &event.object()),
        fact("part", or_dash(&event.field_path)),
        fact("from", &event.from),
        fact("seen", &times)
            .and(format!("   first {} ago, last {} ago", clock.age(seen.first), clock.age(seen.last)), Role::Dim),
        Line::default(),
    ];
    message(&mut lines, &event.message);
    Inspection { lines, ..Inspection::default() }
}

pub(super) fn fact(name: &str, value: &str) -> Line {
    Line::new(format!("{name} "), Role::Label).and(value, Role::Plain)
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

fn restarts(count: u32, last: Stamp, clock: &Clock) -> String {
    match (count, last.is_set()) {
        (0, _) => String::new(),
        (1, true) => format!("   1 restart, {} ago", clock.age(last)),
        (_, true) => format!("   {count} restarts, the last {} ago", clock.age(last)),
        (_, false) => format!("   {count} restarts"),
    }
}

fn role(health: Health) -> Role {
    match health {
        Health::Good | Health::Changing => Role::Good,
        Health::Done => Role::Dim,
        Health::Degraded => Role::Warn,
        Health::Broken => Role::Bad,
    }
}

fn reason_and_message(lines: &mut Vec<Line>, reason: &str, text: &str) {
    if !reason.is_empty() {
        lines.push(Line::new(reason, Role::Bad));
    }
    message(lines, text);
}

/// A message, one line a line, indented.
fn message(lines: &mut Vec<Line>, text: &str) {
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        lines.push(Line::new(format!("  {}", line.trim_end()), Role::Plain));
    }
}

/// Says which line tells of the run before the present one.
fn write_container(lines: &mut Vec<Line>, container: &ContainerRow, clock: &Clock) -> Option<usize> {
    let kind = match container.kind {
        ContainerKind::Init => "init ",
        ContainerKind::Sidecar => "sidecar ",
        ContainerKind::Regular => "",
        ContainerKind::Ephemeral => "ephemeral ",
    };
    let (state, state_role) = state(container, clock);
    let last = container.last_end.as_ref().map_or(Stamp::NONE, |end| end.finished);
    lines.push(Line {
        spans: vec![
            Span::new(kind, Role::Dim),
            Span::new(&*container.name, Role::Heading),
            Span::new(format!("  {state}"), state_role),
            Span::new(restarts(container.restarts, last, clock), Role::Dim),
        ],
    });
    lines.push(Line::new(format!("  {}", container.image), Role::Dim));
    match &container.state {
        State::Waiting(wait) => message(lines, &wait.message),
        State::Ended(end) => message(lines, &end.message),
        _ => {}
    }
    let end = container.last_end.as_ref()?;
    let at = lines.len();
    let text = format!("  last run: {}, {} ago", end_text(end), clock.age(end.finished));
    lines.push(Line::new(text, if end.exit_code == 0 { Role::Dim } else { Role::Warn }));
    message(lines, &end.message);
    Some(at)
}

fn state(container: &ContainerRow, clock: &Clock) -> (String, Role) {
    match &container.state {
        State::Unknown => ("not started".to_owned(), Role::Dim),
        State::Running(since) if container.ready || container.kind == ContainerKind::Ephemeral => {
            (format!("running for {}", clock.age(*since)), Role::Good)
        }
        State::Running(since) => (format!("running for {}, not ready", clock.age(*since)), Role::Warn),
        State::Waiting(wait) => {
            let starting = matches!(&*wait.reason, "ContainerCreating" | "PodInitializing" | "");
            (format!("waiting: {}", wait.reason), if starting { Role::Plain } else { Role::Bad })
        }
        State::Ended(end) => {
            let role = if end.exit_code == 0 { Role::Dim } else { Role::Bad };
            (format!("ended: {}, {} ago", end_text(end), clock.age(end.finished)), role)
        }
    }
}

/// `OOMKilled, exit code 137`.
fn end_text(end: &End) -> String {
    let reason = if end.reason.is_empty() { String::new() } else { format!("{}, ", end.reason) };
    let signal = if end.signal == 0 { String::new() } else { format!(", signal {}", end.signal) };
    format!("{reason}exit code {}{signal}", end.exit_code)
}

/// The newest events, newest first.
pub(super) fn write_events(lines: &mut Vec<Line>, events: &[&EventRow], clock: &Clock) {
    if events.is_empty() {
        return;
    }
    lines.push(Line::default());
    lines.push(Line::new("Events", Role::Label));
    for event in events.iter().rev().take(EVENTS) {
        let role = if event.is_warning() { Role::Warn } else { Role::Plain };
        let seen = event.sighting();
        let times = if seen.times > 1 { format!(" x{}", seen.times) } else { String::new() };
        lines.push(
            Line::new(format!("{:>5} ", clock.age(seen.last)), Role::Dim)
                .and(&*event.reason, role)
                .and(times, Role::Dim)
                .and(format!("  {}", event.message.replace('\n', " ")), Role::Plain),
        );
    }
    if events.len() > EVENTS {
        lines.push(Line::new(format!("      and {} more", events.len() - EVENTS), Role::Dim));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::change::{AnyChange, Change};
    use crate::model::row::{Interner, WireRow};

    #[test]
    fn a_crashing_pod_shows_why_and_its_events_newest_first() {
        let mut strings = Interner::default();
        let row = PodRow::from_wire(
            serde_json::from_value(json!({
                "metadata": {"name": "api-0", "uid": "u1"},
                "spec": {"containers": [{"name": "app", "image": "api:1"}]},
                "status": {"containerStatuses": [{
                    "name": "app", "restartCount": 4,
                    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
                    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-01-01T00:00:00Z"}},
                }]},
            }))
            .expect("a pod"),
            &mut strings,
        );
        let event = |reason: &str, at: &str, strings: &mut Interner| {
            let event = json!({"reason": reason, "lastTimestamp": at, "involvedObject": {"uid": "u1"}, "metadata": {"name": reason}});
            EventRow::from_wire(serde_json::from_value(event).expect("an event"), strings)
        };
        let events = vec![
            event("Pulled", "2026-01-01T00:00:01Z", &mut strings),
            event("BackOff", "2026-01-01T00:00:09Z", &mut strings),
        ];
        let mut store = Store::default();
        store.apply(AnyChange::Events(Change::Rows(events)), Stamp::NONE);
        let inspection = pod(&row, &store, &Clock::at(Stamp::parse("2026-01-01T00:00:30Z")));
        let text: Vec<_> = inspection.lines.iter().map(Line::plain).collect();
        assert_eq!(text[inspection.containers[0]], "app  waiting: CrashLoopBackOff   4 restarts, the last 30s ago");
        assert!(text.contains(&"  last run: OOMKilled, exit code 137, 30s ago".to_owned()), "{text:#?}");
        assert!(text.contains(&"  back-off 40s".to_owned()));
        let at = |word: &str| text.iter().position(|line| line.contains(word));
        assert!(at("BackOff  ") < at("Pulled"), "{text:#?}");
    }
}
