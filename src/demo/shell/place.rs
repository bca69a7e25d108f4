//! Where a shell is: a container of the world, with its environment, its user, its processes.
//!
//! Everything is read from the world at the moment it is asked for, and written back to it. Files are in
//! `files`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::super::json::{list, text};
use super::super::shared::Shared;
use super::super::world::process::{Owner, Process};
use super::super::world::security::{Credentials, name_of};
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
    /// Whether the shell is the container's first process.
    pub is_first: bool,
    /// What counts as the root of the files: empty, or where `chroot` went.
    pub root: String,
}

/// From the last process that is seen to the shell, and from there to what it runs.
const NEXT: u32 = 11;

impl Place {
    pub(super) fn look<T>(&self, look: impl FnOnce(&World, &Object, &Value) -> T) -> Option<T> {
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

    /// The distribution whose programs are found: the image's, or that of where `chroot` went.
    pub fn base(&self) -> String {
        let own = || self.image(|image| image.base.clone()).unwrap_or_default();
        if self.root.is_empty() { own() } else { self.base_of_root().unwrap_or_else(own) }
    }

    /// What the shell may do.
    pub fn credentials(&self) -> Credentials {
        let own = |world: &World, pod: &Object, spec: &Value| {
            Credentials::of(pod, spec, world.images.get(text(spec, "/image")))
        };
        self.look(own).unwrap_or(Credentials::HOST)
    }

    /// The name of a user, if there is one.
    pub fn name_of(&self, uid: i64) -> Option<String> {
        self.look(|world, _, spec| name_of(uid, world.images.get(text(spec, "/image")))).flatten()
    }

    /// The name of the machine, as the pod's network has it.
    pub fn host(&self) -> String {
        self.look(|_, pod, _| host_of(pod)).unwrap_or_else(|| self.pod.clone())
    }

    /// The environment of a new process.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.look(environment).unwrap_or_default()
    }

    /// The processes that can be seen, but for the shell itself where it is not the container's first.
    pub fn processes(&self) -> Vec<Process> {
        self.look(|world, pod, _| world.processes(pod, &self.container)).unwrap_or_default()
    }

    /// The number of the shell among them, and that of a process that it would start.
    pub fn numbers(&self, seen: &[Process]) -> (u32, u32) {
        let last = seen.last().map_or(1, |last| last.pid);
        let first = seen.iter().find(|process| self.owns(&process.owner)).filter(|_| self.is_first);
        let shell = first.map_or(last + NEXT, |process| process.pid);
        (shell, last.max(shell) + NEXT)
    }

    /// Whether something belongs to this container.
    pub fn owns(&self, owner: &Owner) -> bool {
        matches!(owner, Owner::Container(namespace, pod, container)
            if *namespace == self.namespace && *pod == self.pod && *container == self.container)
    }

    /// Sends a signal to a process. The error is what `kill` says after the number.
    pub fn kill(&self, pid: u32, signal: i64) -> Result<(), &'static str> {
        let seen = self.processes();
        let (shell, _) = self.numbers(&seen);
        let Some(process) = seen.iter().find(|process| process.pid == pid) else {
            return if pid == shell { Ok(()) } else { Err("No such process") };
        };
        let own = self.credentials();
        if !own.can("KILL") && own.uid != process.credentials.uid {
            return Err("Operation not permitted");
        }
        if signal != 0
            && let Owner::Container(namespace, pod, container) = &process.owner
        {
            self.shared.with(|world| {
                let uid = world.container(namespace, pod, container).map(|(pod, _)| pod.uid.clone());
                if let Some(uid) = uid {
                    world.end_container(&uid, container, 128 + signal);
                }
            });
        }
        Ok(())
    }

    /// Ends the container.
    pub fn end_container(&self, code: i64) {
        self.shared.with(|world| {
            let uid = world.container(&self.namespace, &self.pod, &self.container).map(|(pod, _)| pod.uid.clone());
            if let Some(uid) = uid {
                world.end_container(&uid, &self.container, code);
            }
        });
    }

    /// Adds to what the run has logged.
    pub fn log(&self, lines: impl IntoIterator<Item = String>) {
        let now = self.now();
        self.shared.with(|world| {
            if let Some(container) = world.container_named(&self.namespace, &self.pod, &self.container)
                && let Some(run) = container.instance.as_mut().filter(|run| run.id == self.run)
            {
                run.write(now, lines);
            }
        });
        // Who follows the log waits for changes of the world, and this is none of an object.
        self.shared.changed.send_modify(|_| {});
    }
}

pub(super) fn spec_of<'a>(pod: &'a Value, container: &str) -> Option<&'a Value> {
    let all = ["/spec/containers", "/spec/initContainers", "/spec/ephemeralContainers"];
    all.iter().flat_map(|pointer| list(pod, pointer)).find(|spec| text(spec, "/name") == container)
}

pub(super) fn host_of(pod: &Value) -> String {
    let name = if pod["spec"]["hostNetwork"] == true { "/spec/nodeName" } else { "/metadata/name" };
    text(pod, name).to_owned()
}

/// The environment of the processes of a container.
pub(super) fn environment(world: &World, pod: &Object, spec: &Value) -> BTreeMap<String, String> {
    let image = world.images.get(text(spec, "/image"));
    let home = if Credentials::of(pod, spec, image).uid == 0 { "/root" } else { "/" };
    let host = host_of(pod);
    let mut vars: BTreeMap<String, String> = [
        ("HOME", home),
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
        ("KUBERNETES_SERVICE_PORT", "443"),
        ("HOSTNAME", &host),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let value = |env: &Value| match env.get("value").and_then(Value::as_str) {
        Some(value) => Some(value.to_owned()),
        None if env.get("valueFrom").is_none() => Some(String::new()),
        None => referred(world, text(pod, "/metadata/namespace"), pod, &env["valueFrom"]),
    };
    let own = list(spec, "/env").iter().filter_map(|env| Some((text(env, "/name").to_owned(), value(env)?)));
    vars.extend(own);
    vars
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
