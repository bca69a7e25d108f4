//! Namespaces with their quotas and limits, and both on their own. Rules: kubectl describe,
//! `describeNamespace`, `DescribeResourceQuotas`, `describeQuota`, `describeLimitRangeSpec`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::fields::{canonical, entries, list, quantity, text, texts};
use super::super::meta;
use super::super::tabs::Writer;
use super::network;
use crate::base::text::Role;
use crate::model::around::{Around, ObjectDetails};
use crate::model::quantity::Quantity;

const LIMIT_TITLES: [&str; 7] =
    ["Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio"];
const LIMIT_RULES: [&str; 7] =
    ["----", "--------", "---", "---", "---------------", "-------------", "-----------------------"];
/// Where the values of the last five columns stand in an item.
const LIMIT_VALUES: [&str; 5] = ["/min", "/max", "/defaultRequest", "/default", "/maxLimitRequestRatio"];

/// Writes a namespace.
pub(super) fn namespace(w: &mut Writer, details: &ObjectDetails) {
    let namespace = &details.object;
    w.field(0, "Name", text(namespace, "/metadata/name"));
    meta::labels_and_annotations(w, namespace);
    let phase = text(namespace, "/status/phase");
    w.field_as(0, "Status", phase, if phase == "Active" { Role::Good } else { Role::Warn });
    network::conditions(w, namespace);
    if let Some(Ok(quotas)) = details.around.get(&Around::Quotas) {
        w.section("Resource Quotas");
        w.line(0, "");
        quota_tables(w, quotas);
    }
    if let Some(Ok(ranges)) = details.around.get(&Around::Limits) {
        w.section("Resource Limits");
        w.line(0, "");
        limit_tables(w, ranges);
    }
}

fn quota_tables(w: &mut Writer, quotas: &[Value]) {
    if quotas.is_empty() {
        w.line(0, "No resource quota.");
        return;
    }
    w.indented(0, "Resource Quotas\n", Role::Heading);
    let mut quotas: Vec<&Value> = quotas.iter().collect();
    quotas.sort_by_key(|quota| text(quota, "/metadata/name"));
    for quota in quotas {
        w.field(1, "Name", text(quota, "/metadata/name"));
        scopes(w, 1, "* ", quota);
        w.cells(1, "", &["Resource", "Used", "Hard"].map(|title| (title, Role::Heading)));
        w.cells(1, "", &["--------", "---", "---"].map(|rule| (rule, Role::Dim)));
        for (name, hard) in entries(quota, "/status/hard") {
            let used = used(quota, name).map_or_else(|| "0".to_owned(), canonical);
            w.line(1, &format!("{name}\t{used}\t{}", canonical(hard)));
        }
    }
}

fn used<'a>(quota: &'a Value, name: &str) -> Option<&'a Value> {
    quota.pointer("/status/used").and_then(|used| used.get(name))
}

/// The scopes of a quota with what they mean.
fn scopes(w: &mut Writer, level: usize, bullet: &str, quota: &Value) {
    let mut scopes = texts(quota, "/spec/scopes");
    if scopes.is_empty() {
        return;
    }
    scopes.sort_unstable();
    w.field(level, "Scopes", scopes.join(", "));
    for help in scopes.into_iter().filter_map(meaning) {
        w.indented(level, &format!("{bullet}{help}\n"), Role::Dim);
    }
}

/// What a scope selects, in kubectl's words.
fn meaning(scope: &str) -> Option<&'static str> {
    match scope {
        "Terminating" => Some(
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being \
             actively terminated by the system.",
        ),
        "NotTerminating" => Some(
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose \
             container command is not expected to terminate.",
        ),
        "BestEffort" => Some(
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of \
             service.",
        ),
        "NotBestEffort" => Some(
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or \
             guaranteed quality of service.",
        ),
        _ => None,
    }
}

/// Writes a quota.
pub(super) fn resource_quota(w: &mut Writer, quota: &Value) {
    w.field(0, "Name", text(quota, "/metadata/name"));
    w.field(0, "Namespace", text(quota, "/metadata/namespace"));
    scopes(w, 0, " * ", quota);
    w.section("Resources");
    w.cells(0, "", &["Resource", "Used", "Hard"].map(|title| (title, Role::Heading)));
    w.cells(0, "", &["--------", "----", "----"].map(|rule| (rule, Role::Dim)));
    for (name, hard) in entries(quota, "/status/hard") {
        // What is used is written in the way in which the limit is.
        let used = used(quota, name).and_then(quantity).unwrap_or_default();
        let used = quantity(hard).map_or(used, |hard| Quantity::written_as(used, hard));
        w.line(0, &format!("{name}\t{used}\t{}", canonical(hard)));
    }
}

/// Writes a range of limits.
pub(super) fn limit_range(w: &mut Writer, range: &Value) {
    w.field(0, "Name", text(range, "/metadata/name"));
    w.field(0, "Namespace", text(range, "/metadata/namespace"));
    w.section("Limits");
    w.cells(0, "", &LIMIT_TITLES.map(|title| (title, Role::Heading)));
    w.cells(0, "", &LIMIT_RULES.map(|rule| (rule, Role::Dim)));
    limits(w, "", range);
}

fn limit_tables(w: &mut Writer, ranges: &[Value]) {
    if ranges.is_empty() {
        w.line(0, "No LimitRange resource.");
        return;
    }
    w.indented(0, "Resource Limits\n", Role::Heading);
    w.put(" ", Role::Plain);
    w.cells(0, "", &LIMIT_TITLES.map(|title| (title, Role::Heading)));
    w.put(" ", Role::Plain);
    w.cells(0, "", &LIMIT_RULES.map(|rule| (rule, Role::Dim)));
    for range in ranges {
        limits(w, " ", range);
    }
}

/// A row for each resource of each item, sorted by resource; kubectl's are in no order.
fn limits(w: &mut Writer, indent: &str, range: &Value) {
    for item in list(range, "/spec/limits") {
        let names = LIMIT_VALUES.iter().flat_map(|path| entries(item, path)).map(|(name, _)| name);
        for name in names.collect::<BTreeSet<_>>() {
            let value = |path: &str| {
                let value = item.pointer(path).and_then(|amounts| amounts.get(name));
                value.map_or_else(|| "-".to_owned(), canonical)
            };
            let values = LIMIT_VALUES.map(value).join("\t");
            w.line(0, &format!("{indent}{}\t{name}\t{values}", text(item, "/type")));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_used_is_written_as_the_limit_is() {
        let status =
            json!({"hard": {"memory": "1Gi", "cpu": "2", "pods": "4"}, "used": {"memory": "128M", "cpu": "500m"}});
        let mut w = Writer::default();
        resource_quota(&mut w, &json!({"status": status}));
        let text = w.finish().plain();
        let rows: Vec<Vec<&str>> = text.lines().skip(4).map(|row| row.split_whitespace().collect()).collect();
        assert_eq!(rows, [["cpu", "500m", "2"], ["memory", "125000Ki", "1Gi"], ["pods", "0", "4"]]);
    }

    #[test]
    fn a_limit_range_has_its_rows_in_the_order_of_their_names() {
        let limits =
            json!([{"type": "Container", "max": {"memory": "1Gi", "cpu": "1"}, "min": {"cpu": "1m", "a": "1"}}]);
        let mut w = Writer::default();
        limit_range(&mut w, &json!({"spec": {"limits": limits}}));
        let text = w.finish().plain();
        let rows =
            text.lines().filter_map(|row| row.split_whitespace().nth(1).filter(|_| row.starts_with("Container")));
        assert_eq!(rows.collect::<Vec<_>>(), ["a", "cpu", "memory"]);
    }

    #[test]
    fn a_namespace_without_rights_to_its_quotas_has_no_word_of_them() {
        let namespace = json!({"metadata": {"name": "n"}, "status": {"phase": "Active"}});
        let written = |details: &ObjectDetails| {
            let mut w = Writer::default();
            super::namespace(&mut w, details);
            w.finish().plain()
        };
        let alone = ObjectDetails::new(namespace);
        assert!(written(&alone).ends_with("Status:       Active\n"), "{}", written(&alone));
        let empty = alone.with(Around::Quotas, Ok(Vec::new())).with(Around::Limits, Ok(Vec::new()));
        assert!(written(&empty).ends_with("\nNo resource quota.\n\nNo LimitRange resource.\n"));
    }
}
