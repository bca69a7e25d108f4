//! `pods/exec` and `pods/attach`: sessions over WebSocket, protocols v5 and v4 of the streams.
//!
//! Every message starts with the number of its stream: 0 input, 1 output, 2 errors, 3 the final status,
//! 4 the window's size; with v5, 255 from the client says that a stream is
//! finished; kubectl complains of one from the server.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures::{SinkExt, StreamExt, stream::SplitSink, stream::SplitStream};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::super::failure::{Answer, Failure};
use super::super::json::{list, text};
use super::super::shared::Shared;
use super::super::shell::{self, Io, Outcome, Place};
use super::super::world::{Container, World};
use super::path::Target;
use super::{Call, attach};

const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const CLOSE: u8 = 255;

/// What is asked for.
#[derive(Debug)]
struct Options {
    command: Vec<String>,
    stdin: bool,
    tty: bool,
    attach: bool,
}

/// Opens a session.
pub async fn open(shared: &Arc<Shared>, mut call: Call, target: &Target) -> Answer<Response> {
    let pod = target.name.clone().unwrap_or_default();
    let options = Options {
        command: call.query.all("command"),
        stdin: call.query.flag("stdin"),
        tty: call.query.flag("tty"),
        attach: target.sub.as_deref() == Some("attach"),
    };
    if !options.attach && options.command.is_empty() {
        return Err(Failure::bad_request("you must specify at least 1 command for the container"));
    }
    let wanted = call.query.get("container").to_owned();
    let place = shared.with(|world| find(world, shared, target.space(), &pod, &wanted, options.attach))?;
    // What is wrong with the pod is said first: kubectl tries a second way, and shows what that one answers.
    if !call.is_upgrade() {
        return Err(Failure::bad_request("Upgrade request required"));
    }
    let upgrade = WebSocketUpgrade::from_request_parts(&mut call.parts, &())
        .await
        .map_err(|refused| Failure::bad_request(refused.to_string()))?;
    let console = shared.consoles.get(&place.run);
    Ok(upgrade.protocols(PROTOCOLS).on_upgrade(move |socket| async move {
        if options.attach {
            attach::session(socket, place, console, options.stdin).await;
        } else {
            session(socket, place, options).await;
        }
    }))
}

/// The container that is meant, if something can run in it.
fn find(world: &World, shared: &Arc<Shared>, namespace: &str, name: &str, wanted: &str, attach: bool) -> Answer<Place> {
    let Some(pod) = world.store.get("pods", namespace, name) else {
        return Err(Failure::not_found("pods", "", name));
    };
    if text(&pod, "/spec/nodeName").is_empty() {
        return Err(Failure::bad_request(format!("pod {name} does not have a host assigned")));
    }
    let fields = ["/spec/containers", "/spec/initContainers", "/spec/ephemeralContainers"];
    let names: Vec<&str> = fields.iter().flat_map(|field| list(&pod, field)).map(|spec| text(spec, "/name")).collect();
    let container = match wanted {
        "" => names.first().copied().unwrap_or_default(),
        wanted if names.contains(&wanted) => wanted,
        wanted => return Err(Failure::bad_request(format!("container {wanted} is not valid for pod {name}"))),
    };
    if world.is_silent(text(&pod, "/spec/nodeName")) {
        let host = world.address(text(&pod, "/spec/nodeName"));
        return Err(Failure::new(
            500,
            "InternalError",
            format!("error dialing backend: dial tcp {host}:10250: connect: no route to host"),
        ));
    }
    let known = world.container(namespace, name, container).map(|(_, known)| known).filter(|known| known.is_running());
    let Some(Container { instance: Some(run), .. }) = known else {
        let why = if attach {
            format!("container {container} not found in pod {name}_{namespace}")
        } else {
            format!("container not found ({container:?})")
        };
        let message = format!("Internal error occurred: unable to upgrade connection: {why}");
        return Err(Failure::new(500, "InternalError", message));
    };
    Ok(Place {
        shared: Arc::clone(shared),
        namespace: namespace.to_owned(),
        pod: name.to_owned(),
        container: container.to_owned(),
        run: run.id.clone(),
        is_first: false,
        root: String::new(),
    })
}

async fn session(socket: WebSocket, place: Place, options: Options) {
    let (sender, receiver) = socket.split();
    let (typed, input) = mpsc::channel(64);
    let (output, seen) = mpsc::channel(64);
    let (sizes, size) = watch::channel((0, 0));
    let io = Io::new(input, output, size, options.tty);
    let typed = options.stdin.then_some(typed);
    let work = shell::exec(place.clone(), io, &options.command);
    let writing = write(sender, seen, work, place.run.trim_start_matches("containerd://"));
    tokio::select! {
        () = writing => {}
        // A client that is gone takes its session with it.
        () = read(receiver, Input { typed, sizes, ended: &|| {} }) => {}
    }
}

/// Where what the client sends goes.
pub struct Input<'a> {
    /// What is typed, until the client says that there is no more.
    pub typed: Option<mpsc::Sender<Vec<u8>>>,
    /// The sizes of its window.
    pub sizes: watch::Sender<(u16, u16)>,
    /// Called when it says so.
    pub ended: &'a (dyn Fn() + Send + Sync),
}

/// Hands on what the client sends, until it goes.
pub async fn read(mut socket: SplitStream<WebSocket>, mut to: Input<'_>) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Binary(bytes) = message else { continue };
        match bytes.split_first() {
            Some((0, data)) if !data.is_empty() => {
                if let Some(typed) = &to.typed {
                    // A command that reads nothing more is no reason to stop listening.
                    let _ = typed.send(data.to_vec()).await;
                }
            }
            Some((4, data)) => {
                if let Ok(size) = serde_json::from_slice::<Value>(data) {
                    let side =
                        |name: &str| size[name].as_u64().and_then(|side| u16::try_from(side).ok()).unwrap_or_default();
                    to.sizes.send_replace((side("Width"), side("Height")));
                }
            }
            Some((&CLOSE, [0, ..])) => {
                to.typed = None;
                (to.ended)();
            }
            _ => {}
        }
    }
}

/// Sends what the session writes, then how it ended.
pub async fn write(
    mut socket: SplitSink<WebSocket, Message>,
    mut seen: mpsc::Receiver<(u8, Vec<u8>)>,
    work: impl Future<Output = Outcome>,
    run: &str,
) {
    tokio::pin!(work);
    let mut outcome = None;
    loop {
        tokio::select! {
            biased;
            next = seen.recv() => match next {
                Some((stream, data)) => {
                    if send(&mut socket, stream, &data).await.is_err() {
                        return;
                    }
                }
                // Every writer is gone: the session is over, or about to be.
                None => break,
            },
            ended = &mut work, if outcome.is_none() => outcome = Some(ended),
        }
    }
    let outcome = match outcome {
        Some(outcome) => outcome,
        None => work.await,
    };
    let _ = send(&mut socket, 3, status(&outcome, run).to_string().as_bytes()).await;
    let _ = socket.send(Message::Close(Some(CloseFrame { code: 1000, reason: "".into() }))).await;
}

async fn send(socket: &mut SplitSink<WebSocket, Message>, stream: u8, data: &[u8]) -> Result<(), axum::Error> {
    let mut frame = Vec::with_capacity(data.len() + 1);
    frame.push(stream);
    frame.extend_from_slice(data);
    socket.send(Message::Binary(Bytes::from(frame))).await
}

fn status(outcome: &Outcome, run: &str) -> Value {
    match outcome {
        Outcome::Exit(0) => json!({"metadata": {}, "status": "Success"}),
        Outcome::Exit(code) => json!({"metadata": {}, "status": "Failure",
            "message": format!("command terminated with non-zero exit code: exit status {code}"), "reason": "NonZeroExitCode",
            "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]}}),
        Outcome::Refused(why) => {
            let message = format!(
                "error executing command in container: failed to exec in container: failed to start exec {run:?}: {why}"
            );
            json!({"metadata": {}, "status": "Failure", "message": format!("Internal error occurred: Internal error occurred: {message}"),
                "reason": "InternalError", "details": {"causes": [{"message": message}]}, "code": 500})
        }
    }
}
