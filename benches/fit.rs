//! Where a pod fits in a large cluster: 5,000 nodes, 150,000 pods.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use podtriage::diagnosis::fit::{Cluster, Extras, judge, replicas};
use serde_json::{Value, json};

const NODES: usize = 5_000;
const PODS: usize = 150_000;
/// Kinds of pods, of which some keep apart from their own.
const APPS: usize = 500;

fn node(at: usize) -> Value {
    let name = format!("node-{at}");
    let mut node = json!({"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name,
            "topology.kubernetes.io/zone": format!("zone-{}", at % 3), "disk": if at.is_multiple_of(2) { "ssd" } else { "hdd" },
            "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "pool": format!("pool-{}", at % 20)}},
        "spec": {}, "status": {"allocatable": {"cpu": "8", "memory": "32Gi", "pods": "110", "ephemeral-storage": "100Gi"}}});
    if at.is_multiple_of(10) {
        node["spec"]["taints"] = json!([{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}]);
    }
    node
}

fn pod(at: usize) -> Value {
    let app = format!("app-{}", at % APPS);
    let mut pod = json!({"metadata": {"name": format!("{app}-{at}"), "namespace": format!("team-{}", at % 50),
            "labels": {"app": app, "pod-template-hash": "5d4f8c7b9"}},
        "spec": {"nodeName": format!("node-{}", at % NODES), "containers": [
            {"name": "app", "resources": {"requests": {"cpu": "200m", "memory": "512Mi"}}},
            {"name": "proxy", "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}}}]},
        "status": {"phase": "Running"}});
    if (at % APPS).is_multiple_of(10) {
        pod["spec"]["affinity"] = apart(&app);
    }
    pod
}

fn apart(app: &str) -> Value {
    json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": app}}}]}})
}

fn cluster() -> Cluster {
    let nodes: Vec<Value> = (0..NODES).map(node).collect();
    let mut cluster = Cluster::of_nodes(&nodes, &Extras::default());
    (0..PODS).for_each(|at| cluster.add_pod(&pod(at)));
    cluster
}

/// A pod that waits, and asks for `cpu`.
fn waiting(cpu: &str) -> Value {
    json!({"metadata": {"name": "waits", "namespace": "team-0", "labels": {"app": "app-0"}},
        "spec": {"containers": [{"name": "app", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}]}})
}

fn picky() -> Value {
    let mut pod = waiting("100m");
    pod["spec"]["affinity"] = apart("app-0");
    pod["spec"]["nodeSelector"] = json!({"disk": "ssd"});
    pod["spec"]["topologySpreadConstraints"] = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "app-0"}}}]);
    pod
}

fn fits(c: &mut Criterion) {
    let cluster = cluster();
    for (what, pod) in [
        ("it fits", waiting("100m")),
        ("it fits nowhere, and what would help", waiting("7")),
        ("selector, spread and anti-affinity", picky()),
    ] {
        c.bench_function(&format!("5,000 nodes, 150,000 pods: {what}"), |b| {
            b.iter(|| judge(black_box(&cluster), &pod));
        });
    }
    for (what, pod) in [("plain", waiting("100m")), ("spread and kept apart", picky())] {
        c.bench_function(&format!("5,000 nodes: how many copies, {what}"), |b| {
            b.iter(|| replicas(black_box(&cluster), &pod));
        });
    }
    let one = pod(7);
    let mut group = c.benchmark_group("decoding");
    group.bench_function("a pod is taken in", |b| {
        let mut cluster = Cluster::of_nodes(&[node(7)], &Extras::default());
        b.iter(|| cluster.add_pod(black_box(&one)));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = fits
}
criterion_main!(benches);
