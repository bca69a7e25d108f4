//! `pods/portforward`: connections to what listens in a pod, over WebSocket (`v4.channel.k8s.io`).
//!
//! Of the n-th port channel 2n is the data and 2n + 1 the errors; each begins with the port in two bytes. What listens
//! speaks HTTP and knows the paths of its program. kubectl asks for another protocol, which is not here.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;

use super::super::failure::{Answer, Failure};
use super::super::json::text;
use super::super::shared::Shared;
use super::super::world::{Container, World};
use super::Call;
use super::path::Target;

const PROTOCOL: &str = "v4.channel.k8s.io";

/// A pod that is running.
#[derive(Clone, Debug)]
struct Host {
    namespace: String,
    name: String,
    uid: String,
}

/// One port, and what came for it.
#[derive(Debug)]
struct Line {
    port: u16,
    heard: Vec<u8>,
    /// It has said all that it will.
    over: bool,
}

/// Opens the ports that the query names.
pub async fn open(shared: &Arc<Shared>, mut call: Call, target: &Target) -> Answer<Response> {
    let name = target.name.clone().unwrap_or_default();
    let host = shared.with(|world| find(world, target.space(), &name))?;
    let ports: Vec<u16> = call
        .query
        .all("ports")
        .iter()
        .flat_map(|ports| ports.split(','))
        .filter_map(|port| port.parse().ok())
        .collect();
    if ports.is_empty() {
        return Err(Failure::bad_request("query parameter \"port\" is required"));
    }
    let offered = call.header(http::header::SEC_WEBSOCKET_PROTOCOL);
    if !call.is_upgrade() || !offered.split(',').any(|offered| offered.trim() == PROTOCOL) {
        return Err(Failure::bad_request(format!("Upgrade request required: ports are forwarded over {PROTOCOL}")));
    }
    let upgrade = WebSocketUpgrade::from_request_parts(&mut call.parts, &())
        .await
        .map_err(|refused| Failure::bad_request(refused.to_string()))?;
    let shared = Arc::clone(shared);
    Ok(upgrade.protocols([PROTOCOL]).on_upgrade(move |socket| async move {
        // A client that is gone has heard enough.
        let _ = session(socket, &shared, &host, &ports).await;
    }))
}

fn find(world: &World, namespace: &str, name: &str) -> Answer<Host> {
    let Some(pod) = world.store.get("pods", namespace, name) else {
        return Err(Failure::not_found("pods", "", name));
    };
    let node = text(&pod, "/spec/nodeName");
    if node.is_empty() {
        return Err(Failure::bad_request(format!("pod {name} does not have a host assigned")));
    }
    if world.is_silent(node) {
        let message =
            format!("error dialing backend: dial tcp {}:10250: connect: no route to host", world.address(node));
        return Err(Failure::new(500, "InternalError", message));
    }
    if text(&pod, "/status/phase") != "Running" {
        let message = format!("unable to upgrade connection: pod not found (\"{name}_{namespace}\")");
        return Err(Failure::new(404, "NotFound", message));
    }
    let owned = str::to_owned;
    Ok(Host { namespace: owned(namespace), name: owned(name), uid: owned(text(&pod, "/metadata/uid")) })
}

impl Host {
    /// Whether the pod is still the one that it was.
    fn is_there(&self, world: &World) -> bool {
        world.pods.get(&self.uid).is_some_and(|pod| pod.containers.iter().any(Container::is_running))
    }

    /// The paths that are known on a port; `None` when nobody listens there.
    fn paths(&self, world: &World, port: u16) -> Option<Vec<String>> {
        let running = world.pods.get(&self.uid)?.containers.iter().filter(|container| container.is_running());
        let mut programs = running.filter_map(|container| container.instance.as_ref()).map(|run| &run.program);
        programs.find(|program| program.listens.contains(&port.into())).map(|program| program.paths.clone())
    }

    /// What is answered to an HTTP request.
    fn answer(&self, paths: &[String], request: &str) -> String {
        let mut words = request.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or("/"));
        let path = path.split('?').next().unwrap_or(path);
        let (status, body) = if paths.iter().any(|known| known == path) || path == "/" {
            ("200 OK", format!("ok from {}/{} for {path}\n", self.namespace, self.name))
        } else {
            ("404 Not Found", format!("there is no {path} here\n"))
        };
        let length = body.len();
        let body = if method == "HEAD" { String::new() } else { body };
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    }
}

async fn session(mut socket: WebSocket, shared: &Shared, host: &Host, ports: &[u16]) -> Result<(), axum::Error> {
    let mut lines: Vec<Line> = ports.iter().map(|port| Line { port: *port, heard: Vec::new(), over: false }).collect();
    for (index, line) in lines.iter_mut().enumerate() {
        for channel in [2 * index, 2 * index + 1] {
            send(&mut socket, channel, &line.port.to_le_bytes()).await?;
        }
        if shared.with(|world| host.paths(world, line.port)).is_none() {
            let refused = format!(
                "error forwarding port {port} to pod {uid}, uid : failed to connect to localhost:{port} inside namespace: \
                 dial tcp4 127.0.0.1:{port}: connect: connection refused",
                port = line.port,
                uid = host.uid
            );
            send(&mut socket, 2 * index + 1, refused.as_bytes()).await?;
            line.over = true;
        }
    }
    let mut changed = shared.changed.subscribe();
    while lines.iter().any(|line| !line.over) && shared.with(|world| host.is_there(world)) {
        let message = tokio::select! {
            message = socket.recv() => message,
            alive = changed.changed() => if alive.is_ok() { continue } else { None },
        };
        let Some(Ok(message)) = message else { return Ok(()) };
        let Message::Binary(bytes) = message else { continue };
        let Some((channel, data)) = bytes.split_first() else { continue };
        let index = usize::from(*channel / 2);
        let Some(line) = lines.get_mut(index).filter(|line| !line.over && channel % 2 == 0) else { continue };
        line.heard.extend_from_slice(data);
        if line.heard.windows(4).any(|end| end == b"\r\n\r\n") {
            let paths = shared.with(|world| host.paths(world, line.port)).unwrap_or_default();
            let answer = host.answer(&paths, &String::from_utf8_lossy(&line.heard));
            line.over = true;
            send(&mut socket, 2 * index, answer.as_bytes()).await?;
        }
    }
    socket.send(Message::Close(Some(CloseFrame { code: 1000, reason: "".into() }))).await
}

async fn send(socket: &mut WebSocket, channel: usize, data: &[u8]) -> Result<(), axum::Error> {
    let mut frame = Vec::with_capacity(data.len() + 1);
    frame.push(channel as u8);
    frame.extend_from_slice(data);
    socket.send(Message::Binary(Bytes::from(frame))).await
}
