//! A probe on one line. Rules: kubectl describe, `DescribeProbe`.

use serde_json::Value;

use super::fields::{child, number, present, shown, text, texts};
use super::golang;

/// What is asked and how often: `http-get http://:8080/ready delay=0s timeout=1s …`.
pub(super) fn line(probe: &Value) -> String {
    format!(
        "{} delay={}s timeout={}s period={}s successThreshold={} failureThreshold={}",
        handler(probe),
        number(probe, "/initialDelaySeconds"),
        number(probe, "/timeoutSeconds"),
        number(probe, "/periodSeconds"),
        number(probe, "/successThreshold"),
        number(probe, "/failureThreshold"),
    )
}

fn handler(probe: &Value) -> String {
    if let Some(exec) = child(probe, "/exec") {
        return format!("exec [{}]", texts(exec, "/command").join(" "));
    }
    if let Some(http) = child(probe, "/httpGet") {
        return format!("http-get {}", url(http));
    }
    if let Some(tcp) = child(probe, "/tcpSocket") {
        return format!("tcp-socket {}:{}", text(tcp, "/host"), port(tcp));
    }
    if let Some(grpc) = child(probe, "/grpc") {
        return format!("grpc <pod>:{} {}", number(grpc, "/port"), text(grpc, "/service"));
    }
    "unknown".to_owned()
}

fn url(http: &Value) -> String {
    let scheme = text(http, "/scheme").to_lowercase();
    let colon = if scheme.is_empty() { "" } else { ":" };
    let host = match (text(http, "/host"), port(http)) {
        (host, port) if port.is_empty() => host.to_owned(),
        (host, port) if host.contains(':') => format!("[{host}]:{port}"),
        (host, port) => format!("{host}:{port}"),
    };
    let path = golang::url_path(text(http, "/path"));
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    format!("{scheme}{colon}//{host}{slash}{path}")
}

/// A number or a name; `0` when it is missing.
fn port(handler: &Value) -> String {
    present(handler, "/port").map_or_else(|| "0".to_owned(), shown)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_handler() {
        let cases = [
            (
                json!({"httpGet": {"path": "/healthz?x=1", "port": 80, "scheme": "HTTP"}}),
                "http-get http://:80/healthz%3Fx=1",
            ),
            (
                json!({"httpGet": {"path": "a", "port": "web", "host": "::1", "scheme": "HTTPS"}}),
                "http-get https://[::1]:web/a",
            ),
            (json!({"httpGet": {}}), "http-get //:0"),
            (json!({"tcpSocket": {"port": "http"}}), "tcp-socket :http"),
            (json!({"exec": {"command": ["cat", "/x"]}}), "exec [cat /x]"),
            (json!({"grpc": {"port": 9}}), "grpc <pod>:9 "),
            (json!({}), "unknown"),
        ];
        for (probe, expected) in cases {
            assert_eq!(handler(&probe), expected, "{probe}");
        }
        let slow = json!({"exec": {}, "initialDelaySeconds": 3, "periodSeconds": 10, "failureThreshold": 3});
        assert_eq!(line(&slow), "exec [] delay=3s timeout=0s period=10s successThreshold=0 failureThreshold=3");
    }
}
