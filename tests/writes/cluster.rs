//! The same steps before a real cluster.

use podtriage::cluster::api::ConnectOptions;
use podtriage::cluster::connect::connect;

use crate::bench::Bench;

/// Places of this test; they are deleted with it.
struct Places {
    bench: Bench,
    kind: &'static str,
}

impl Places {
    /// A bench before the cluster of `KUBECONFIG`, with the places for it; `None` where there is no kubectl.
    async fn new(kind: &'static str, what: &str) -> Option<Self> {
        assert!(std::env::var_os("KUBECONFIG").is_some(), "KUBECONFIG is not set: these tests need a cluster");
        let behind = connect(&ConnectOptions::default()).await.expect("a cluster");
        let random: String = what.chars().chain(format!("-{}", std::process::id()).chars()).collect();
        let places = ["theirs", "ours"].map(|whose| format!("podtriage-{whose}-{random}"));
        let bench = Bench::new(&behind, [&places[0], &places[1]]).await?;
        Some(Self { bench, kind })
    }

    /// Deletes the places, also when a step failed.
    async fn and_gone(self, steps: impl AsyncFnOnce(&Bench)) {
        use futures::FutureExt as _;
        let outcome = std::panic::AssertUnwindSafe(steps(&self.bench)).catch_unwind().await;
        for place in self.bench.places() {
            self.bench.setup(&format!("delete {} {place} --wait=false --ignore-not-found", self.kind), "").await;
        }
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn w02_workloads_in_a_cluster() {
    let Some(places) = Places::new("namespace", "workloads").await else { return };
    let steps = async |bench: &Bench| {
        bench.lay_out().await;
        bench.workloads().await;
    };
    places.and_gone(steps).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn w01_pods_in_a_cluster() {
    let Some(places) = Places::new("namespace", "pods").await else { return };
    let steps = async |bench: &Bench| {
        bench.lay_out().await;
        bench.pods().await;
        bench.deletions().await;
        bench.replaces().await;
    };
    places.and_gone(steps).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn nodes_in_a_cluster() {
    let Some(places) = Places::new("node", "nodes").await else { return };
    let steps = async |bench: &Bench| {
        for place in bench.places() {
            let node = format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {place}}}\n");
            bench.setup("create -f -", &node).await;
        }
        bench.nodes().await;
    };
    places.and_gone(steps).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn what_is_refused_in_a_cluster_changes_nothing() {
    let Some(places) = Places::new("namespace", "refused").await else { return };
    let steps = async |bench: &Bench| {
        bench.lay_out().await;
        bench.refusals().await;
    };
    places.and_gone(steps).await;
}
