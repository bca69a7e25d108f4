//! Which of the next steps these credentials may do: one review for each right that several findings may need.

use std::collections::BTreeSet;

use crate::base::stamp::Stamp;
use crate::cluster::access::review;
use crate::cluster::connect::Connection;
use crate::diagnosis::finding::Subject;
use crate::diagnosis::groups::Group;
use crate::diagnosis::next::{Next, Step};
use crate::model::kind::Kind;
use crate::model::lookup::Resource as Known;
use crate::model::resource::Resource;
use crate::model::write::{Access, Need};
use crate::store::access::Rights;

/// So many rights are asked about; of more, nothing is said.
const ASKED: usize = 100;

/// What the server says of everything that the steps of these groups take.
pub async fn of(connection: &Connection, groups: &[&Group]) -> Rights {
    let steps = groups.iter().flat_map(|group| &group.finding.next);
    let needs: BTreeSet<Need> = steps.filter_map(needs).flatten().collect();
    let mut rights = Rights::default();
    rights.learn(review(connection, needs.into_iter().take(ASKED).collect()).await, Stamp::NONE);
    rights
}

/// Whether a step is allowed; `None` where it is not known.
pub fn allows(rights: &Rights, next: &Next) -> Option<bool> {
    let needs = needs(next)?;
    let known: Option<Vec<_>> = needs.iter().map(|need| rights.of(need)).collect();
    Some(known?.iter().all(|access| **access == Access::Allowed))
}

/// What a step takes; `None` where its target is of a kind that rules do not speak of.
fn needs(next: &Next) -> Option<Vec<Need>> {
    let Subject { kind, namespace, .. } = &next.target;
    let pods = |verb| Need::new(verb, &Resource::from(Kind::Pod), namespace);
    let on = |verb| need(verb, kind, namespace);
    Some(match next.step {
        Step::Logs | Step::PreviousLogs => vec![Need::log(namespace)],
        Step::Shell => Need::exec(namespace).to_vec(),
        Step::Debug if &**kind == "Node" => vec![pods("create")],
        Step::Debug => vec![pods("patch").part("ephemeralcontainers")],
        Step::Describe | Step::Yaml => vec![on("get")?],
        Step::Events => vec![Need::new("list", &Resource::from(Kind::Event), namespace)],
        Step::Edit => vec![on("get")?, on("update")?],
        Step::Scale(_) => vec![on("get")?, on("patch")?.part("scale")],
        Step::SetImage | Step::Restart | Step::Rollback | Step::Uncordon => vec![on("get")?, on("patch")?],
        Step::Delete | Step::ForceDelete => vec![on("delete")?],
    })
}

/// To do something with an object of a kind that rules speak of.
fn need(verb: &'static str, kind: &str, namespace: &str) -> Option<Need> {
    const SECRETS: (&str, &str) = ("", "secrets");
    let (group, plural) = match kind {
        "Secret" => SECRETS,
        kind => {
            let known = Known::of_owner(kind).or_else(|| known(kind))?;
            (known.group(), known.plural())
        }
    };
    let (group, resource, namespace) = (group.to_owned(), plural.to_owned(), namespace.to_owned());
    Some(Need { verb, group, resource, subresource: "", namespace })
}

fn known(kind: &str) -> Option<Known> {
    Some(match kind {
        "Pod" => Known::Pods,
        "Node" => Known::Nodes,
        "Namespace" => Known::Namespaces,
        "PersistentVolumeClaim" => Known::Claims,
        "PersistentVolume" => Known::Volumes,
        "StorageClass" => Known::StorageClasses,
        "ConfigMap" => Known::ConfigMaps,
        "ServiceAccount" => Known::ServiceAccounts,
        "ResourceQuota" => Known::Quotas,
        "LimitRange" => Known::LimitRanges,
        "PodDisruptionBudget" => Known::DisruptionBudgets,
        "Service" => Known::Services,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_allowed_when_all_that_it_takes_is() {
        let next = Next::new(Step::Scale(Some(2)), &Subject::new("Deployment", "shop", "web"));
        let needs = needs(&next).expect("a kind that is known");
        assert_eq!(needs[1].to_string(), "patch deployments.apps/scale in namespace shop");
        let mut rights = Rights::default();
        rights.learn(vec![(needs[0].clone(), Access::Allowed)], Stamp::NONE);
        assert_eq!(allows(&rights, &next), None, "one of two is not known");
        rights.learn(vec![(needs[1].clone(), Access::Denied(String::new()))], Stamp::NONE);
        assert_eq!(allows(&rights, &next), Some(false));
        rights.learn(vec![(needs[1].clone(), Access::Allowed)], Stamp::NONE);
        assert_eq!(allows(&rights, &next), Some(true));
        let other = Next::new(Step::Edit, &Subject::new("Widget", "shop", "web"));
        assert_eq!(allows(&rights, &other), None, "a kind of somebody's own");
    }
}
