//! Names and numbers of ports: from what a person said to a port of a pod (kubectl, `util/pod_port.go`,
//! `util/service_port.go`).

use serde_json::Value;

use crate::model::forward::RemotePort;

/// The container's port that is meant. `service` is the Service that was named, if one was.
pub(super) fn remote(wanted: &RemotePort, service: Option<&Value>, pod: &Value) -> Result<u16, String> {
    match service {
        None => {
            let port = match wanted {
                RemotePort::Number(number) => *number,
                RemotePort::Name(name) => named_in_pod(pod, name)?,
            };
            no_udp(&pod_ports(pod), "containerPort", port)
        }
        Some(service) => {
            let port = of_service(wanted, service)?;
            no_udp(&service_ports(service), "port", port)?;
            target_port(service, pod, port)
        }
    }
}

/// The port that is listened on where only the remote one was said: a Service's own, not its target's.
pub(super) fn same(wanted: &RemotePort, service: Option<&Value>, pod: &Value) -> Result<u16, String> {
    match (wanted, service) {
        (RemotePort::Number(number), _) => Ok(*number),
        (RemotePort::Name(name), None) => named_in_pod(pod, name),
        (RemotePort::Name(_), Some(service)) => of_service(wanted, service),
    }
}

/// The TCP ports that a Service, a pod or a workload's template declares, in their order.
pub(super) fn declared(object: &Value) -> Vec<u16> {
    let ports = [
        (service_ports(object), "port"),
        (pod_ports(object), "containerPort"),
        (object["spec"].get("template").map(pod_ports).unwrap_or_default(), "containerPort"),
    ];
    let tcp = |port: &&Value| port["protocol"].as_str().is_none_or(|protocol| protocol == "TCP");
    ports
        .iter()
        .flat_map(|(ports, field)| ports.iter().copied().filter(tcp).filter_map(|port| number(port, field)))
        .collect()
}

fn items<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn pod_ports(pod: &Value) -> Vec<&Value> {
    let containers = items(pod, "/spec/containers").chain(items(pod, "/spec/initContainers"));
    containers.flat_map(|container| items(container, "/ports")).collect()
}

fn service_ports(service: &Value) -> Vec<&Value> {
    items(service, "/spec/ports").collect()
}

fn number(port: &Value, field: &str) -> Option<u16> {
    port[field].as_u64().and_then(|number| u16::try_from(number).ok())
}

fn name_of(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

fn named_in_pod(pod: &Value, name: &str) -> Result<u16, String> {
    let found = pod_ports(pod).into_iter().find(|port| port["name"] == name);
    found
        .and_then(|port| number(port, "containerPort"))
        .ok_or_else(|| format!("Pod '{}' does not have a named port '{name}'", name_of(pod)))
}

fn of_service(wanted: &RemotePort, service: &Value) -> Result<u16, String> {
    match wanted {
        RemotePort::Number(number) => Ok(*number),
        RemotePort::Name(name) => service_ports(service)
            .into_iter()
            .find(|port| port["name"] == *name)
            .and_then(|port| number(port, "port"))
            .ok_or_else(|| format!("Service '{}' does not have a named port '{name}'", name_of(service))),
    }
}

fn target_port(service: &Value, pod: &Value, port: u16) -> Result<u16, String> {
    let known = service_ports(service).into_iter().find(|known| number(known, "port") == Some(port));
    let known = known.ok_or_else(|| format!("Service {} does not have a service port {port}", name_of(service)))?;
    // Nothing translates for a Service without an address: its clients reach the pods themselves.
    if service["spec"]["clusterIP"] == "None" {
        return Ok(port);
    }
    match &known["targetPort"] {
        Value::String(name) => named_in_pod(pod, name),
        _ => Ok(number(known, "targetPort").filter(|target| *target != 0).unwrap_or(port)),
    }
}

/// Refuses a port that is declared for UDP alone: only TCP can be forwarded.
fn no_udp(ports: &[&Value], field: &str, port: u16) -> Result<u16, String> {
    let mut protocols = ports
        .iter()
        .filter(|known| number(known, field) == Some(port))
        .map(|known| known["protocol"].as_str())
        .peekable();
    let is_udp = protocols.peek().is_some() && protocols.all(|protocol| protocol == Some("UDP"));
    if is_udp { Err(format!("UDP protocol is not supported for {port}")) } else { Ok(port) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod() -> Value {
        json!({"metadata": {"name": "web-0"}, "spec": {
            "containers": [{"ports": [
                {"name": "http", "containerPort": 8080, "protocol": "TCP"},
                {"name": "dns", "containerPort": 53, "protocol": "UDP"},
                {"containerPort": 5353, "protocol": "UDP"}, {"containerPort": 5353, "protocol": "TCP"},
            ]}],
            "initContainers": [{"ports": [{"name": "admin", "containerPort": 9901, "protocol": "TCP"}]}],
        }})
    }

    fn service(address: &str) -> Value {
        json!({"metadata": {"name": "web"}, "spec": {"clusterIP": address, "ports": [
            {"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"},
            {"name": "alt", "port": 81, "targetPort": 8081, "protocol": "TCP"},
            {"name": "plain", "port": 82, "protocol": "TCP"},
            {"name": "lost", "port": 83, "targetPort": "nowhere", "protocol": "TCP"},
            {"name": "dns", "port": 53, "targetPort": 53, "protocol": "UDP"},
        ]}})
    }

    fn wanted(text: &str) -> RemotePort {
        text.parse().map_or_else(|_| RemotePort::Name(text.to_owned()), RemotePort::Number)
    }

    #[test]
    fn a_pods_ports_by_number_and_name() {
        let cases = [("80", Ok(80)), ("http", Ok(8080)), ("admin", Ok(9901)), ("5353", Ok(5353))];
        for (text, expected) in cases {
            assert_eq!(remote(&wanted(text), None, &pod()), expected, "{text}");
            assert_eq!(same(&wanted(text), None, &pod()), expected, "{text}");
        }
        for (text, expected) in [("no", "does not have a named port 'no'"), ("53", "UDP"), ("dns", "UDP")] {
            assert!(remote(&wanted(text), None, &pod()).is_err_and(|said| said.contains(expected)), "{text}");
        }
    }

    #[test]
    fn a_services_ports_lead_to_their_targets() {
        let service = service("10.0.0.1");
        for (text, local, target) in [("80", 80, 8080), ("http", 80, 8080), ("alt", 81, 8081), ("82", 82, 82)] {
            assert_eq!(remote(&wanted(text), Some(&service), &pod()), Ok(target), "{text}");
            assert_eq!(same(&wanted(text), Some(&service), &pod()), Ok(local), "{text}");
        }
        let refused = [
            ("8080", "does not have a service port 8080"),
            ("no", "named port 'no'"),
            ("83", "'nowhere'"),
            ("53", "UDP"),
        ];
        for (text, expected) in refused {
            let said = remote(&wanted(text), Some(&service), &pod()).expect_err(text);
            assert!(said.contains(expected), "{text}: {said}");
        }
    }

    #[test]
    fn what_can_be_forwarded_is_offered() {
        assert_eq!(declared(&pod()), [8080, 5353, 9901]);
        assert_eq!(declared(&service("10.0.0.1")), [80, 81, 82, 83]);
        assert_eq!(declared(&json!({"spec": {"template": pod()}})), [8080, 5353, 9901]);
        assert_eq!(declared(&json!({})), Vec::<u16>::new());
    }

    #[test]
    fn nothing_is_translated_without_an_address() {
        assert_eq!(remote(&wanted("80"), Some(&service("None")), &pod()), Ok(80));
    }
}
