//! Owners whose pods are refused: they say so, and try again after a while that doubles.
//!
//! Start with [`World::make_pod`].

use serde_json::{Value, json};

use super::event::Event;
use super::store::Object;
use super::{Task, World};
use crate::base::stamp::Stamp;
use crate::demo::json::{stamp, text};

/// The first wait of a controller's queue, and its longest, in seconds.
const FIRST: f64 = 0.005;
const LONGEST: f64 = 1_000.0;

/// The refusals of one owner's pods.
#[derive(Debug)]
pub(super) struct Refusals {
    count: i32,
    /// Not before this is it tried again.
    until: Stamp,
    since: Stamp,
    /// The words of the first.
    message: String,
}

impl World {
    /// Makes a pod for its owner, unless the owner waits after a refusal. `words` are around the server's: before
    /// them, as the controller writes its event.
    pub(super) fn make_pod(
        &mut self,
        owner: &Value,
        component: &'static str,
        words: &str,
        adjust: impl FnOnce(&mut Value),
    ) -> Option<Object> {
        let uid = text(owner, "/metadata/uid").to_owned();
        if self.refusals.get(&uid).is_some_and(|known| self.now < known.until) {
            return None;
        }
        match self.pod_from(owner, adjust) {
            Ok(pod) => {
                self.refusals.remove(&uid);
                Some(pod)
            }
            Err(failure) => {
                let message = format!("{words}{}", failure.message);
                let event = Event { warning: true, reason: "FailedCreate", message, component, ..Event::default() };
                self.record(owner, &event);
                self.put_off(uid, failure.message);
                None
            }
        }
    }

    fn put_off(&mut self, uid: String, message: String) {
        let now = self.now;
        let known = self.refusals.entry(uid).or_insert_with(|| Refusals { count: 0, until: now, since: now, message });
        let wait = (FIRST * 2f64.powi(known.count.min(20))).min(LONGEST);
        known.count += 1;
        known.until = now.plus_micros((wait * 1e6) as i64);
        self.later(wait, Task::Owners);
    }

    /// The condition of an owner whose pods are refused.
    pub(super) fn replica_failure(&self, owner: &Value) -> Option<Value> {
        let known = self.refusals.get(text(owner, "/metadata/uid"))?;
        Some(json!({"type": "ReplicaFailure", "status": "True", "lastTransitionTime": stamp(known.since),
            "reason": "FailedCreate", "message": known.message}))
    }

    /// All owners of pods look whether they may try again.
    pub(super) fn sync_owners(&mut self) {
        self.sync_replica_sets(&|_| true);
        self.sync_stateful_sets(&|_| true);
        self.sync_daemon_sets(&|_| true);
        self.sync_jobs(&|_| true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::json::{int, list};
    use crate::demo::world::kinds::by_plural;

    #[test]
    fn a_refused_owner_says_so_tries_again_and_heals() {
        let mut world = World::empty(1, Stamp::from_seconds(1_000));
        world.store.put("namespaces", json!({"metadata": {"name": "shop"}}));
        let kind = by_plural("deployments").expect("a kind");
        let spec = json!({"replicas": 2, "selector": {"matchLabels": {"app": "a"}}, "template": {
            "metadata": {"labels": {"app": "a"}}, "spec": {"serviceAccountName": "robot",
                "containers": [{"name": "c", "image": "nginx:1.29"}]}}});
        world.create(kind, json!({"metadata": {"name": "a", "namespace": "shop"}, "spec": spec})).expect("valid");
        world.advance(Stamp::from_seconds(1_060));
        let events = world.store.list("events", Some("shop"));
        let said = |event: &&Object| text(event, "/reason") == "FailedCreate";
        let times: i64 = events.iter().filter(said).filter_map(|event| int(event, "/count")).sum();
        assert!((12..=15).contains(&times), "{times} attempts in a minute");
        let a = world.store.get("deployments", "shop", "a").expect("there");
        let failure = list(&a, "/status/conditions").iter().find(|known| text(known, "/type") == "ReplicaFailure");
        assert!(failure.is_some_and(|known| text(known, "/message").contains("serviceaccount \"robot\" not found")));
        let account = json!({"metadata": {"name": "robot", "namespace": "shop"}});
        world.create(by_plural("serviceaccounts").expect("a kind"), account).expect("valid");
        world.advance(Stamp::from_seconds(1_160));
        assert_eq!(world.store.list("pods", Some("shop")).len(), 2);
        let a = world.store.get("deployments", "shop", "a").expect("there");
        assert!(!a.to_string().contains("ReplicaFailure"), "{a}");
    }
}
