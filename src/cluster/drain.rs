//! Draining a node: cordon it, evict its pods, wait until they are gone.
//!
//! Which pods go is planned in `model::write::drain`; when a budget forbids one it is tried again, as kubectl does,
//! until it goes or the future is dropped. The node stays cordoned either way. Start with [`run`].

use std::collections::BTreeSet;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _, stream};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::api::WriteUpdate;
use super::connect::Connection;
use super::error::Error;
use super::http::{ACCEPT_METADATA, get_json, get_json_as, send};
use super::objects::list;
use super::write::{Done, Ending, Job, Outcome};
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::base::{json, percent};
use crate::model::write::Drain;
use crate::model::write::drain::{DaemonSets, Evicted, Plan, Unread, daemon_sets};

/// How long kubectl waits before it asks again for an eviction that was refused for now.
const RETRY: Duration = Duration::from_secs(5);
/// How often is looked whether evicted pods are gone.
const LOOK: Duration = Duration::from_secs(1);
/// So often in a row that look may fail.
const PATIENCE: u32 = 30;
/// Requests that run at the same time.
const AT_ONCE: usize = 8;

/// Drains the job's node.
pub(super) async fn run<M>(job: &mut Job<'_, M>, flags: Drain, now: Stamp) -> Outcome {
    let cordoned = job.change(now).await?;
    let node = &job.write.target.name;
    let said =
        if cordoned.said.ends_with("already cordoned") { cordoned.said } else { format!("node/{node} cordoned") };
    job.tell(WriteUpdate::Progress(said)).await;
    let pods = list(job.connection, &pods_on(node)).await.map_err(|error| left(job, &error.to_string()))?;
    let sets = read_daemon_sets(job.connection, &pods).await;
    let plan = Plan::of(&pods, &sets, flags);
    if !plan.refusals.is_empty() {
        return Err(left(job, &plan.refusals.join("; ")));
    }
    job.warn_all(plan.warnings).await;
    let errors = evict(job, plan.evicted).await?;
    if errors.is_empty() {
        Ok(Done { said: job.write.said(), object: cordoned.object })
    } else {
        Err(left(job, &errors.join("; ")))
    }
}

/// A drain that ended half-way.
fn left<M>(job: &Job<'_, M>, said: &str) -> Ending {
    Ending::Trouble(Problem::new(job.write.to_string(), said, "The node stays cordoned"))
}

/// The path of the pods on a node.
fn pods_on(node: &str) -> String {
    format!("/api/v1/pods?fieldSelector={}", percent::encode(&format!("spec.nodeName={node}"), percent::UNRESERVED))
}

async fn read_daemon_sets(connection: &Connection, pods: &[Value]) -> DaemonSets {
    let reads = daemon_sets(pods).into_iter().map(|(namespace, name)| async move {
        let part = |text: &str| percent::encode(text, percent::UNRESERVED);
        let path = format!("/apis/apps/v1/namespaces/{}/daemonsets/{}", part(&namespace), part(&name));
        let read = get_json(&connection.client, &path, connection.request_timeout).await;
        let read = read.map(drop).map_err(|error| Unread { said: error.to_string(), missing: error.is_not_found() });
        ((namespace, name), read)
    });
    stream::iter(reads).buffer_unordered(AT_ONCE).collect().await
}

/// Evicts all and waits until each is gone; gives back what went wrong with single pods.
async fn evict<M>(job: &Job<'_, M>, pods: Vec<Evicted>) -> Result<Vec<String>, Ending> {
    let (connection, node) = (job.connection, &job.write.target.name);
    let gate = Semaphore::new(AT_ONCE);
    let ask = |pod: Evicted, after| ask(connection, &gate, pod, after);
    let mut asked: FuturesUnordered<_> = pods.iter().map(|pod| ask(pod.clone(), Duration::ZERO)).collect();
    let mut way = Way::new(pods);
    let look = there(connection, node).fuse();
    tokio::pin!(look);
    let (mut failed, mut told) = (0, String::new());
    while let Some(text) = way.text() {
        if text != told {
            job.tell(WriteUpdate::Progress(text.clone())).await;
            told = text;
        }
        tokio::select! {
            Some((pod, answer)) = asked.next() => {
                if way.answered(&pod, answer) {
                    asked.push(ask(pod, RETRY));
                }
            }
            uids = &mut look => {
                failed = if uids.is_ok() { 0 } else { failed + 1 };
                match uids {
                    Ok(uids) => way.keep(&uids),
                    Err(error) if failed > PATIENCE => return Err(left(job, &error.to_string())),
                    Err(_) => {}
                }
                look.set(there(connection, node).fuse());
            }
        }
    }
    Ok(way.errors)
}

/// What came of asking for an eviction.
enum Answer {
    /// The pod was told to end, or is gone.
    Accepted,
    /// Not now: why.
    Later(String),
    /// No: why.
    Refused(String),
}

/// Asks for an eviction, after a while.
async fn ask(connection: &Connection, gate: &Semaphore, pod: Evicted, after: Duration) -> (Evicted, Answer) {
    sleep(after).await;
    // It is never closed.
    let _permit = gate.acquire().await;
    let (_, answer) = send(&connection.client, &pod.eviction(), connection.request_timeout).await;
    let answer = match answer {
        Ok(_) => Answer::Accepted,
        Err(error) if error.is_not_found() || error.is_other_uid() => Answer::Accepted,
        // A conflict of another kind is between the server's own changes of the budget.
        Err(Error::Api { code: 429 | 409, message, .. }) => Answer::Later(message),
        // In a namespace that ends no eviction is taken, but its pods end anyway.
        Err(error) if error.is_forbidden() && error.to_string().contains("because it is being terminated") => {
            Answer::Later(error.to_string())
        }
        Err(error) => {
            let key = &pod.key;
            Answer::Refused(format!("error when evicting pods/\"{}\" -n \"{}\": {error}", key.name, key.namespace))
        }
    };
    (pod, answer)
}

/// The UIDs of the pods on a node, a moment from now.
async fn there(connection: &Connection, node: &str) -> Result<BTreeSet<String>, Error> {
    sleep(LOOK).await;
    let within = connection.request_timeout;
    let pods = get_json_as(&connection.client, &pods_on(node), ACCEPT_METADATA, within).await?;
    Ok(json::list(&pods, "/items").iter().map(|pod| json::text(pod, "/metadata/uid").to_owned()).collect())
}

/// How far the pods of a node are on their way.
struct Way {
    total: usize,
    /// Those that are not gone, and why they cannot go now, where that is so.
    waiting: Vec<(Evicted, String)>,
    errors: Vec<String>,
}

impl Way {
    fn new(pods: Vec<Evicted>) -> Self {
        let waiting: Vec<_> = pods.into_iter().map(|pod| (pod, String::new())).collect();
        Self { total: waiting.len(), waiting, errors: Vec::new() }
    }

    /// Takes an answer in; whether it must be asked again.
    fn answered(&mut self, pod: &Evicted, answer: Answer) -> bool {
        let Some(at) = self.waiting.iter().position(|(known, _)| known.uid == pod.uid) else { return false };
        match answer {
            Answer::Accepted => self.waiting[at].1.clear(),
            Answer::Later(why) => {
                self.waiting[at].1 = why;
                return true;
            }
            Answer::Refused(why) => {
                self.waiting.remove(at);
                self.errors.push(why);
            }
        }
        false
    }

    /// Forgets the pods that are not there any more.
    fn keep(&mut self, uids: &BTreeSet<String>) {
        self.waiting.retain(|(pod, _)| uids.contains(&pod.uid));
    }

    /// Where it stands; `None` when nothing is waited for.
    fn text(&self) -> Option<String> {
        let held = self.waiting.iter().find(|(_, why)| !why.is_empty());
        let (pod, why) = held.or(self.waiting.first())?;
        let gone = self.total - self.waiting.len() - self.errors.len();
        let (namespace, name) = (&pod.key.namespace, &pod.key.name);
        let rest = match (self.waiting.len() - 1, why.as_str()) {
            (0, "") => String::new(),
            (more, "") => format!(" and {more} more"),
            (_, why) => format!(": {why}"),
        };
        Some(format!("{gone} of {} pods gone, waiting for {namespace}/{name}{rest}", self.total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::{Kind, ObjectKey};

    fn pod(name: &str) -> Evicted {
        Evicted { key: ObjectKey::new(Kind::Pod, "shop", name), uid: name.to_owned() }
    }

    #[test]
    fn it_says_what_it_waits_for_and_why() {
        let mut way = Way::new(vec![pod("a"), pod("b"), pod("c")]);
        assert_eq!(way.text().as_deref(), Some("0 of 3 pods gone, waiting for shop/a and 2 more"));
        assert!(way.answered(&pod("b"), Answer::Later("its budget forbids it.".to_owned())));
        assert_eq!(way.text().as_deref(), Some("0 of 3 pods gone, waiting for shop/b: its budget forbids it."));
        way.keep(&["b".to_owned(), "c".to_owned()].into());
        assert!(!way.answered(&pod("b"), Answer::Accepted));
        assert!(!way.answered(&pod("a"), Answer::Later("late".to_owned())), "it is gone already");
        assert_eq!(way.text().as_deref(), Some("1 of 3 pods gone, waiting for shop/b and 1 more"));
        assert!(!way.answered(&pod("c"), Answer::Refused("no".to_owned())));
        assert_eq!(way.text().as_deref(), Some("1 of 3 pods gone, waiting for shop/b"));
        way.keep(&BTreeSet::new());
        assert_eq!((way.text(), way.errors), (None, vec!["no".to_owned()]));
    }
}
