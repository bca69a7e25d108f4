//! Commands of a node, for who went there with `chroot /host`: `crictl`, `systemctl`, `journalctl`.

use std::fmt::Write as _;

use super::commands::Plain;
use super::session::Session;
use crate::demo::json::text;

/// Runs one of them.
pub fn run(shell: &Session, name: &str, args: &[&str]) -> Plain {
    let Some(node) = shell.place.look(|_, pod, _| text(pod, "/spec/nodeName").to_owned()) else {
        return Err((String::new(), 1));
    };
    match (name, args) {
        ("crictl", ["ps", ..]) => Ok(containers(shell, &node)),
        ("crictl", ["pods", ..]) => Ok(pods(shell, &node)),
        ("crictl", _) => Err(("crictl: known here are: ps, pods\n".to_owned(), 1)),
        ("systemctl", ["status", unit, ..]) => status(unit.trim_end_matches(".service")),
        ("systemctl", ["is-active", unit, ..]) if is_unit(unit.trim_end_matches(".service")) => {
            Ok("active\n".to_owned())
        }
        ("systemctl", ["is-active", ..]) => Err(("inactive\n".to_owned(), 3)),
        ("journalctl", args) if args.iter().any(|arg| arg.contains("kubelet")) => {
            let log = shell.place.shared.with(|world| {
                let version = world.store.get("nodes", "", &node);
                let version = version.map(|node| text(&node, "/status/nodeInfo/kubeletVersion").to_owned());
                world.kubelet_log(&node, &version.unwrap_or_default())
            });
            Ok(log)
        }
        ("journalctl", _) => Ok("-- No entries --\n".to_owned()),
        _ => Err((format!("{name}: unknown command\n"), 1)),
    }
}

fn is_unit(unit: &str) -> bool {
    matches!(unit, "kubelet" | "containerd")
}

fn status(unit: &str) -> Plain {
    if !is_unit(unit) {
        return Err((format!("Unit {unit}.service could not be found.\n"), 4));
    }
    Ok(format!(
        "● {unit}.service\n     Loaded: loaded (/usr/lib/systemd/system/{unit}.service; enabled; preset: enabled)\n     \
         Active: active (running)\n"
    ))
}

fn containers(shell: &Session, node: &str) -> String {
    let mut out = format!("{:<15} {:<12} {:<24} {:<12} POD\n", "CONTAINER", "STATE", "NAME", "ATTEMPT");
    shell.place.shared.with(|world| {
        for pod in world.pods.values().filter(|pod| pod.node == node) {
            for container in pod.containers.iter().filter(|container| container.is_running()) {
                let id = container.instance.as_ref().map(|run| run.id.as_str()).unwrap_or_default();
                let id: String = id.trim_start_matches("containerd://").chars().take(13).collect();
                let (name, attempt) = (&container.name, container.restarts);
                let _ = writeln!(out, "{id:<15} {:<12} {name:<24} {attempt:<12} {}", "Running", pod.name);
            }
        }
    });
    out
}

fn pods(shell: &Session, node: &str) -> String {
    let mut out = format!("{:<12} {:<48} NAMESPACE\n", "STATE", "NAME");
    shell.place.shared.with(|world| {
        for pod in world.pods.values().filter(|pod| pod.node == node) {
            let state = if pod.sandboxed { "Ready" } else { "NotReady" };
            let _ = writeln!(out, "{state:<12} {:<48} {}", pod.name, pod.namespace);
        }
    });
    out
}
