//! Processes: which there are on a node, and which of them a container sees.
//!
//! A container has its own process namespace, unless its pod shares one, or the node's, or it was added to
//! look into another container's. Start with [`World::processes`].

use serde_json::Value;

use super::World;
use super::image::Image;
use super::random::hash;
use super::security::Credentials;
use crate::demo::json::{list, text};

/// What a process belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The machine.
    Machine,
    /// Nothing but a pod's namespaces.
    Pause,
    /// A container: namespace, pod, name.
    Container(String, String, String),
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number in the namespace that it is seen from.
    pub pid: u32,
    /// That of the process that started it.
    pub parent: u32,
    /// Its command line.
    pub command: String,
    /// What it belongs to.
    pub owner: Owner,
    /// Who it is.
    pub credentials: Credentials,
}

/// What runs on every node: number, parent, command.
const MACHINE: [(u32, u32, &str); 9] = [
    (1, 0, "/sbin/init"),
    (2, 0, "[kthreadd]"),
    (14, 2, "[ksoftirqd/0]"),
    (15, 2, "[rcu_preempt]"),
    (311, 1, "/usr/lib/systemd/systemd-journald"),
    (362, 1, "/usr/lib/systemd/systemd-udevd"),
    (587, 1, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"),
    (612, 1, "/usr/bin/containerd"),
    (
        701,
        1,
        "/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml \
         --container-runtime-endpoint=unix:///run/containerd/containerd.sock",
    ),
];
/// The user of the pause process.
const NOBODY_KNOWN: i64 = 65_535;
/// Between the first processes of the containers that share a namespace.
const STEP: u32 = 7;
const FIELDS: [&str; 3] = ["/spec/initContainers", "/spec/containers", "/spec/ephemeralContainers"];

impl World {
    /// The processes that a container of a pod sees, the first of each container, in the order of their numbers.
    pub fn processes(&self, pod: &Value, container: &str) -> Vec<Process> {
        if pod["spec"]["hostPID"] == true {
            return self.machine_processes(text(pod, "/spec/nodeName"));
        }
        if pod["spec"]["shareProcessNamespace"] == true {
            let mut seen = vec![pause(1, 0)];
            let specs = FIELDS.iter().flat_map(|field| list(pod, field)).enumerate();
            seen.extend(specs.filter_map(|(at, spec)| self.first_process(pod, spec, STEP * (at as u32 + 1), 0)));
            return seen;
        }
        let owner = namespace_of(pod, container);
        let others = list(pod, "/spec/ephemeralContainers")
            .iter()
            .filter(|spec| text(spec, "/name") != owner && namespace_of(pod, text(spec, "/name")) == owner);
        let own = FIELDS.iter().flat_map(|field| list(pod, field)).find(|spec| text(spec, "/name") == owner);
        let all = own.into_iter().chain(others).enumerate();
        all.filter_map(|(at, spec)| {
            let pid = if at == 0 { 1 } else { STEP * at as u32 };
            self.first_process(pod, spec, pid, 0)
        })
        .collect()
    }

    /// The first process of a container, if it runs.
    fn first_process(&self, pod: &Value, spec: &Value, pid: u32, parent: u32) -> Option<Process> {
        let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
        let container = text(spec, "/name");
        self.container(namespace, name, container).filter(|(_, known)| known.is_running())?;
        let image = self.images.get(text(spec, "/image"));
        let credentials = Credentials::of(pod, spec, image);
        Some(Process {
            pid,
            parent,
            command: command_line(spec, image),
            owner: Owner::Container(namespace.to_owned(), name.to_owned(), container.to_owned()),
            credentials,
        })
    }

    /// Everything on a node: the machine's own, and for each pod what holds and makes it.
    fn machine_processes(&self, node: &str) -> Vec<Process> {
        let machine = |(pid, parent, command): (u32, u32, &str)| Process {
            pid,
            parent,
            command: command.to_owned(),
            owner: Owner::Machine,
            credentials: Credentials::HOST,
        };
        let mut all: Vec<Process> = MACHINE.into_iter().map(machine).collect();
        for known in self.pods.values().filter(|pod| pod.node == node && pod.sandboxed) {
            let Some(pod) = self.pod_object(&known.uid) else { continue };
            // What has finished holds no namespaces any more.
            if matches!(text(&pod, "/status/phase"), "Succeeded" | "Failed") {
                continue;
            }
            // Numbers that stay as they are while other pods come and go.
            let dice = hash(&known.uid);
            let shim = 1_500 + (dice % 900) as u32 * 64;
            let command = format!(
                "/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id {dice:016x} -address \
                 /run/containerd/containerd.sock"
            );
            all.push(machine((shim, 1, &command)));
            all.push(pause(shim + 3, shim));
            let specs = FIELDS.iter().flat_map(|field| list(&pod, field)).enumerate();
            all.extend(specs.filter_map(|(at, spec)| self.first_process(&pod, spec, shim + 5 + 6 * at as u32, shim)));
        }
        all.sort_by_key(|process| process.pid);
        all
    }
}

fn pause(pid: u32, parent: u32) -> Process {
    let mut credentials = Credentials::HOST;
    credentials.uid = NOBODY_KNOWN;
    credentials.gid = NOBODY_KNOWN;
    credentials.effective = 0;
    Process { pid, parent, command: "/pause".to_owned(), owner: Owner::Pause, credentials }
}

/// The container whose process namespace a container of a pod is in: its target's, or its own.
fn namespace_of<'a>(pod: &'a Value, container: &'a str) -> &'a str {
    let spec = list(pod, "/spec/ephemeralContainers").iter().find(|spec| text(spec, "/name") == container);
    match spec.map(|spec| text(spec, "/targetContainerName")) {
        None | Some("") => container,
        Some(target) => target,
    }
}

/// What a container runs, as one line.
pub fn command_line(spec: &Value, image: Option<&Image>) -> String {
    let words = command_words(spec, image);
    if words.is_empty() { format!("/{}", text(spec, "/name")) } else { words.join(" ") }
}

/// What a container runs, as far as it or its image says so.
pub fn command_words(spec: &Value, image: Option<&Image>) -> Vec<String> {
    let named = |field: &str| -> Vec<String> {
        list(spec, field).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (mut words, args) = (named("/command"), named("/args"));
    // An image that is only a shell takes its arguments for a command.
    let replaced = !args.is_empty() && image.is_some_and(|image| image.program.shell);
    if words.is_empty() && !replaced {
        words = image.map(|image| image.command.clone()).unwrap_or_default();
    }
    words.extend(args);
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::stamp::Stamp;
    use crate::demo::world::build;

    fn world() -> World {
        build(1, Some("healthy"), Stamp::from_seconds(1_800_000_000)).expect("a known scenario")
    }

    fn numbers(processes: &[Process]) -> Vec<u32> {
        processes.iter().map(|process| process.pid).collect()
    }

    #[test]
    fn a_container_sees_itself_unless_it_was_added_to_see_another() {
        let pod = json!({"spec": {"containers": [{"name": "app"}], "ephemeralContainers": [
            {"name": "beside", "targetContainerName": "app"}, {"name": "alone"}]}});
        let namespaces = ["app", "beside", "alone"].map(|name| namespace_of(&pod, name));
        assert_eq!(namespaces, ["app", "app", "alone"]);
    }

    #[test]
    fn a_node_has_its_own_processes_and_those_of_its_pods_in_order() {
        let world = world();
        let all = world.machine_processes("worker-1");
        assert!(numbers(&all).is_sorted() && all.len() > MACHINE.len());
        let mut unique = numbers(&all);
        unique.dedup();
        assert_eq!(unique.len(), all.len(), "no number is given twice");
        let known = |pid: u32| pid == 0 || all.iter().any(|process| process.pid == pid);
        assert!(all.iter().all(|process| known(process.parent)), "each was started by one of them");
        assert!(all.iter().any(|process| process.command.starts_with("/usr/bin/kubelet")));
        let is_here =
            |pod: &Value| text(pod, "/spec/nodeName") == "worker-1" && text(pod, "/status/phase") == "Running";
        let pods = world.store.list("pods", None).iter().filter(|pod| is_here(pod)).count();
        assert_eq!(all.iter().filter(|process| process.owner == Owner::Pause).count(), pods);
    }

    #[test]
    fn a_pod_that_shares_its_processes_begins_with_the_pause() {
        let world = world();
        let pods = world.store.list("pods", Some("shop"));
        let mut pod = (**pods.first().expect("one")).clone();
        let container = text(&pod, "/spec/containers/0/name").to_owned();
        assert_eq!(numbers(&world.processes(&pod, &container)), [1]);
        pod["spec"]["shareProcessNamespace"] = true.into();
        let shared = world.processes(&pod, &container);
        assert_eq!((numbers(&shared), &shared[0].owner), (vec![1, STEP], &Owner::Pause));
    }

    #[test]
    fn arguments_replace_the_command_of_an_image_that_is_a_shell() {
        let world = world();
        let line = |spec: Value| command_line(&spec, world.images.get(text(&spec, "/image")));
        assert_eq!(line(json!({"image": "busybox"})), "sh");
        assert_eq!(line(json!({"image": "busybox", "args": ["sleep", "9"]})), "sleep 9");
        assert_eq!(line(json!({"image": "nginx", "args": ["-t"]})), "nginx -g daemon off; -t");
        assert_eq!(line(json!({"image": "nginx", "command": ["sh"], "args": ["-c", "ls"]})), "sh -c ls");
        assert_eq!(line(json!({"image": "unknown", "name": "app"})), "/app");
    }
}
