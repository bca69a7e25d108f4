//! Where a shell is: a container of the world, with its files, its environment, its processes.
//!
//! Everything is read from the world at the moment it is asked for, and written back to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::super::json::{list, text};
use super::super::shared::Shared;
use super::super::world::{World, image::Image, store::Object};
use crate::base::stamp::Stamp;

/// A container, and the run of it that a shell belongs to.
#[derive(Clone, Debug)]
pub struct Place {
    /// The world.
    pub shared: Arc<Shared>,
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The container's name.
    pub container: String,
    /// The id of the run; when it ends, the shell ends with it.
    pub run: String,
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Who runs it.
    pub user: String,
    /// Its command line.
    pub command: String,
    /// The container whose first process it is, if it is one.
    pub container: Option<String>,
}

/// Directories that every image has.
const DIRECTORIES: &[&str] = &[
    "/bin", "/dev", "/etc", "/home", "/proc", "/root", "/sys", "/tmp", "/usr", "/usr/bin", "/var", "/var/log",
    "/var/run",
];

impl Place {
    fn look<T>(&self, look: impl FnOnce(&World, &Object, &Value) -> T) -> Option<T> {
        self.shared.with(|world| {
            let pod = world.store.get("pods", &self.namespace, &self.pod)?;
            let spec = spec_of(&pod, &self.container)?.clone();
            Some(look(world, &pod, &spec))
        })
    }

    /// Whether the run is over.
    pub fn ended(&self) -> bool {
        self.shared.with(|world| {
            let container = world.container(&self.namespace, &self.pod, &self.container);
            container.is_none_or(|(_, container)| {
                !container.is_running() || container.instance.as_ref().is_none_or(|run| run.id != self.run)
            })
        })
    }

    /// Waits until the run is over.
    pub async fn end(&self) {
        let mut changed = self.shared.changed.subscribe();
        while !self.ended() {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// The time.
    pub fn now(&self) -> Stamp {
        self.shared.clock.now()
    }

    /// Something about the container's image.
    pub fn image<T>(&self, ask: impl FnOnce(&Image) -> T) -> Option<T> {
        self.look(|world, _, spec| world.images.get(text(spec, "/image")).map(ask)).flatten()
    }

    /// Who one is.
    pub fn user(&self) -> String {
        self.image(|image| image.user.clone()).unwrap_or_else(|| "root".to_owned())
    }

    /// The environment of a new process.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let mut vars = BTreeMap::from([
            ("HOME", "/root"),
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
            ("KUBERNETES_SERVICE_PORT", "443"),
            ("HOSTNAME", self.pod.as_str()),
        ])
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect::<BTreeMap<_, _>>();
        let own = self.look(|world, pod, spec| {
            let value = |env: &Value| match env.get("value").and_then(Value::as_str) {
                Some(value) => Some(value.to_owned()),
                None => referred(world, &self.namespace, pod, &env["valueFrom"]),
            };
            list(spec, "/env")
                .iter()
                .filter_map(|env| Some((text(env, "/name").to_owned(), value(env)?)))
                .collect::<Vec<_>>()
        });
        vars.extend(own.unwrap_or_default());
        vars
    }

    /// The processes that can be seen.
    pub fn processes(&self) -> Vec<Process> {
        let found = self.look(|world, pod, spec| {
            let shared = pod["spec"]["shareProcessNamespace"] == true;
            let target = text(spec, "/targetContainerName");
            let mut seen = Vec::new();
            if shared {
                seen.push(Process { pid: 1, user: "65535".to_owned(), command: "/pause".to_owned(), container: None });
            }
            let all = ["/spec/initContainers", "/spec/containers", "/spec/ephemeralContainers"];
            for other in all.iter().flat_map(|pointer| list(pod, pointer)) {
                let name = text(other, "/name");
                let visible = shared || name == self.container || name == target;
                let runs =
                    world.container(&self.namespace, &self.pod, name).is_some_and(|(_, known)| known.is_running());
                if visible && runs {
                    let pid = seen.last().map_or(1, |last: &Process| last.pid + 7);
                    let image = world.images.get(text(other, "/image"));
                    let user = image.map_or_else(|| "root".to_owned(), |image| image.user.clone());
                    seen.push(Process {
                        pid,
                        user,
                        command: command_line(other, image),
                        container: Some(name.to_owned()),
                    });
                }
            }
            seen
        });
        found.unwrap_or_default()
    }

    /// Sends a signal to a process; `false` when there is none with that number.
    pub fn kill(&self, pid: u32, signal: i64) -> bool {
        let Some(process) = self.processes().into_iter().find(|process| process.pid == pid) else { return false };
        if signal == 0 {
            return true;
        }
        if let Some(container) = process.container {
            self.end_container(&container, 128 + signal);
        }
        true
    }

    /// Ends a container of the pod.
    pub fn end_container(&self, container: &str, code: i64) {
        self.shared.with(|world| {
            let uid = world.container(&self.namespace, &self.pod, container).map(|(pod, _)| pod.uid.clone());
            if let Some(uid) = uid {
                world.end_container(&uid, container, code);
            }
        });
    }

    /// All files with their contents.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files = self.look(|world, pod, spec| image_files(world, pod, spec)).unwrap_or_default();
        let environment: String = self
            .environment()
            .into_iter()
            .flat_map(|(name, value)| [name, "=".to_owned(), value, "\0".to_owned()])
            .collect();
        files.insert("/proc/1/environ".to_owned(), environment);
        let changed = self.shared.with(|world| {
            world.container(&self.namespace, &self.pod, &self.container).map(|(_, container)| container.files.clone())
        });
        for (path, content) in changed.unwrap_or_default() {
            match content {
                Some(content) => files.insert(path, content),
                None => files.remove(&path),
            };
        }
        files
    }

    /// The directories that the files imply, and those that are always there.
    pub fn directories(&self) -> BTreeSet<String> {
        let mut all: BTreeSet<String> = DIRECTORIES.iter().map(|path| (*path).to_owned()).collect();
        all.insert("/".to_owned());
        for path in self.files().into_keys() {
            let mut at = path.trim_end_matches('/').len();
            if path.ends_with('/') {
                all.insert(path[..at].to_owned());
            }
            while let Some(slash) = path[..at].rfind('/').filter(|slash| *slash > 0) {
                all.insert(path[..slash].to_owned());
                at = slash;
            }
        }
        all
    }

    /// Writes or removes a file.
    pub fn write(&self, path: &str, content: Option<String>) {
        self.shared.with(|world| {
            let uid = world.container(&self.namespace, &self.pod, &self.container).map(|(pod, _)| pod.uid.clone());
            let containers = uid.and_then(|uid| world.pods.get_mut(&uid)).map(|pod| &mut pod.containers);
            let container = containers.and_then(|all| all.iter_mut().find(|known| known.name == self.container));
            if let Some(container) = container {
                // What goes to the output of the first process is what the container logs.
                if path == "/proc/1/fd/1"
                    && let (Some(run), Some(content)) = (&mut container.instance, &content)
                {
                    let now = self.shared.clock.now();
                    run.extra.extend(content.lines().map(|line| (now, line.to_owned())));
                    return;
                }
                container.files.insert(path.to_owned(), content);
            }
        });
    }
}

fn spec_of<'a>(pod: &'a Value, container: &str) -> Option<&'a Value> {
    let all = ["/spec/containers", "/spec/initContainers", "/spec/ephemeralContainers"];
    all.iter().flat_map(|pointer| list(pod, pointer)).find(|spec| text(spec, "/name") == container)
}

fn referred(world: &World, namespace: &str, pod: &Value, source: &Value) -> Option<String> {
    if let Some(path) = source.pointer("/fieldRef/fieldPath").and_then(Value::as_str) {
        return Some(text(pod, &format!("/{}", path.replace('.', "/"))).to_owned());
    }
    let (plural, reference) = match (source.get("configMapKeyRef"), source.get("secretKeyRef")) {
        (Some(reference), _) => ("configmaps", reference),
        (_, reference) => ("secrets", reference?),
    };
    let object = world.store.get(plural, namespace, text(reference, "/name"))?;
    Some(text(&object["data"], &format!("/{}", text(reference, "/key"))).to_owned())
}

fn command_line(spec: &Value, image: Option<&Image>) -> String {
    let mut words: Vec<&str> = list(spec, "/command").iter().filter_map(Value::as_str).collect();
    if words.is_empty() {
        words = image.map(|image| image.command.iter().map(String::as_str).collect()).unwrap_or_default();
    }
    words.extend(list(spec, "/args").iter().filter_map(Value::as_str));
    if words.is_empty() { format!("/{}", text(spec, "/name")) } else { words.join(" ") }
}

fn image_files(world: &World, pod: &Value, spec: &Value) -> BTreeMap<String, String> {
    let image = world.images.get(text(spec, "/image"));
    let base = image.map_or("debian", |image| image.base.as_str());
    let release = match base {
        "alpine" => "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME=\"Alpine Linux v3.22\"\n",
        "busybox" => "",
        _ => "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\nID=debian\n",
    };
    let (name, ip) = (text(pod, "/metadata/name"), text(pod, "/status/podIP"));
    let namespace = text(pod, "/metadata/namespace");
    let mut files = BTreeMap::from([
        (
            "/etc/hosts".to_owned(),
            format!("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost\n{ip}\t{name}\n"),
        ),
        ("/etc/hostname".to_owned(), format!("{name}\n")),
        (
            "/etc/passwd".to_owned(),
            "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n".to_owned(),
        ),
        (
            "/etc/resolv.conf".to_owned(),
            format!(
                "search {namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
            ),
        ),
        ("/proc/1/cmdline".to_owned(), command_line(spec, image).replace(' ', "\0")),
        ("/proc/version".to_owned(), "Linux version 6.12.48+deb13-amd64\n".to_owned()),
        ("/var/run/secrets/kubernetes.io/serviceaccount/namespace".to_owned(), namespace.to_owned()),
    ]);
    if !release.is_empty() {
        files.insert("/etc/os-release".to_owned(), release.to_owned());
    }
    files.extend(image.map(|image| image.files.clone()).unwrap_or_default());
    files.extend(mounted(world, pod, spec));
    files
}

/// The files of mounted config maps.
fn mounted(world: &World, pod: &Value, spec: &Value) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for mount in list(spec, "/volumeMounts") {
        let volume = list(pod, "/spec/volumes").iter().find(|volume| volume["name"] == mount["name"]);
        let Some(name) = volume.and_then(|volume| volume.pointer("/configMap/name")).and_then(Value::as_str) else {
            continue;
        };
        let Some(map) = world.store.get("configmaps", text(pod, "/metadata/namespace"), name) else { continue };
        for (key, value) in map["data"].as_object().into_iter().flatten() {
            files.push((format!("{}/{key}", text(mount, "/mountPath")), value.as_str().unwrap_or_default().to_owned()));
        }
    }
    files
}
