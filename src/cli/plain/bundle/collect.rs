//! Reads objects and logs for a bundle. What cannot be read is a part that says why.

use futures::{StreamExt as _, stream};
use serde_json::Value;

use super::super::failure::Failure;
use super::super::session::Session;
use super::super::triage::scope::Scope;
use super::parts::Part;
use crate::base::percent;
use crate::cluster::http::{ACCEPT_JSON, get_bytes};
use crate::cluster::lookup::is_removed;
use crate::cluster::pages;
use crate::diagnosis::finding::Subject;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::kubectl::Kubectl;
use crate::model::links::{Links, OwnerReference};
use crate::model::pod::{ContainerKind, PodRow};

/// Logs that are read at the same time.
const AT_ONCE: usize = 4;
/// Owners above an object: more than there are.
const CHAIN: usize = 5;

/// The targets, the pods, and what owns them, each once, owners first; then the nodes of the pods.
pub async fn objects(session: &Session, scope: &Scope, pods: &[&PodRow]) -> Vec<Part> {
    let mut found: Vec<(Subject, Part)> = Vec::new();
    let targets = match scope {
        Scope::Targets(targets) => targets.clone(),
        Scope::All | Scope::Labelled => Vec::new(),
    };
    for subject in targets.into_iter().chain(pods.iter().map(|pod| Subject::pod(pod))) {
        let mut chain: Vec<(Subject, Part)> = Vec::new();
        let mut next = Some((subject.kind.to_ascii_lowercase(), subject));
        while let Some((kind, subject)) = next.take().filter(|_| chain.len() < CHAIN) {
            if found.iter().any(|(known, _)| known.is_same_object(&subject)) {
                break;
            }
            let (part, owner) = object(session, &kind, &subject).await;
            next = owner.map(|owner| {
                let (group, _) = owner.group_version();
                let kind = owner.kind.to_ascii_lowercase();
                let kind = if group.is_empty() { kind } else { format!("{kind}.{group}") };
                (kind, Subject::new(&owner.kind, &subject.namespace, &owner.name))
            });
            chain.push((subject, part));
        }
        chain.reverse();
        found.extend(chain);
    }
    for pod in pods.iter().filter(|pod| !pod.node.is_empty()) {
        let node = Subject::node(&pod.node);
        if !found.iter().any(|(known, _)| known.is_same_object(&node)) {
            let (part, _) = object(session, "node", &node).await;
            found.push((node, part));
        }
    }
    found.into_iter().map(|(_, part)| part).collect()
}

/// An object as a part, and what controls it.
async fn object(session: &Session, kind: &str, subject: &Subject) -> (Part, Option<OwnerReference>) {
    let title = format!("{}/{}", subject.kind.to_ascii_lowercase(), subject.name);
    let from = Kubectl::new(["get"]).word(&*title).namespace(&subject.namespace).word("-o").word("yaml").to_string();
    match read(session, kind, subject).await {
        Ok(object) => {
            let owner = Links::of(&object, "", "").owners.into_iter().next();
            (Part::object(&title, &from, &object), owner)
        }
        Err(failure) => (Part::unread(&title, &from, &failure.in_words()), None),
    }
}

async fn read(session: &Session, kind: &str, subject: &Subject) -> Result<Value, Failure> {
    let resource = session.resource(kind).await?;
    let namespace = if resource.namespaced { &*subject.namespace } else { "" };
    let key = ObjectKey::new(resource, namespace, &subject.name);
    session.heard(pages::value(&session.connection, &key, ACCEPT_JSON).await?)
}

/// The logs of these pods, and of the run before where there was one.
pub async fn logs(session: &Session, pods: &[&PodRow], lines: u32) -> Vec<Part> {
    let mut wanted = Vec::new();
    for pod in pods {
        for container in pod.containers.iter().filter(|container| container.kind != ContainerKind::Ephemeral) {
            wanted.push((*pod, &*container.name, false));
            if container.restarts > 0 {
                wanted.push((*pod, &*container.name, true));
            }
        }
    }
    let logs = wanted.into_iter().map(|(pod, container, previous)| log(session, pod, container, previous, lines));
    stream::iter(logs).buffered(AT_ONCE).collect().await
}

async fn log(session: &Session, pod: &PodRow, container: &str, previous: bool, lines: u32) -> Part {
    let run = if previous { "Log of the run before of" } else { "Log of" };
    let title = format!("{run} {}/{container}", pod.meta.name);
    let command =
        Kubectl::new(["logs"]).word(&*pod.meta.name).word("-c").word(container).namespace(&pod.meta.namespace);
    let command = command.words(["--timestamps".to_owned(), format!("--tail={lines}")]);
    let from = if previous { command.word("--previous") } else { command }.to_string();
    let key = ObjectKey::new(Kind::Pod, &pod.meta.namespace, &pod.meta.name);
    let container = percent::encode(container, percent::UNRESERVED);
    let path =
        format!("{}/log?container={container}&previous={previous}&tailLines={lines}&timestamps=true", key.path());
    let within = session.connection.request_timeout;
    match get_bytes(&session.connection.client, &path, ACCEPT_JSON, within).await {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            if is_removed(&text) {
                return Part::unread(&title, &from, "the node has removed the container, and its log with it");
            }
            Part::lines(&title, &from, text.lines())
        }
        Err(error) => Part::unread(&title, &from, &error.to_string()),
    }
}
