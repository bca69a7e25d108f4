//! The laws of merging: the order of what comes does not matter, and nothing is lost or said twice.

use proptest::prelude::*;

use super::*;
use crate::diagnosis::judge::Judged;

const IDS: &[&str] = &[
    "image.not-found",
    "sched.no-fit",
    "owner.progress-deadline",
    "owner.quota",
    "owner.backoff-limit",
    "node.kubelet-silent",
    "debug.leftover",
];

/// A finding of a pod of one of three owners, or of the owner itself, with one of a few roots.
fn judged() -> impl Strategy<Value = Judged> {
    (0..IDS.len(), 0..4_usize, 0..3_usize, 0..3_usize, 0..4_i64, 0..3_usize).prop_map(
        |(id, pod, owner, root, since, cause)| {
            let rule = rules::find(IDS[id]).expect("a rule");
            let owner = Subject::new("Deployment", "shop", ["web", "db", "api"][owner]);
            let pod = format!("{}-{pod}", owner.name);
            let is_of_owner = rule.id.starts_with("owner.");
            let subject = if is_of_owner { owner.clone() } else { Subject::new("Pod", "shop", &pod) };
            let root = match root {
                0 => Subject::node("node-a"),
                1 => Subject::new("Secret", "shop", "tls"),
                _ => owner.clone(),
            };
            let finding = rule.finding(subject, ["one", "another", "third"][cause]).since(Stamp::from_seconds(since));
            Judged {
                finding: finding.root(if is_of_owner { owner.clone() } else { root }),
                owner,
                explains: Vec::new(),
            }
        },
    )
}

fn many() -> impl Strategy<Value = Vec<Judged>> {
    prop::collection::vec(judged(), 0..40)
}

proptest! {
    #[test]
    fn any_order_gives_the_same_groups((one, other) in many().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))) {
        prop_assert_eq!(merge(&one), merge(&other));
    }

    #[test]
    fn every_finding_is_in_one_group_or_explained_by_one(all in many()) {
        let groups = merge(&all);
        for Judged { finding, .. } in &all {
            let key = GroupKey { id: finding.id.clone(), root: finding.root.clone() };
            let own = groups.iter().filter(|group| group.key() == key).count();
            let is_of_key = |other: &&Judged| other.finding.id == key.id && other.finding.root == key.root;
            let said: Vec<_> = all.iter().filter(is_of_key).map(|other| (key.id.clone(), other.finding.subject.clone())).collect();
            let by = groups.iter().filter(|group| group.explains.iter().any(|one| said.contains(one))).count();
            prop_assert_eq!(own + by, 1, "{:?}", key);
        }
    }

    #[test]
    fn groups_stand_in_one_order_and_are_as_bad_as_their_worst(all in many()) {
        let groups = merge(&all);
        for pair in groups.windows(2) {
            prop_assert!(pair[0].rank() < pair[1].rank());
        }
        for group in &groups {
            let of = all.iter().map(|judged| &judged.finding).filter(|it| it.id == group.finding.id && it.root == group.finding.root);
            prop_assert_eq!(of.clone().map(|it| it.severity).max(), Some(group.finding.severity));
            prop_assert_eq!(of.map(|it| it.since).filter(|at| at.is_set()).min().unwrap_or_default(), group.since);
        }
    }

    #[test]
    fn merging_what_is_merged_changes_nothing(all in many()) {
        let twice: Vec<_> = all.iter().chain(&all).cloned().collect();
        prop_assert_eq!(merge(&all), merge(&twice));
    }
}

fn of(id: &str, subject: Subject, root: Subject, owner: &Subject) -> Judged {
    let rule = rules::find(id).expect("a rule");
    Judged { finding: rule.finding(subject, "why").root(root), owner: owner.clone(), explains: Vec::new() }
}

#[test]
fn a_group_is_shown_for_its_owner_and_for_the_root_where_owners_differ() {
    let owner = |name: &str| Subject::new("StatefulSet", "shop", name);
    let account = Subject::new("ServiceAccount", "shop", "runner");
    let one = of("owner.service-account", owner("db"), account.clone(), &owner("db"));
    assert_eq!(merge([&one])[0].subject, owner("db"));
    let other = of("owner.service-account", owner("api"), account.clone(), &owner("api"));
    let groups = merge([&one, &other]);
    assert_eq!((groups.len(), &groups[0].subject), (1, &account));
}

#[test]
fn a_chain_of_owners_findings_ends_at_the_cause() {
    let web = Subject::new("Deployment", "shop", "web");
    let all =
        ["owner.progress-deadline", "owner.quota", "owner.pdb-blocks"].map(|id| of(id, web.clone(), web.clone(), &web));
    let groups = merge(&all);
    assert_eq!(groups.iter().map(|group| &*group.finding.id).collect::<Vec<_>>(), ["owner.quota"]);
    assert_eq!(groups[0].explains.len(), 2);
}
