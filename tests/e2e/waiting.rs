//! A log that there is not, or not any more: the plain command says what happened and what can be done.

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::cluster::{Namespace, busybox, kubeconfig};
use crate::support::terminal::PODTRIAGE;

fn logs(line: &str) -> Command {
    let mut command = Command::new(PODTRIAGE);
    command.arg("logs").args(line.split(' ')).env("KUBECONFIG", kubeconfig()).stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Pods that wait, each for something that never comes, and one that runs and was never restarted.
const PODS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: no-image}
spec: {containers: [{name: main, image: 'localhost:1/none:1'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: no-volume}
spec:
  volumes: [{name: missing, secret: {secretName: missing}}]
  containers:
  - {name: main, image: 'busybox:1.28', command: [sleep, '3600'], volumeMounts: [{name: missing, mountPath: /missing}]}
---
apiVersion: v1
kind: Pod
metadata: {name: no-start}
spec:
  terminationGracePeriodSeconds: 1
  initContainers: [{name: first, image: 'busybox:1.28', command: [sleep, '3600']}]
  containers: [{name: main, image: 'busybox:1.28', command: [sleep, '3600']}]
---
apiVersion: v1
kind: Pod
metadata: {name: no-key}
spec:
  containers:
  - name: main
    image: busybox:1.28
    command: [sleep, '3600']
    env: [{name: LEVEL, valueFrom: {configMapKeyRef: {name: kube-root-ca.crt, key: missing}}}]
---
apiVersion: v1
kind: Pod
metadata: {name: no-node}
spec:
  nodeSelector: {podtriage.example/none: has-this}
  containers: [{name: main, image: 'busybox:1.28', command: [sleep, '3600']}]
---
apiVersion: v1
kind: Pod
metadata: {name: runs}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: 'busybox:1.28', command: [sleep, '3600']}]
";

/// Which pod is in which state before anything is asked, as `kubectl wait` takes it.
const STATES: [(&str, &str); 6] = [
    ("no-image", "jsonpath={.status.containerStatuses[0].state.waiting.reason}=ImagePullBackOff"),
    ("no-volume", "jsonpath={.status.containerStatuses[0].state.waiting.reason}=ContainerCreating"),
    ("no-start", "jsonpath={.status.initContainerStatuses[0].state.running}"),
    ("no-key", "jsonpath={.status.containerStatuses[0].state.waiting.reason}=CreateContainerConfigError"),
    ("no-node", "jsonpath={.status.conditions[0].reason}=Unschedulable"),
    ("runs", "condition=Ready"),
];

/// One pod and what is said of its log: the exit code, and words of which one must be there for each group.
struct Case {
    pod: &'static str,
    flags: &'static str,
    code: i32,
    words: &'static [&'static [&'static str]],
}

const CASES: [Case; 9] = [
    Case {
        pod: "no-image",
        flags: "",
        code: 1,
        words: &[&["image can't be pulled", "trying and failing to pull image"], &["events say why"]],
    },
    Case {
        pod: "no-image",
        flags: "-f --pod-running-timeout=2s",
        code: 1,
        words: &[&["image can't be pulled", "trying and failing to pull image"], &["context deadline exceeded"]],
    },
    Case { pod: "no-volume", flags: "", code: 1, words: &[&["ContainerCreating"], &["Volumes"]] },
    Case { pod: "no-start", flags: "", code: 1, words: &[&["PodInitializing"], &["init containers run first"]] },
    Case { pod: "no-key", flags: "", code: 1, words: &[&["CreateContainerConfigError"], &["Secret or ConfigMap"]] },
    Case { pod: "no-node", flags: "", code: 0, words: &[&["has no node yet"], &["not scheduled"]] },
    Case {
        pod: "no-node",
        flags: "-f --pod-running-timeout=2s",
        code: 1,
        words: &[&["has no node yet"], &["context deadline exceeded"]],
    },
    Case {
        pod: "runs",
        flags: "-p",
        code: 1,
        words: &[&["previous terminated container"], &["It has not been restarted"]],
    },
    Case { pod: "runs", flags: "-c nope", code: 1, words: &[&["container nope is not valid for pod"], &["out of: "]] },
];

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn l04_l05_each_sort_of_waiting_is_said_in_words() {
    let namespace = Namespace::new();
    namespace.apply_manifest(PODS);
    for (pod, state) in STATES {
        namespace.kubectl(&format!("wait pod/{pod} --for={state} --timeout=120s"));
    }
    for case in CASES {
        let line = format!("-n {} {} {}", namespace.name, case.pod, case.flags);
        let output = logs(line.trim_end()).output().expect("it starts");
        let said = said(&output);
        assert_eq!(output.status.code(), Some(case.code), "{line}: {said}");
        for words in case.words {
            assert!(words.iter().any(|words| said.contains(words)), "{line}: none of {words:?} in {said}");
        }
    }
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_pod_that_has_completed_says_how() {
    let namespace = Namespace::new();
    namespace.apply_manifest(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: done}\nspec:\n  restartPolicy: Never\n  containers:\n  \
         - {name: main, image: 'busybox:1.28', command: [sh, -c, 'echo first; printf last']}\n",
    );
    namespace.kubectl("wait pod/done --for=jsonpath={.status.phase}=Succeeded --timeout=120s");
    let output = logs(&format!("-n {} done -f", namespace.name)).output().expect("it starts");
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), namespace.kubectl("logs done -f").as_bytes()));
    assert_eq!(said(&output), "[pod/done/main] it ended with exit code 0 (Completed)\n");
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn who_may_see_pods_and_no_logs_is_told_which_right_is_missing() {
    let namespace = Namespace::new();
    namespace.run("quiet", &busybox("echo hello; sleep 3600"), "condition=Ready");
    namespace.kubectl("create role look --verb=get,list,watch --resource=pods");
    namespace.kubectl("create rolebinding look --role=look --user=somebody");
    for flags in ["", " -f", " -o raw"] {
        let output = logs(&format!("-n {} quiet{flags} --as somebody", namespace.name)).output().expect("it starts");
        let said = said(&output);
        assert!(said.contains("forbidden") && said.contains("pods/log"), "{flags}: {said}");
        assert!(said.contains("right"), "{flags}: what to do: {said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_pod_that_is_deleted_while_its_log_is_followed_is_said_to_be() {
    let namespace = Namespace::new();
    namespace.run("short", &busybox("trap 'echo bye; exit 0' TERM; echo hello; sleep 3600 & wait"), "condition=Ready");
    let line = format!("-n {} short -f", namespace.name);
    let mut child = logs(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    namespace.kubectl("delete pod short --wait=true");
    let has_ended = (0..1_200).any(|_| {
        thread::sleep(Duration::from_millis(50));
        child.try_wait().expect("a status").is_some()
    });
    assert!(has_ended, "it ends with the pod, within a minute");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), &b"hello\nbye\n"[..]));
    let said = said(&output);
    assert!(said.contains("the pod was deleted") || said.contains("it ended with exit code 0"), "{said}");
}
