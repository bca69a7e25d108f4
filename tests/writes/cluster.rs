//! The same steps before a real cluster.

use podtriage::cluster::api::ConnectOptions;
use podtriage::cluster::connect::connect;

use crate::bench::{Bench, resource};

/// Places of this test; they are deleted with it.
pub struct Places {
    bench: Bench,
    /// What is deleted at the end: kinds and names.
    pub made: Vec<String>,
}

impl Places {
    /// A bench before the cluster of `KUBECONFIG`, with the places for it; `None` where there is no kubectl.
    pub async fn new(kind: &'static str, what: &str) -> Option<Self> {
        assert!(std::env::var_os("KUBECONFIG").is_some(), "KUBECONFIG is not set: these tests need a cluster");
        let behind = connect(&ConnectOptions::default()).await.expect("a cluster");
        let random: String = what.chars().chain(format!("-{}", std::process::id()).chars()).collect();
        let places = ["theirs", "ours"].map(|whose| format!("podtriage-{whose}-{random}"));
        let bench = Bench::new(&behind, [&places[0], &places[1]]).await?;
        Some(Self { bench, made: places.map(|place| format!("{kind} {place}")).to_vec() })
    }

    /// Deletes the places, also when a step failed.
    pub async fn and_gone(self, steps: impl AsyncFnOnce(&Bench)) {
        use futures::FutureExt as _;
        let outcome = std::panic::AssertUnwindSafe(steps(&self.bench)).catch_unwind().await;
        for made in &self.made {
            self.bench.setup(&format!("delete {made} --wait=false --ignore-not-found"), "").await;
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
        bench.names_all_that_is_invalid().await;
    };
    places.and_gone(steps).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn w02_other_kinds_in_a_cluster() {
    let Some(mut places) = Places::new("namespace", "kinds").await else { return };
    let group = format!("podtriage-{}.example.com", std::process::id());
    places.made.push(format!("crd gadgets.{group}"));
    let steps = async |bench: &Bench| {
        let definition = format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: gadgets.{group}}}\n\
             spec:\n  group: {group}\n  scope: Namespaced\n  names: {{kind: Gadget, plural: gadgets, singular: gadget}}\n  \
             versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {{openAPIV3Schema: {{type: object, \
             x-kubernetes-preserve-unknown-fields: true}}}}\n    subresources: {{scale: {{specReplicasPath: \
             .spec.replicas, statusReplicasPath: .status.replicas}}}}\n"
        );
        bench.setup("create -f -", &definition).await;
        bench.setup(&format!("wait crd gadgets.{group} --for=condition=Established --timeout=60s"), "").await;
        for place in bench.places() {
            bench.setup(&format!("create namespace {place}"), "").await;
        }
        bench.other_kinds(&resource(&group, "v1", "Gadget", "gadgets", true)).await;
    };
    places.and_gone(steps).await;
}
