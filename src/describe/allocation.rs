//! How much of a node its pods take: two tables of a node's description. Rules: kubectl describe,
//! `describeNodeResource`.

use serde_json::Value;

use super::fields::{entries, text, time};
use super::node::table_head;
use super::requests::{Amounts, Basis, Kind, add_all, read, total};
use super::tabs::Writer;
use crate::base::age::age;
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::model::quantity::{Quantity, percent};

/// Resources that always have a row, and with a percentage.
const ALWAYS: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// Writes both tables.
pub(super) fn write(w: &mut Writer, node: &Value, pods: &[Value], now: Stamp) {
    let offered = if entries(node, "/status/allocatable").is_empty() { "capacity" } else { "allocatable" };
    let offered = read(node.pointer(&format!("/status/{offered}")));
    pod_table(w, &offered, pods, now);
    totals(w, &offered, pods);
}

fn pod_table(w: &mut Writer, offered: &Amounts, pods: &[Value], now: Stamp) {
    w.section("Non-terminated Pods");
    w.indented(0, "Non-terminated Pods:", Role::Heading);
    w.put(&format!("\t({} in total)\n", pods.len()), Role::Plain);
    // kubectl has an empty column behind the name.
    table_head(w, &["Namespace", "Name", "", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "Age"]);
    for pod in pods {
        let requests = total(pod, Kind::Requests, Basis::Status);
        let limits = total(pod, Kind::Limits, Basis::Status);
        let age = age(time(pod, "/metadata/creationTimestamp"), now);
        let share = |name, amounts| share(name, amounts, offered);
        w.cells(
            1,
            "",
            &[
                (text(pod, "/metadata/namespace"), Role::Plain),
                (text(pod, "/metadata/name"), Role::Plain),
                ("", Role::Plain),
                (&share("cpu", &requests), Role::Plain),
                (&share("cpu", &limits), Role::Plain),
                (&share("memory", &requests), Role::Plain),
                (&share("memory", &limits), Role::Plain),
                (&age, Role::Dim),
            ],
        );
    }
}

fn totals(w: &mut Writer, offered: &Amounts, pods: &[Value]) {
    let mut requests = Amounts::new();
    let mut limits = Amounts::new();
    for pod in pods {
        add_all(&mut requests, total(pod, Kind::Requests, Basis::Spec));
        add_all(&mut limits, total(pod, Kind::Limits, Basis::Spec));
    }
    w.section("Allocated resources");
    w.heading(0, "Allocated resources");
    w.indented(1, "(Total limits may be over 100 percent, i.e., overcommitted.)\n", Role::Dim);
    table_head(w, &["Resource", "Requests", "Limits"]);
    let huge_pages = offered.keys().filter(|name| name.starts_with("hugepages-")).map(String::as_str);
    for name in ALWAYS.into_iter().chain(huge_pages) {
        w.line(1, &format!("{name}\t{}\t{}", share(name, &requests, offered), share(name, &limits, offered)));
    }
    for name in offered.keys().map(String::as_str) {
        if !ALWAYS.contains(&name) && name != "pods" && !name.starts_with("hugepages-") {
            w.line(1, &format!("{name}\t{}\t{}", amount(name, &requests), amount(name, &limits)));
        }
    }
}

fn amount(name: &str, amounts: &Amounts) -> Quantity {
    amounts.get(name).copied().unwrap_or_default()
}

/// An amount and its part of what the node offers: `350m (9%)`. Nothing of nothing is 0% (kubectl prints
/// the smallest 64-bit number there).
fn share(name: &str, amounts: &Amounts, offered: &Amounts) -> String {
    let in_units = if name == "cpu" { Quantity::milli_value } else { Quantity::value };
    let amount = amount(name, amounts);
    let base = in_units(self::amount(name, offered));
    format!("{amount} ({}%)", percent(in_units(amount), base))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shares_are_cut_not_rounded_and_need_a_base() {
        let offered = read(Some(&json!({"cpu": "3", "memory": "0"})));
        let asked = read(Some(&json!({"cpu": "4901m", "memory": "1Gi"})));
        assert_eq!(share("cpu", &asked, &offered), "4901m (163%)");
        assert_eq!(share("memory", &asked, &offered), "1Gi (0%)");
        assert_eq!(share("disk", &asked, &offered), "0 (0%)");
    }

    #[test]
    fn rows_of_the_totals() {
        let node =
            json!({"status": {"capacity": {"nvidia.com/gpu": "2", "hugepages-2Mi": "8Mi", "pods": "110", "cpu": "1"}}});
        let resources = json!({"requests": {"nvidia.com/gpu": "1", "hugepages-2Mi": "4Mi"}});
        let pods = [json!({"spec": {"containers": [{"resources": resources}]}})];
        let mut w = Writer::default();
        write(&mut w, &node, &pods, Stamp::NONE);
        let text = w.finish().plain();
        let rows: Vec<Vec<&str>> = text.lines().skip(8).map(|row| row.split_whitespace().collect()).collect();
        assert_eq!(
            rows[2..],
            [
                vec!["ephemeral-storage", "0", "(0%)", "0", "(0%)"],
                vec!["hugepages-2Mi", "4Mi", "(50%)", "0", "(0%)"],
                vec!["nvidia.com/gpu", "1", "0"],
            ],
            "{text}"
        );
    }
}
