//! Roles and who has them. Rules: kubectl describe, `RoleDescriber` and its siblings; kubectl's
//! `BreakdownRule` and `CompactRules`.

use serde_json::Value;

use super::super::fields::{list, text, texts};
use super::super::meta;
use super::super::tabs::Writer;
use crate::base::text::Role;

/// One row: what may be done to one resource, or to one URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rule {
    group: Option<String>,
    resource: Option<String>,
    /// Of one object; `None` for all.
    name: Option<String>,
    url: Option<String>,
    verbs: Vec<String>,
}

/// Writes a role or cluster role.
pub(super) fn role(w: &mut Writer, role: &Value) {
    w.field(0, "Name", text(role, "/metadata/name"));
    meta::labels_and_annotations(w, role);
    w.section("PolicyRule");
    w.heading(0, "PolicyRule");
    let titles = ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"];
    let rules = ["---------", "-----------------", "--------------", "-----"];
    w.cells(1, "", &titles.map(|title| (title, Role::Heading)));
    w.cells(1, "", &rules.map(|rule| (rule, Role::Dim)));
    for rule in compacted(list(role, "/rules")) {
        let brackets = |part: &Option<String>| format!("[{}]", part.as_deref().unwrap_or_default());
        let (url, name) = (brackets(&rule.url), brackets(&rule.name));
        w.line(1, &format!("{}\t{url}\t{name}\t[{}]", rule.target(), rule.verbs.join(" ")));
    }
}

impl Rule {
    /// The resource with its group: `deployments.apps/scale`.
    fn target(&self) -> String {
        let Some(resource) = &self.resource else { return String::new() };
        let (resource, part) = match resource.split_once('/') {
            Some((resource, part)) => (resource, format!("/{part}")),
            None => (resource.as_str(), String::new()),
        };
        match self.group.as_deref() {
            None | Some("") => format!("{resource}{part}"),
            Some(group) => format!("{resource}.{group}{part}"),
        }
    }

    /// What kubectl sorts by: a rule as Go prints it.
    fn sort_key(&self) -> String {
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        format!(
            "&PolicyRule{{Verbs:[{}],APIGroups:[{}],Resources:[{}],ResourceNames:[{}],NonResourceURLs:[{}],}}",
            self.verbs.join(" "),
            part(&self.group),
            part(&self.resource),
            part(&self.name),
            part(&self.url),
        )
    }

    /// Whether both are about the same objects. URLs are never taken together.
    fn is_about_same(&self, other: &Self) -> bool {
        self.url.is_none()
            && other.url.is_none()
            && (&self.group, &self.resource, &self.name) == (&other.group, &other.resource, &other.name)
    }
}

/// Rules taken apart to single verbs on single resources, and put together again by resource.
fn compacted(rules: &[Value]) -> Vec<Rule> {
    let mut compacted: Vec<Rule> = Vec::new();
    for single in rules.iter().flat_map(taken_apart) {
        match compacted.iter_mut().find(|known| known.is_about_same(&single)) {
            Some(known) => {
                let new = single.verbs.into_iter().filter(|verb| !known.verbs.contains(verb));
                let new: Vec<String> = new.collect();
                known.verbs.extend(new);
            }
            None => compacted.push(single),
        }
    }
    compacted.sort_by_cached_key(Rule::sort_key);
    compacted
}

fn taken_apart(rule: &Value) -> Vec<Rule> {
    let owned = |text: &str| Some(text.to_owned());
    let names: Vec<Option<String>> = texts(rule, "/resourceNames").into_iter().map(owned).collect();
    let names = if names.is_empty() { vec![None] } else { names };
    let verbs = texts(rule, "/verbs");
    let mut single = Vec::new();
    for group in texts(rule, "/apiGroups") {
        for resource in texts(rule, "/resources") {
            for verb in &verbs {
                for name in names.clone() {
                    let verbs = vec![(*verb).to_owned()];
                    single.push(Rule { group: owned(group), resource: owned(resource), name, url: None, verbs });
                }
            }
        }
    }
    for url in texts(rule, "/nonResourceURLs") {
        single.extend(verbs.iter().map(|verb| Rule {
            url: owned(url),
            verbs: vec![(*verb).to_owned()],
            ..Rule::default()
        }));
    }
    single
}

/// Writes a role binding or cluster role binding.
pub(super) fn binding(w: &mut Writer, binding: &Value) {
    w.field(0, "Name", text(binding, "/metadata/name"));
    meta::labels_and_annotations(w, binding);
    w.heading(0, "Role");
    w.field(1, "Kind", text(binding, "/roleRef/kind"));
    w.field(1, "Name", text(binding, "/roleRef/name"));
    w.section("Subjects");
    w.heading(0, "Subjects");
    w.cells(1, "", &["Kind", "Name", "Namespace"].map(|title| (title, Role::Heading)));
    w.cells(1, "", &["----", "----", "---------"].map(|rule| (rule, Role::Dim)));
    for subject in list(binding, "/subjects") {
        let part = |path| text(subject, path);
        w.line(1, &format!("{}\t{}\t{}", part("/kind"), part("/name"), part("/namespace")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_are_one_row_for_a_resource() {
        let rules = [
            json!({"apiGroups": ["apps"], "resources": ["deployments/scale", "deployments"], "verbs": ["get", "list"]}),
            json!({"apiGroups": ["apps", ""], "resources": ["deployments"], "verbs": ["patch", "get"]}),
            json!({"apiGroups": [""], "resources": ["pods"], "resourceNames": ["a", "b"], "verbs": ["*"]}),
            json!({"nonResourceURLs": ["/healthz", "/livez"], "verbs": ["get", "post"]}),
        ];
        let row = |rule: Rule| {
            let brackets = |part: &Option<String>| part.clone().unwrap_or_default();
            format!("{} [{}] [{}] {:?}", rule.target(), brackets(&rule.url), brackets(&rule.name), rule.verbs)
        };
        let rows: Vec<String> = compacted(&rules).into_iter().map(row).collect();
        assert_eq!(
            rows,
            [
                r#"pods [] [a] ["*"]"#,
                r#"pods [] [b] ["*"]"#,
                r#"deployments.apps [] [] ["get", "list", "patch"]"#,
                r#"deployments.apps/scale [] [] ["get", "list"]"#,
                r#" [/healthz] [] ["get"]"#,
                r#" [/livez] [] ["get"]"#,
                r#"deployments [] [] ["patch", "get"]"#,
                r#" [/healthz] [] ["post"]"#,
                r#" [/livez] [] ["post"]"#,
            ]
        );
    }
}
