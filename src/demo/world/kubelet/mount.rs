//! What a pod needs before its containers: volumes, then the network.
//!
//! Start with [`World::set_up_sandbox`]. The words are those of the kubelet's volume manager and of containerd.

use serde_json::Value;

use super::super::claims::claims;
use super::super::event::Event;
use super::super::store::Object;
use super::super::{Task, World};
use super::settings::{has_key, source};
use crate::demo::json::{flag, list, text};

/// Why a pod is not set up yet: reason, sentence, and who says so.
struct Trouble {
    reason: &'static str,
    message: String,
    component: &'static str,
}

impl World {
    /// Volumes, then the network; then the containers may start.
    pub(in crate::demo::world) fn set_up_sandbox(&mut self, uid: &str) {
        let Some(object) = self.pod_object(uid) else { return };
        if self.pods.get(uid).is_none_or(|pod| pod.sandboxed || pod.stopping || pod.failed.is_some()) {
            return;
        }
        let trouble = self.attach_error(&object).or_else(|| self.mount_error(&object));
        let node = text(&object, "/spec/nodeName").to_owned();
        let trouble = trouble.or_else(|| self.network_error(&object, &node));
        if let Some(Trouble { reason, message, component }) = trouble {
            let host = if component == "kubelet" { node.as_str() } else { "" };
            let event = Event { warning: true, reason, message, component, host, ..Event::default() };
            self.record(&object, &event);
            let Some(pod) = self.pods.get_mut(uid) else { return };
            pod.mount_failures += 1;
            // 0.5 s, doubled, up to a little over two minutes, as the volume manager does.
            let wait = 0.5 * 2f64.powi(pod.mount_failures.min(8) as i32);
            return self.later(wait.min(122.0), Task::Sandbox(uid.to_owned()));
        }
        let ip = if object["spec"]["hostNetwork"] == true { self.node_ip(&node) } else { self.next_pod_ip(&node) };
        if let Some(pod) = self.pods.get_mut(uid) {
            pod.sandboxed = true;
            pod.ip = ip;
        }
        self.start_next(uid);
        self.publish(uid);
    }

    fn mount_error(&self, object: &Value) -> Option<Trouble> {
        list(object, "/spec/volumes").iter().find_map(|volume| {
            let why = self.projection_error(object, volume).or_else(|| self.host_path_error(object, volume))?;
            let name = text(volume, "/name");
            let message = format!("MountVolume.SetUp failed for volume {name:?} : {why}");
            Some(Trouble { reason: "FailedMount", message, component: "kubelet" })
        })
    }

    /// A volume of `ConfigMaps` and Secrets, or a projected one, which is several of them.
    fn projection_error(&self, object: &Value, volume: &Value) -> Option<String> {
        let namespace = text(object, "/metadata/namespace");
        // The token of the service account is there wherever its namespace is.
        if text(volume, "/name").starts_with("kube-api-access-") {
            return None;
        }
        self.source_error(namespace, volume).or_else(|| {
            list(volume, "/projected/sources").iter().find_map(|source| self.source_error(namespace, source))
        })
    }

    fn source_error(&self, namespace: &str, volume: &Value) -> Option<String> {
        let (kind, plural, source) = source(volume, "/configMap", "/secret")?;
        let kind = kind.to_lowercase();
        let name = [text(source, "/secretName"), text(source, "/name")].concat();
        if flag(source, "/optional") {
            return None;
        }
        let Some(found) = self.store.get(plural, namespace, &name) else {
            return Some(format!("{kind} {name:?} not found"));
        };
        let wanted = list(source, "/items").iter().map(|item| text(item, "/key"));
        let missing = wanted.into_iter().find(|key| !has_key(&found, key))?;
        let said = if kind == "secret" {
            "references non-existent secret"
        } else {
            "configmap references non-existent config"
        };
        Some(format!("{said} key: {missing}"))
    }

    fn host_path_error(&self, object: &Value, volume: &Value) -> Option<String> {
        let path = text(volume, "/hostPath/path");
        let (is_there, what) = {
            let files = || self.machine_files(text(object, "/spec/nodeName"));
            let below = format!("{}/", path.trim_end_matches('/'));
            match text(volume, "/hostPath/type") {
                "Directory" => (files().keys().any(|file| file.starts_with(&below)), "a directory"),
                "File" => (files().contains_key(path), "a file"),
                "Socket" => (files().contains_key(path) && below.ends_with(".sock/"), "a socket file"),
                _ => return None,
            }
        };
        (!is_there).then(|| format!("hostPath type check failed: {path} is not {what}"))
    }

    /// A volume for one machine at a time that is still in use on another.
    fn attach_error(&self, object: &Value) -> Option<Trouble> {
        let (namespace, node) = (text(object, "/metadata/namespace"), text(object, "/spec/nodeName"));
        claims(object).find_map(|claim| {
            let held = self.store.get("persistentvolumeclaims", namespace, claim)?;
            let shared = list(&held, "/spec/accessModes").iter().any(|mode| mode != "ReadWriteOnce");
            let pods = self.store.list("pods", Some(namespace));
            let elsewhere = pods.iter().filter(|pod: &&Object| {
                let known = self.pods.get(text(pod, "/metadata/uid"));
                known.is_some_and(|known| known.node != node && known.holds_volumes())
                    && claims(pod).any(|known| known == claim)
            });
            let names: Vec<&str> = elsewhere.map(|pod| text(pod, "/metadata/name")).collect();
            let volume = text(&held, "/spec/volumeName");
            (!shared && !names.is_empty()).then(|| Trouble {
                reason: "FailedAttachVolume",
                message: format!(
                    "Multi-Attach error for volume {volume:?} Volume is already used by pod(s) {}",
                    names.join(", ")
                ),
                component: "attachdetach-controller",
            })
        })
    }

    /// The next free address of a node's range, after the one that was given out last.
    fn next_pod_ip(&mut self, node: &str) -> String {
        let size = self.range_of(node).map_or(250, |(_, size)| size.saturating_sub(3)).clamp(1, 250);
        let Some(number) = self.nodes.get(node).map(|kubelet| kubelet.number) else { return String::new() };
        let mut address = String::new();
        for _ in 0..size {
            let Some(kubelet) = self.nodes.get_mut(node) else { break };
            kubelet.addresses = kubelet.addresses % size + 1;
            address = format!("10.42.{number}.{}", kubelet.addresses + 1);
            if !self.pods.values().any(|pod| pod.ip == address && pod.holds_address()) {
                break;
            }
        }
        address
    }

    /// The first three numbers of a node's range, and how many addresses it spans.
    fn range_of(&self, node: &str) -> Option<(String, usize)> {
        let node = self.store.get("nodes", "", node)?;
        let (base, bits) = text(&node, "/spec/podCIDR").split_once('/')?;
        let size = 2usize.checked_pow(32u32.checked_sub(bits.parse().ok()?)?)?;
        Some((base.rsplit_once('.')?.0.to_owned(), size))
    }

    /// The addresses of a node's range, but for those of its bridge and its ends, are used up.
    fn network_error(&mut self, object: &Value, node: &str) -> Option<Trouble> {
        if object["spec"]["hostNetwork"] == true {
            return None;
        }
        let (prefix, size) = self.range_of(node)?;
        let used = self.pods.values().filter(|pod| pod.node == node && pod.holds_address()).count();
        if used + 3 < size {
            return None;
        }
        let sandbox = self.random.hex(64);
        Some(Trouble {
            reason: "FailedCreatePodSandBox",
            message: format!(
                "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \
                 {sandbox:?}: plugin type=\"bridge\" name=\"pods\" failed (add): failed to allocate for range 0: no IP \
                 addresses available in range set: {prefix}.1-{prefix}.{}",
                size - 2
            ),
            component: "kubelet",
        })
    }
}
