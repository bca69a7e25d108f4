//! An ephemeral container in a running pod: a strategic merge patch of `pods/ephemeralcontainers`.

use serde_json::{Value, json};

use super::check::{Field, Refusal, name_taken};
use super::container;
use super::edit;
use super::form::{Form, Style};
use super::name::Names;
use super::plan::Plan;
use crate::base::json;

/// What is sent to add a container to this pod.
pub fn build(form: &Form, pod: &Value, names: &mut Names) -> Result<Plan, Refusal> {
    if let Some(refusal) = name_taken(form, pod) {
        return Err(refusal);
    }
    let is_generated = form.container.is_empty();
    let name = if is_generated { names.container(pod) } else { form.container.clone() };
    let mut added = container::new(form, &name);
    edit::set_text(&mut added, "targetContainerName", &form.target);
    let mut changed = pod.clone();
    edit::extend(edit::field(&mut changed, "spec"), "ephemeralContainers", [added]);
    form.profile.apply(&mut changed, &name, Style::Ephemeral, form.copy.keep);
    let added = edit::find_mut(&mut changed, &["ephemeralContainers"], &name);
    let added = added.ok_or_else(|| Refusal::new(Field::Object, "the pod could not be read"))?;
    if let Some(custom) = &form.custom {
        custom.apply(added);
    }
    let patch = Some(patch(pod, &name, added.clone()));
    Ok(Plan { patch, is_generated, ..Plan::new(Style::Ephemeral, pod, changed, name) })
}

/// The difference that the new container makes. Where there were others, their order is part of it.
fn patch(pod: &Value, name: &str, added: Value) -> Value {
    let known = json::list(pod, "/spec/ephemeralContainers");
    let mut spec = json!({});
    if !known.is_empty() {
        let names = known.iter().map(|one| one["name"].clone()).chain([name.into()]);
        let order: Vec<Value> = names.map(|name| json!({"name": name})).collect();
        edit::set(&mut spec, "$setElementOrder/ephemeralContainers", order);
    }
    edit::set(&mut spec, "ephemeralContainers", vec![added]);
    json!({"spec": spec})
}
