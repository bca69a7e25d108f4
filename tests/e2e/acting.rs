//! Changing a real cluster from the screen: what is done, and what is refused and changes nothing.

use crate::cluster::{Namespace, busybox, kubectl, podtriage, variable};
use crate::support::terminal::{Run, Screen, Terminal};

/// Two pods of a Deployment `web` that end at once when they are asked to.
const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: busybox:1.28, command: [sleep, '100000']}]
";

fn web(namespace: &Namespace) {
    namespace.apply_manifest(WEB);
    namespace.kubectl("rollout status deployment/web --timeout=120s");
}

fn list(namespace: &Namespace, pods: usize) -> Terminal {
    let terminal = podtriage(["-n", namespace.name.as_str()]).start();
    terminal.until("the pods", |screen| screen.has(&format!("Pods · {pods}")) && screen.has("live"));
    terminal
}

/// Answers the question that is asked, once it says all of this.
fn answer(terminal: &mut Terminal, wanted: &[&str], key: &str) {
    terminal.until("the question", |screen| wanted.iter().all(|text| screen.has(text)) && screen.has("enter no"));
    terminal.press(key);
}

fn deployment(namespace: &Namespace, path: &str) -> String {
    namespace.kubectl(&format!("get deployment web -o jsonpath={{{path}}}"))
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_deployment_is_scaled_restarted_changed_and_rolled_back_from_its_pod() {
    let namespace = Namespace::new();
    web(&namespace);
    let mut terminal = list(&namespace, 2);

    terminal.press("S");
    terminal.until("how many", |screen| screen.has("scale deployment.apps/web from 2 to 2"));
    terminal.press("backspace 3 enter");
    answer(&mut terminal, &["Scale deployment.apps/web from 2 to 3", &namespace.name, "It gets 1 pod more."], "y");
    terminal.until("the third pod", |screen| screen.has("deployment.apps/web scaled") && screen.has("Pods · 3"));
    assert_eq!(deployment(&namespace, ".spec.replicas"), "3");

    terminal.press("R");
    answer(&mut terminal, &["Restart deployment.apps/web", "at most 25% missing"], "y");
    terminal.until_shows("deployment.apps/web restarted");
    namespace.kubectl("rollout status deployment/web --timeout=120s");
    terminal.until("the new pods alone", |screen| screen.has("Pods · 3") && !screen.has("Terminating"));

    terminal.press("I");
    terminal.until("the image", |screen| screen.has("set the image of deployment.apps/web: main=busybox:1.28"));
    terminal.press("backspace 9 enter");
    answer(&mut terminal, &["Set the image of deployment.apps/web/main to busybox:1.29"], "y");
    terminal.until_shows("deployment.apps/web image updated");
    assert_eq!(deployment(&namespace, ".spec.template.spec.containers[0].image"), "busybox:1.29");

    terminal.press("U");
    terminal
        .until("the revisions", |screen| screen.has("roll back deployment.apps/web to") && screen.has("revision 2"));
    terminal.press("enter");
    answer(&mut terminal, &["Roll back deployment.apps/web to revision 2"], "y");
    terminal.until_shows("deployment.apps/web rolled back");
    assert_eq!(deployment(&namespace, ".spec.template.spec.containers[0].image"), "busybox:1.28");

    for (action, paused) in [("pause", "true"), ("resume", "")] {
        terminal.press(":");
        terminal.type_text(&format!("{action}-rollout\r"));
        answer(&mut terminal, &["the rollout of deployment.apps/web"], "y");
        terminal.until_shows(&format!("deployment.apps/web {action}d"));
        assert_eq!(deployment(&namespace, ".spec.paused"), paused);
    }
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn pods_are_deleted_one_several_and_by_force() {
    let namespace = Namespace::new();
    for pod in ["a", "b", "c", "d"] {
        namespace.apply(pod, &busybox("trap '' TERM; sleep 100000"));
    }
    namespace.kubectl("wait pod --all --for=condition=Ready --timeout=120s");
    let mut terminal = list(&namespace, 4);
    terminal.press("ctrl-d");
    answer(&mut terminal, &["Delete pod/a in namespace", "Nothing makes it again"], "enter");
    terminal.press("ctrl-d");
    answer(&mut terminal, &["Delete pod/a in namespace", "kubectl delete pod a"], "y");
    terminal.until("three pods", |screen| screen.has("Pods · 3"));

    terminal.press("g space space");
    terminal.until("two marks", |screen| screen.has("2 marked"));
    terminal.press("ctrl-d");
    answer(&mut terminal, &["Delete 2 objects", "pod/b", "pod/c"], "t");
    terminal.until("one pod", |screen| screen.has("Pods · 1"));

    terminal.press("ctrl-k");
    terminal.until("a name is asked for", |screen| screen.has("type d and press enter"));
    terminal.press("d enter");
    terminal.until("no pod", |screen| screen.has("force deleted") && !screen.has("Pods · 1"));
    assert_eq!(namespace.kubectl("get pods -o name"), "");
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn one_that_took_the_name_is_not_deleted() {
    let namespace = Namespace::new();
    let pod = busybox("sleep 100000");
    namespace.run("box", &pod, "condition=Ready");
    let mut terminal = list(&namespace, 1);
    terminal.press("ctrl-d");
    terminal.until("the question", |screen| screen.has("Delete pod/box"));
    namespace.kubectl("delete pod box --now");
    namespace.run("box", &pod, "condition=Ready");
    let uid = namespace.kubectl("get pod box -o jsonpath={.metadata.uid}");
    terminal.press("y");
    terminal.until("why not", |screen| screen.has("was replaced by another of the same name"));
    assert_eq!(namespace.kubectl("get pod box -o jsonpath={.metadata.uid}{.metadata.deletionTimestamp}"), uid);
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn somebody_who_scales_meanwhile_is_not_overruled() {
    let namespace = Namespace::new();
    web(&namespace);
    let mut terminal = list(&namespace, 2);
    terminal.press("S");
    terminal.until_shows("from 2 to 2");
    terminal.press("backspace 5 enter");
    terminal.until_shows("from 2 to 5");
    namespace.kubectl("scale deployment/web --replicas=3");
    terminal.press("y");
    terminal.until("why not", |screen| screen.has("Expected replicas to be 2, was 3"));
    assert_eq!(deployment(&namespace, ".spec.replicas"), "3");
}

/// A node that no kubelet stands behind, with a pod that a disruption budget protects.
fn node(namespace: &Namespace) -> String {
    let name = format!("{}-node", namespace.name);
    let manifest = format!(
        "apiVersion: v1
kind: Node
metadata: {{name: {name}, labels: {{drained: {name}}}}}
spec: {{taints: [{{key: drained, effect: NoSchedule}}]}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {{name: kept}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: kept}}}}
  template:
    metadata: {{labels: {{app: kept}}}}
    spec:
      nodeName: {name}
      terminationGracePeriodSeconds: 0
      containers: [{{name: main, image: busybox:1.28}}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: kept}}
spec: {{minAvailable: 1, selector: {{matchLabels: {{app: kept}}}}}}
"
    );
    namespace.apply_manifest(&manifest);
    // A wait for pods by their label ends at once where there is none yet.
    namespace.kubectl("wait replicaset/kept --for=jsonpath={.status.replicas}=1 --timeout=60s");
    namespace.kubectl("wait pod -l app=kept --for=jsonpath={.spec.nodeName} --timeout=60s");
    // Nobody runs it, so nobody else says that it is ready.
    let pod = namespace.kubectl("get pods -l app=kept -o jsonpath={.items[0].metadata.name}");
    let ready = r#"{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}"#;
    namespace.kubectl(&format!("patch pod {pod} --subresource=status --type=merge -p {ready}"));
    namespace.kubectl("wait pdb/kept --for=jsonpath={.status.currentHealthy}=1 --timeout=60s");
    name
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_node_is_cordoned_uncordoned_and_drained_past_a_budget() {
    let namespace = Namespace::new();
    let node = node(&namespace);
    let mut terminal = podtriage(["-A", &format!("node/{node}")]).start();
    terminal.until("the node", |screen| screen.has(&format!("node/{node}")) && screen.has("live"));
    for (verb, state) in [("cordon", "true"), ("uncordon", "")] {
        terminal.press("u");
        answer(&mut terminal, &[&format!("kubectl {verb} {node}")], "y");
        terminal.until_shows(&format!("node/{node} {verb}ed"));
        assert_eq!(kubectl(&format!("get node {node} -o jsonpath={{.spec.unschedulable}}")), state);
    }
    terminal.press("X");
    answer(&mut terminal, &["Drain node/", "Disruption budgets are kept"], "y");
    terminal.until("the budget's words", |screen| screen.has("Cannot evict pod"));
    assert_eq!(namespace.kubectl("get pods -l app=kept -o name").lines().count(), 1, "it was not evicted");
    // The ReplicaSet would make another on the same node for ever.
    namespace.kubectl("delete pdb kept");
    namespace.kubectl("delete replicaset kept --cascade=orphan");
    terminal.until("the end", |screen| screen.has(&format!("node/{node} drained")));
    assert_eq!(namespace.kubectl("get pods -l app=kept -o name"), "");
    kubectl(&format!("delete node {node}"));
}

/// Presses keys that all would change something; each must be refused with these words.
fn refused(run: Run, keys: &[&str], words: &str) {
    let mut terminal = run.start();
    terminal.until("the pod", |screen| screen.has("pod/box") && screen.has("live"));
    for key in keys {
        terminal.press(key);
        let screen = terminal.until("why not", |screen| screen.has(words));
        assert!(!screen.has("enter no"), "{key} asks\n{}", screen.text());
        terminal.press("ctrl-l");
    }
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn read_only_changes_nothing() {
    let namespace = Namespace::new();
    namespace.run("box", &busybox("sleep 100000"), "condition=Ready");
    let run = podtriage(["--read-only", "-n", &namespace.name, "box"]);
    refused(run, &["ctrl-d", "ctrl-k", "S", "R", "I", "U", "s"], "read-only: no");
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_missing_right_is_named_before_anything_is_sent() {
    let Some(viewer) = variable("PODTRIAGE_E2E_VIEWER") else { return };
    let mut terminal = podtriage(["-n", "default"]).env("KUBECONFIG", viewer).start();
    terminal.until("the pods", |screen| screen.has("live") && screen.has("Pods ·"));
    // Until the server has said what is missing, deleting asks; what was asked is not answered here.
    for _ in 0..50 {
        terminal.press("ctrl-d");
        let told = |screen: &Screen| screen.has("you may not delete pods in namespace default");
        let screen = terminal.until("an answer", |screen| told(screen) || screen.has("enter no"));
        if told(&screen) {
            return;
        }
        terminal.press("enter");
        terminal.until("the list", |screen| !screen.has("enter no"));
    }
    panic!("the missing right was not named\n{}", terminal.screen().text());
}
