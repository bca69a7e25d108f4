//! A pod on a node, with as much of the node as the profile gives.

use serde_json::{Value, json};

use super::check::{Field, Refusal};
use super::container;
use super::edit;
use super::form::{Form, Style};
use super::name::Names;
use super::plan::Plan;
use crate::base::json;

/// The label of kubectl's node pods, and of those that we make in its place.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Its value.
pub const KUBECTL_DEBUG: &str = "kubectl-debug";
/// The name of the container, if none is given.
const CONTAINER: &str = "debugger";

/// What is sent to make a pod on this node, in a namespace. Taints do not keep it away, and no scheduler is asked.
pub fn build(form: &Form, node: &Value, namespace: &str, names: &mut Names) -> Result<Plan, Refusal> {
    let node_name = json::text(node, "/metadata/name");
    let name = if form.container.is_empty() { CONTAINER.to_owned() } else { form.container.clone() };
    let pod_name = format!("node-debugger-{node_name}-{}", names.suffix());
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod_name, "labels": {MANAGED_BY: KUBECTL_DEBUG}},
        "spec": {
            "containers": [container::new(form, &name)],
            "nodeName": node_name,
            "restartPolicy": "Never",
            "tolerations": [{"operator": "Exists"}],
        },
    });
    form.profile.apply(&mut pod, &name, Style::Node, form.copy.keep);
    if let Some(custom) = &form.custom {
        let container = edit::find_mut(&mut pod, &["containers"], &name);
        custom.apply(container.ok_or_else(|| Refusal::new(Field::Custom, "there is no container"))?);
    }
    Ok(Plan { namespace: namespace.to_owned(), ..Plan::new(Style::Node, node, pod, name) })
}
