//! Network policies, and the address ranges of services. Rules: kubectl describe,
//! `describeNetworkPolicySpec`, `describeServiceCIDRV1`, `describeIPAddressV1`.

use serde_json::Value;

use super::super::fields::{child, date, list, or_none, scalar_or_nil, text, texts, time, whole};
use super::super::tabs::Writer;
use super::super::{meta, selector};
use crate::base::text::Role;

/// What differs between the two directions of a policy.
struct Direction {
    name: &'static str,
    rules: &'static str,
    peers: &'static str,
    /// `From` or `To`.
    word: &'static str,
    anyone: &'static str,
}

const DIRECTIONS: [Direction; 2] = [
    Direction { name: "Ingress", rules: "/spec/ingress", peers: "/from", word: "From", anyone: "source" },
    Direction { name: "Egress", rules: "/spec/egress", peers: "/to", word: "To", anyone: "destination" },
];

/// Writes a network policy.
pub(super) fn policy(w: &mut Writer, policy: &Value) {
    w.field(0, "Name", text(policy, "/metadata/name"));
    w.field(0, "Namespace", text(policy, "/metadata/namespace"));
    w.field(0, "Created on", created(policy));
    meta::labels_and_annotations(w, policy);
    w.section("Spec");
    w.heading(0, "Spec");
    w.indented(1, "PodSelector: ", Role::Label);
    match selector::formatted(&policy["spec"]["podSelector"]).as_str() {
        "<none>" => w.line(2, "<none> (Allowing the specific traffic to all pods in this namespace)"),
        selected => w.line(2, selected),
    }
    let kinds = texts(policy, "/spec/policyTypes");
    for direction in &DIRECTIONS {
        let name = direction.name.to_lowercase();
        if kinds.contains(&direction.name) {
            w.line(1, &format!("Allowing {name} traffic:"));
            w.nested(2, |w| rules(w, list(policy, direction.rules), direction));
        } else {
            w.line(1, &format!("Not affecting {name} traffic"));
        }
    }
    w.line(1, &format!("Policy Types: {}", or_none(&kinds.join(", "))));
}

/// The time of creation as Go prints a time that nobody formatted.
fn created(object: &Value) -> String {
    let at = time(object, "/metadata/creationTimestamp");
    let text = if at.is_set() { at.rfc3339() } else { "0001-01-01T00:00:00Z".to_owned() };
    let (day, clock) = text.split_once('T').unwrap_or((&text, ""));
    format!("{day} {} +0000 UTC", clock.trim_end_matches('Z'))
}

fn rules(w: &mut Writer, rules: &[Value], direction: &Direction) {
    if rules.is_empty() {
        let name = direction.name.to_lowercase();
        w.line(0, &format!("<none> (Selected pods are isolated for {name} connectivity)"));
    }
    for (at, rule) in rules.iter().enumerate() {
        if at > 0 {
            w.line(0, "----------");
        }
        ports(w, rule);
        let peers = list(rule, direction.peers);
        if peers.is_empty() {
            w.line(0, &format!("{}: <any> (traffic not restricted by {})", direction.word, direction.anyone));
        }
        for peer in peers {
            w.line(0, &format!("{}:", direction.word));
            self::peer(w, peer);
        }
    }
}

fn ports(w: &mut Writer, rule: &Value) {
    let ports = list(rule, "/ports");
    if ports.is_empty() {
        w.line(0, "To Port: <any> (traffic allowed to all ports)");
    }
    for port in ports {
        let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
        let first = scalar_or_nil(port, "/port");
        match whole(port, "/endPort") {
            Some(last) => w.line(0, &format!("To Port Range: {first}-{last}/{protocol}")),
            None => w.line(0, &format!("To Port: {first}/{protocol}")),
        }
    }
}

fn peer(w: &mut Writer, peer: &Value) {
    let selectors = [("NamespaceSelector", "/namespaceSelector"), ("PodSelector", "/podSelector")];
    let found = selectors.map(|(label, path)| child(peer, path).map(|selector| (label, selector)));
    for (label, selector) in found.iter().flatten() {
        w.line(1, &format!("{label}: {}", selector::formatted(selector)));
    }
    if let (true, Some(block)) = (found.iter().all(Option::is_none), child(peer, "/ipBlock")) {
        w.line(1, "IPBlock:");
        w.line(2, &format!("CIDR: {}", text(block, "/cidr")));
        w.line(2, &format!("Except: {}", texts(block, "/except").join(", ")));
    }
}

/// Writes a range of service addresses.
pub(super) fn service_cidr(w: &mut Writer, cidr: &Value) {
    w.field(0, "Name", text(cidr, "/metadata/name"));
    meta::labels_and_annotations(w, cidr);
    w.field(0, "CIDRs", texts(cidr, "/spec/cidrs").join(", "));
    if !list(cidr, "/status/conditions").is_empty() {
        w.heading(0, "Status");
        conditions(w, cidr);
    }
}

/// The conditions of an object, in the columns that namespaces and address ranges share.
pub(super) fn conditions(w: &mut Writer, object: &Value) {
    let conditions = list(object, "/status/conditions");
    if conditions.is_empty() {
        return;
    }
    w.section("Conditions");
    w.heading(0, "Conditions");
    let titles = ["Type", "Status", "LastTransitionTime", "Reason", "Message"];
    let rules = ["----", "------", "------------------", "------", "-------"];
    w.cells(1, "", &titles.map(|title| (title, Role::Heading)));
    w.cells(1, "", &rules.map(|rule| (rule, Role::Dim)));
    for condition in conditions {
        let part = |path| (text(condition, path), Role::Plain);
        let changed = date(condition, "/lastTransitionTime");
        w.cells(1, "", &[part("/type"), part("/status"), (&changed, Role::Dim), part("/reason"), part("/message")]);
    }
}

/// Writes a service address that is in use.
pub(super) fn ip_address(w: &mut Writer, address: &Value) {
    w.field(0, "Name", text(address, "/metadata/name"));
    meta::labels_and_annotations(w, address);
    if let Some(parent) = child(address, "/spec/parentRef") {
        w.indented(0, "Parent Reference:\n", Role::Label);
        for (label, path) in
            [("Group", "/group"), ("Resource", "/resource"), ("Namespace", "/namespace"), ("Name", "/name")]
        {
            w.field(1, label, text(parent, path));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_that_nobody_formatted() {
        let at = |time: &str| created(&json!({"metadata": {"creationTimestamp": time}}));
        assert_eq!(at("2026-01-02T03:04:05Z"), "2026-01-02 03:04:05 +0000 UTC");
        assert_eq!(at("soon"), "0001-01-01 00:00:00 +0000 UTC");
    }

    #[test]
    fn both_directions() {
        let block = json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/16"]}});
        let both = json!({"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "1"}}});
        let ports = json!([{"port": 53, "protocol": "UDP"}, {"port": 1, "endPort": 9}, {}]);
        let spec = json!({"podSelector": {}, "policyTypes": ["Egress"],
            "egress": [{"to": [block, both], "ports": ports}, {}]});
        let mut w = Writer::default();
        policy(&mut w, &json!({"spec": spec}));
        let text = w.finish().plain();
        let spec = text.split_once("Spec:\n").map(|(_, spec)| spec);
        let expected = "  \
  PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)
  Not affecting ingress traffic
  Allowing egress traffic:
    To Port: 53/UDP
    To Port Range: 1-9/TCP
    To Port: <nil>/TCP
    To:
      IPBlock:
        CIDR: 10.0.0.0/8
        Except: 10.1.0.0/16, 10.2.0.0/16
    To:
      NamespaceSelector: <none>
      PodSelector: a=1
    ----------
    To Port: <any> (traffic allowed to all ports)
    To: <any> (traffic not restricted by destination)
  Policy Types: Egress
";
        assert_eq!(spec, Some(expected));
    }
}
