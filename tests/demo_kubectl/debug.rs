//! `kubectl debug` in its three styles, `attach` and `exec`, as a person has them: in a terminal.

use super::support::terminal::{Run, Terminal};
use super::{Bench, bench, has, kubectl};

impl Bench {
    /// Starts a kubectl in a terminal of its own.
    fn terminal(&self, line: &str) -> Terminal {
        let cache = self.directory.path().join("cache").display().to_string();
        let words = ["--cache-dir", cache.as_str()].into_iter().chain(line.split(' '));
        Run::new(&kubectl(), words).env("KUBECONFIG", &self.config).size(160, 60).start()
    }
}

/// Types a line once the prompt is there, and waits for what it answers.
fn ask(terminal: &mut Terminal, line: &str, answer: &str) {
    terminal.type_text(line);
    terminal.press("enter");
    terminal.until_shows(answer);
}

/// The name of the first pod of a label, without its kind.
async fn pod(bench: &Bench, namespace: &str, label: &str) -> String {
    bench.name(&format!("get pods -n {namespace} -l {label}")).await.replace("pod/", "")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d01_an_ephemeral_container_is_left_and_taken_up_again() {
    let Some(bench) = bench("debugging").await else { return };
    let gateway = pod(&bench, "shop", "app=gateway").await;
    let mut first =
        bench.terminal(&format!("debug -n shop -it {gateway} --image=busybox:1.36 --target=gateway -c dbg"));
    first.until_shows("/ #");
    ask(&mut first, "ps", "1 65532     0:00 /gateway");
    ask(&mut first, "grep CapEff /proc/self/status", "00000000a80c25fb");
    ask(&mut first, "cd /etc; X=kept", "/etc #");
    first.press("ctrl-p ctrl-q");
    first.until("the hint", |screen| screen.words().contains("may be reattached using"));
    assert_eq!(first.exit_status(), 0);
    let mut again = bench.terminal(&format!("attach -n shop -it {gateway} -c dbg"));
    again.until_shows("/etc #");
    ask(&mut again, "echo $X in $PWD", "kept in /etc");
    again.type_text("exit 3");
    again.press("enter");
    assert_eq!(again.exit_status(), 0);
    let ended = "{.status.ephemeralContainerStatuses[0].state.terminated.exitCode}";
    let line = format!("wait -n shop pod/{gateway} --timeout=20s --for=jsonpath={ended}=3");
    bench.run(&line).await;
    let described = bench.run(&format!("describe pod -n shop {gateway}")).await;
    has(&described, &["Ephemeral Containers:", "Exit Code:    3", "spec.ephemeralContainers{dbg}: Container started"]);
    has(&bench.run(&format!("logs -n shop {gateway} -c dbg")).await, &["kept in /etc"]);
    has(&bench.fail(&format!("attach -n shop {gateway} -c dbg")).await, &["container dbg not found in pod"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_profile_of_an_ephemeral_container_is_visible_inside() {
    let Some(bench) = bench("debugging").await else { return };
    let web = pod(&bench, "shop", "app=web").await;
    for (profile, wanted) in [
        ("legacy", "00000000a80425fb"),
        ("general", "00000000a80c25fb"),
        ("baseline", "00000000a80425fb"),
        ("netadmin", "00000000a80435fb"),
        ("sysadmin", "000001ffffffffff"),
    ] {
        let flags = format!("--image=busybox:1.36 --profile={profile} -c {profile} --attach=false");
        bench.run(&format!("debug -n shop {web} {flags} -- sleep 600")).await;
        let running = format!("{{.status.ephemeralContainerStatuses[?(@.name=='{profile}')].state.running}}");
        bench.run(&format!("wait -n shop pod/{web} --timeout=30s --for=jsonpath={running}")).await;
        let status = bench.run(&format!("exec -n shop {web} -c {profile} -- cat /proc/self/status")).await;
        has(&status, &[&format!("CapEff:\t{wanted}")]);
    }
    let yaml = bench.run(&format!("get pod -n shop {web} -o yaml")).await;
    has(&yaml, &["privileged: true", "- SYS_PTRACE", "- NET_ADMIN"]);
    let refused = bench.fail(&format!("debug -n shop {web} --image=busybox --target=nope --attach=false")).await;
    has(&refused, &["is invalid: spec.ephemeralContainers[", "targetContainerName: Not found: \"nope\""]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_runs_beside_the_original() {
    let Some(bench) = bench("debugging").await else { return };
    let gateway = pod(&bench, "shop", "app=gateway").await;
    let mut copy = bench.terminal(&format!("debug -n shop -it {gateway} --image=busybox:1.36 --copy-to=twin -c dbg"));
    copy.until_shows("/ #");
    ask(&mut copy, "ps", "1 65535     0:00 /pause");
    ask(&mut copy, "ps", "/gateway");
    ask(&mut copy, "ls /proc/7/root/etc", "os-release");
    copy.press("ctrl-p ctrl-q");
    assert_eq!(copy.exit_status(), 0);
    has(&bench.run("get pod -n shop twin -o yaml").await, &["shareProcessNamespace: true"]);
    // The image's own program in a debug container's place, and a command that is not there.
    bench.run(&format!("debug -n shop {gateway} --copy-to=other --container=gateway -- sh")).await;
    let started = "{.status.containerStatuses[0].lastState.terminated.reason}=StartError";
    bench.run(&format!("wait -n shop pod/other --timeout=40s --for=jsonpath={started}")).await;
    bench.run(&format!("debug -n shop {gateway} --copy-to=third --set-image=gateway=busybox:1.36")).await;
    has(&bench.run("get pod -n shop third -o yaml").await, &["image: busybox:1.36"]);
    bench.run("delete pod -n shop twin other third --grace-period=0 --force").await;
    assert!(!bench.run("get pods -n shop -o name").await.contains("twin"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_is_looked_into() {
    let Some(bench) = bench("debugging").await else { return };
    let mut node = bench.terminal("debug -n default -it node/worker-2 --image=busybox:1.36 --profile=sysadmin");
    node.until_shows("/ #");
    ask(&mut node, "cat /host/etc/os-release", "Debian GNU/Linux 13 (trixie)");
    ask(&mut node, "grep CapEff /proc/self/status", "000001ffffffffff");
    ask(&mut node, "ps | grep kubelet", "/usr/bin/kubelet");
    ask(&mut node, "chroot /host crictl pods", "node-debugger-worker-2-");
    ask(&mut node, "chroot /host", "/ # ");
    ask(&mut node, "cat /etc/hostname", "worker-2");
    node.type_text("exit");
    node.press("enter");
    node.type_text("exit 5");
    node.press("enter");
    assert_eq!(node.exit_status(), 0);
    let pods = "get pods -n default -l app.kubernetes.io/managed-by=kubectl-debug";
    let name = bench.name(pods).await;
    let line = format!("wait -n default {name} --timeout=20s --for=jsonpath={{.status.phase}}=Failed");
    bench.run(&line).await;
    has(&bench.run(&format!("{pods} -o yaml")).await, &["hostPID: true", "exitCode: 5", "privileged: true"]);
    bench.run(&format!("delete -n default {name}")).await;
    assert_eq!(bench.run(pods).await, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_refuses_is_told_in_its_words() {
    let Some(bench) = bench("debugging").await else { return };
    let signer = pod(&bench, "vault", "app=signer").await;
    let refused = bench.fail(&format!("debug -n vault {signer} --image=busybox:1.36 --attach=false")).await;
    has(
        &refused,
        &["Error from server (Forbidden): pods", "violates PodSecurity \"restricted:latest\": allowPrivilege"],
    );
    let node = bench.fail("debug -n vault node/worker-1 --image=busybox:1.36 --attach=false").await;
    has(&node, &["host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)"]);
    let flags = "--image=busybox:1.36 --profile=restricted --attach=false -c root";
    bench.run(&format!("debug -n vault {signer} {flags} -- sleep 9")).await;
    let reason = "{.status.ephemeralContainerStatuses[0].state.waiting.reason}=CreateContainerConfigError";
    bench.run(&format!("wait -n vault pod/{signer} --timeout=30s --for=jsonpath={reason}")).await;
    let warned = bench.output("run plain --image=nginx -n vault --dry-run=server").await;
    has(&String::from_utf8_lossy(&warned.stderr), &["violates PodSecurity"]);
    let mirror = "debug -n kube-system etcd-control-plane --image=busybox:1.36 --attach=false";
    has(&bench.fail(mirror).await, &["static pods do not support ephemeral containers"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_cannot_be_pulled_is_waited_for_with_its_reason() {
    let Some(bench) = bench("debugging").await else { return };
    let web = pod(&bench, "shop", "app=web").await;
    let mut waiting = bench.terminal(&format!("debug -n shop -it {web} --image=registry.invalid/tools:1 -c dbg"));
    waiting.until("the reason", |screen| {
        screen.words().contains("lookup registry.invalid on 10.96.0.10:53: no such host")
    });
    waiting.press("ctrl-c");
    assert_eq!(waiting.exit_status(), 1);
    let reason = "{.status.ephemeralContainerStatuses[0].state.waiting.reason}=ImagePullBackOff";
    bench.run(&format!("wait -n shop pod/{web} --timeout=30s --for=jsonpath={reason}")).await;
}
