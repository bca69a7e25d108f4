//! The history of `StatefulSets` and `DaemonSets`: a `ControllerRevision` for each template that was in use.
//!
//! Start with [`World::keep_revision`].

use serde_json::{Value, json};

use super::World;
use super::random::{Random, hash, name_hash};
use super::replicas::owner_reference;
use super::store::Object;
use crate::demo::json::{int, set, stamp, text};

/// The label of a pod that names the revision it was made from.
pub const LABEL: &str = "controller-revision-hash";

impl World {
    /// Keeps the template that an owner has now as its newest revision, and gives back the part of the revision's name
    /// that is its own.
    pub(super) fn keep_revision(&mut self, owner: &Value) -> String {
        let mut template = owner["spec"]["template"].clone();
        set(&mut template, &["$patch"], "replace".into());
        let data = json!({"spec": {"template": template}});
        let known = self.owned("controllerrevisions", owner);
        let newest = known.iter().filter_map(|known| int(known, "/revision")).max().unwrap_or_default();
        let Some(same) = known.iter().find(|known| known["data"] == data) else {
            return self.create_revision(owner, &data, newest + 1);
        };
        if int(same, "/revision").unwrap_or_default() < newest {
            let mut again = (**same).clone();
            again["revision"] = (newest + 1).into();
            self.store.put("controllerrevisions", again);
        }
        own_part(same, owner)
    }

    /// Without the world's dice: a revision more or less must not change the names of what comes after it.
    fn create_revision(&mut self, owner: &Value, data: &Value, revision: i64) -> String {
        let own = name_hash(&data.to_string());
        let name = format!("{}-{own}", text(owner, "/metadata/name"));
        let mut labels = owner["spec"]["selector"]["matchLabels"].clone();
        set(&mut labels, &[LABEL], own.clone().into());
        let uid = Random::new(hash(&format!("{}{name}", text(owner, "/metadata/uid")))).uuid();
        let object = json!({"apiVersion": "apps/v1", "kind": "ControllerRevision",
            "metadata": {"name": name, "namespace": owner["metadata"]["namespace"], "uid": uid, "labels": labels,
                "creationTimestamp": stamp(self.now), "ownerReferences": [owner_reference(owner)]},
            "revision": revision, "data": data});
        self.store.put("controllerrevisions", object);
        own
    }
}

fn own_part(revision: &Object, owner: &Value) -> String {
    let name = text(revision, "/metadata/name");
    let rest = name.strip_prefix(text(owner, "/metadata/name")).and_then(|rest| rest.strip_prefix('-'));
    rest.unwrap_or(name).to_owned()
}

/// Whether a pod was made from the revision `hash` (for a `StatefulSet`: the revision's whole name).
pub fn is_of(pod: &Value, hash: &str) -> bool {
    pod["metadata"]["labels"][LABEL] == *hash
}
