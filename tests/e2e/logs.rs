//! Logs of real containers.

use std::collections::BTreeMap;

use crate::cluster::{Namespace, busybox, podtriage};
use crate::support::terminal::Screen;

/// Numbers without end, a hundred a second: a reader can tell lost and repeated lines.
const COUNTER: &str = "i=0; while true; do echo $i; i=$((i+1)); usleep 10000; done";

/// The numbers of a log that are on the screen: rows that are nothing else.
fn numbers(screen: &Screen) -> Vec<u64> {
    screen.rows().iter().filter_map(|row| row.trim().parse().ok()).collect()
}

fn assert_consecutive(numbers: &[u64]) {
    let wrong = numbers.windows(2).find(|pair| pair[1] != pair[0] + 1);
    assert_eq!(wrong, None, "a line was lost or came twice, among {} lines", numbers.len());
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_log_is_followed_and_no_line_is_lost_or_repeated() {
    let namespace = Namespace::new();
    namespace.run("counter", &busybox(COUNTER), "condition=Ready");
    let mut terminal = namespace.podtriage_at("counter").start();
    terminal.until_shows("pod/counter");
    terminal.press("l");
    let screen = terminal.until("lines", |screen| screen.has("following") && numbers(screen).len() > 10);
    let first = numbers(&screen);
    assert_consecutive(&first);
    let last = first.last().expect("numbers") + 500;
    let screen = terminal.until("five seconds more", |screen| numbers(screen).last().is_some_and(|n| *n > last));
    assert_consecutive(&numbers(&screen));
    terminal.press("ctrl-s");
    terminal.until_shows("counter-main.log");
    terminal.press("enter");
    terminal.until_shows("saved");
    let text = std::fs::read_to_string(terminal.home().join("counter-main.log")).expect("the saved log");
    let saved: Vec<u64> = text.lines().map(|line| line.parse().expect("a number")).collect();
    assert!(saved.len() > 500, "{} lines", saved.len());
    assert_consecutive(&saved);
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn the_log_of_the_run_before_is_one_key_away() {
    let script = "if [ -e /kept/ran ]; then echo the second run is here; sleep 3600; fi; \
                  touch /kept/ran; echo the first run says goodbye; exit 7";
    let namespace = Namespace::new();
    let restarted = "jsonpath={.status.containerStatuses[0].restartCount}=1";
    namespace.run("flaky", &busybox(script), restarted);
    namespace.kubectl("wait pod/flaky --for=condition=Ready --timeout=120s");
    let mut terminal = namespace.podtriage_at("flaky").start();
    terminal.until("the pod with its restart", |screen| screen.has("pod/flaky") && screen.has("Running"));
    terminal.press("p");
    terminal.until("the run before", |screen| {
        screen.has("previous logs flaky/main") && screen.has("the first run says goodbye")
    });
    terminal.press("p");
    terminal
        .until("this run", |screen| screen.has("the second run is here") && !screen.has("previous logs flaky/main"));
}

/// A Deployment whose pods count, and say goodbye with their last number.
fn counting(replicas: usize) -> String {
    let script = "trap 'echo goodbye $i; exit 0' TERM; i=0; while true; do echo $i; i=$((i+1)); usleep 50000; done";
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: count}}\nspec:\n  replicas: {replicas}\n  \
         selector: {{matchLabels: {{app: count}}}}\n  template:\n    metadata: {{labels: {{app: count}}}}\n    spec:\n      \
         terminationGracePeriodSeconds: 10\n      containers:\n      - name: main\n        image: busybox:1.28\n        \
         env: [{{name: TURN, value: one}}]\n        command: [sh, -c, {}]\n",
        serde_json::to_string(script).expect("text"),
    )
}

/// The lines of each pod in a saved log of many.
fn by_pod(saved: &str) -> BTreeMap<String, Vec<String>> {
    let mut pods: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in saved.lines().filter(|line| !line.starts_with("-- ")) {
        let (source, text) = line.split_once(' ').expect("a source and a text");
        let pod = source.strip_suffix("/main").expect("the container");
        pods.entry(pod.to_owned()).or_default().push(text.to_owned());
    }
    pods
}

fn names(namespace: &Namespace) -> Vec<String> {
    let names = namespace.kubectl("get pods -l app=count -o name");
    names.lines().filter_map(|name| name.strip_prefix("pod/")).map(str::to_owned).collect()
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_rollout_of_ten_pods_is_followed_in_one_tile_and_no_line_is_lost() {
    let namespace = Namespace::new();
    namespace.apply_manifest(&counting(10));
    namespace.kubectl("rollout status deploy/count --timeout=180s");
    let old = names(&namespace);
    assert_eq!(old.len(), 10);
    let mut terminal = podtriage(["logs", "deploy/count", "-n", namespace.name.as_str(), "--tail=-1"]).start();
    terminal.until("ten streams", |screen| screen.has("logs deployment/count") && screen.has("10 streams"));
    namespace.kubectl("set env deploy/count TURN=two");
    terminal.until_shows("-- new pod count-");
    namespace.kubectl("rollout status deploy/count --timeout=180s");
    for pod in &old {
        namespace.kubectl(&format!("wait pod/{pod} --for=delete --timeout=120s"));
    }
    let new = names(&namespace);
    // What the node has of each new pod by now is at least what the tile must have a moment later.
    let written: Vec<u64> = new
        .iter()
        .map(|pod| namespace.kubectl(&format!("logs {pod} --tail=1")).trim().parse().expect("a number"))
        .collect();
    let fresh = written.iter().max().expect("ten pods") + 20;
    terminal.until("newer lines", |screen| {
        let number = |row: &String| row.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok());
        screen.has("10 streams") && screen.rows().iter().filter_map(number).any(|number| number > fresh)
    });
    terminal.press("A");
    terminal.until_shows("deployment-count.log");
    terminal.press("enter");
    terminal.until_shows("saved");
    let saved = std::fs::read_to_string(terminal.home().join("deployment-count.log")).expect("the saved log");
    let pods = by_pod(&saved);
    for pod in &old {
        let lines = &pods[pod];
        let (last, numbers) = lines.split_last().expect("lines");
        assert_counts(pod, numbers);
        let count = numbers.len();
        assert!(
            *last == format!("goodbye {count}") || *last == format!("goodbye {}", count - 1),
            "{pod}: {last}, {count}"
        );
    }
    for (pod, written) in new.iter().zip(&written) {
        let lines = &pods[pod];
        assert_counts(pod, lines);
        assert!(lines.len() as u64 > *written, "{pod} wrote {written}, {} lines came", lines.len());
    }
    assert_eq!(pods.len(), old.len() + new.len());
    assert!(!saved.contains("may be missing"), "nothing was lost");
}

/// The lines are 0, 1, 2, … and nothing else.
fn assert_counts(pod: &str, lines: &[String]) {
    let wrong = lines.iter().enumerate().find(|(at, line)| **line != at.to_string());
    assert_eq!(wrong, None, "{pod}: a line was lost or came twice, among {}", lines.len());
}
