//! Somebody who changes pods, at a rate: an annotation of one pod after the other, all over the cluster.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::{Value, json};

use crate::now;
use crate::server::runtime;

const ANNOTATION: &str = "podtriage-measure";
/// Requests under way at once.
const HANDS: usize = 32;
/// Steps from one pod to the next; a prime, so that every pod has its turn.
const STRIDE: usize = 7919;

/// A writer at work. [`stop`](Self::stop) it, so that what it wrote is taken away.
pub struct Writer {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
    begun: Instant,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    tickets: AtomicUsize,
    written: AtomicUsize,
}

impl Writer {
    /// Writes so many updates a second, or as many as the server takes; it has begun when this returns.
    pub fn start(rate: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let (tell, begun) = mpsc::channel();
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || runtime().block_on(write(&shared, rate, &tell))
        });
        let begun = begun.recv().expect("the writer knows the pods");
        Self { shared, thread, begun }
    }

    /// How many were written.
    pub fn written(&self) -> usize {
        self.shared.written.load(Ordering::Relaxed)
    }

    /// Ends it; how many a second it has written.
    pub fn stop(self) -> f64 {
        let rate = self.written() as f64 / self.begun.elapsed().as_secs_f64();
        self.shared.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the writer ends well");
        rate
    }
}

async fn write(shared: &Shared, rate: usize, tell: &mpsc::Sender<Instant>) {
    let client = Client::try_default().await.expect("a cluster");
    let pods = Api::<Pod>::all(client.clone()).list_metadata(&ListParams::default()).await.expect("pods");
    let name = |meta: kube::api::ObjectMeta| Some((meta.namespace?, meta.name?));
    let pods: Vec<_> = pods.items.into_iter().filter_map(|pod| name(pod.metadata)).collect();
    let begun = now();
    tell.send(begun).expect("somebody waits");
    let hand = || async {
        while !shared.stop.load(Ordering::Relaxed) {
            let ticket = shared.tickets.fetch_add(1, Ordering::Relaxed);
            let due = begun + Duration::from_secs(1) * ticket as u32 / rate as u32;
            tokio::time::sleep_until(due.into()).await;
            if annotate(&client, &pods[ticket * STRIDE % pods.len()], &json!(ticket.to_string())).await {
                shared.written.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    futures::future::join_all((0..HANDS).map(|_| hand())).await;
    let used = shared.tickets.load(Ordering::Relaxed).min(pods.len());
    clean(&client, (0..used).map(|ticket| &pods[ticket * STRIDE % pods.len()])).await;
}

/// Takes the annotation away again.
async fn clean<'a>(client: &Client, pods: impl Iterator<Item = &'a (String, String)>) {
    use futures::StreamExt as _;
    let away = pods.map(|pod| async move { annotate(client, pod, &Value::Null).await });
    futures::stream::iter(away).buffer_unordered(HANDS).for_each(|_| async {}).await;
}

/// Whether the server took it; a pod may have gone since it was listed.
async fn annotate(client: &Client, (namespace, name): &(String, String), value: &Value) -> bool {
    let patch = Patch::Merge(json!({"metadata": {"annotations": {ANNOTATION: value}}}));
    let pods = Api::<Pod>::namespaced(client.clone(), namespace);
    pods.patch_metadata(name, &PatchParams::default(), &patch).await.is_ok()
}
