//! `nslookup`, `wget` and `curl` against the services of the world: what answers is what is ready.

use std::fmt::Write as _;

use super::commands::Context;
use super::io::{Io, STDERR};
use super::session::Session;
use crate::demo::json::{int, list, map, text};
use crate::demo::world::World;

/// What a host name leads to.
struct Found {
    address: String,
    /// Ports on which somebody answers, and the HTTP paths that are known there.
    listeners: Vec<(i64, Vec<String>)>,
}

/// Looks a service, a pod address or a node address up.
fn look_up(shell: &Session, host: &str) -> Option<Found> {
    let place = &shell.place;
    place.shared.with(|world| {
        let mut parts = host.split('.');
        let name = parts.next().unwrap_or_default();
        let namespace = parts.next().unwrap_or(&place.namespace);
        if let Some(service) = world.store.get("services", namespace, name) {
            let address = text(&service, "/spec/clusterIP").to_owned();
            let listeners = list(&service, "/spec/ports")
                .iter()
                .filter_map(|port| {
                    let target = int(port, "/targetPort").or_else(|| int(port, "/port"))?;
                    let paths = ready_paths(world, namespace, &service, target)?;
                    Some((int(port, "/port")?, paths))
                })
                .collect();
            return Some(Found { address, listeners });
        }
        let pod = world.pods.values().find(|pod| pod.ip == host)?;
        let listeners = pod
            .containers
            .iter()
            .filter(|container| container.is_running())
            .filter_map(|container| container.instance.as_ref())
            .flat_map(|run| run.program.listens.iter().map(|port| (*port, run.program.paths.clone())))
            .collect();
        Some(Found { address: host.to_owned(), listeners })
    })
}

/// The paths that a ready pod of a service knows on a port; `None` when no ready pod listens there.
fn ready_paths(world: &World, namespace: &str, service: &serde_json::Value, port: i64) -> Option<Vec<String>> {
    let wanted = map(service, "/spec/selector")?;
    world.pods.values().filter(|pod| pod.namespace == namespace).find_map(|pod| {
        let object = world.store.get("pods", &pod.namespace, &pod.name)?;
        let labels = map(&object, "/metadata/labels")?;
        if !wanted.iter().all(|(key, value)| labels.get(key) == Some(value)) {
            return None;
        }
        let ready = pod
            .containers
            .iter()
            .filter(|container| container.ready)
            .filter_map(|container| container.instance.as_ref());
        ready.into_iter().find(|run| run.program.listens.contains(&port)).map(|run| run.program.paths.clone())
    })
}

/// `nslookup`
pub async fn nslookup(shell: &Session, io: &Io, args: &[&str], context: &mut Context) -> i64 {
    let host = args.iter().find(|arg| !arg.starts_with('-')).copied().unwrap_or_default();
    let server = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n";
    match look_up(shell, host) {
        Some(found) if found.address != "None" => {
            let full = if host.contains(".svc") { host.to_owned() } else { full_name(shell, host) };
            context.out(io, &format!("{server}Name:\t{full}\nAddress: {}\n", found.address)).await;
            0
        }
        _ => {
            context.out(io, &format!("{server}** server can't find {host}: NXDOMAIN\n")).await;
            1
        }
    }
}

fn full_name(shell: &Session, host: &str) -> String {
    if host.contains('.') {
        format!("{host}.svc.cluster.local")
    } else {
        format!("{host}.{}.svc.cluster.local", shell.place.namespace)
    }
}

/// The ports on which the containers of the pod listen: they share one network. `ss` and `netstat`.
pub fn listeners(shell: &Session) -> String {
    let place = &shell.place;
    let mut ports = place.shared.with(|world| {
        let pod = world.pods.values().find(|pod| pod.namespace == place.namespace && pod.name == place.pod);
        let running = pod.into_iter().flat_map(|pod| &pod.containers).filter(|container| container.is_running());
        let runs = running.filter_map(|container| container.instance.as_ref());
        runs.flat_map(|run| run.program.listens.clone()).collect::<Vec<i64>>()
    });
    ports.sort_unstable();
    let mut out = String::from("Proto Recv-Q Send-Q Local Address           Foreign Address         State\n");
    for port in ports {
        let _ = writeln!(out, "tcp        0      0 {:<23} {:<23} LISTEN", format!("0.0.0.0:{port}"), "0.0.0.0:*");
    }
    out
}

/// The addresses of the pod. `ip addr`.
pub fn addresses(shell: &Session) -> String {
    let ip = shell.place.look(|_, pod, _| text(pod, "/status/podIP").to_owned()).unwrap_or_default();
    format!(
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536\n    inet 127.0.0.1/8 scope host lo\n\
         2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500\n    inet {ip}/24 scope global eth0\n"
    )
}

/// `wget` and `curl`: asks for a URL.
pub async fn fetch(shell: &Session, io: &Io, args: &[&str], context: &mut Context) -> i64 {
    let url = args.iter().rfind(|arg| !arg.starts_with('-')).copied().unwrap_or_default();
    let rest = url.trim_start_matches("http://");
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (host, port) =
        authority.split_once(':').map_or((authority, 80), |(host, port)| (host, port.parse().unwrap_or(80)));
    let host = if matches!(host, "localhost" | "127.0.0.1") { own_address(shell) } else { host.to_owned() };
    let Some(found) = look_up(shell, &host) else {
        io.write(STDERR, &format!("wget: bad address '{authority}'\n")).await;
        return 1;
    };
    let Some((_, paths)) = found.listeners.into_iter().find(|(known, _)| *known == port) else {
        let error = format!("wget: can't connect to remote host ({}): Connection refused\n", found.address);
        io.write(STDERR, &error).await;
        return 1;
    };
    let path = path.split('?').next().unwrap_or(path);
    if !paths.iter().any(|known| known == path) {
        io.write(STDERR, "wget: server returned error: HTTP/1.1 404 Not Found\n").await;
        return 1;
    }
    context.out(io, "ok\n").await;
    0
}

fn own_address(shell: &Session) -> String {
    let place = &shell.place;
    place.shared.with(|world| {
        world
            .container(&place.namespace, &place.pod, &place.container)
            .map(|(pod, _)| pod.ip.clone())
            .unwrap_or_default()
    })
}
