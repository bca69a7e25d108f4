//! The catalogue of rules as documents: one rule as a text, and all of them as the page `docs/diagnosis.md`.
//!
//! Both are made from the same words of [`Rule`]; a test holds the page against the rules.

use std::fmt::Write as _;

use super::finding::Severity;
use super::rule::{Judge, Rule};
use super::rules;
use crate::base::text::{Line, Role, Text};

/// The groups with their titles, in the order of the page. A group without a title has its own name.
const TITLES: &[(&str, &str)] = &[
    ("sched", "Scheduling"),
    ("image", "Images"),
    ("config", "Configuration"),
    ("start", "Starting"),
    ("crash", "Crashes"),
    ("init", "Init containers"),
    ("sidecar", "Sidecars"),
    ("ready", "Readiness"),
    ("node", "Nodes"),
    ("end", "End of life"),
    ("owner", "Owners"),
    ("restarts", "Restarts"),
    ("debug", "What debugging left"),
    ("unknown", "Everything else"),
];

/// What a rule means, how it is known and what to do: `podtriage triage --explain ID`, and `?` on a finding.
pub fn explain(rule: &Rule) -> Text {
    let mut lines = vec![
        Line::new(rule.id, Role::Heading)
            .and(format!("  {} {}", rule.severity.mark(), rule.severity.name()), role(rule.severity))
            .and(format!("  judges {}", judges(rule)), Role::Dim),
    ];
    for (title, words) in parts(rule) {
        lines.push(Line::default());
        lines.push(Line::new(title, Role::Label));
        lines.push(Line::new(format!("  {words}"), Role::Plain));
    }
    Text::from_lines(lines)
}

/// The colour of a severity.
fn role(severity: Severity) -> Role {
    match severity {
        Severity::Broken => Role::Bad,
        Severity::Degraded => Role::Warn,
        Severity::Notice => Role::Dim,
    }
}

fn judges(rule: &Rule) -> &'static str {
    match rule.judge {
        Judge::Container(_) => "containers",
        Judge::Pod(_) => "pods",
        Judge::Node(_) => "nodes",
        Judge::NodeAndPods(..) => "nodes and their pods",
        Judge::Object(_) => "what owns pods, or what they need",
    }
}

/// The words of a rule with their titles.
fn parts(rule: &Rule) -> Vec<(&'static str, String)> {
    let mut parts = vec![
        ("What it means", rule.means.to_owned()),
        ("How it is known", rule.known_by.to_owned()),
        ("What to do", rule.remedy.to_owned()),
    ];
    if !rule.explains.is_empty() {
        parts.push(("Stands for", rule.explains.join(", ")));
    }
    parts
}

/// Names of rules, for whoever asked for one that does not exist.
pub fn ids() -> Vec<&'static str> {
    rules::all().map(|rule| rule.id).collect()
}

/// The page of all rules, as Markdown.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut groups: Vec<&str> = TITLES.iter().map(|(group, _)| *group).collect();
    for group in rules::all().map(group_of) {
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    for group in groups {
        let rules: Vec<_> = rules::all().filter(|rule| group_of(rule) == group).collect();
        if rules.is_empty() {
            continue;
        }
        let title = TITLES.iter().find(|(name, _)| *name == group).map_or(group, |(_, title)| title);
        let _ = write!(page, "\n## {title}\n");
        for rule in rules {
            section(&mut page, rule);
        }
    }
    page
}

const HEAD: &str = "# What podtriage finds, and how it knows

Made from the rules; `podtriage triage --explain ID` prints the same. A finding has the id of its rule. ✖ broken does not
work, ▲ degraded works in part or will soon fail, ● notice is worth knowing; a finding may be less or more severe than its
rule where what was seen says so. *Stands for*: other findings about the same object that this one makes redundant.
";

fn section(page: &mut String, rule: &Rule) {
    let _ = write!(
        page,
        "\n### `{}`\n\n{} {}, of {}.\n",
        rule.id,
        rule.severity.mark(),
        rule.severity.name(),
        judges(rule)
    );
    for (title, words) in parts(rule) {
        let words = if title == "Stands for" {
            rule.explains.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ") + "."
        } else {
            words
        };
        let _ = write!(page, "\n**{title}.** {words}\n");
    }
}

fn group_of(rule: &Rule) -> &str {
    rule.id.split('.').next().unwrap_or(rule.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "docs/diagnosis.md";

    #[test]
    fn the_page_is_that_of_the_rules() {
        let path = format!("{}/{PAGE}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("PODTRIAGE_WRITE_DOCS").is_some() {
            std::fs::write(&path, page()).expect("written");
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(published == page(), "{PAGE}: write it anew with PODTRIAGE_WRITE_DOCS=1 cargo test --lib catalogue");
    }

    #[test]
    fn every_rule_has_its_words_in_text_and_page() {
        let page = page();
        for rule in rules::all() {
            let text = explain(rule).plain();
            for words in [rule.id, rule.means, rule.known_by, rule.remedy] {
                assert!(!words.is_empty() && page.contains(words) && text.contains(words), "{}: {words}", rule.id);
            }
            assert_eq!(page.matches(&format!("\n### `{}`\n", rule.id)).count(), 1, "{}", rule.id);
        }
    }

    #[test]
    fn what_a_rule_stands_for_exists() {
        for rule in rules::all() {
            for id in rule.explains {
                let is_known = match id.strip_suffix('*') {
                    Some(group) => {
                        group.is_empty() || TITLES.iter().any(|(name, _)| group.trim_end_matches('.') == *name)
                    }
                    None => TITLES.iter().any(|(name, _)| id.split('.').next() == Some(name)),
                };
                assert!(is_known, "{} stands for {id}, which is of no group", rule.id);
            }
        }
    }
}
