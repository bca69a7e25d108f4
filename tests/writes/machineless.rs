//! Draining nodes of a real cluster that have no machine: the test is their kubelet.

use std::time::Duration;

use podtriage::cluster::api::WriteUpdate;
use podtriage::cluster::http::{get_json, send};
use podtriage::model::kind::{Kind, ObjectKey};
use podtriage::model::write::{Drain, Operation, Request, Write};
use tokio::time::sleep;

use crate::bench::{Bench, Outcome, sorted};
use crate::cluster::Places;

const FORCED: Drain = Drain { ignore_daemonsets: true, delete_emptydir_data: true, force: true };

/// A namespace, and in it two pods on each node.
async fn populate(bench: &Bench, namespace: &str) {
    bench.setup(&format!("create namespace {namespace}"), "").await;
    bench.setup(&format!("wait serviceaccount/default -n {namespace} --for=create --timeout=60s"), "").await;
    for node in bench.places() {
        bench.setup("create -f -", &format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {node}}}\n")).await;
        place(bench, namespace, node, "a").await;
        place(bench, namespace, node, "b").await;
    }
}

/// A pod on a node, ready.
async fn place(bench: &Bench, namespace: &str, node: &str, pod: &str) {
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {node}-{pod}, labels: {{app: guarded}}}}\n\
         spec: {{nodeName: {node}, terminationGracePeriodSeconds: 1, volumes: [{{name: v, emptyDir: {{}}}}], \
         containers: [{{name: c, image: nginx}}]}}\n"
    );
    bench.setup(&format!("create -n {namespace} -f -"), &manifest).await;
    let ready = "{\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}";
    bench.setup(&format!("patch pod {node}-{pod} -n {namespace} --subresource=status -p '{ready}'"), "").await;
}

/// Ends pods that were told to end, for ever.
async fn kubelet(bench: &Bench, namespace: &str) {
    let (client, within) = (&bench.behind().client, Duration::from_secs(30));
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    loop {
        let pods = get_json(client, &path, within).await.expect("pods");
        for pod in pods["items"].as_array().into_iter().flatten() {
            if pod["metadata"]["deletionTimestamp"].is_string() {
                let request = Request {
                    method: "DELETE",
                    path: format!("{path}/{}", pod["metadata"]["name"].as_str().expect("a name")),
                    content_type: "application/json",
                    body: "{\"gracePeriodSeconds\": 0}".to_owned(),
                };
                // It may be gone by itself.
                let _ = send(client, &request, within).await;
            }
        }
        sleep(Duration::from_millis(200)).await;
    }
}

async fn drain(bench: &Bench, node: &str, flags: Drain) -> Write {
    let target = ObjectKey::new(Kind::Node, "", node);
    let uid = bench.get(&target).await["metadata"]["uid"].as_str().expect("a UID").to_owned();
    Write { target, uid, operation: Operation::Drain(flags) }
}

/// By kubectl and by us, each on its node.
async fn both(bench: &Bench, flags: Drain) -> [Outcome; 2] {
    let [theirs, ours] = bench.places();
    let kubectl = bench.kubectl(&drain(bench, theirs, flags).await).await;
    let (_, outcome) = bench.perform(drain(bench, ours, flags).await).await;
    [kubectl, outcome].map(|outcome| sorted(bench, outcome))
}

/// Refused without flags, done with them, and held up by a budget.
async fn drains(bench: &Bench, namespace: &str) {
    let [kubectl, outcome] = both(bench, Drain::default()).await;
    assert!(kubectl.said.contains(&outcome.said), "{}\n{}", kubectl.said, outcome.said);
    assert!(!outcome.done && outcome.writes.len() == 1, "{outcome:?}");
    assert_eq!(outcome.writes, kubectl.writes, "only the cordon");

    let [kubectl, outcome] = both(bench, FORCED).await;
    assert!(kubectl.done && outcome.done, "{}\n{}", kubectl.said, outcome.said);
    assert_eq!(outcome.writes.len(), 2, "{outcome:?}");
    assert_eq!(outcome.writes, kubectl.writes);

    let ours = &bench.places()[1];
    place(bench, namespace, ours, "c").await;
    bench.setup(&format!("create pdb guard -n {namespace} --selector=app=guarded --min-available=1"), "").await;
    let healthy = "jsonpath={.status.currentHealthy}=1";
    bench.setup(&format!("wait pdb/guard -n {namespace} --for={healthy} --timeout=60s"), "").await;
    let held = |update: &WriteUpdate| {
        let words = "The disruption budget guard needs 1 healthy pods and has 1 currently";
        matches!(update, WriteUpdate::Progress(text) if text.contains(words))
    };
    let (updates, _) = bench.told(bench.connection(), drain(bench, ours, FORCED).await, held).await;
    assert!(updates.iter().any(held), "{updates:?}");
    let guarded = bench.get(&ObjectKey::new(Kind::Pod, namespace, &format!("{ours}-c"))).await;
    assert!(guarded["metadata"]["deletionTimestamp"].is_null(), "{guarded}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn a_node_without_a_machine_is_drained() {
    let Some(mut places) = Places::new("node", "drained").await else { return };
    let namespace = format!("podtriage-drained-{}", std::process::id());
    places.made.push(format!("namespace {namespace}"));
    let steps = async |bench: &Bench| {
        populate(bench, &namespace).await;
        tokio::select! {
            () = drains(bench, &namespace) => {}
            () = kubelet(bench, &namespace) => {}
        }
    };
    places.and_gone(steps).await;
}
