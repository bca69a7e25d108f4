//! Where the traffic of services goes: endpoints, endpoint slices, and both on one line. Rules: kubectl
//! describe, `describeEndpoints`, `describeEndpointSliceV1`, `formatEndpointSlices`.

use serde_json::Value;

use super::super::fields::{child, list, number, or_none, scalar, text, texts};
use super::super::meta;
use super::super::tabs::Writer;
use crate::base::text::Role;

/// Addresses of a service that are listed; the rest is counted.
const SHOWN: usize = 3;

/// Writes endpoints.
pub(super) fn endpoints(w: &mut Writer, endpoints: &Value) {
    meta::identity(w, endpoints);
    w.section("Subsets");
    w.heading(0, "Subsets");
    for subset in list(endpoints, "/subsets") {
        for (label, path) in [("Addresses", "/addresses"), ("NotReadyAddresses", "/notReadyAddresses")] {
            let addresses: Vec<&str> = list(subset, path).iter().map(|address| text(address, "/ip")).collect();
            w.field(1, label, or_none(&addresses.join(",")));
        }
        let ports = list(subset, "/ports");
        if !ports.is_empty() {
            w.indented(1, "Ports:\n", Role::Label);
            port_table(w, 2, ports);
        }
        w.line(0, "");
    }
}

/// Writes an endpoint slice.
pub(super) fn endpoint_slice(w: &mut Writer, slice: &Value) {
    meta::identity(w, slice);
    w.field(0, "AddressType", text(slice, "/addressType"));
    let ports = list(slice, "/ports");
    if ports.is_empty() {
        w.line(0, "Ports: <unset>");
    } else {
        w.heading(0, "Ports");
        port_table(w, 1, ports);
    }
    let endpoints = list(slice, "/endpoints");
    w.section("Endpoints");
    if endpoints.is_empty() {
        w.line(0, "Endpoints: <none>");
        return;
    }
    w.heading(0, "Endpoints");
    for endpoint in endpoints {
        one_endpoint(w, endpoint);
    }
}

fn port_table(w: &mut Writer, level: usize, ports: &[Value]) {
    w.cells(level, "", &["Name", "Port", "Protocol"].map(|title| (title, Role::Heading)));
    w.cells(level, "", &["----", "----", "--------"].map(|rule| (rule, Role::Dim)));
    for port in ports {
        let name = or_unset(text(port, "/name"));
        let number = or_unset(&scalar(port, "/port")).to_owned();
        w.line(level, &format!("{name}\t{number}\t{}", text(port, "/protocol")));
    }
}

fn one_endpoint(w: &mut Writer, endpoint: &Value) {
    w.field(1, "- Addresses", or_none(&texts(endpoint, "/addresses").join(", ")));
    w.indented(2, "Conditions:\n", Role::Label);
    w.field(3, "Ready", or_unset(&scalar(endpoint, "/conditions/ready")));
    let optional = |path| endpoint.pointer(path).and_then(Value::as_str).unwrap_or("<unset>");
    w.field(2, "Hostname", optional("/hostname"));
    if let Some(target) = child(endpoint, "/targetRef") {
        w.field(2, "TargetRef", format_args!("{}/{}", text(target, "/kind"), text(target, "/name")));
    }
    w.field(2, "NodeName", optional("/nodeName"));
    w.field(2, "Zone", optional("/zone"));
}

fn or_unset(text: &str) -> &str {
    if text.is_empty() { "<unset>" } else { text }
}

/// The ready addresses behind a service's port of this name: `10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...`.
/// Slices without ports count for every port.
pub(super) fn ready(slices: &[Value], port_name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut found = Addresses::default();
    for slice in slices {
        let ports = list(slice, "/ports");
        if ports.is_empty() {
            found.add(slice, None);
        }
        for port in ports.iter().filter(|port| text(port, "/name") == port_name) {
            found.add(slice, Some(number(port, "/port")));
        }
    }
    let shown = found.shown.join(",");
    if found.is_cut { format!("{shown} + {} more...", found.count - SHOWN) } else { shown }
}

#[derive(Default)]
struct Addresses {
    shown: Vec<String>,
    count: usize,
    /// kubectl says so as soon as it sees anything behind the last address that it shows, ready or not.
    is_cut: bool,
}

impl Addresses {
    fn add(&mut self, slice: &Value, port: Option<i64>) {
        for endpoint in list(slice, "/endpoints") {
            self.is_cut |= self.shown.len() == SHOWN;
            if endpoint.pointer("/conditions/ready") == Some(&Value::Bool(false)) {
                continue;
            }
            self.count += 1;
            if !self.is_cut {
                self.shown.push(joined(text(endpoint, "/addresses/0"), port));
            }
        }
    }
}

/// Host and port as URLs have them; addresses of IPv6 in brackets.
fn joined(address: &str, port: Option<i64>) -> String {
    match port {
        None => address.to_owned(),
        Some(port) if address.contains(':') => format!("[{address}]:{port}"),
        Some(port) => format!("{address}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn slice(ports: &Value, addresses: &[&str]) -> Value {
        let endpoints: Vec<Value> = addresses.iter().map(|address| json!({"addresses": [address]})).collect();
        json!({"ports": ports, "endpoints": endpoints})
    }

    #[test]
    fn three_addresses_and_a_count() {
        let ports = json!([{"name": "http", "port": 80}, {"name": "dns", "port": 53}]);
        let of = |addresses: &[&str]| ready(&[slice(&ports, addresses)], "http");
        assert_eq!(of(&["10.0.0.1", "fd00::1"]), "10.0.0.1:80,[fd00::1]:80");
        assert_eq!(of(&["1", "2", "3"]), "1:80,2:80,3:80");
        assert_eq!(of(&["1", "2", "3", "4", "5"]), "1:80,2:80,3:80 + 2 more...");
        assert_eq!(ready(&[], "http"), "<none>");
        assert_eq!(ready(&[slice(&ports, &["1"])], "other"), "");
        assert_eq!(ready(&[slice(&json!([]), &["1", "2"])], "any"), "1,2");
    }

    #[test]
    fn what_is_not_ready_is_not_shown_but_seen() {
        let mut four = slice(&json!([{"port": 80}]), &["1", "2", "3", "4"]);
        four["endpoints"][3]["conditions"] = json!({"ready": false});
        assert_eq!(ready(&[four], ""), "1:80,2:80,3:80 + 0 more...");
    }
}
