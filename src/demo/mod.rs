//! A cluster in a box: an API server that answers from a world that lives, without a network.
//!
//! `--demo`, the tests and `demo-server` use it. It shares nothing with the client but `base`: a fake that
//! shared the client's code could not catch its mistakes. Objects are plain JSON, manifests are in
//! `assets/demo`. Start with [`DemoCluster`]; then `world` (what happens), `http` (what is answered), and `shell` and
//! `console` (what runs when somebody types).

mod console;
mod failure;
mod fault;
mod http;
mod json;
mod shared;
mod shell;
mod transport;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;

pub use fault::{Fault, LogFault};
pub use transport::{DemoConnector, DemoStream};
pub use world::{UnknownScenario, scenarios};

use crate::base::stamp::Stamp;
use shared::{Clock, Shared};

/// What a demo cluster starts from.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// The same seed gives the same cluster.
    pub seed: u64,
    /// The scenario; `None` is the incident that has everything.
    pub scenario: Option<String>,
    /// The wall time at which it starts. From then on it follows tokio's clock.
    pub now: Stamp,
}

/// A running demo cluster. A handle: clones are the same cluster, which ends with the last of them and of
/// its connections.
#[derive(Clone, Debug)]
pub struct DemoCluster {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    driver: tokio::task::JoinHandle<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl DemoCluster {
    /// Builds a world and lets it live. Must be called inside a tokio runtime.
    pub fn start(options: DemoOptions) -> Result<Self, UnknownScenario> {
        let DemoOptions { seed, scenario, now } = options;
        let clock = Clock::new(now);
        let world = world::build(seed, scenario.as_deref(), now)?;
        let shared = Arc::new(Shared::new(world, clock));
        let world = Arc::clone(&shared);
        let driver = transport::spawn(async move { tokio::join!(world.drive(), console::drive(Arc::clone(&world))).0 });
        Ok(Self { inner: Arc::new(Inner { shared, driver }) })
    }

    /// Opens connections in memory, for a `hyper_util` client. Nothing listens.
    pub fn connector(&self) -> DemoConnector {
        DemoConnector::new(self.clone())
    }

    /// Serves a TCP listener until the future is dropped, to clients that know the token.
    pub async fn serve(&self, listener: tokio::net::TcpListener, token: &str) {
        transport::serve(self, listener, token).await;
    }

    /// Makes something go wrong.
    pub fn fault(&self, fault: Fault) {
        let shared = &self.inner.shared;
        match fault {
            Fault::Gone => shared.with(|world| world.store.compact()),
            Fault::EndContainers(pods, code) => shared.with(|world| world.end_containers(pods, code)),
            _ => {}
        }
        shared.faults.set(fault, self.now());
    }

    /// The time in the cluster.
    pub fn now(&self) -> Stamp {
        self.inner.shared.clock.now()
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }
}

/// The kubeconfig (YAML) of a demo cluster that is served at an address.
///
/// The token is in it twice: kubectl sends none to a server without TLS, so the path carries it too.
pub fn kubeconfig(addr: SocketAddr, token: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: podtriage-demo\n\
         clusters:\n- name: podtriage-demo\n  cluster: {{server: \"http://{addr}/{token}\"}}\n\
         users:\n- name: demo\n  user: {{token: \"{token}\"}}\n\
         contexts:\n- name: podtriage-demo\n  context: {{cluster: podtriage-demo, user: demo, namespace: shop}}\n"
    )
}

#[cfg(test)]
mod tests;
