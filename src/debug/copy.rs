//! A changed copy of a pod, and the end of the original if it is to be replaced.

use serde_json::{Value, json};

use super::check::{Field, Refusal};
use super::container;
use super::edit;
use super::form::{Form, Style};
use super::name::Names;
use super::plan::Plan;
use crate::base::json;

/// What is sent to make a copy of this pod.
pub fn build(form: &Form, pod: &Value, names: &mut Names) -> Result<Plan, Refusal> {
    let mut copy = beginning(form, pod);
    let known = edit::find_mut(&mut copy, &["initContainers", "containers"], &form.container);
    let name = match known {
        Some(known) => {
            container::change(form, known);
            form.container.clone()
        }
        None if form.image.is_empty() => return without_container(form, pod, copy),
        None => {
            let name = if form.container.is_empty() { names.container(&copy) } else { form.container.clone() };
            let added = container::new(form, &name);
            edit::extend(edit::field(&mut copy, "spec"), "containers", [added]);
            name
        }
    };
    form.profile.apply(&mut copy, &name, Style::Copy, form.copy.keep);
    if let Some(custom) = &form.custom {
        let changed = edit::find_mut(&mut copy, &["containers"], &name);
        custom.apply(changed.ok_or_else(|| {
            let said = format!("unable to find the {name} container in the pod {}", form.copy.to);
            Refusal::new(Field::Custom, said)
        })?);
    }
    let is_generated = form.container.is_empty();
    Ok(Plan { is_generated, replaces: form.copy.replace, ..Plan::new(Style::Copy, pod, copy, name) })
}

/// The copy before there is a debug container in it. What the server or a controller keeps in a pod's metadata is its
/// own and not the copy's.
fn beginning(form: &Form, pod: &Value) -> Value {
    let mut metadata = json!({"name": form.copy.to});
    for name in ["namespace", "labels", "annotations"] {
        if let Some(value) = pod["metadata"].get(name) {
            edit::set(&mut metadata, name, value.clone());
        }
    }
    let mut copy = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod["spec"]});
    let spec = edit::field(&mut copy, "spec");
    edit::remove(spec, "ephemeralContainers");
    if let Some(shares) = form.copy.share_processes {
        edit::set(spec, "shareProcessNamespace", shares);
    }
    if !form.copy.same_node {
        edit::remove(spec, "nodeName");
    }
    let image = |name: &str| form.copy.set_image.iter().rev().find(|(wanted, _)| wanted == name);
    for container in edit::items(spec, "containers") {
        let found = image(json::text(container, "/name")).or_else(|| image("*"));
        if let Some((_, image)) = found.cloned() {
            edit::set_text(container, "image", &image);
        }
    }
    copy
}

/// Images alone: kubectl looks at no profile then, so that labels, annotations and probes stay.
fn without_container(form: &Form, pod: &Value, mut copy: Value) -> Result<Plan, Refusal> {
    if form.copy.set_image.is_empty() {
        return Err(Refusal::new(Field::Image, "you must specify image when creating new container"));
    }
    if form.copy.always_strip {
        form.profile.strip(&mut copy, form.copy.keep);
    }
    Ok(Plan { replaces: form.copy.replace, ..Plan::new(Style::Copy, pod, copy, String::new()) })
}
