//! A node's own files: what `/host` of a debugging pod shows.
//!
//! Made of the world at the moment they are asked for, logs included; what somebody wrote lies over them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::World;
use super::logs;
use crate::base::stamp::Stamp;
use crate::demo::json::{precise, text};

/// Lines of a container's log that are kept in its file.
const LOG_LINES: usize = 200;

const OS_RELEASE: &str = "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\n\
    VERSION=\"13 (trixie)\"\nID=debian\nHOME_URL=\"https://www.debian.org/\"\n";
const KUBELET_CONFIG: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
    cgroupDriver: systemd\nclusterDNS:\n- 10.96.0.10\nclusterDomain: cluster.local\n\
    containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\nevictionHard:\n  memory.available: 100Mi\n  \
    nodefs.available: 10%\nstaticPodPath: /etc/kubernetes/manifests\nrotateCertificates: true\n";
const CONTAINERD_CONFIG: &str = "version = 3\n[plugins.'io.containerd.cri.v1.runtime']\n  enable_selinux = false\n\
    [plugins.'io.containerd.cri.v1.images'.pinned_images]\n  sandbox = 'registry.k8s.io/pause:3.10.1'\n";

impl World {
    /// The files of a node, with their contents.
    pub fn machine_files(&self, node: &str) -> BTreeMap<String, String> {
        let Some(object) = self.store.get("nodes", "", node) else { return BTreeMap::new() };
        let version = text(&object, "/status/nodeInfo/kubeletVersion");
        let kernel = text(&object, "/status/nodeInfo/kernelVersion");
        let address = self.address(node);
        let mut files: BTreeMap<String, String> = [
            ("/etc/os-release", OS_RELEASE.to_owned()),
            ("/etc/hostname", format!("{node}\n")),
            ("/etc/hosts", format!("127.0.0.1\tlocalhost\n{address}\t{node}\n")),
            ("/etc/machine-id", format!("{}\n", text(&object, "/status/nodeInfo/machineID"))),
            (
                "/etc/passwd",
                "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n".to_owned(),
            ),
            ("/etc/resolv.conf", "nameserver 192.168.10.1\n".to_owned()),
            ("/etc/containerd/config.toml", CONTAINERD_CONFIG.to_owned()),
            ("/etc/kubernetes/kubelet.conf", kubelet_kubeconfig(node)),
            ("/var/lib/kubelet/config.yaml", KUBELET_CONFIG.to_owned()),
            ("/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"\"\n".to_owned()),
            ("/proc/version", format!("Linux version {kernel}\n")),
            ("/var/log/kubelet.log", self.kubelet_log(node, version)),
            ("/usr/bin/kubelet", String::new()),
            ("/usr/bin/containerd", String::new()),
            ("/run/containerd/containerd.sock", String::new()),
            ("/boot/vmlinuz", String::new()),
        ]
        .into_iter()
        .map(|(path, content)| (path.to_owned(), content))
        .collect();
        for directory in ["/home/", "/opt/", "/srv/", "/sys/", "/mnt/", "/etc/kubernetes/manifests/", "/var/log/pods/"]
        {
            files.insert(directory.to_owned(), String::new());
        }
        self.pod_logs(node, &mut files);
        let changed = self.nodes.get(node).map(|kubelet| kubelet.files.clone()).unwrap_or_default();
        for (path, content) in changed {
            match content {
                Some(content) => files.insert(path, content),
                None => files.remove(&path),
            };
        }
        files
    }

    /// Writes or removes a file of a node.
    pub fn write_machine(&mut self, node: &str, path: &str, content: Option<String>) {
        if let Some(kubelet) = self.nodes.get_mut(node) {
            kubelet.files.insert(path.to_owned(), content);
        }
    }

    /// The log files that the runtime writes for the kubelet, each line with time, stream and mark.
    fn pod_logs(&self, node: &str, files: &mut BTreeMap<String, String>) {
        for pod in self.pods.values().filter(|pod| pod.node == node) {
            let directory = format!("/var/log/pods/{}_{}_{}", pod.namespace, pod.name, pod.uid);
            for container in &pod.containers {
                let Some(run) = &container.instance else { continue };
                let lines = logs::lines(run, Stamp::NONE, self.now);
                let mut content = String::new();
                for (at, line) in &lines[lines.len().saturating_sub(LOG_LINES)..] {
                    let _ = writeln!(content, "{} stdout F {line}", precise(*at, 9));
                }
                files.insert(format!("{directory}/{}/{}.log", container.name, container.restarts), content);
            }
        }
    }

    /// What the kubelet of a node had to say lately: the events that it wrote.
    pub fn kubelet_log(&self, node: &str, version: &str) -> String {
        let mut out = format!("kubelet {version} on {node}\n");
        let mut said: Vec<(Stamp, String)> = self
            .store
            .list("events", None)
            .iter()
            .filter(|event| text(event, "/source/component") == "kubelet" && text(event, "/source/host") == node)
            .map(|event| {
                let about =
                    format!("{}/{}", text(event, "/involvedObject/namespace"), text(event, "/involvedObject/name"));
                let (reason, message) = (text(event, "/reason"), text(event, "/message"));
                let at = super::last_seen(event);
                (at, format!("{} kubelet[701]: {reason} pod=\"{about}\" {message}\n", precise(at, 6)))
            })
            .collect();
        said.sort();
        for (_, line) in said {
            out.push_str(&line);
        }
        out
    }
}

fn kubelet_kubeconfig(node: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: demo\n  cluster: {{server: \"https://192.168.10.11:6443\"}}\n\
         contexts:\n- name: default\n  context: {{cluster: demo, user: \"system:node:{node}\"}}\ncurrent-context: default\n\
         users:\n- name: \"system:node:{node}\"\n  user: {{client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::world::build;

    #[test]
    fn a_node_has_its_settings_its_logs_and_what_was_written() {
        let mut world = build(1, Some("healthy"), Stamp::from_seconds(1_800_000_000)).expect("a known scenario");
        let files = world.machine_files("worker-1");
        assert_eq!(files["/etc/hostname"], "worker-1\n");
        assert!(files["/etc/kubernetes/kubelet.conf"].contains("system:node:worker-1"));
        let log = files.iter().find(|(path, _)| path.starts_with("/var/log/pods/shop_")).expect("a log").1;
        assert!(log.lines().all(|line| line.contains("Z stdout F ")), "{log}");
        assert!(files["/var/log/kubelet.log"].starts_with("kubelet v1.35.4 on worker-1\n"));
        world.write_machine("worker-1", "/tmp/new", Some("here".to_owned()));
        world.write_machine("worker-1", "/etc/machine-id", None);
        let files = world.machine_files("worker-1");
        assert_eq!(files.get("/tmp/new").map(String::as_str), Some("here"));
        assert!(!files.contains_key("/etc/machine-id"));
        assert!(!world.machine_files("worker-2").contains_key("/tmp/new"), "each node has its own");
        assert!(world.machine_files("nope").is_empty());
    }
}
