//! Debugging in the demo cluster: ephemeral containers, copies, node pods, and what a person sees inside.

use kube::api::{AttachParams, AttachedProcess, Patch, PatchParams};
use serde_json::{Value, json};

use super::*;

/// A cluster, seen from a namespace of it.
struct Bench {
    cluster: DemoCluster,
    pods: Api<Pod>,
}

fn bench(scenario: &str, namespace: &str) -> Bench {
    let cluster = start(scenario);
    let pods = Api::namespaced(client(&cluster), namespace);
    Bench { cluster, pods }
}

fn ephemeral(fields: &Value) -> Value {
    let mut one = json!({"name": "dbg", "image": "busybox:1.36", "stdin": true, "tty": true});
    one.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    json!({"spec": {"ephemeralContainers": [one]}})
}

impl Bench {
    async fn first(&self, label: &str) -> String {
        self.pods.list(&ListParams::default().labels(label)).await.expect("a list").items.remove(0).name_any()
    }

    async fn add(&self, pod: &str, fields: Value) -> kube::Result<Pod> {
        let patch = Patch::Strategic(ephemeral(&fields));
        self.pods.patch_ephemeral_containers(pod, &PatchParams::default(), &patch).await
    }

    async fn create(&self, name: &str, spec: Value) -> kube::Result<Pod> {
        let pod = json!({"metadata": {"name": name}, "spec": spec});
        self.pods.create(&PostParams::default(), &serde_json::from_value(pod).expect("a pod")).await
    }

    /// A field of a pod; null when it is not there.
    async fn field(&self, pod: &str, pointer: &str) -> Value {
        let pod = serde_json::to_value(self.pods.get(pod).await.expect("there")).expect("JSON");
        pod.pointer(pointer).cloned().unwrap_or_default()
    }

    /// Waits until a field of a pod is what is wanted.
    async fn until(&self, pod: &str, pointer: &str, wanted: Value) {
        for _ in 0..300 {
            if self.field(pod, pointer).await == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("{pointer} is not {wanted} but {}", self.field(pod, pointer).await);
    }

    /// Waits until a container of a kind runs, the first of them.
    async fn runs(&self, pod: &str, statuses: &str) {
        for _ in 0..100 {
            if !self.field(pod, &format!("/status/{statuses}/0/state/running")).await.is_null() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("{pod} does not run: {}", self.field(pod, "/status").await);
    }

    /// What a script writes in a container.
    async fn sh(&self, pod: &str, container: &str, script: &str) -> String {
        let params = AttachParams::default().container(container).stderr(true);
        let mut process = self.pods.exec(pod, ["sh", "-c", script], &params).await.expect("a session");
        let (mut out, mut err) = (String::new(), String::new());
        let (mut stdout, mut stderr) = (process.stdout().expect("asked for"), process.stderr().expect("asked for"));
        let (one, other) = tokio::join!(stdout.read_to_string(&mut out), stderr.read_to_string(&mut err));
        one.expect("text");
        other.expect("text");
        out + &err
    }

    async fn attach(&self, pod: &str, container: &str) -> AttachedProcess {
        self.pods.attach(pod, &AttachParams::interactive_tty().container(container)).await.expect("a session")
    }
}

fn has(text: &str, wanted: &[&str]) {
    for part in wanted {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

/// The message of a refusal.
fn refusal<T>(result: kube::Result<T>) -> (u16, String) {
    match result.map(|_| ()).expect_err("refused") {
        kube::Error::Api(status) => (status.code, status.message.clone()),
        other => panic!("{other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_shell_that_is_left_goes_on_and_its_exit_is_the_containers() {
    let bench = bench("healthy", "shop");
    let pod = bench.first("app=gateway").await;
    bench.add(&pod, json!({"targetContainerName": "gateway"})).await.expect("patched");
    bench.runs(&pod, "ephemeralContainerStatuses").await;
    let mut seen = String::new();
    let mut process = bench.attach(&pod, "dbg").await;
    let (mut stdin, mut stdout) = (process.stdin().expect("asked for"), process.stdout().expect("asked for"));
    let mut sizes = process.terminal_size().expect("a terminal");
    sizes.try_send(kube::api::TerminalSize { width: 81, height: 25 }).expect("room");
    expect(&mut stdout, &mut seen, "/ # ").await;
    stdin.write_all(b"cd /etc; X=kept\r").await.expect("written");
    expect(&mut stdout, &mut seen, "/etc # ").await;
    // An end of the input is how a client detaches: the session ends well, the shell does not.
    stdin.shutdown().await.expect("closed");
    let status = process.take_status().expect("once").await.expect("a status");
    assert_eq!(status.status.as_deref(), Some("Success"));
    let mut process = bench.attach(&pod, "dbg").await;
    let (mut stdin, mut stdout) = (process.stdin().expect("asked for"), process.stdout().expect("asked for"));
    let mut seen = String::new();
    stdin.write_all(b"echo $X in $PWD\r").await.expect("written");
    expect(&mut stdout, &mut seen, "kept in /etc").await;
    stdin.write_all(b"exit 3\r").await.expect("written");
    stdout.read_to_string(&mut seen).await.expect("text");
    bench.until(&pod, "/status/ephemeralContainerStatuses/0/state/terminated/exitCode", json!(3)).await;
    let log = bench.pods.logs(&pod, &LogParams { container: Some("dbg".to_owned()), ..LogParams::default() }).await;
    has(&log.expect("a log"), &["kept in /etc"]);
    let again = bench.pods.attach(&pod, &AttachParams::default().container("dbg")).await;
    assert!(again.is_err(), "what has ended cannot be attached to");
}

#[tokio::test(start_paused = true)]
async fn two_who_attach_see_the_same() {
    let bench = bench("healthy", "shop");
    let pod = bench.first("app=web").await;
    bench.add(&pod, json!({})).await.expect("patched");
    bench.runs(&pod, "ephemeralContainerStatuses").await;
    let (mut one, mut other) = (bench.attach(&pod, "dbg").await, bench.attach(&pod, "dbg").await);
    let mut stdin = one.stdin().expect("asked for");
    let (mut left, mut right) = (one.stdout().expect("asked for"), other.stdout().expect("asked for"));
    let (mut here, mut there) = (String::new(), String::new());
    stdin.write_all(b"echo to both\r").await.expect("written");
    expect(&mut left, &mut here, "to both\r\n").await;
    expect(&mut right, &mut there, "to both\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn the_target_and_its_files_are_seen_from_the_debug_container() {
    let bench = bench("healthy", "shop");
    let pod = bench.first("app=web").await;
    bench.add(&pod, json!({"targetContainerName": "web"})).await.expect("patched");
    bench.until(&pod, "/status/ephemeralContainerStatuses/0/name", json!("dbg")).await;
    bench.runs(&pod, "ephemeralContainerStatuses").await;
    let seen =
        bench.sh(&pod, "dbg", "ps; cat /proc/1/root/etc/web/config.yaml; cat /proc/1/cmdline; netstat -lnt").await;
    has(&seen, &["    1 root      0:00 /usr/local/bin/web", "    7 root      0:00 sh", "listen: 8080", "0.0.0.0:8080"]);
    has(
        &bench.sh(&pod, "dbg", "tr '\\0' '\\n' < /proc/1/environ; cat /proc/1/environ").await,
        &["CART_URL=http://cart.shop"],
    );
    bench.sh(&pod, "dbg", "echo more > /proc/1/root/tmp/note").await;
    assert_eq!(bench.sh(&pod, "web", "cat /tmp/note").await, "more\n", "the file is the other container's");
    has(&bench.sh(&pod, "dbg", "chroot /proc/1/root cat /etc/os-release").await, &["Debian"]);
    let alone = bench.sh(&pod, "web", "ps").await;
    assert!(!alone.contains("pause") && alone.contains("/usr/local/bin/web"), "{alone}");
}

#[tokio::test(start_paused = true)]
async fn each_profile_is_seen_in_the_status_of_its_processes() {
    let bench = bench("healthy", "shop");
    let pod = bench.first("app=web").await;
    let restricted = json!({"runAsNonRoot": true, "runAsUser": 1000, "capabilities": {"drop": ["ALL"]},
        "allowPrivilegeEscalation": false, "seccompProfile": {"type": "RuntimeDefault"}});
    for (name, context, wanted) in [
        ("legacy", json!(null), ["CapEff:\t00000000a80425fb", "Seccomp:\t0"]),
        (
            "general",
            json!({"capabilities": {"add": ["SYS_PTRACE"]}}),
            ["CapEff:\t00000000a80c25fb", "Uid:\t0\t0\t0\t0"],
        ),
        ("sysadmin", json!({"privileged": true}), ["CapEff:\t000001ffffffffff", "NoNewPrivs:\t0"]),
        (
            "netadmin",
            json!({"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}),
            ["CapEff:\t00000000a80435fb", "CapAmb:\t0"],
        ),
        ("restricted", restricted, ["CapBnd:\t0000000000000000\n", "NoNewPrivs:\t1\nSeccomp:\t2\n"]),
    ] {
        let mut fields = json!({"name": name, "command": ["sh"]});
        if !context.is_null() {
            fields["securityContext"] = context;
        }
        bench.add(&pod, fields).await.expect(name);
        tokio::time::sleep(Duration::from_secs(5)).await;
        has(&bench.sh(&pod, name, "cat /proc/self/status").await, &wanted);
    }
    let who = bench.sh(&pod, "restricted", "id; whoami; kill 1; ls /proc/1/root").await;
    has(&who, &["uid=1000 gid=0(root)", "whoami: unknown uid 1000"]);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_cannot_be_pulled_and_a_command_that_is_not_there_say_so() {
    let bench = bench("healthy", "shop");
    let pod = bench.first("app=gateway").await;
    bench.add(&pod, json!({"name": "a", "image": "registry.invalid/tools:1"})).await.expect("patched");
    bench.until(&pod, "/status/ephemeralContainerStatuses/0/state/waiting/reason", json!("ErrImagePull")).await;
    bench.until(&pod, "/status/ephemeralContainerStatuses/0/state/waiting/reason", json!("ImagePullBackOff")).await;
    let message = bench.field(&pod, "/status/ephemeralContainerStatuses/0/state/waiting/message").await;
    has(
        message.as_str().expect("text"),
        &["Back-off pulling image \"registry.invalid/tools:1\": ErrImagePull: ", "no such host"],
    );
    bench.add(&pod, json!({"name": "b", "command": ["nosuch"]})).await.expect("patched");
    bench.until(&pod, "/status/ephemeralContainerStatuses/1/state/terminated/reason", json!("StartError")).await;
    let end = bench.field(&pod, "/status/ephemeralContainerStatuses/1/state/terminated").await;
    assert_eq!(end["exitCode"], 128);
    has(end["message"].as_str().expect("text"), &["exec: \"nosuch\": executable file not found in $PATH: unknown"]);
    let restarts = bench.field(&pod, "/status/ephemeralContainerStatuses/1/restartCount").await;
    assert_eq!(restarts, 0, "an ephemeral container is never started again");
    let events: Api<Event> = Api::namespaced(client(&bench.cluster), "shop");
    let about =
        events.list(&ListParams::default().fields(&format!("involvedObject.name={pod}"))).await.expect("events");
    let of_a: Vec<String> = about
        .items
        .into_iter()
        .filter(|event| event.involved_object.field_path.as_deref() == Some("spec.ephemeralContainers{a}"))
        .filter_map(|event| event.reason)
        .collect();
    for reason in ["Pulling", "Failed", "BackOff"] {
        assert!(of_a.iter().any(|known| known == reason), "{reason} of {of_a:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_form_of_patch_adds_one_and_a_dry_run_none() {
    let bench = bench("healthy", "shop");
    let pod = bench.first("app=web").await;
    let dry = PatchParams { dry_run: true, ..PatchParams::default() };
    let patch = ephemeral(&json!({"name": "one"}));
    let shown =
        bench.pods.patch_ephemeral_containers(&pod, &dry, &Patch::Strategic(patch.clone())).await.expect("shown");
    assert_eq!(shown.spec.and_then(|spec| spec.ephemeral_containers).map(|all| all.len()), Some(1));
    assert_eq!(bench.field(&pod, "/spec/ephemeralContainers").await, Value::Null, "nothing was changed");
    bench.pods.patch_ephemeral_containers(&pod, &PatchParams::default(), &Patch::Merge(patch)).await.expect("merged");
    let two =
        json!([{"op": "add", "path": "/spec/ephemeralContainers/-", "value": {"name": "two", "image": "busybox"}}]);
    let request = ::http::Request::patch(format!("/api/v1/namespaces/shop/pods/{pod}/ephemeralcontainers"))
        .header("content-type", "application/json-patch+json");
    let request = request.body(two.to_string().into_bytes()).expect("a request");
    client(&bench.cluster).request::<Pod>(request).await.expect("patched");
    let params = PatchParams::default();
    let names = bench.field(&pod, "/spec/ephemeralContainers").await;
    assert_eq!((&names[0]["name"], &names[1]["name"]), (&json!("one"), &json!("two")));
    assert_eq!(names[1]["imagePullPolicy"], "Always");
    let gone = Patch::Merge(json!({"spec": {"ephemeralContainers": null}}));
    let (code, message) = refusal(bench.pods.patch_ephemeral_containers(&pod, &params, &gone).await);
    assert_eq!(code, 422);
    has(&message, &["existing ephemeral containers \"one\" may not be removed"]);
    let read = bench.pods.get_ephemeral_containers(&pod).await.expect("read");
    assert_eq!(read.spec.and_then(|spec| spec.ephemeral_containers).map(|all| all.len()), Some(2));
    let options = PostParams { dry_run: true, ..PostParams::default() };
    let spec = json!({"metadata": {"name": "dry"}, "spec": {"containers": [{"name": "a", "image": "busybox"}]}});
    let made = bench.pods.create(&options, &serde_json::from_value(spec).expect("a pod")).await.expect("shown");
    assert!(made.metadata.uid.is_some() && made.status.is_some(), "as complete as a real one");
    assert_eq!(refusal(bench.pods.get("dry").await).0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_static_pod_refuses_them() {
    let bench = bench("healthy", "kube-system");
    let (code, message) = refusal(bench.add("etcd-control-plane", json!({})).await);
    assert_eq!(code, 422);
    has(&message, &["is invalid: []: Forbidden: static pods do not support ephemeral containers"]);
}

#[tokio::test(start_paused = true)]
async fn a_copy_shares_its_processes_and_runs_what_was_changed() {
    let bench = bench("healthy", "shop");
    let containers = json!([
        {"name": "web", "image": "registry.acme.dev/shop/web:1.9.0", "command": ["sleep", "600"]},
        {"name": "dbg", "image": "busybox:1.36", "stdin": true, "tty": true}]);
    bench.create("twin", json!({"shareProcessNamespace": true, "containers": containers})).await.expect("created");
    bench.until("twin", "/status/phase", json!("Running")).await;
    bench.runs("twin", "containerStatuses").await;
    let seen = bench.sh("twin", "dbg", "ps; ls /proc/1/root; cat /proc/7/root/etc/web/config.yaml").await;
    has(&seen, &["    1 65535", "/pause", "    7 root      0:00 sleep 600", "   14 root      0:00 sh", "listen: 8080"]);
    has(&seen, &["ls: /proc/1/root: Permission denied"]);
    bench.sh("twin", "dbg", "kill -9 7").await;
    bench.until("twin", "/status/containerStatuses/1/restartCount", json!(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_pod_shows_the_node() {
    let bench = bench("healthy", "default");
    let spec = json!({"nodeName": "worker-3", "hostNetwork": true, "hostPID": true, "hostIPC": true,
        "restartPolicy": "Never", "tolerations": [{"operator": "Exists"}],
        "volumes": [{"name": "host-root", "hostPath": {"path": "/"}}],
        "containers": [{"name": "debugger", "image": "busybox:1.36", "stdin": true, "tty": true,
            "volumeMounts": [{"name": "host-root", "mountPath": "/host"}]}]});
    bench.create("node-debugger-worker-3-abcde", spec).await.expect("created");
    let pod = "node-debugger-worker-3-abcde";
    bench.until(pod, "/status/phase", json!("Running")).await;
    assert_eq!(bench.field(pod, "/status/podIP").await, "192.168.10.14");
    let seen = bench.sh(pod, "debugger", "cat /host/etc/os-release; hostname; ps; ls /host/var/log; ls /host").await;
    has(
        &seen,
        &["Debian GNU/Linux 13", "worker-3\n", "/usr/bin/kubelet --kubeconfig", "containerd-shim", "pods\n", "boot\n"],
    );
    let inside = "cat /etc/hostname; crictl ps; systemctl status kubelet; touch /tmp/here; ls /var/log/pods";
    let inside = bench.sh(pod, "debugger", &format!("chroot /host sh -c '{inside}'; ls /host/tmp")).await;
    has(
        &inside,
        &["worker-3\n", "debugger", "Active: active (running)", "default_node-debugger-worker-3-abcde_", "here\n"],
    );
    bench.pods.delete(pod, &DeleteParams::default()).await.expect("deleted");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(refusal(bench.pods.get(pod).await).0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_a_pod() {
    let bench = bench("healthy", "default");
    let spec = json!({"activeDeadlineSeconds": 20, "terminationGracePeriodSeconds": 5,
        "containers": [{"name": "app", "image": "busybox:1.36", "command": ["sleep", "9999"]}]});
    bench.create("short", spec).await.expect("created");
    bench.until("short", "/status/phase", json!("Running")).await;
    bench.until("short", "/status/reason", json!("DeadlineExceeded")).await;
    bench.until("short", "/status/containerStatuses/0/state/terminated/exitCode", json!(137)).await;
    let status = bench.field("short", "/status").await;
    assert_eq!((&status["phase"], &status["containerStatuses"][0]["restartCount"]), (&json!("Failed"), &json!(0)));
    assert_eq!(status["message"], "Pod was active on the node longer than the specified deadline");
}

#[tokio::test(start_paused = true)]
async fn a_command_of_its_own_runs_and_is_logged() {
    let bench = bench("healthy", "default");
    let script = "id; grep CapEff /proc/self/status; exit 7";
    let spec = json!({"restartPolicy": "Never",
        "containers": [{"name": "app", "image": "busybox:1.36", "command": ["sh", "-c", script]}]});
    bench.create("once", spec).await.expect("created");
    bench.until("once", "/status/phase", json!("Failed")).await;
    assert_eq!(bench.field("once", "/status/containerStatuses/0/state/terminated/exitCode").await, 7);
    let log = bench.pods.logs("once", &LogParams::default()).await.expect("a log");
    assert_eq!(log, "uid=0(root) gid=0(root) groups=0(root)\nCapEff:\t00000000a80425fb\n");
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_enforces_the_restricted_level_refuses_most_debuggers() {
    let bench = bench("debugging", "vault");
    let pod = bench.first("app=signer").await;
    let general = json!({"securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}});
    let (code, message) = refusal(bench.add(&pod, general).await);
    assert_eq!(code, 403);
    has(
        &message,
        &["is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false", "\"dbg\""],
    );
    let safe = json!({"runAsNonRoot": true, "capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": false,
        "seccompProfile": {"type": "RuntimeDefault"}});
    bench.add(&pod, json!({"name": "root", "securityContext": safe})).await.expect("let in");
    let reason = "/status/ephemeralContainerStatuses/0/state/waiting/reason";
    bench.until(&pod, reason, json!("CreateContainerConfigError")).await;
    let message = bench.field(&pod, "/status/ephemeralContainerStatuses/0/state/waiting/message").await;
    has(message.as_str().expect("text"), &["container has runAsNonRoot and image will run as root (pod: \"signer-"]);
    let mut as_user = safe.clone();
    as_user["runAsUser"] = 65_532.into();
    bench
        .add(&pod, json!({"name": "user", "targetContainerName": "signer", "securityContext": as_user}))
        .await
        .expect("let in");
    bench.until(&pod, "/status/ephemeralContainerStatuses/1/state/waiting", Value::Null).await;
    has(&bench.sh(&pod, "user", "ps; id -u").await, &["    1 65532", "/signer --listen=:8080", "\n65532\n"]);
    let (code, _) = refusal(
        bench.create("node", json!({"hostPID": true, "containers": [{"name": "a", "image": "busybox"}]})).await,
    );
    assert_eq!(code, 403);
    let events: Api<Event> = Api::namespaced(client(&bench.cluster), "vault");
    let failed = events.list(&ListParams::default().fields("reason=FailedCreate")).await.expect("events");
    let said = failed.items.first().and_then(|event| event.message.clone()).unwrap_or_default();
    has(&said, &["Error creating: pods \"rotator-", "violates PodSecurity \"restricted:latest\""]);
}
