//! A service. Rules: kubectl describe, `describeService`.

use serde_json::Value;

use super::super::fields::{list, number, or_none, present, shown, text, texts};
use super::super::tabs::Writer;
use super::super::{meta, selector};
use super::endpoints;
use crate::model::around::{Around, ObjectDetails};

/// Writes a service.
pub(super) fn write(w: &mut Writer, details: &ObjectDetails) {
    let service = &details.object;
    meta::identity(w, service);
    w.field(0, "Selector", or_none(&selector::map(service, "/spec/selector")));
    w.field(0, "Type", text(service, "/spec/type"));
    addresses(w, service);
    let name = text(service, "/metadata/name").to_owned();
    let slices = details.items(&Around::EndpointSlices(name));
    for port in list(service, "/spec/ports") {
        self::port(w, port, slices);
    }
    policies(w, service);
}

fn addresses(w: &mut Writer, service: &Value) {
    optional(w, "IP Family Policy", text(service, "/spec/ipFamilyPolicy"));
    w.field(0, "IP Families", or_none(&texts(service, "/spec/ipFamilies").join(",")));
    w.field(0, "IP", text(service, "/spec/clusterIP"));
    w.field(0, "IPs", or_none(&texts(service, "/spec/clusterIPs").join(",")));
    optional(w, "External IPs", &texts(service, "/spec/externalIPs").join(","));
    optional(w, "Desired LoadBalancer IP", text(service, "/spec/loadBalancerIP"));
    optional(w, "External Name", text(service, "/spec/externalName"));
    let balancers = list(service, "/status/loadBalancer/ingress");
    if !balancers.is_empty() {
        w.field(0, "LoadBalancer Ingress", balancers.iter().map(balancer).collect::<Vec<_>>().join(", "));
    }
}

/// An address of a load balancer, with how it is reached; else its host name.
fn balancer(ingress: &Value) -> String {
    match (text(ingress, "/ip"), text(ingress, "/ipMode")) {
        ("", _) => text(ingress, "/hostname").to_owned(),
        (ip, "") => ip.to_owned(),
        (ip, mode) => format!("{ip} ({mode})"),
    }
}

fn port(w: &mut Writer, port: &Value, slices: &[Value]) {
    let protocol = text(port, "/protocol");
    let port_name = text(port, "/name");
    let name = if port_name.is_empty() { "<unset>" } else { port_name };
    let target = present(port, "/targetPort").map_or_else(|| "0".to_owned(), shown);
    w.field(0, "Port", format_args!("{name}\t{}/{protocol}", number(port, "/port")));
    w.field(0, "TargetPort", format_args!("{target}/{protocol}"));
    if let Some(app) = port.get("appProtocol").and_then(Value::as_str) {
        w.field(0, "AppProtocol", app);
    }
    let node_port = number(port, "/nodePort");
    if node_port != 0 {
        w.field(0, "NodePort", format_args!("{name}\t{node_port}/{protocol}"));
    }
    w.field(0, "Endpoints", endpoints::ready(slices, port_name));
}

fn policies(w: &mut Writer, service: &Value) {
    w.field(0, "Session Affinity", text(service, "/spec/sessionAffinity"));
    optional(w, "External Traffic Policy", text(service, "/spec/externalTrafficPolicy"));
    optional(w, "Internal Traffic Policy", text(service, "/spec/internalTrafficPolicy"));
    let health_check = number(service, "/spec/healthCheckNodePort");
    if health_check != 0 {
        w.field(0, "HealthCheck NodePort", health_check);
    }
    optional(w, "LoadBalancer Source Ranges", &texts(service, "/spec/loadBalancerSourceRanges").join(","));
    optional(w, "Traffic Distribution", text(service, "/spec/trafficDistribution"));
}

fn optional(w: &mut Writer, label: &str, value: &str) {
    if !value.is_empty() {
        w.field(0, label, value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_of_load_balancers() {
        assert_eq!(balancer(&json!({"ip": "1.2.3.4", "ipMode": "VIP"})), "1.2.3.4 (VIP)");
        assert_eq!(balancer(&json!({"ip": "1.2.3.4", "hostname": "h"})), "1.2.3.4");
        assert_eq!(balancer(&json!({"hostname": "h"})), "h");
    }
}
