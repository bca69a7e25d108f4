//! The files that a shell sees: its image's, what was written, the node's where they are mounted, `/proc`.
//!
//! A tree is a map from paths to contents; a path that ends in a slash is an empty directory. Start with
//! [`Place::files`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::super::json::{list, text};
use super::super::world::process::{Owner, Process, command_line};
use super::super::world::security::Credentials;
use super::super::world::{World, store::Object};
use super::place::{Place, environment, host_of, spec_of};

/// A tree of files.
pub type Tree = BTreeMap<String, String>;

/// Directories that every image has.
const DIRECTORIES: &[&str] = &[
    "/bin", "/dev", "/etc", "/home", "/proc", "/root", "/sys", "/tmp", "/usr", "/usr/bin", "/var", "/var/log",
    "/var/run",
];

/// Where a path leads in the end.
#[derive(Debug, PartialEq, Eq)]
enum Origin {
    /// To a container: namespace, pod, name.
    Container(String, String, String),
    /// To a node.
    Machine(String),
}

impl Place {
    /// All files with their contents, from where the root is.
    pub fn files(&self) -> Tree {
        let files = self.look(|world, pod, spec| self.tree(world, pod, spec)).unwrap_or_default();
        if self.root.is_empty() {
            return files;
        }
        files.into_iter().filter_map(|(path, content)| Some((below(&path, &self.root)?.to_owned(), content))).collect()
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

    /// Follows the links of `/proc` that lead to the shell's own process and its own files.
    pub fn resolve(&self, path: &str) -> String {
        let Some(rest) = path.strip_prefix("/proc/").filter(|_| self.root.is_empty()) else { return path.to_owned() };
        let (number, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let seen = self.processes();
        let (shell, child) = self.numbers(&seen);
        let number = if matches!(number, "self" | "thread-self") { child.to_string() } else { number.to_owned() };
        let pid: Option<u32> = number.parse().ok();
        let own = pid == Some(shell)
            || pid == Some(child)
            || seen.iter().any(|process| Some(process.pid) == pid && self.owns(&process.owner));
        match rest.strip_prefix("root").filter(|below| own && (below.is_empty() || below.starts_with('/'))) {
            Some("") => "/".to_owned(),
            Some(below) => below.to_owned(),
            None if rest.is_empty() => format!("/proc/{number}"),
            None => format!("/proc/{number}/{rest}"),
        }
    }

    /// Why a path leads nowhere.
    pub fn missing(&self, path: &str) -> &'static str {
        let denied = path.strip_prefix("/proc/").is_some_and(|rest| {
            let (number, part) = rest.split_once('/').unwrap_or((rest, ""));
            let own = self.credentials();
            let closed = ["root", "environ", "exe", "cwd", "fd"].iter().any(|name| below(part, name).is_some());
            let process = self.processes().into_iter().find(|process| process.pid.to_string() == number);
            closed && process.is_some_and(|process| !own.may_trace(&process.credentials))
        });
        if denied { "Permission denied" } else { "No such file or directory" }
    }

    /// Writes or removes a file.
    pub fn write(&self, path: &str, content: Option<String>) {
        let seen = self.processes();
        let whole = format!("{}{path}", self.root);
        let output = seen.iter().find(|process| whole == format!("/proc/{}/fd/1", process.pid));
        // What goes to the output of a container's first process is what it logs.
        if let (Some(Owner::Container(namespace, pod, container)), Some(content)) =
            (output.map(|process| &process.owner), &content)
        {
            let now = self.now();
            return self.shared.with(|world| {
                let known = world.container_named(namespace, pod, container);
                if let Some(run) = known.and_then(|container| container.instance.as_mut()) {
                    run.write(now, content.lines().map(str::to_owned));
                }
            });
        }
        let Some((origin, path)) = self.look(|_, pod, spec| self.locate(pod, spec, &seen, &whole)) else { return };
        self.shared.with(|world| match origin {
            Origin::Machine(node) => world.write_machine(&node, &path, content),
            Origin::Container(namespace, pod, container) => {
                if let Some(container) = world.container_named(&namespace, &pod, &container) {
                    container.files.insert(path, content);
                }
            }
        });
    }

    /// What is mounted, as `mount` lists it.
    pub fn mounts(&self) -> String {
        let volumes = self.look(|_, pod, spec| {
            let mounts = list(spec, "/volumeMounts").iter();
            mounts.fold(String::new(), |mut out, mount| {
                let on_node = host_mounts(pod, spec).into_iter().any(|(path, _)| path == text(mount, "/mountPath"));
                let (device, kind) = if on_node { ("/dev/vda1", "ext4") } else { ("tmpfs", "tmpfs") };
                let mode = if mount["readOnly"] == true { "ro" } else { "rw" };
                let _ = writeln!(out, "{device} on {} type {kind} ({mode},relatime)", text(mount, "/mountPath"));
                out
            })
        });
        let first =
            "overlay on / type overlay (rw,relatime)\nproc on /proc type proc (rw,nosuid,nodev,noexec,relatime)\n";
        format!("{first}{}", volumes.unwrap_or_default())
    }

    /// The distribution that is at the root.
    pub(super) fn base_of_root(&self) -> Option<String> {
        let seen = self.processes();
        let (origin, _) = self.look(|_, pod, spec| self.locate(pod, spec, &seen, &self.root))?;
        match origin {
            Origin::Machine(_) => Some("node".to_owned()),
            Origin::Container(namespace, pod, container) => self.shared.with(|world| {
                let pod = world.store.get("pods", &namespace, &pod)?;
                world.images.get(text(spec_of(&pod, &container)?, "/image")).map(|image| image.base.clone())
            }),
        }
    }

    fn locate(&self, pod: &Value, spec: &Value, seen: &[Process], path: &str) -> (Origin, String) {
        for (mount, on_node) in host_mounts(pod, spec) {
            if let Some(rest) = below(path, mount) {
                let node = text(pod, "/spec/nodeName").to_owned();
                return (Origin::Machine(node), format!("{}{rest}", on_node.trim_end_matches('/')));
            }
        }
        for process in seen {
            if let Some(rest) = below(path, &format!("/proc/{}/root", process.pid)) {
                let origin = match &process.owner {
                    Owner::Container(namespace, pod, name) => {
                        Origin::Container(namespace.clone(), pod.clone(), name.clone())
                    }
                    Owner::Machine => Origin::Machine(text(pod, "/spec/nodeName").to_owned()),
                    Owner::Pause => continue,
                };
                return (origin, rest.to_owned());
            }
        }
        (Origin::Container(self.namespace.clone(), self.pod.clone(), self.container.clone()), path.to_owned())
    }

    fn tree(&self, world: &World, pod: &Object, spec: &Value) -> Tree {
        let mut files = container_files(world, pod, spec);
        let own = Credentials::of(pod, spec, world.images.get(text(spec, "/image")));
        let seen = world.processes(pod, &self.container);
        let (shell, child) = self.numbers(&seen);
        for process in &seen {
            let at = format!("/proc/{}", process.pid);
            processes_files(&mut files, &at, process);
            if !own.may_trace(&process.credentials) {
                continue;
            }
            match &process.owner {
                Owner::Container(namespace, name, container) => {
                    let Some(pod) = world.store.get("pods", namespace, name) else { continue };
                    let Some(spec) = spec_of(&pod, container) else { continue };
                    let variables = environment(world, &pod, spec);
                    let entries = variables.iter().flat_map(|(name, value)| [name, "=", value, "\0"]);
                    let text: String = entries.collect();
                    files.insert(format!("{at}/environ"), text);
                    if !self.owns(&process.owner) {
                        graft(&mut files, &format!("{at}/root"), container_files(world, &pod, spec));
                    }
                }
                Owner::Machine if process.pid == 1 => {
                    graft(&mut files, &format!("{at}/root"), world.machine_files(text(pod, "/spec/nodeName")));
                }
                _ => {}
            }
        }
        for (pid, parent, command) in [(shell, 0, "sh"), (child, shell, "cat")] {
            let at = format!("/proc/{pid}");
            let process = Process {
                pid,
                parent,
                command: command.to_owned(),
                owner: Owner::Container(self.namespace.clone(), self.pod.clone(), self.container.clone()),
                credentials: own.clone(),
            };
            if !files.contains_key(&format!("{at}/status")) {
                processes_files(&mut files, &at, &process);
            }
        }
        files
    }
}

/// What of a path lies below another one, with its slash; empty when they are the same.
fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    path.strip_prefix(directory.trim_end_matches('/')).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn graft(files: &mut Tree, at: &str, tree: Tree) {
    files.extend(tree.into_iter().map(|(path, content)| (format!("{at}{path}"), content)));
}

/// What `/proc` tells of a process to everybody.
fn processes_files(files: &mut Tree, at: &str, process: &Process) {
    let is_thread = process.command.starts_with('[');
    let cmdline = if is_thread { String::new() } else { process.command.replace(' ', "\0") + "\0" };
    files.insert(format!("{at}/cmdline"), cmdline);
    files.insert(format!("{at}/comm"), format!("{}\n", short_name(&process.command)));
    files.insert(format!("{at}/status"), status(process));
}

/// The name of a process: that of its program, at most 15 bytes.
fn short_name(command: &str) -> String {
    let program = command.split(' ').next().unwrap_or_default();
    program.rsplit('/').next().unwrap_or(program).trim_matches(['[', ']', ':']).chars().take(15).collect()
}

/// `/proc/PID/status`, with what people look for there.
fn status(process: &Process) -> String {
    let Process { pid, parent, credentials: who, .. } = process;
    let groups: String = who.groups.iter().fold(String::new(), |mut all, group| {
        let _ = write!(all, "{group} ");
        all
    });
    let (uid, gid) = (who.uid, who.gid);
    let mut out =
        format!("Name:\t{}\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t{pid}\n", short_name(&process.command));
    let _ = write!(out, "Pid:\t{pid}\nPPid:\t{parent}\nTracerPid:\t0\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n");
    let _ = write!(out, "Gid:\t{gid}\t{gid}\t{gid}\t{gid}\nFDSize:\t64\nGroups:\t{groups}\nThreads:\t1\n");
    for (name, set) in [("Inh", 0), ("Prm", who.effective), ("Eff", who.effective), ("Bnd", who.bounding), ("Amb", 0)] {
        let _ = writeln!(out, "Cap{name}:\t{set:016x}");
    }
    let filters = i64::from(who.seccomp);
    let _ = writeln!(out, "NoNewPrivs:\t{}", i64::from(who.no_new_privileges));
    let _ = write!(out, "Seccomp:\t{}\nSeccomp_filters:\t{filters}\n", filters * 2);
    out
}

/// The paths at which a container has directories of its node: where, and which.
fn host_mounts<'a>(pod: &'a Value, spec: &'a Value) -> Vec<(&'a str, &'a str)> {
    let mounts = list(spec, "/volumeMounts").iter().filter_map(|mount| {
        let volume = list(pod, "/spec/volumes").iter().find(|volume| volume["name"] == mount["name"])?;
        Some((text(mount, "/mountPath"), volume.pointer("/hostPath/path")?.as_str()?))
    });
    mounts.collect()
}

/// The files of a container itself, without `/proc`.
fn container_files(world: &World, pod: &Value, spec: &Value) -> Tree {
    let mut files = image_files(world, pod, spec);
    let node = text(pod, "/spec/nodeName");
    for (mount, on_node) in host_mounts(pod, spec) {
        let all = world.machine_files(node);
        let there = all.into_iter().filter_map(|(path, content)| Some((below(&path, on_node)?.to_owned(), content)));
        graft(&mut files, mount.trim_end_matches('/'), there.collect());
    }
    files.extend(mounted(world, pod, spec));
    let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
    if let Some((_, container)) = world.container(namespace, name, text(spec, "/name")) {
        for (path, content) in &container.files {
            match content {
                Some(content) => files.insert(path.clone(), content.clone()),
                None => files.remove(path),
            };
        }
    }
    files
}

fn image_files(world: &World, pod: &Value, spec: &Value) -> Tree {
    let image = world.images.get(text(spec, "/image"));
    let base = image.map_or("debian", |image| image.base.as_str());
    let release = match base {
        "alpine" | "netshoot" => {
            "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME=\"Alpine Linux v3.22\"\n"
        }
        "busybox" => "",
        "ubuntu" => {
            "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nID=ubuntu\nID_LIKE=debian\n"
        }
        "distroless" => "PRETTY_NAME=\"Distroless\"\nNAME=\"Debian GNU/Linux\"\nID=\"debian\"\nVERSION_ID=\"12\"\n",
        _ => "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\nID=debian\n",
    };
    let (host, ip) = (host_of(pod), text(pod, "/status/podIP"));
    let namespace = text(pod, "/metadata/namespace");
    let search = format!("search {namespace}.svc.cluster.local svc.cluster.local cluster.local");
    let mut users = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n".to_owned();
    if let Some(user) = image.map(|image| image.user.as_str()).filter(|user| !matches!(*user, "root" | "nobody")) {
        let number = super::super::world::security::number_of(user);
        let _ = writeln!(users, "{user}:x:{number}:{number}::/:/bin/false");
    }
    let mut files = BTreeMap::from([
        (
            "/etc/hosts".to_owned(),
            format!("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost\n{ip}\t{host}\n"),
        ),
        ("/etc/hostname".to_owned(), format!("{host}\n")),
        ("/etc/passwd".to_owned(), users),
        ("/etc/resolv.conf".to_owned(), format!("{search}\nnameserver 10.96.0.10\noptions ndots:5\n")),
        ("/proc/version".to_owned(), "Linux version 6.12.48+deb13-amd64\n".to_owned()),
        ("/var/run/secrets/kubernetes.io/serviceaccount/namespace".to_owned(), namespace.to_owned()),
    ]);
    if !release.is_empty() {
        files.insert("/etc/os-release".to_owned(), release.to_owned());
    }
    // The program itself is a file too, if one that nobody here can read.
    let program = command_line(spec, image);
    if let Some(path) = program.split(' ').next().filter(|path| path.starts_with('/')) {
        files.insert(path.to_owned(), String::new());
    }
    files.extend(image.map(|image| image.files.clone()).unwrap_or_default());
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_is_below_a_directory_or_beside_it() {
        assert_eq!(below("/host/etc", "/host"), Some("/etc"));
        assert_eq!(below("/host", "/host/"), Some(""));
        assert_eq!(below("/hosts", "/host"), None);
        assert_eq!(below("/etc/x", "/"), Some("/etc/x"));
    }

    #[test]
    fn a_process_has_the_name_of_its_program() {
        let names = ["/usr/bin/kubelet --config=x", "[kthreadd]", "sshd: /usr/sbin/sshd -D", "a-very-long-name-indeed"];
        assert_eq!(names.map(short_name), ["kubelet", "kthreadd", "sshd", "a-very-long-nam"]);
    }

    #[test]
    fn the_status_of_a_process_is_that_of_linux() {
        let mut credentials = Credentials::HOST;
        credentials.groups = vec![0, 7];
        credentials.seccomp = true;
        let process =
            Process { pid: 7, parent: 1, command: "/bin/sleep 9".to_owned(), owner: Owner::Machine, credentials };
        let status = status(&process);
        for line in ["Name:\tsleep", "Pid:\t7", "PPid:\t1", "Groups:\t0 7 ", "CapEff:\t000001ffffffffff", "Seccomp:\t2"]
        {
            assert!(status.lines().any(|known| known == line), "no {line:?} in {status}");
        }
    }

    proptest! {
        #[test]
        fn what_is_grafted_below_a_path_is_found_below_it(paths in prop::collection::btree_set("(/[a-z]{1,3}){1,3}", 0..6)) {
            let tree: Tree = paths.iter().map(|path| (path.clone(), path.clone())).collect();
            let mut files = Tree::new();
            graft(&mut files, "/host", tree.clone());
            let back: Tree =
                files.into_iter().filter_map(|(path, content)| Some((below(&path, "/host")?.to_owned(), content))).collect();
            prop_assert_eq!(back, tree);
        }
    }
}
