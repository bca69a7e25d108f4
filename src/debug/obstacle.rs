//! What will come of a plan where the object stands as it does: found before the server is asked.
//!
//! kubectl looks at none of it; the server refuses the same, or takes it and nothing happens. Start with [`obstacles`].

use serde_json::Value;

use super::check::Field;
use super::form::Style;
use super::plan::Plan;
use super::policy::Level;
use crate::base::json::{list, text};

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Where in the form it can be changed.
    pub field: Field,
    /// What it is, and what can be done.
    pub said: String,
    /// Whether it is sure to fail; the others are worth knowing.
    pub is_fatal: bool,
}

/// What stands in the way of a plan. `object` is the pod or node as it was read, `namespace` the namespace of the pod
/// that is changed or made; null where it could not be read.
pub fn obstacles(plan: &Plan, object: &Value, namespace: &Value) -> Vec<Obstacle> {
    let mut found = match plan.style {
        Style::Ephemeral => in_running_pod(object),
        Style::Copy => Vec::new(),
        Style::Node => on_node(object),
    };
    found.extend(policy(plan, namespace));
    found
}

fn obstacle(field: Field, is_fatal: bool, said: impl Into<String>) -> Obstacle {
    Obstacle { field, said: said.into(), is_fatal }
}

fn in_running_pod(pod: &Value) -> Vec<Obstacle> {
    let phase = text(pod, "/status/phase");
    if !pod["metadata"]["annotations"]["kubernetes.io/config.mirror"].is_null() {
        let said = "a static pod takes no ephemeral containers: debug a copy of it, or its node";
        return vec![obstacle(Field::Object, true, said)];
    }
    match phase {
        "Succeeded" | "Failed" => {
            let said = format!("the pod is over ({phase}), nothing starts in it any more: debug a copy of it");
            vec![obstacle(Field::Object, true, said)]
        }
        "Pending" => {
            let said = "the pod is Pending: the container will not run before the pod is on a node and set up";
            vec![obstacle(Field::Object, false, said)]
        }
        _ => Vec::new(),
    }
}

fn on_node(node: &Value) -> Vec<Obstacle> {
    let is_ready = list(node, "/status/conditions").iter().any(|one| one["type"] == "Ready" && one["status"] == "True");
    let system = text(node, "/status/nodeInfo/operatingSystem");
    let mut found = Vec::new();
    if !is_ready {
        let said = "the node is not ready: its kubelet may never start the pod";
        found.push(obstacle(Field::Object, false, said));
    }
    if system == "windows" {
        let said = "the node runs Windows: the image must be one for Windows, and host namespaces mean nothing there";
        found.push(obstacle(Field::Image, false, said));
    }
    found
}

fn policy(plan: &Plan, namespace: &Value) -> Vec<Obstacle> {
    let level = Level::of(namespace);
    let mut found = Vec::new();
    for (container, what) in level.violations(&plan.pod) {
        let of_ours = container.is_empty() || container == plan.container;
        let who = if container.is_empty() { "the pod".to_owned() } else { format!("container {container}") };
        let namespace = text(namespace, "/metadata/name");
        let next = match (of_ours, plan.style) {
            (true, Style::Node) => "choose another namespace, with a less strict policy".to_owned(),
            (true, _) => format!("the profile {} fits", level.name()),
            (false, Style::Ephemeral) => "and it cannot be removed: debug a copy".to_owned(),
            (false, _) => "it is the original's".to_owned(),
        };
        let said = format!("namespace {namespace} enforces {}: {who} {what}; {next}", level.name());
        // What a running pod has already was let in once, but is judged again with each ephemeral container.
        found.push(obstacle(Field::Profile, of_ours || plan.style == Style::Ephemeral, said));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::debug::{Form, Names, build};
    use crate::model::kind::Kind;

    fn found(kind: Kind, object: &Value, level: &str) -> Vec<(Field, bool)> {
        let form = Form { image: "busybox".to_owned(), ..Form::default() };
        let plan = build(&form, kind, object, "shop", &mut Names::seeded(1)).expect("a plan");
        let namespace = json!({"metadata": {"name": "shop", "labels": {super::super::policy::ENFORCE: level}}});
        obstacles(&plan, object, &namespace).into_iter().map(|one| (one.field, one.is_fatal)).collect()
    }

    fn pod(phase: &str) -> Value {
        json!({"metadata": {"name": "web-0", "namespace": "shop"}, "spec": {"containers": [{"name": "app"}]},
            "status": {"phase": phase}})
    }

    #[test]
    fn a_pod_that_is_over_or_static_takes_no_container() {
        assert_eq!(found(Kind::Pod, &pod("Running"), "privileged"), []);
        assert_eq!(found(Kind::Pod, &pod("Failed"), "privileged"), [(Field::Object, true)]);
        assert_eq!(found(Kind::Pod, &pod("Pending"), "privileged"), [(Field::Object, false)]);
        let mut mirror = pod("Running");
        mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
        assert_eq!(found(Kind::Pod, &mirror, "privileged"), [(Field::Object, true)]);
    }

    #[test]
    fn the_policy_of_the_namespace_is_known_before() {
        assert_eq!(found(Kind::Pod, &pod("Running"), "baseline"), [(Field::Profile, true)]);
        let mut earlier = pod("Running");
        earlier["spec"]["ephemeralContainers"] = json!([{"name": "old", "securityContext": {"privileged": true}}]);
        assert_eq!(found(Kind::Pod, &earlier, "baseline").len(), 2);
    }

    #[test]
    fn a_node_that_is_not_ready_may_never_start_a_pod() {
        let node = |ready: &str, system: &str| {
            json!({"metadata": {"name": "n"}, "status": {"conditions": [{"type": "Ready", "status": ready}],
                "nodeInfo": {"operatingSystem": system}}})
        };
        assert_eq!(found(Kind::Node, &node("True", "linux"), "privileged"), []);
        assert_eq!(found(Kind::Node, &node("Unknown", "windows"), "privileged").len(), 2);
        assert!(found(Kind::Node, &node("True", "linux"), "baseline").iter().all(|(_, fatal)| *fatal));
    }
}
