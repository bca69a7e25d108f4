//! Draining nodes: who is evicted and who forbids it, by kubectl and by us.

use podtriage::cluster::api::WriteUpdate;
use podtriage::demo::{DemoCluster, DemoOptions};
use podtriage::model::kind::{Kind, ObjectKey};
use podtriage::model::write::{Drain, Operation, Write};
use podtriage::runtime::Source;

use crate::bench::{Bench, now, sorted};

const ALL: Drain = Drain { ignore_daemonsets: true, delete_emptydir_data: true, force: true };

/// Two demo clusters that are the same to the last name.
async fn twins() -> Option<[Bench; 2]> {
    let now = now();
    let mut benches = Vec::new();
    for _ in 0..2 {
        let options = DemoOptions { seed: 7, scenario: Some("healthy".to_owned()), now };
        let cluster = DemoCluster::start(options).expect("a known scenario");
        let connection = Source::Demo(cluster).connect(None).await.expect("the demo is there");
        benches.push(Bench::new(&connection, ["worker-1", "worker-1"]).await?);
    }
    benches.try_into().ok()
}

async fn drain(bench: &Bench, node: &str, flags: Drain) -> Write {
    let target = ObjectKey::new(Kind::Node, "", node);
    let uid = bench.get(&target).await["metadata"]["uid"].as_str().expect("a UID").to_owned();
    Write { target, uid, operation: Operation::Drain(flags) }
}

/// Nobody waits for the budget of another test.
async fn without_budgets(bench: &Bench) {
    bench.setup("delete pdb --all -n shop", "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_evicts_whom_kubectl_evicts() {
    let Some([theirs, ours]) = twins().await else { return };
    without_budgets(&theirs).await;
    without_budgets(&ours).await;
    let kubectl = theirs.kubectl(&drain(&theirs, "worker-1", ALL).await).await;
    let (updates, outcome) = ours.perform(drain(&ours, "worker-1", ALL).await).await;
    assert!(kubectl.done && outcome.done, "{}\n{}", kubectl.said, outcome.said);
    assert!(kubectl.said.ends_with(&outcome.said), "{}\n{}", kubectl.said, outcome.said);
    let (kubectl, outcome) = (sorted(&theirs, kubectl), sorted(&ours, outcome));
    assert!(outcome.writes.len() > 3, "{:?}", outcome.writes);
    assert_eq!(outcome.writes, kubectl.writes);
    let told = |wanted: &str| updates.iter().any(|update| format!("{update:?}").contains(wanted));
    assert!(
        told("node/worker-1 cordoned") && told("ignoring DaemonSet-managed Pods: ") && told("pods gone, waiting for")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_without_flags_names_whom_it_would_lose() {
    let Some([theirs, ours]) = twins().await else { return };
    for bench in [&theirs, &ours] {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: alone}\nspec: {nodeName: worker-1, containers: [{name: c, image: 'nginx'}]}";
        bench.setup("create -n shop -f -", pod).await;
    }
    let kubectl = theirs.kubectl(&drain(&theirs, "worker-1", Drain::default()).await).await;
    let (_, outcome) = ours.perform(drain(&ours, "worker-1", Drain::default()).await).await;
    assert!(!kubectl.done && !outcome.done, "{}\n{}", kubectl.said, outcome.said);
    let reasons: Vec<&str> = outcome.said.split("; ").collect();
    assert!(reasons.len() >= 2, "{reasons:?}");
    for reason in reasons {
        assert!(kubectl.said.contains(reason), "{reason}\n{}", kubectl.said);
    }
    assert_eq!(sorted(&ours, outcome).writes, sorted(&theirs, kubectl).writes, "only the cordon");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_holds_a_drain_up_until_it_allows_it() {
    let Some([bench, _]) = twins().await else { return };
    let pods = bench
        .setup("get pods -n shop -l app=cart -o jsonpath={.items[0].spec.nodeName}={.items[0].metadata.name}", "")
        .await;
    let (node, pod) = pods.split_once('=').expect("a pod of the budget");
    let write = drain(&bench, node, ALL).await;
    let held = |update: &WriteUpdate| {
        matches!(update, WriteUpdate::Progress(text) if text.contains("violate the pod's disruption budget")
            && text.contains("The disruption budget cart needs 2 healthy pods and has 2 currently"))
    };
    // Given up: the pod is there, and the node stays cordoned.
    let (updates, _) = bench.told(bench.connection(), write.clone(), held).await;
    assert!(updates.iter().any(held), "{updates:?}");
    let key = ObjectKey::new(Kind::Pod, "shop", pod);
    assert!(bench.get(&key).await["metadata"]["deletionTimestamp"].is_null());
    assert_eq!(bench.get(&write.target).await["spec"]["unschedulable"], true);
    // The budget goes while the drain waits for it.
    let first = std::sync::atomic::AtomicBool::new(true);
    let (goes, waits) = tokio::sync::oneshot::channel();
    let goes = std::sync::Mutex::new(Some(goes));
    let drained = bench.told(bench.connection(), write, |update| {
        if held(update) && first.swap(false, std::sync::atomic::Ordering::Relaxed) {
            let _ = goes.lock().expect("one at a time").take().expect("once").send(());
        }
        false
    });
    let lift = async {
        waits.await.expect("it is held up");
        without_budgets(&bench).await;
    };
    let ((updates, last), ()) = tokio::join!(drained, lift);
    let said = format!("node/{node} drained");
    assert!(matches!(last, Some(WriteUpdate::Done { said: done, .. }) if done == said), "{updates:?}");
    let gone = bench.setup(&format!("get pods -A --field-selector spec.nodeName={node} -o name"), "").await;
    assert!(!gone.contains(pod), "{gone}");
}
