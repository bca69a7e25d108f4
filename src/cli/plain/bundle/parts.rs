//! The parts of a bundle, and the document that they make. Pure.
//!
//! Every text passes [`Part::new`], which takes secrets out and counts them: nothing reaches the document by another way.

use std::fmt::Write as _;

use super::super::triage::print::{escaped, fenced};
use crate::base::redact::{self, Withheld};
use crate::base::stamp::Stamp;
use crate::base::width::{cut, visible};
use crate::describe::yaml::{to_yaml, without_managed_fields};
use crate::model::event::EventRow;
use crate::model::pod::{PodRow, State};
use serde_json::Value;

/// The longest line of a log; the rest of it is left out.
const LONGEST: usize = 2_000;

/// A part of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    title: String,
    /// The kubectl command, or ours, that prints the same.
    from: String,
    body: String,
    withheld: String,
}

impl Part {
    /// A part in Markdown, without the secrets in it.
    pub fn new(title: &str, from: &str, body: &str) -> Self {
        let (clean, count) = redact::text(body);
        let withheld = in_words(Withheld { texts: count, ..Withheld::default() });
        Self { title: title.to_owned(), from: from.to_owned(), body: clean.into_owned(), withheld }
    }

    /// Something that could not be read.
    pub fn unread(title: &str, from: &str, why: &str) -> Self {
        let part = Self::new(title, from, &format!("Not read: {}", escaped(&visible(why))));
        Self { withheld: "not read".to_owned(), ..part }
    }

    /// Lines as they are.
    pub fn lines<'a>(title: &str, from: &str, lines: impl Iterator<Item = &'a str>) -> Self {
        let text = lines.collect::<Vec<_>>().join("\n");
        // Before long lines are cut: half of a secret may not look like one.
        let (clean, count) = redact::text(&text);
        let shown: Vec<_> = clean.lines().map(|line| cut(&visible(line), LONGEST).into_owned()).collect();
        let body = if shown.is_empty() { "Nothing.".to_owned() } else { fenced(&shown.join("\n"), "") };
        let withheld = in_words(Withheld { texts: count, ..Withheld::default() });
        Self { title: title.to_owned(), from: from.to_owned(), body, withheld }
    }

    /// An object as YAML, without its secrets.
    pub fn object(title: &str, from: &str, object: &Value) -> Self {
        let mut object = without_managed_fields(object);
        if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
            // The images of a node: long, and of no use here.
            status.shift_remove("images");
        }
        let withheld = redact::object(&mut object);
        let yaml: Vec<_> = to_yaml(&object).lines().map(|line| visible(line).into_owned()).collect();
        let (title, from) = (title.to_owned(), from.to_owned());
        Self { title, from, body: fenced(&yaml.join("\n"), "yaml"), withheld: in_words(withheld) }
    }
}

/// What was withheld: `values of the environment: 3, secrets: 1`.
fn in_words(withheld: Withheld) -> String {
    let Withheld { env, data, texts } = withheld;
    let parts = [("values of the environment", env), ("values of data", data), ("secrets", texts)];
    let parts = parts.into_iter().filter(|(_, count)| *count > 0);
    parts.map(|(what, count)| format!("{what}: {count}")).collect::<Vec<_>>().join(", ")
}

/// The whole document: what is in it, then the parts.
pub fn document(title: &str, now: Stamp, left_out: usize, parts: &[Part]) -> String {
    let mut out = format!(
        "# {}\n\nMade {} by podtriage {}.\n",
        escaped(&visible(title)),
        now.rfc3339(),
        env!("CARGO_PKG_VERSION")
    );
    out.push_str(
        "\n## What is in it, and what was withheld\n\n| part | as printed by | lines | withheld |\n|---|---|---|---|\n",
    );
    for Part { title, from, body, withheld } in parts {
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {withheld} |",
            escaped(title),
            from.replace(['`', '|'], ""),
            body.lines().count()
        );
    }
    out.push_str(
        "\nValues of environment variables, tokens, passwords and keys that were recognized are replaced by \
         `[redacted]`. Secrets and ConfigMaps were not read.\n",
    );
    if left_out > 0 {
        let _ = writeln!(out, "{left_out} more pods are left out.");
    }
    for Part { title, body, .. } in parts {
        let _ = writeln!(out, "\n## {}\n\n{}", escaped(title), body.trim_end());
    }
    out
}

/// The events, the latest last.
pub fn events(events: &[&EventRow]) -> Part {
    let mut events = events.to_vec();
    events.sort_by_key(|event| event.sighting().last);
    let line = |event: &&EventRow| {
        let (seen, object) = (event.sighting(), event.object());
        format!(
            "{} ×{} {} {} {object}: {}",
            seen.last.rfc3339(),
            seen.times,
            event.r#type,
            event.reason,
            one_line(&event.message)
        )
    };
    let lines: Vec<_> = events.iter().map(line).collect();
    Part::lines("Events", "kubectl events", lines.iter().map(String::as_str))
}

/// What happened when: first and last sight of each event, beginnings and ends of pods and containers.
pub fn timeline(events: &[&EventRow], pods: &[&PodRow]) -> Part {
    let mut moments: Vec<(Stamp, String)> = Vec::new();
    for event in events {
        let (seen, object) = (event.sighting(), event.object());
        let said = format!("{object}: {}: {}", event.reason, one_line(&event.message));
        if seen.first.is_set() && seen.first != seen.last {
            moments.push((seen.first, format!("{said} (first of {})", seen.times)));
        }
        moments.push((seen.last, said));
    }
    for pod in pods {
        life(pod, &mut moments);
    }
    moments.retain(|(at, _)| at.is_set());
    moments.sort();
    moments.dedup();
    let lines: Vec<_> = moments.iter().map(|(at, what)| format!("{} {what}", at.rfc3339())).collect();
    Part::lines("Timeline", "podtriage bundle", lines.iter().map(String::as_str))
}

fn life(pod: &PodRow, moments: &mut Vec<(Stamp, String)>) {
    let name = &pod.meta.name;
    moments.push((pod.meta.created, format!("pod/{name} was created")));
    moments.push((pod.meta.deleted, format!("pod/{name} was to be deleted by then")));
    for container in &pod.containers {
        let of = format!("pod/{name}, container {}", container.name);
        let ended = match &container.state {
            State::Ended(end) => Some(end),
            State::Running(since) => {
                moments.push((*since, format!("{of}: began, and runs")));
                None
            }
            State::Waiting(_) | State::Unknown => None,
        };
        for end in ended.into_iter().chain(&container.last_end) {
            moments.push((end.started, format!("{of}: began")));
            let said = one_line(&end.message);
            let said = if said.is_empty() { said } else { format!(": {said}") };
            moments.push((end.finished, format!("{of}: ended: {}, exit code {}{said}", end.reason, end.exit_code)));
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::rows::row;
    use super::*;

    #[test]
    fn what_is_in_it_and_what_was_withheld_stands_before_the_parts() {
        let pod = json!({"kind": "Pod", "metadata": {"managedFields": [1]}, "spec": {"containers": [
            {"name": "app", "env": [{"name": "TOKEN", "value": "hunter2"}]}]}});
        let parts = [
            Part::object("pod/web", "kubectl get pod web -o yaml", &pod),
            Part::lines("Log of app", "kubectl logs web", ["password=hunter2", "\u{1b}[2Jok"].into_iter()),
            Part::unread("Log of db", "kubectl logs web -c db", "pods \"web\" is forbidden"),
        ];
        let text = document("web", Stamp::from_seconds(0), 2, &parts);
        assert!(!text.contains("hunter2") && !text.contains("managedFields") && !text.contains('\u{1b}'), "{text}");
        for line in [
            "| pod/web | `kubectl get pod web -o yaml` | 10 | values of the environment: 1 |",
            "| Log of app | `kubectl logs web` | 4 | secrets: 1 |",
            "      value: '[redacted]'",
            "password=[redacted]\n^[[2Jok",
            "| Log of db | `kubectl logs web -c db` | 1 | not read |",
            "Not read: pods \"web\" is forbidden",
            "2 more pods are left out.",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn the_timeline_is_in_the_order_of_time() {
        let event: EventRow = row(&json!({"firstTimestamp": "2026-01-01T00:00:10Z", "lastTimestamp": "2026-01-01T00:00:40Z",
            "count": 3, "reason": "BackOff", "message": "again\n token=abc", "involvedObject": {"kind": "Pod", "name": "web"}}))
        .expect("an event");
        let pod: PodRow = row(&json!({"metadata": {"name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"containers": [{"name": "app"}]},
            "status": {"containerStatuses": [{"name": "app", "state": {"terminated": {"exitCode": 1, "reason": "Error",
                "startedAt": "2026-01-01T00:00:20Z", "finishedAt": "2026-01-01T00:00:30Z"}}}]}}))
        .expect("a pod");
        let part = timeline(&[&event], &[&pod]);
        let expected = "\
2026-01-01T00:00:00Z pod/web was created
2026-01-01T00:00:10Z pod/web: BackOff: again token=[redacted] (first of 3)
2026-01-01T00:00:20Z pod/web, container app: began
2026-01-01T00:00:30Z pod/web, container app: ended: Error, exit code 1
2026-01-01T00:00:40Z pod/web: BackOff: again token=[redacted]";
        assert!(part.body.replace("Pod/web", "pod/web").contains(expected), "{}", part.body);
    }
}
