//! Port-forwards: local listeners, and one tunnel to a pod for each connection that they accept.
//!
//! [`run`] is one future that ends when it is dropped, or when it could not begin; it spawns nothing. Which pod is
//! meant is asked anew for each connection (`target`), so that a forward outlives the pod that it began with. A
//! tunnel is what kubectl uses, SPDY inside a WebSocket (`spdy`), and where a server has only the older protocol,
//! that one (`channels`). Start with [`run`], then `tunnel::open`.

mod channels;
mod listen;
mod ports;
mod spdy;
mod status;
mod target;
#[cfg(test)]
mod tests;
mod tunnel;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use kube::Client;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, watch};
use tokio::time::{sleep, timeout};

use super::connect::Connection;
use super::error::Error;
use super::http::get_json;
use super::outbox::Outbox;
use crate::base::problem::Problem;
use crate::model::forward::ForwardRequest;
use crate::model::kind::ObjectKey;
use listen::Listeners;
pub use status::{ForwardStatus, ForwardUpdate};
use status::{Live, Traffic};
use target::{Chosen, Lack, Target};

/// The least time between two reports: traffic changes the counts at every piece.
const REPORT_EVERY: Duration = Duration::from_millis(200);
/// How often it is looked whether the pod is still there; connections look for themselves.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked for another pod, while there is none.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long a connection waits for a pod.
const WAIT_FOR_POD: Duration = Duration::from_secs(30);

/// Forwards until it is dropped. What happens is told through `out`, at most a few times a second; a forward that
/// cannot begin says why and ends.
pub async fn run<M>(connections: watch::Receiver<Connection>, request: ForwardRequest, out: &Outbox<ForwardUpdate, M>) {
    let (status, seen) = watch::channel(ForwardStatus::default());
    let forward = Forward { connections, status: Arc::new(status), request };
    tokio::select! {
        problem = forward.serve() => {
            let _gone = out.send(ForwardUpdate::Ended(problem)).await;
        }
        _gone = out.follow(seen, REPORT_EVERY, ForwardUpdate::Status) => {}
    }
}

/// The TCP ports that an object declares: a Service's own, those of a pod's or workload's containers.
///
/// # Errors
///
/// It could not be read.
pub async fn declared(connection: &Connection, key: &ObjectKey) -> Result<Vec<u16>, Error> {
    let object = get_json(&connection.client, &key.path(), connection.request_timeout).await?;
    Ok(ports::declared(&object))
}

struct Forward {
    connections: watch::Receiver<Connection>,
    status: Arc<watch::Sender<ForwardStatus>>,
    request: ForwardRequest,
}

impl Forward {
    fn connection(&self) -> Connection {
        self.connections.borrow().clone()
    }

    fn tried(&self) -> String {
        format!("forward {} of {}", self.request.port, self.request.target)
    }

    /// Finds the target, listens and serves. Comes back only when it could not begin.
    async fn serve(&self) -> Problem {
        let begun = async {
            let target = Target::find(&self.connection(), &self.request.target).await;
            let mut target = target.map_err(|error| error.problem(&self.tried()))?;
            let pod = self.first_pod(&mut target).await?;
            let refused = |said| Problem::new(self.tried(), said, "");
            let remote = target.port(&self.request.port.remote, &pod).map_err(refused)?;
            let local = target.local_port(&self.request.port, &pod).map_err(refused)?;
            let listeners = Listeners::bind(&self.request.address, local).await.map_err(|failed| {
                let listen = format!("listen on port {local} of {}", self.request.address);
                Problem::new(listen, failed.to_string(), failed.advice())
            })?;
            self.status.send_modify(|status| {
                status.listening = listeners.addresses();
                status.port = remote;
            });
            Ok((target, listeners))
        };
        match begun.await {
            Ok((target, listeners)) => self.accept(Mutex::new(target), listeners).await,
            Err(problem) => problem,
        }
    }

    /// The pod to begin with; a target without pods is waited for.
    async fn first_pod(&self, target: &mut Target) -> Result<Chosen, Problem> {
        loop {
            match self.look(target).await {
                Ok(pod) => return Ok(pod),
                Err(Lack::NoPod(_)) => sleep(LOOK_AGAIN).await,
                Err(Lack::Failed(error)) => return Err(error.problem(&self.tried())),
            }
        }
    }

    /// The target's pod, now; the status says which, or why there is none.
    async fn look(&self, target: &mut Target) -> Result<Chosen, Lack> {
        let found = target.pod(&self.connection()).await;
        self.status.send_if_modified(|status| {
            let (pod, waiting) = match &found {
                Ok(pod) => (Some(pod.name.clone()), None),
                Err(lack) => (None, Some(lack.to_string())),
            };
            let changed = pod != status.pod || waiting != status.waiting;
            (status.pod, status.waiting) = (pod, waiting);
            changed
        });
        found
    }

    async fn accept(&self, target: Mutex<Target>, listeners: Listeners) -> Problem {
        let mut carried = FuturesUnordered::new();
        let watched = async {
            loop {
                let found = self.look(&mut *target.lock().await).await;
                sleep(if found.is_ok() { LOOK_EVERY } else { LOOK_AGAIN }).await;
            }
        };
        tokio::pin!(watched);
        loop {
            tokio::select! {
                socket = listeners.accept() => match socket {
                    Ok(socket) => carried.push(self.connected(&target, socket)),
                    // Out of descriptors, mostly: others have to end first.
                    Err(error) => {
                        self.trouble(format!("a connection was not accepted: {error}"));
                        sleep(Duration::from_millis(100)).await;
                    }
                },
                Some(()) = carried.next(), if !carried.is_empty() => {}
                problem = &mut watched => return problem,
            }
        }
    }

    fn trouble(&self, said: String) {
        self.status.send_modify(|status| status.trouble = Some(said));
    }

    /// Serves one connection to its end.
    async fn connected(&self, target: &Mutex<Target>, socket: TcpStream) {
        let _live = Live::begin(Arc::clone(&self.status));
        if let Err(said) = self.carry(target, socket).await {
            self.trouble(said);
        }
    }

    async fn carry(&self, target: &Mutex<Target>, socket: TcpStream) -> Result<(), String> {
        // What a person types comes in small pieces.
        let _best_effort = socket.set_nodelay(true);
        let found = timeout(WAIT_FOR_POD, self.pod_and_port(target)).await;
        let (client, pod, port) = found.unwrap_or_else(|_| Err("no pod came up to connect to".to_owned()))?;
        let namespace = &self.request.target.namespace;
        let tunnel = tunnel::open(&client, namespace, &pod, port).await;
        let tunnel = tunnel.map_err(|error| format!("{pod}: {error}"))?;
        let traffic = Traffic::new(&self.status);
        tunnel.carry(socket, port, &traffic).await.map_err(|said| format!("{pod}: {said}"))
    }

    /// Where a connection goes now. While there is no pod, it is waited for.
    async fn pod_and_port(&self, target: &Mutex<Target>) -> Result<(Client, String, u16), String> {
        loop {
            let mut target = target.lock().await;
            match self.look(&mut target).await {
                Ok(pod) => {
                    let port = target.port(&self.request.port.remote, &pod)?;
                    return Ok((self.connection().client, pod.name, port));
                }
                Err(Lack::Failed(error)) => return Err(error.to_string()),
                Err(Lack::NoPod(_)) => {}
            }
            drop(target);
            sleep(LOOK_AGAIN).await;
        }
    }
}
