//! An API server that knows one case, for kubectl to describe it from.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use serde_json::{Value, json};

use crate::case::Case;
use crate::kinds::{KINDS, Kind, OTHERS};

/// Serves `case` until the test ends; the address to give to kubectl.
pub fn serve(case: Arc<Case>, kind: &'static Kind) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let case = Arc::clone(&case);
            thread::spawn(move || answer(stream, &case, kind));
        }
    });
    format!("http://{address}")
}

/// The row of a kind by its name and version (`apps/v1`).
pub fn kind_of(object: &Value) -> Option<&'static Kind> {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    KINDS.iter().chain(OTHERS).find(|kind| {
        let known = kind.version.trim_start_matches("/apis/").trim_start_matches("/api/");
        kind.name == object["kind"] && known == version
    })
}

fn answer(mut stream: TcpStream, case: &Case, kind: &Kind) {
    let mut reader = BufReader::new(stream.try_clone().expect("the stream can be shared"));
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut header = String::new();
        while reader.read_line(&mut header).unwrap_or(0) > 2 {
            header.clear();
        }
        let path = first.split(' ').nth(1).unwrap_or_default();
        let (status, body) = respond(path, case, kind);
        let body = body.to_string();
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn respond(path: &str, case: &Case, kind: &Kind) -> (&'static str, Value) {
    let (plain, query) = path.split_once('?').unwrap_or((path, ""));
    let text = |pointer: &str| case.object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let itself = kind.object(text("/metadata/namespace"), text("/metadata/name"));
    let (group, version) = kind.version.trim_start_matches("/apis/").split_once('/').unwrap_or_default();
    let is_core = kind.version == "/api/v1";
    match plain {
        "/api" => ("200 OK", json!({"kind": "APIVersions", "versions": ["v1"]})),
        "/apis" if is_core => ("200 OK", json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []})),
        "/apis" => {
            let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
            let group = json!({"name": group, "versions": [version], "preferredVersion": version});
            ("200 OK", json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]}))
        }
        _ if plain == kind.version || plain == "/api/v1" => ("200 OK", resources(plain, case, kind)),
        _ if plain == itself => ("200 OK", case.object.clone()),
        _ => around(plain, query, case),
    }
}

fn resources(version: &str, case: &Case, kind: &Kind) -> Value {
    let namespaced = case.object["metadata"]["namespace"].is_string();
    let own = json!({"name": kind.plural, "singularName": "", "namespaced": namespaced, "kind": kind.name, "verbs": ["get", "list"]});
    let resources = if version == kind.version { json!([own]) } else { json!([]) };
    let name = version.trim_start_matches("/apis/").trim_start_matches("/api/");
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": resources})
}

/// A case names path and query as we ask for it; kubectl adds a limit, and orders the selector as it likes.
fn around(path: &str, query: &str, case: &Case) -> (&'static str, Value) {
    let terms = |query: &str| {
        let kept = query.split('&').filter(|part| !part.starts_with("limit="));
        let kept: Vec<String> =
            kept.map(|part| part.replace('+', "%20").replace("%2F", "/").replace("%21", "!")).collect();
        let joined = kept.join("&").replace("Selector=", "Selector%2C").replace("%28", "(").replace("%29", ")");
        let mut terms: Vec<String> = joined.split("%2C").map(str::to_owned).collect();
        terms.sort();
        terms
    };
    let asked = (path.to_owned(), terms(query));
    let known = case.around.iter().find(|(known, _)| {
        let (known, query) = known.split_once('?').unwrap_or((known, ""));
        (known.to_owned(), terms(query)) == asked
    });
    let is_single = !query.contains("limit=") && !query.contains("Selector");
    match known {
        Some((_, Ok(items))) if is_single => ("200 OK", items.first().cloned().unwrap_or_default()),
        Some((_, Ok(items))) => ("200 OK", json!({"metadata": {}, "items": items})),
        Some((_, Err(refusal))) => {
            let (code, reason) = if refusal.contains("not found") { (404, "NotFound") } else { (403, "Forbidden") };
            let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": refusal,
                "reason": reason, "code": code});
            (if code == 404 { "404 Not Found" } else { "403 Forbidden" }, status)
        }
        None if is_single => {
            let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "not found",
                "reason": "NotFound", "code": 404});
            ("404 Not Found", status)
        }
        None => ("200 OK", json!({"metadata": {}, "items": []})),
    }
}
