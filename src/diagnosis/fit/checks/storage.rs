//! Volumes: `VolumeRestrictions`, `VolumeBinding`, `VolumeZone`.
//!
//! What was not read of claims, volumes and classes is not judged; `Fit::not_checked` says so.

use super::{Found, Plan, found};
use crate::diagnosis::fit::cluster::{Cluster, FitNode};
use crate::diagnosis::fit::pod::{ClaimName, FitPod};
use crate::diagnosis::fit::volumes::{Claim, StorageClass, Volume, ZONES};

/// What a pod's claims come down to.
#[derive(Debug, Default)]
pub(in super::super) struct Storage<'c> {
    /// One of the claims is for one pod only.
    is_for_one: bool,
    /// Claims that one pod may use, and another does: claim and pod.
    taken: Vec<(&'c str, &'c str)>,
    /// The volumes of bound claims, by the name of the claim; `None`: there is no such volume.
    bound: Vec<(&'c str, Option<&'c Volume>)>,
    /// Claims that are bound when the pod is placed, smallest first.
    waiting: Vec<(&'c Claim, Vec<&'c Volume>, &'c StorageClass)>,
    /// Where volumes of the pod are, by labels of nodes.
    zones: Vec<(&'c str, &'static str, Vec<&'c str>)>,
}

/// What the pod's claims come down to. As an error: why no node is looked at.
pub(super) fn plan<'c>(cluster: &'c Cluster, pod: &FitPod) -> Result<Storage<'c>, String> {
    let mut storage = Storage::default();
    let all = &cluster.storage;
    let Some(known) = &all.claims else { return Ok(storage) };
    let find = |name: &str| known.get(&(pod.namespace.clone(), name.to_owned()));
    let missing = |name: &str| format!("persistentvolumeclaim \"{name}\" not found");
    // The filters look at all claims one after the other, each with its own question.
    for ClaimName { name, .. } in pod.claims.iter().filter(|claim| !claim.is_ephemeral) {
        let claim = find(name).ok_or_else(|| missing(name))?;
        storage.is_for_one |= claim.is_for_one_pod();
        let others = all.users(&pod.namespace, name).iter().filter(|user| **user != pod.name);
        let taken = others.filter(|_| claim.is_for_one_pod()).map(|user| (claim.name.as_str(), user.as_str()));
        storage.taken.extend(taken);
    }
    let mut claims = Vec::new();
    for ClaimName { name, is_ephemeral } in &pod.claims {
        let claim = find(name).ok_or_else(|| match is_ephemeral {
            false => missing(name),
            true => format!("waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\""),
        })?;
        refuse(claim, pod, *is_ephemeral)?;
        claims.push((claim, *is_ephemeral));
    }
    for &(claim, _) in &claims {
        bind(cluster, claim, &mut storage)?;
    }
    storage.waiting.sort_by_key(|(claim, ..)| claim.size());
    for (claim, _) in claims.into_iter().filter(|(claim, is_ephemeral)| !is_ephemeral && !claim.volume.is_empty()) {
        let Some(volumes) = &all.volumes else { continue };
        let lost = || format!("persistentvolume \"{}\" not found", claim.volume);
        let volume = volumes.get(&claim.volume).ok_or_else(lost)?;
        storage.zones.extend(volume.zones().map(|(key, values)| (volume.name.as_str(), key, values)));
    }
    Ok(storage)
}

/// Why a claim is of no use to a pod (scheduler, `podHasPVCs`).
fn refuse(claim: &Claim, pod: &FitPod, is_ephemeral: bool) -> Result<(), String> {
    let Claim { name, volume, namespace, .. } = claim;
    if claim.is_lost {
        return Err(format!("persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\""));
    }
    if claim.is_ending {
        return Err(format!("persistentvolumeclaim \"{name}\" is being deleted"));
    }
    if is_ephemeral && claim.owner != pod.uid {
        let of = format!("{}/{}", pod.namespace, pod.name);
        return Err(format!("PVC {namespace}/{name} was not created for pod {of} (pod is not owner)"));
    }
    Ok(())
}

impl Storage<'_> {
    /// Whether only one pod can use the claims.
    pub(in super::super) fn is_for_one_pod(&self) -> bool {
        self.is_for_one
    }

    /// Whether a volume may have to be made for one of the claims.
    pub(in super::super) fn may_provision(&self) -> bool {
        self.waiting.iter().any(|(.., class)| class.is_dynamic())
    }
}

/// Sorts a claim into bound, and to be bound when the pod is placed; another cannot be used yet.
fn bind<'c>(cluster: &'c Cluster, claim: &'c Claim, storage: &mut Storage<'c>) -> Result<(), String> {
    let all = &cluster.storage;
    if claim.is_bound {
        if let Some(volumes) = &all.volumes {
            storage.bound.push((&claim.name, volumes.get(&claim.volume)));
        }
        return Ok(());
    }
    let unbound = || "pod has unbound immediate PersistentVolumeClaims".to_owned();
    if !claim.volume.is_empty() || claim.class.is_empty() {
        return Err(unbound());
    }
    let (Some(classes), Some(volumes)) = (&all.classes, &all.volumes) else { return Ok(()) };
    let class = classes.get(&claim.class).filter(|class| class.waits).ok_or_else(unbound)?;
    let mut fitting: Vec<&Volume> = volumes.values().filter(|volume| volume.suits(claim)).collect();
    fitting.sort_by_key(|volume| volume.rank(claim));
    storage.waiting.push((claim, fitting, class));
    Ok(())
}

/// `VolumeRestrictions`.
pub(super) fn sharing(plan: &Plan<'_>, node: &FitNode) -> Found {
    let disks = plan.pod.disks.iter().filter_map(|disk| {
        let holder = node.pods.iter().find(|pod| pod.disks.iter().any(|other| disk.conflicts(other)))?;
        let namespace = &plan.view.cluster.classes[holder.class as usize].namespace;
        Some(format!("disk {} is mounted by {namespace}/{}", disk.id, holder.name))
    });
    let disks: Vec<String> = disks.collect();
    if !disks.is_empty() {
        return found("node(s) had no available disk", disks);
    }
    let taken = plan.storage.taken.iter();
    let detail = taken.map(|(claim, pod)| format!("claim {claim} is for one pod only, and {pod} uses it")).collect();
    found(
        "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
        detail,
    )
}

/// `VolumeBinding`.
pub(super) fn binding(storage: &Storage<'_>, node: &FitNode) -> Found {
    let (mut reasons, mut detail) = Found::default();
    let unreached = storage.bound.iter().find(|(_, volume)| volume.is_none_or(|v| !v.is_reached(&node.labels)));
    match unreached {
        Some((claim, Some(volume))) => {
            reasons.push("node(s) didn't match PersistentVolume's node affinity".into());
            detail.push(format!("volume {} of claim {claim} cannot be reached from here", volume.name));
        }
        Some((claim, None)) => {
            reasons.push("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)".into());
            detail.push(format!("the volume of claim {claim} does not exist"));
        }
        None => {}
    }
    let unbound = unbound(storage, node);
    if !unbound.is_empty() {
        reasons.push("node(s) didn't find available persistent volumes to bind".into());
        detail.extend(unbound.iter().map(|claim| format!("no volume for claim {claim} is to be had here")));
    }
    (reasons, detail)
}

/// The claims for which there is no volume for a node, and none can be made.
fn unbound<'c>(storage: &Storage<'c>, node: &FitNode) -> Vec<&'c str> {
    let mut chosen: Vec<&str> = Vec::new();
    let mut unbound = Vec::new();
    for (claim, volumes, class) in &storage.waiting {
        let is_placed = !claim.node.is_empty();
        let is_free = |volume: &&&Volume| !chosen.contains(&volume.name.as_str());
        let own = volumes.first().filter(|volume| volume.is_made_for(claim));
        let volume = match own {
            Some(own) => Some(own).filter(|own| own.is_reached(&node.labels)),
            None => volumes.iter().filter(is_free).find(|volume| volume.is_reached(&node.labels)),
        };
        match volume.filter(|_| !is_placed) {
            Some(volume) => chosen.push(&volume.name),
            None if (!is_placed || claim.node == node.name) && class.provides(&node.labels) => {}
            None => unbound.push(claim.name.as_str()),
        }
    }
    unbound
}

/// `VolumeZone`.
pub(super) fn zones(storage: &Storage<'_>, node: &FitNode) -> Found {
    if ZONES.iter().all(|key| node.labels.get(key).is_none()) {
        return Found::default();
    }
    let elsewhere = storage.zones.iter().filter(|(_, key, values)| {
        let own = node.labels.get(key).or_else(|| node.labels.get(&key.replace("failure-domain.beta", "topology")));
        own.is_none_or(|own| !values.contains(&&**own))
    });
    let line = |(volume, key, values): &(&str, &str, Vec<&str>)| {
        format!("volume {volume} is in {key}={}, the node has {}", values.join(","), node.labels.shown(key))
    };
    found("node(s) had no available volume zone", elsewhere.map(line).collect())
}
