//! What a person reads: findings as text, or as Markdown for a ticket.
//!
//! Pure. Everything that came from a cluster is made visible here, so that the output may have colours.

use std::borrow::Cow;
use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::watch::Change;
use crate::base::age::age;
use crate::base::stamp::Stamp;
use crate::base::width::{self, cut};
use crate::diagnosis::facts::top_owner;
use crate::diagnosis::finding::{Certainty, Evidence, Finding, Severity, Subject};
use crate::diagnosis::fit::Fit;
use crate::diagnosis::groups::Group;
use crate::diagnosis::next::Next;
use crate::diagnosis::report::Unseen;
use crate::model::pod::PodRow;

/// What is printed.
pub struct Sheet<'a> {
    /// The context.
    pub cluster: &'a str,
    /// The namespaces; none named is all.
    pub namespaces: &'a [String],
    /// The findings, worst first.
    pub groups: &'a [&'a Group],
    /// How many pods and nodes were looked at.
    pub checked: (usize, usize),
    /// Pods by owner, for `2 of 5`.
    pub replicas: &'a Replicas,
    /// What could not be seen.
    pub unseen: &'a [Unseen],
    /// Why a step is refused, where it is.
    pub refusal: &'a dyn Fn(&Next) -> Option<String>,
    /// The time.
    pub now: Stamp,
}

/// How many pods each owner has.
#[derive(Debug, Default)]
pub struct Replicas(FxHashMap<Subject, usize>);

impl Replicas {
    /// Counts.
    pub fn of(pods: &[PodRow]) -> Self {
        let mut count: FxHashMap<Subject, usize> = FxHashMap::default();
        for pod in pods {
            *count.entry(top_owner(pod)).or_default() += 1;
        }
        Self(count)
    }

    /// How many pods a group concerns, and of how many: `2 of 5 pods`; empty where it is about no pod or the lone pod that
    /// it names.
    pub fn concerned(&self, group: &Group) -> String {
        let count = group.pods.len();
        let of: usize = group.owners.iter().filter_map(|owner| self.0.get(owner)).sum();
        match count {
            0 => String::new(),
            1 if &*group.subject.kind == "Pod" => String::new(),
            count if of > count => format!("{count} of {of} pods"),
            count => pods(count),
        }
    }
}

/// Colours, on a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Whether there are any.
    pub coloured: bool,
}

impl Palette {
    fn severity(self, severity: Severity, text: &str) -> String {
        self.paint(
            match severity {
                Severity::Broken => "31",
                Severity::Degraded => "33",
                Severity::Notice => "36",
            },
            text,
        )
    }

    fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.coloured && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Lines of one piece of evidence that are shown.
const LINES: usize = 6;
/// Pods that are named.
const PODS: usize = 5;
/// Nodes that are named.
const NODES: usize = 8;

/// The findings as text.
pub fn text(sheet: &Sheet<'_>, palette: Palette) -> String {
    let mut out = palette.bold(&format!("{} · {}", sheet.place(), sheet.summary())) + "\n";
    for group in sheet.groups {
        out.push('\n');
        block(&mut out, sheet, group, palette);
    }
    let _ = writeln!(out, "\n{}", palette.dim(&sheet.looked_at()));
    for line in sheet.not_seen() {
        let _ = writeln!(out, "{}", palette.severity(Severity::Degraded, &line));
    }
    out
}

fn block(out: &mut String, sheet: &Sheet<'_>, group: &Group, palette: Palette) {
    let finding = &group.finding;
    let mark = palette.severity(finding.severity, finding.severity.mark());
    let about = [sheet.replicas.concerned(group), since(group, sheet.now)];
    let about: Vec<_> = about.into_iter().filter(|part| !part.is_empty()).collect();
    let name = palette.bold(&seen(&sheet.name(&group.subject)));
    let about = about.iter().fold(String::new(), |line, part| line + " · " + part);
    let about = palette.dim(&about);
    let _ = writeln!(out, "{mark} {name}{about}  {}", palette.dim(&finding.id));
    let _ = writeln!(out, "  {}", palette.severity(finding.severity, &cause(group)));
    if let Certainty::Probable(because) = &finding.certainty {
        let _ = writeln!(out, "  {}", palette.dim(&format!("probably: {}", seen(because))));
    }
    if let Some(pods) = sheet.named(group) {
        let _ = writeln!(out, "  {}  {pods}", palette.dim("pods"));
    }
    for (at, evidence) in shown_evidence(finding).enumerate() {
        let title = if at == 0 { "seen" } else { "    " };
        let (source, lines) = evidence_lines(evidence, sheet.now);
        let _ = writeln!(out, "  {}  {}", palette.dim(title), palette.dim(&source));
        for line in lines {
            let _ = writeln!(out, "        {line}");
        }
    }
    for (at, line) in finding.fit.iter().flat_map(|fit| fit_lines(fit)).enumerate() {
        let title = if at == 0 { "fit " } else { "    " };
        let _ = writeln!(out, "  {}  {line}", palette.dim(title));
    }
    steps(out, sheet, group, palette);
}

fn steps(out: &mut String, sheet: &Sheet<'_>, group: &Group, palette: Palette) {
    let finding = &group.finding;
    let labels: Vec<_> = finding.next.iter().map(|next| next.step.label()).collect();
    let width = labels.iter().map(|label| width::width(label)).max().unwrap_or_default();
    for (at, (next, label)) in finding.next.iter().zip(&labels).enumerate() {
        let title = if at == 0 { "next" } else { "    " };
        let pad = width - width::width(label);
        let refusal = (sheet.refusal)(next).map(|why| palette.dim(&format!("  ({why})"))).unwrap_or_default();
        let command = seen(&next.kubectl().to_string()).into_owned();
        let _ = writeln!(out, "  {}  {label}{:pad$}  {command}{refusal}", palette.dim(title), "");
    }
}

/// One line of what happened to a finding.
pub fn change(sheet: &Sheet<'_>, change: Change, group: &Group, palette: Palette) -> String {
    let Finding { id, severity, .. } = &group.finding;
    let pods = prefixed(" · ", &sheet.replicas.concerned(group));
    let name = palette.bold(&seen(&sheet.name(&group.subject)));
    let mark = palette.severity(*severity, severity.mark());
    format!("{} {mark} {name}{pods}  {}: {}", change.word(), palette.dim(id), cause(group))
}

/// The findings as Markdown, to be pasted into an incident's ticket.
pub fn markdown(sheet: &Sheet<'_>) -> String {
    let title = format!("{}: {}", sheet.place(), sheet.summary());
    let mut out = format!("## {}\n\n{}, {}.\n", escaped(&title), sheet.now.rfc3339(), escaped(&sheet.looked_at()));
    if !sheet.groups.is_empty() {
        out.push_str("\n| | what | pods | why | since |\n|---|---|---|---|---|\n");
    }
    for group in sheet.groups {
        let [name, why] = [sheet.name(&group.subject), cause(group).into_owned()].map(|text| cell(&text));
        let (mark, pods) = (group.finding.severity.mark(), sheet.replicas.concerned(group));
        let _ = writeln!(out, "| {mark} | {name} | {pods} | {why} | {} |", group.since.rfc3339());
    }
    for group in sheet.groups {
        section(&mut out, sheet, group);
    }
    for line in sheet.not_seen() {
        let _ = writeln!(out, "\n> {}", escaped(&line));
    }
    out
}

fn section(out: &mut String, sheet: &Sheet<'_>, group: &Group) {
    let finding = &group.finding;
    let _ = writeln!(out, "\n### {} {}\n", finding.severity.mark(), escaped(&sheet.name(&group.subject)));
    let _ = writeln!(out, "{} (`{}`{})", escaped(&cause(group)), finding.id, prefixed(", ", &since(group, sheet.now)));
    if let Certainty::Probable(because) = &finding.certainty {
        let _ = writeln!(out, "\nProbably: {}", escaped(&seen(because)));
    }
    if let Some(pods) = sheet.named(group) {
        let _ = writeln!(out, "\nPods: {}", escaped(&pods));
    }
    for evidence in shown_evidence(finding) {
        let (source, lines) = evidence_lines(evidence, sheet.now);
        let _ = writeln!(out, "\n{}:\n\n{}", escaped(&source), fenced(&lines.join("\n"), ""));
    }
    if let Some(fit) = &finding.fit {
        let _ = writeln!(out, "\nWhere it would fit:\n\n{}", fenced(&fit_lines(fit).join("\n"), ""));
    }
    if !finding.next.is_empty() {
        let steps =
            finding.next.iter().map(|next| format!("# {}\n{}", next.step.label(), seen(&next.kubectl().to_string())));
        let _ = writeln!(out, "\nNext:\n\n{}", fenced(&steps.collect::<Vec<_>>().join("\n"), "sh"));
    }
}

/// The evidence, without what the lines of [`fit_lines`] say as well.
fn shown_evidence(finding: &Finding) -> impl Iterator<Item = &Evidence> {
    finding.evidence.iter().filter(|evidence| finding.fit.is_none() || &*evidence.source != "would fit")
}

/// The nodes with what stands in the way on each, and what would make it fit.
fn fit_lines(fit: &Fit) -> Vec<String> {
    let mut lines = vec![format!("{} of {} nodes", fit.fits, fit.of)];
    for node in fit.nodes.iter().filter(|node| !node.fits).take(NODES) {
        let why = if node.detail.is_empty() { &node.reasons } else { &node.detail };
        lines.push(format!("{}: {}", node.name, why.join("; ")));
    }
    let more = fit.of.saturating_sub(fit.fits).saturating_sub(NODES);
    if more > 0 {
        lines.push(format!("and {more} more nodes that it does not fit on"));
    }
    lines.extend(fit.would.iter().map(|would| format!("it would fit: {} ({})", would.change, would.why)));
    lines.iter().map(|line| seen(line).into_owned()).collect()
}

impl Sheet<'_> {
    fn place(&self) -> String {
        let namespaces =
            if self.namespaces.is_empty() { "all namespaces".to_owned() } else { self.namespaces.join(", ") };
        seen(&format!("{} / {namespaces}", self.cluster)).into_owned()
    }

    /// `4 problems, 17 pods`.
    fn summary(&self) -> String {
        let problems = self.groups.iter().filter(|group| group.finding.severity > Severity::Notice).count();
        let notices = self.groups.len() - problems;
        let concerned: usize = self.groups.iter().map(|group| group.pods.len()).sum();
        let mut parts = vec![match problems {
            0 => "nothing is wrong".to_owned(),
            1 => "1 problem".to_owned(),
            count => format!("{count} problems"),
        }];
        if concerned > 0 {
            parts.push(pods(concerned));
        }
        if notices > 0 {
            parts.push(if notices == 1 { "1 notice".to_owned() } else { format!("{notices} notices") });
        }
        parts.join(", ")
    }

    fn looked_at(&self) -> String {
        let (count, nodes) = self.checked;
        let nodes = if nodes == 1 { "1 node".to_owned() } else { format!("{nodes} nodes") };
        format!("{} and {nodes} were checked", pods(count))
    }

    fn not_seen(&self) -> Vec<String> {
        let line = |one: &Unseen| {
            let place = prefixed(" in namespace ", &one.namespace);
            seen(&format!("not seen: {} {}{place}: {}", one.verb, one.resource, one.why)).into_owned()
        };
        self.unseen.iter().map(line).collect()
    }

    /// `deploy/web in shop, container app`; the namespace where there are several.
    fn name(&self, subject: &Subject) -> String {
        let mut name = format!("{}/{}", subject.kind.to_ascii_lowercase(), subject.name);
        if self.namespaces.len() != 1 {
            name += &prefixed(" in ", &subject.namespace);
        }
        name + &prefixed(", container ", &subject.container)
    }

    /// The names of the pods where the subject is not the pod itself.
    fn named(&self, group: &Group) -> Option<String> {
        if self.replicas.concerned(group).is_empty() {
            return None;
        }
        let names: Vec<_> = group.pods.iter().take(PODS).map(|pod| seen(&pod.name)).collect();
        let more = group.pods.len().saturating_sub(PODS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Some(format!("{}{more}", names.join(" ")))
    }
}

fn pods(count: usize) -> String {
    if count == 1 { "1 pod".to_owned() } else { format!("{count} pods") }
}

fn since(group: &Group, now: Stamp) -> String {
    if group.since.is_set() { age(group.since, now) } else { String::new() }
}

fn cause(group: &Group) -> Cow<'_, str> {
    seen(&group.finding.cause)
}

/// `event Failed ×7, 12s ago`, and what it says: the last lines of it.
fn evidence_lines(evidence: &Evidence, now: Stamp) -> (String, Vec<String>) {
    const WIDEST: usize = 300;
    let times = if evidence.count > 1 { format!(" ×{}", evidence.count) } else { String::new() };
    let ago = if evidence.at.is_set() { format!(", {} ago", age(evidence.at, now)) } else { String::new() };
    let lines: Vec<_> = evidence.text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(LINES)..].iter();
    (
        seen(&format!("{}{times}{ago}", evidence.source)).into_owned(),
        last.map(|line| cut(&seen(line), WIDEST).into_owned()).collect(),
    )
}

/// The text made safe for a terminal.
fn seen(text: &str) -> Cow<'_, str> {
    width::visible(text)
}

/// The text with something before it; nothing where it is empty.
fn prefixed(before: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{before}{text}") }
}

/// A text as Markdown shows it as it is: nothing in it is markup, HTML, a mention or a link.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '!' | '~' | '@' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn cell(text: &str) -> String {
    escaped(&seen(text))
}

/// A text as a block of code, whatever backquotes it holds.
pub fn fenced(text: &str, language: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diagnosis::judge::Judged;
    use crate::diagnosis::next::Step;
    use crate::diagnosis::{groups, rules};

    /// Two pods of a Deployment that say this.
    fn group(words: &str) -> Group {
        let owner = Subject::new("Deployment", "shop", "web");
        let rule = rules::find("image.not-found").expect("a rule");
        let judged = |pod: &str| {
            let finding = rule.finding(Subject::new("Pod", "shop", pod), words).root(owner.clone());
            let event = Evidence { count: 7, ..Evidence::new("event Failed", words).at(Stamp::from_seconds(988)) };
            let finding = finding.seen([event]).since(Stamp::from_seconds(400)).probably(words);
            let finding = finding.next(Next::new(Step::Scale(Some(3)), &owner));
            Judged { finding, owner: owner.clone(), explains: Vec::new() }
        };
        groups::merge(&[judged("web-1"), judged("web-2")]).remove(0)
    }

    fn sheet(words: &str, print: impl Fn(&Sheet<'_>) -> String) -> String {
        let group = group(words);
        let unseen =
            Unseen { resource: "nodes".into(), verb: "list".into(), namespace: String::new(), why: "forbidden".into() };
        let replicas = Replicas(FxHashMap::from_iter([(Subject::new("Deployment", "shop", "web"), 5)]));
        print(&Sheet {
            cluster: "dev",
            namespaces: &["shop".to_owned()],
            groups: &[&group],
            checked: (12, 1),
            replicas: &replicas,
            unseen: &[unseen],
            refusal: &|_| Some("you may not".to_owned()),
            now: Stamp::from_seconds(1_000),
        })
    }

    #[test]
    fn a_finding_says_what_why_how_it_is_known_and_what_to_do() {
        let text = sheet("no such image", |sheet| text(sheet, Palette { coloured: false }));
        let expected = "\
dev / shop · 1 problem, 2 pods

✖ deployment/web · 2 of 5 pods · 10m  image.not-found
  no such image
  probably: no such image
  pods  web-1 web-2
  seen  event Failed ×7, 12s ago
        no such image
  next  scale to 3  kubectl scale -n shop deployment/web --replicas=3  (you may not)

12 pods and 1 node were checked
not seen: list nodes: forbidden
";
        let command = group("").finding.next[0].kubectl().to_string();
        assert_eq!(text, expected.replace("kubectl scale -n shop deployment/web --replicas=3", &command));
    }

    #[test]
    fn a_ticket_shows_what_the_cluster_said_and_obeys_nothing_of_it() {
        let ticket = sheet("a|b <img> @team\n```\n# not a title", markdown);
        assert!(ticket.starts_with("## dev / shop: 1 problem, 2 pods\n"), "{ticket}");
        assert!(ticket.contains("a\\|b &lt;img&gt; \\@team"), "{ticket}");
        assert!(ticket.contains("````\na|b <img> @team\n```\n# not a title\n````"), "{ticket}");
    }

    proptest! {
        #[test]
        fn nothing_of_a_cluster_reaches_the_terminal(words in any::<String>()) {
            for text in [sheet(&words, |sheet| text(sheet, Palette { coloured: false })), sheet(&words, markdown)] {
                prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
            }
        }

        #[test]
        fn a_block_of_code_ends_where_it_should(words in "[`a\n]{0,40}") {
            let block = fenced(&words, "");
            let fence = block.lines().last().expect("a fence").to_owned();
            let closing = block.lines().skip(1).filter(|line| line.starts_with(&fence)).count();
            prop_assert_eq!(closing, 1);
        }
    }
}
