//! A finding in words, for the inspector: why, what to do, where a pod would fit, what was seen, and what it explains.

use super::fit;
use super::row::{health, what};
use super::{TriageRow, pod_key, why};
use crate::app::App;
use crate::app::action::Action;
use crate::app::columns::role_of;
use crate::app::inspector::Inspection;
use crate::app::view::View;
use crate::base::age::Clock;
use crate::base::text::{Line, Role, Section};
use crate::diagnosis::engine::Key;
use crate::diagnosis::finding::{Certainty, Evidence, Finding, Subject};
use crate::diagnosis::groups::Group;
use crate::diagnosis::next::Next;
use crate::diagnosis::rules;

/// How many lines of one piece of evidence are shown.
const LINES: usize = 12;
/// Cells of a line that is read with ease, and has room in the smallest usual window.
const READABLE: usize = 58;
/// How many pods of a group are named.
const PODS: usize = 12;

impl App {
    /// What the inspector says of the row under the cursor of the Triage view.
    pub(in crate::app) fn inspect_finding(&self, clock: &Clock) -> Inspection {
        let row = self.selected_finding();
        let told = row.and_then(|row| Some((row, self.finding_of(row)?, self.triage.group(&row.group)?)));
        let Some((row, finding, group)) = told else { return Inspection::default() };
        let mut lines = self.tell(finding, clock, group.cleared.is_set());
        if group.cleared.is_set() {
            let over = format!("     over for {}", clock.age(group.cleared));
            lines.insert(1, Line::new(over, Role::Good));
        }
        tell_group(&mut lines, row, group);
        Inspection { lines, ..Inspection::default() }
    }

    /// What is said of a pod, before everything else that the inspector knows of it.
    pub(in crate::app) fn findings_of(&self, view: View, clock: &Clock) -> Vec<Line> {
        let key = match view {
            View::Pods => self.pods.selected(&self.store.pods.table).map(|pod| Key::Pod(pod.meta.uid.clone())),
            View::Nodes => self.nodes.selected(&self.store.nodes.table).map(|node| Key::Node(node.meta.name.clone())),
            _ => None,
        };
        let mut said: Vec<_> =
            key.iter().flat_map(|key| self.triage.engine.of(key)).map(|judged| &judged.finding).collect();
        said.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let mut lines = Vec::new();
        for finding in said {
            lines.extend(self.tell(finding, clock, false));
            lines.push(Line::default());
        }
        if let Some(Key::Node(name)) = &key {
            lines.extend(self.pods_of_finding(name));
        }
        lines
    }

    /// What a node does to its pods: what is said of each that is the node's fault.
    fn pods_of_finding(&self, node: &str) -> Vec<Line> {
        let is_its = |group: &&Group| &*group.finding.root.kind == "Node" && &*group.finding.root.name == node;
        let hit = self.triage.engine.groups().iter().filter(is_its).flat_map(|group| {
            let said = move |pod: &Subject| {
                let finding = self.triage.of_pod(&pod_key(&self.store, pod)?, &group.key())?;
                Some((pod.name.clone(), why(finding)))
            };
            group.pods.iter().filter_map(said)
        });
        let hit: Vec<_> = hit.collect();
        let mut lines = Vec::new();
        for (at, (name, why)) in hit.iter().take(PODS).enumerate() {
            lines.push(label(if at == 0 { "PODS" } else { "    " }).and(&**name, Role::Heading));
            lines.push(indent(why, Role::Plain));
        }
        if hit.len() > PODS {
            lines.push(indent(&format!("and {} more", hit.len() - PODS), Role::Dim));
        }
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines
    }

    /// A finding: why, what to do, where it would fit, what was seen. What to do is not pushed off a small tile by what was seen.
    fn tell(&self, finding: &Finding, clock: &Clock, is_over: bool) -> Vec<Line> {
        let role = if is_over { Role::Dim } else { role_of(health(finding.severity)) };
        let mut lines = vec![label("WHY ").and(why(finding), role)];
        if let Certainty::Probable(because) = &finding.certainty {
            lines.push(indent(&format!("a guess: {because}"), Role::Dim));
        }
        let since = if finding.since.is_set() { format!(", for {}", clock.age(finding.since)) } else { String::new() };
        let container = match &*finding.subject.container {
            "" => String::new(),
            name => format!(", container {name}"),
        };
        let about = format!("{}{container}{since}   {}", finding.severity.name(), finding.id);
        lines.push(indent(&about, Role::Dim));
        for (at, next) in finding.next.iter().enumerate() {
            lines.push(self.tell_next(at == 0, next));
        }
        if let Some(fit) = &finding.fit {
            fit::tell(&mut lines, fit);
        }
        // Where there is a line for each node, its words are not said twice.
        let is_told = |evidence: &&Evidence| finding.fit.is_some() && is_of_fit(&evidence.source);
        for (at, evidence) in finding.evidence.iter().filter(|evidence| !is_told(evidence)).enumerate() {
            tell_evidence(&mut lines, at == 0, evidence, clock);
        }
        lines
    }

    /// A step: its key, what it does to what, and why it cannot be done where it cannot.
    fn tell_next(&self, is_first: bool, next: &Next) -> Line {
        let action = Action::parse(next.step.action());
        let key = action.map(|action| self.keys.key_of(action)).unwrap_or_default();
        let target = match &*next.target.container {
            "" => what(&next.target),
            container => format!("{} ({container})", what(&next.target)),
        };
        let object = self.object_key(&next.target);
        let refusal = action.and_then(|action| self.refusal_on(action, object.as_ref()));
        let line = label(if is_first { "NEXT" } else { "    " });
        match refusal {
            None => line
                .and(format!("{key:<3}"), Role::Key)
                .and(next.step.label(), Role::Plain)
                .and(format!("  {target}"), Role::Dim),
            Some(why) => line.and(format!("{key:<3}{}  {target}: {why}", next.step.label()), Role::Dim),
        }
    }

    /// What the rule of the finding under the cursor means, how it is known and what to do, with the command of each step.
    pub(in crate::app) fn rule_of_finding(&self) -> Option<(String, Section)> {
        let finding = self.finding_of(self.selected_finding()?)?;
        let rule = rules::find(&finding.id)?;
        let mut lines = vec![Line::new(&*finding.id, Role::Heading)];
        for (name, text) in [("means", rule.means), ("known by", rule.known_by), ("what to do", rule.remedy)] {
            for (at, line) in words(text, READABLE).into_iter().enumerate() {
                let name = if at == 0 { name } else { "" };
                lines.push(Line::new(format!("  {name:<12}"), Role::Label).and(line, Role::Plain));
            }
        }
        for next in &finding.next {
            let command = next.kubectl().to_string();
            lines.push(Line::new(format!("  {:<12}", next.step.label()), Role::Label).and(command, Role::Plain));
        }
        lines.push(Line::default());
        Some((finding.id.to_string(), Section { title: String::new(), lines }))
    }
}

/// Whether evidence is the fit in words, for whoever has no room for its lines.
fn is_of_fit(source: &str) -> bool {
    source == "would fit" || source.starts_with("node ")
}

/// A text in lines that are no wider than this.
fn words(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn label(text: &str) -> Line {
    Line::new(format!("{text} "), Role::Label)
}

fn indent(text: &str, role: Role) -> Line {
    Line::new("     ", Role::Plain).and(text, role)
}

fn tell_evidence(lines: &mut Vec<Line>, is_first: bool, evidence: &Evidence, clock: &Clock) {
    let times = if evidence.count > 1 { format!(" ×{}", evidence.count) } else { String::new() };
    let at = if evidence.at.is_set() { format!("  {} ago", clock.age(evidence.at)) } else { String::new() };
    let mut text = evidence.text.lines().filter(|line| !line.trim().is_empty());
    let head = label(if is_first { "SEEN" } else { "    " })
        .and(&*evidence.source, Role::Label)
        .and(times, Role::Dim)
        .and(at, Role::Dim);
    lines.push(head);
    for line in text.by_ref().take(LINES) {
        lines.push(indent(line.trim_end(), Role::Plain));
    }
    let more = text.count();
    if more > 0 {
        lines.push(indent(&format!("and {more} more lines"), Role::Dim));
    }
}

/// Whom it hits, and what else is said that it explains.
fn tell_group(lines: &mut Vec<Line>, row: &TriageRow, group: &Group) {
    if row.pod.is_none() && group.pods.len() > 1 {
        let names: Vec<_> = group.pods.iter().take(PODS).map(|pod| &*pod.name).collect();
        let more = group.pods.len().saturating_sub(PODS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(label("PODS").and(format!("{}{more}", names.join(", ")), Role::Plain));
    }
    if row.pod.is_none() && group.owners.len() > 1 {
        let owners: Vec<_> = group.owners.iter().take(PODS).map(what).collect();
        lines.push(label("OF  ").and(owners.join(", "), Role::Plain));
    }
    let explained: Vec<_> =
        group.explains.iter().take(PODS).map(|(id, subject)| format!("{id} of {}", what(subject))).collect();
    for (at, text) in explained.iter().enumerate() {
        lines.push(label(if at == 0 { "ALSO" } else { "    " }).and(format!("{text}, which this explains"), Role::Dim));
    }
}
