//! Ingresses and their classes. Rules: kubectl describe, `describeIngressV1`, `describeBackendV1`,
//! `describeIngressClassV1`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::fields::{child, list, number, scalar, text, texts};
use super::super::meta;
use super::super::tabs::Writer;
use super::endpoints;
use crate::base::text::Role;
use crate::model::around::{Around, ObjectDetails};

/// Writes an ingress.
pub(super) fn write(w: &mut Writer, details: &ObjectDetails) {
    let ingress = &details.object;
    w.field(0, "Name", text(ingress, "/metadata/name"));
    meta::labels(w, "Labels", ingress, "/metadata/labels");
    w.field(0, "Namespace", text(ingress, "/metadata/namespace"));
    w.field(0, "Address", addresses(ingress));
    let class = ingress.pointer("/spec/ingressClassName").and_then(Value::as_str);
    w.field(0, "Ingress Class", class.unwrap_or("<none>"));
    let default = child(ingress, "/spec/defaultBackend");
    let default = default.map_or_else(|| "<default>".to_owned(), |given| backend(details, given));
    w.field(0, "Default backend", &default);
    tls(w, ingress);
    rules(w, details, &default);
    meta::annotations(w, "Annotations", ingress, "/metadata/annotations");
}

/// Addresses and host names, sorted, each once.
fn addresses(ingress: &Value) -> String {
    let address = |at: &Value| match text(at, "/ip") {
        "" => text(at, "/hostname").to_owned(),
        ip => ip.to_owned(),
    };
    let all: BTreeSet<String> = list(ingress, "/status/loadBalancer/ingress").iter().map(address).collect();
    all.into_iter().filter(|address| !address.is_empty()).collect::<Vec<_>>().join(",")
}

fn tls(w: &mut Writer, ingress: &Value) {
    let certificates = list(ingress, "/spec/tls");
    if !certificates.is_empty() {
        w.heading(0, "TLS");
    }
    for certificate in certificates {
        let hosts = texts(certificate, "/hosts").join(",");
        match text(certificate, "/secretName") {
            "" => w.line(1, &format!("SNI routes {hosts}")),
            secret => w.line(1, &format!("{secret} terminates {hosts}")),
        }
    }
}

fn rules(w: &mut Writer, details: &ObjectDetails, default: &str) {
    w.section("Rules");
    w.heading(0, "Rules");
    w.cells(1, "", &["Host", "Path", "Backends"].map(|title| (title, Role::Heading)));
    w.cells(1, "", &["----", "----", "--------"].map(|rule| (rule, Role::Dim)));
    let rules = list(&details.object, "/spec/rules").iter().filter(|rule| child(rule, "/http").is_some());
    let mut empty = true;
    for rule in rules {
        empty = false;
        let host = text(rule, "/host");
        w.line(1, &format!("{}\t", if host.is_empty() { "*" } else { host }));
        for path in list(rule, "/http/paths") {
            let leads_to = backend(details, path.get("backend").unwrap_or(&Value::Null));
            w.line(2, &format!("\t{} \t{leads_to}", text(path, "/path")));
        }
    }
    if empty {
        w.line(1, &format!("*\t*\t{default}"));
    }
}

/// Where a rule leads: a service's port with the addresses behind it, or any object.
fn backend(details: &ObjectDetails, backend: &Value) -> String {
    if let Some(service) = child(backend, "/service") {
        return service_backend(details, service);
    }
    let Some(resource) = child(backend, "/resource") else { return String::new() };
    let group = resource.get("apiGroup").and_then(Value::as_str).unwrap_or("<none>");
    format!("APIGroup: {group}, Kind: {}, Name: {}", text(resource, "/kind"), text(resource, "/name"))
}

fn service_backend(details: &ObjectDetails, backend: &Value) -> String {
    let name = text(backend, "/name").to_owned();
    let (number, port_name) = (number(backend, "/port/number"), text(backend, "/port/name"));
    let port = if number == 0 { port_name.to_owned() } else { number.to_string() };
    let target = format!("{name}:{port}");
    let slices = details.around.get(&Around::EndpointSlices(name.clone()));
    let service = details.around.get(&Around::Service(name));
    let (Some(Ok(slices)), Some(Ok(service))) = (slices, service) else {
        let problem = [slices, service].into_iter().flatten().find_map(|answer| answer.as_ref().err());
        return problem.map_or_else(|| target.clone(), |problem| format!("{target} (<error: {problem}>)"));
    };
    let mut ports = service.iter().flat_map(|service| list(service, "/spec/ports"));
    let is_meant = |port: &&Value| {
        let (own_number, own_name) = (scalar(port, "/port"), text(port, "/name"));
        (number != 0 && own_number == number.to_string()) || (!port_name.is_empty() && own_name == port_name)
    };
    // The last one counts, as in kubectl.
    let found = ports.rfind(is_meant).map_or("", |port| text(port, "/name"));
    format!("{target} ({})", endpoints::ready(slices, found))
}

/// Writes an ingress class.
pub(super) fn class(w: &mut Writer, class: &Value) {
    w.field(0, "Name", text(class, "/metadata/name"));
    meta::labels_and_annotations(w, class);
    w.field(0, "Controller", text(class, "/spec/controller"));
    if let Some(parameters) = child(class, "/spec/parameters") {
        w.indented(0, "Parameters:\n", Role::Label);
        if let Some(group) = parameters.get("apiGroup").and_then(Value::as_str) {
            w.field(1, "APIGroup", group);
        }
        w.field(1, "Kind", text(parameters, "/kind"));
        w.field(1, "Name", text(parameters, "/name"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn backends() {
        let slices =
            vec![json!({"ports": [{"name": "web", "port": 8080}], "endpoints": [{"addresses": ["10.0.0.1"]}]})];
        let service = json!({"spec": {"ports": [{"name": "web", "port": 80}]}});
        let details = ObjectDetails::new(json!({}))
            .with(Around::EndpointSlices("a".into()), Ok(slices.clone()))
            .with(Around::Service("a".into()), Ok(vec![service]))
            .with(Around::EndpointSlices("b".into()), Ok(Vec::new()))
            .with(Around::Service("b".into()), Err("services \"b\" not found".into()));
        let to = |given: Value| backend(&details, &given);
        assert_eq!(to(json!({"service": {"name": "a", "port": {"number": 80}}})), "a:80 (10.0.0.1:8080)");
        assert_eq!(to(json!({"service": {"name": "a", "port": {"name": "web"}}})), "a:web (10.0.0.1:8080)");
        assert_eq!(to(json!({"service": {"name": "a", "port": {"number": 81}}})), "a:81 ()");
        let missing = "b:1 (<error: services \"b\" not found>)";
        assert_eq!(to(json!({"service": {"name": "b", "port": {"number": 1}}})), missing);
        assert_eq!(to(json!({"service": {"name": "c"}})), "c:", "nothing was read");
        assert_eq!(to(json!({"resource": {"kind": "K", "name": "n"}})), "APIGroup: <none>, Kind: K, Name: n");
        assert_eq!(to(json!(7)), "");
    }
}
