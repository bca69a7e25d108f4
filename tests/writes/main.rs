//! What we write, against what kubectl writes for the command line that we name for it.
//!
//! Both go through a proxy on loopback that notes method, path, query, content type and body. Behind it is the demo
//! cluster, or with `KUBECONFIG=… cargo test --test writes -- --ignored` a real one, in which two namespaces and two
//! nodes without a machine are made and deleted.
//!
//! The kubectl is that of `$KUBECTL`, or of the `PATH`, version 1.37; without one these tests say so and pass.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test says what went wrong and ends"
)]

mod bench;
mod cluster;
mod drained;
mod machineless;
mod recorder;
mod refused;
mod script;

use bench::{Bench, now};
use podtriage::demo::{DemoCluster, DemoOptions};
use podtriage::runtime::Source;

async fn demo(places: [&str; 2]) -> Option<Bench> {
    let options = DemoOptions { seed: 7, scenario: Some("healthy".to_owned()), now: now() };
    let cluster = DemoCluster::start(options).expect("a known scenario");
    let connection = Source::Demo(cluster).connect(None).await.expect("the demo is there");
    Bench::new(&connection, places).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w02_workloads_in_the_demo() {
    let Some(bench) = demo(["theirs", "ours"]).await else { return };
    bench.lay_out().await;
    bench.workloads().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w01_pods_in_the_demo() {
    let Some(bench) = demo(["theirs", "ours"]).await else { return };
    bench.lay_out().await;
    bench.pods().await;
    bench.deletions().await;
    bench.replaces().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_in_the_demo() {
    let Some(bench) = demo(["worker-1", "worker-2"]).await else { return };
    bench.nodes().await;
}
