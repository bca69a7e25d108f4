//! Writes: create, update, patch, delete, scale, evict.

use std::sync::Arc;

use axum::response::Response;
use http::{Method, header};
use serde_json::{Value, json};

use super::super::failure::{Answer, Failure};
use super::super::json::{int, list, map, set, text};
use super::super::shared::Shared;
use super::super::world::{Admitted, Deletion, World};
use super::path::Target;
use super::reply::{body, check_kind, json_response};
use super::select::Selector;
use super::{Call, patch as patches, warning};

fn read(call: &Call) -> Answer<Value> {
    body(call.header(header::CONTENT_TYPE), &call.body)
}

/// Whether nothing is to be changed. `options` is the kind of the parameters, as a refusal names it.
fn dry_run(call: &Call, options: &str) -> Answer<bool> {
    match call.query.get("dryRun") {
        "" => Ok(false),
        "All" => Ok(true),
        other => {
            let kind = format!("{options}.meta.k8s.io");
            let why = format!("Unsupported value: {other:?}: supported values: \"All\"");
            Err(Failure::invalid(&kind, "", "dryRun", "FieldValueNotSupported", &why))
        }
    }
}

fn reply(call: &Call, target: &Target, code: u16, admitted: Admitted, world: &World) -> Response {
    let Admitted { object, warnings } = admitted;
    let mut response = json_response(code, &call.form.object(target.kind, &object, world.now, true));
    warning::add(&mut response, target.kind.plural, &object);
    warning::add_texts(&mut response, warnings);
    response
}

/// Creates an object.
pub fn create(shared: &Shared, call: &Call, target: &Target) -> Answer<Response> {
    let mut object = read(call)?;
    check_kind(target.kind, &object)?;
    if let Some(namespace) = &target.namespace {
        set(&mut object, &["metadata", "namespace"], namespace.clone().into());
    }
    let dry_run = dry_run(call, "CreateOptions")?;
    shared.with(|world| {
        let admitted = world.create_with(target.kind, object, dry_run)?;
        Ok(reply(call, target, 201, admitted, world))
    })
}

/// Replaces an object, or its status.
pub fn update(shared: &Shared, call: &Call, target: &Target) -> Answer<Response> {
    let mut object = read(call)?;
    check_kind(target.kind, &object)?;
    check_name(text(&object, "/metadata/name"), target.name.as_deref().unwrap_or_default())?;
    if let Some(namespace) = &target.namespace {
        set(&mut object, &["metadata", "namespace"], namespace.clone().into());
    }
    let dry_run = dry_run(call, "UpdateOptions")?;
    shared.with(|world| {
        let stored = store(world, target, object, dry_run)?;
        Ok(reply(call, target, 200, stored, world))
    })
}

/// A whole object must be the one of its path.
fn check_name(own: &str, wanted: &str) -> Answer<()> {
    match own {
        "" => Err(Failure::bad_request("name must be provided")),
        own if own == wanted => Ok(()),
        own => Err(Failure::bad_request(format!(
            "the name of the object ({own}) does not match the name on the URL ({wanted})"
        ))),
    }
}

/// Changes an object, its status, or a pod's ephemeral containers.
pub fn patch(shared: &Shared, call: &Call, target: &Target) -> Answer<Response> {
    let change = patch_body(call)?;
    let dry_run = dry_run(call, "PatchOptions")?;
    let name = target.name.as_deref().unwrap_or_default();
    shared.with(|world| {
        let current = world.find(target.kind, target.space(), name)?;
        let mut object = (*current).clone();
        patches::apply(call.header(header::CONTENT_TYPE), &mut object, &change)?;
        // Without one in the patch, the version is no precondition.
        let stored = store(world, target, object, dry_run)?;
        Ok(reply(call, target, 200, stored, world))
    })
}

fn patch_body(call: &Call) -> Answer<Value> {
    let media = call.header(header::CONTENT_TYPE).to_owned();
    body(&media, &call.body).map_err(|mut failure| {
        if failure.code == 415 {
            "415: Unsupported Media Type".clone_into(&mut failure.message);
        }
        failure
    })
}

fn store(world: &mut World, target: &Target, object: Value, dry_run: bool) -> Answer<Admitted> {
    let name = target.name.as_deref().unwrap_or_default();
    let current = world.find(target.kind, target.space(), name)?;
    match (target.kind.plural, target.sub.as_deref()) {
        ("pods", Some("ephemeralcontainers")) => return world.change_ephemeral(target.kind, &object, dry_run),
        ("pods", None) => check_pod(&current, &object)?,
        _ => {}
    }
    let object = world.replace(target.kind, object, target.sub.as_deref() == Some("status"), dry_run)?;
    Ok(Admitted { object, warnings: Vec::new() })
}

/// Of a running pod, only images and a few times may change.
fn check_pod(current: &Value, object: &Value) -> Answer<()> {
    let name = text(object, "/metadata/name");
    for field in ["containers", "initContainers", "ephemeralContainers"] {
        let pointer = format!("/spec/{field}");
        let (old, new) = (list(current, &pointer), list(object, &pointer));
        let same = old.len() == new.len()
            && old.iter().zip(new).all(|(old, new)| {
                let plain = |container: &Value| {
                    let mut plain = container.clone();
                    plain["image"] = Value::Null;
                    plain
                };
                plain(old) == plain(new)
            });
        if !same {
            let why = "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,\
                `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to \
                existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
                previously negative)";
            return Err(Failure::invalid("Pod", name, "spec", "FieldValueForbidden", why));
        }
    }
    Ok(())
}

fn deletion(call: &Call) -> Answer<Deletion> {
    let options = read(call)?;
    let grace = int(&options, "/gracePeriodSeconds").or_else(|| call.query.number("gracePeriodSeconds"));
    let policy = match text(&options, "/propagationPolicy") {
        "" => call.query.get("propagationPolicy"),
        policy => policy,
    };
    let uid = text(&options, "/preconditions/uid");
    Ok(Deletion {
        grace,
        uid: (!uid.is_empty()).then(|| uid.to_owned()),
        orphan: policy == "Orphan",
        dry_run: dry_run(call, "DeleteOptions")? || !list(&options, "/dryRun").is_empty(),
    })
}

/// Deletes an object.
pub fn delete(shared: &Shared, call: &Call, target: &Target) -> Answer<Response> {
    let how = deletion(call)?;
    let name = target.name.as_deref().unwrap_or_default();
    let object = shared.with(|world| world.delete(target.kind, target.space(), name, &how))?;
    if target.kind.plural == "pods" {
        return Ok(json_response(200, &object));
    }
    let details = json!({"name": name, "kind": target.kind.plural, "uid": object["metadata"]["uid"]});
    Ok(json_response(
        200,
        &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}),
    ))
}

/// Deletes all objects of a selection.
pub fn delete_all(shared: &Shared, call: &Call, target: &Target) -> Answer<Response> {
    let how = deletion(call)?;
    let selector =
        Selector::parse(target.kind.plural, call.query.get("labelSelector"), call.query.get("fieldSelector"))?;
    let gone = shared.with(|world| {
        let mut objects = world.store.list(target.kind.plural, target.namespace.as_deref());
        objects.retain(|object| selector.matches(object));
        for object in &objects {
            // One that went with another before it is no failure.
            let _ =
                world.delete(target.kind, text(object, "/metadata/namespace"), text(object, "/metadata/name"), &how);
        }
        (objects, world.store.version(), world.now)
    });
    let metadata = json!({"resourceVersion": gone.1.to_string()});
    Ok(json_response(200, &call.form.list(target.kind, &gone.0, &metadata, gone.2)))
}

/// Reads or changes how many replicas there should be.
pub fn scale(shared: &Shared, call: &Call, target: &Target) -> Answer<Response> {
    let name = target.name.as_deref().unwrap_or_default();
    let dry_run = dry_run(call, "UpdateOptions")?;
    shared.with(|world| {
        let current = world.find(target.kind, target.space(), name)?;
        let mut scale = scale_of(&current);
        match call.parts.method {
            Method::GET => return Ok(json_response(200, &scale)),
            Method::PUT => scale = read(call)?,
            Method::PATCH => patches::apply(call.header(header::CONTENT_TYPE), &mut scale, &patch_body(call)?)?,
            _ => return Err(Failure::method()),
        }
        let replicas = int(&scale, "/spec/replicas").unwrap_or_default();
        if replicas < 0 {
            let why = format!("Invalid value: {replicas}: must be greater than or equal to 0");
            return Err(Failure::invalid("Scale", name, "spec.replicas", "FieldValueInvalid", &why));
        }
        let mut object = (*current).clone();
        set(&mut object, &["metadata", "resourceVersion"], scale["metadata"]["resourceVersion"].clone());
        set(&mut object, &["spec", "replicas"], replicas.into());
        let stored = world.replace(target.kind, object, false, dry_run)?;
        Ok(json_response(200, &scale_of(&stored)))
    })
}

fn scale_of(object: &Value) -> Value {
    let labels = map(object, "/spec/selector/matchLabels");
    let pairs: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    let meta = &object["metadata"];
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"],
            "resourceVersion": meta["resourceVersion"], "creationTimestamp": meta["creationTimestamp"]},
        "spec": {"replicas": int(object, "/spec/replicas").unwrap_or_default()},
        "status": {"replicas": int(object, "/status/replicas").unwrap_or_default(), "selector": pairs.join(",")}})
}

/// Evicts a pod, unless a budget forbids it.
pub fn evict(shared: &Arc<Shared>, call: &Call, target: &Target) -> Answer<Response> {
    let eviction = read(call)?;
    let name = target.name.as_deref().unwrap_or_default();
    let grace = int(&eviction, "/deleteOptions/gracePeriodSeconds");
    let uid = eviction.pointer("/deleteOptions/preconditions/uid").and_then(Value::as_str).map(str::to_owned);
    let dry_run = dry_run(call, "CreateOptions")? || !list(&eviction, "/deleteOptions/dryRun").is_empty();
    shared.with(|world| {
        let pod = world.find(target.kind, target.space(), name)?;
        if let Some(budget) = world.forbidding_budget(&pod) {
            let mut failure = Failure::new(
                429,
                "TooManyRequests",
                "Cannot evict pod as it would violate the pod's disruption budget.",
            );
            let (need, have) = (int(&budget, "/status/desiredHealthy"), int(&budget, "/status/currentHealthy"));
            let message = format!(
                "The disruption budget {} needs {} healthy pods and has {} currently",
                text(&budget, "/metadata/name"),
                need.unwrap_or_default(),
                have.unwrap_or_default()
            );
            failure.details = json!({"causes": [{"reason": "DisruptionBudget", "message": message}]});
            return Err(failure);
        }
        world.delete(target.kind, target.space(), name, &Deletion { grace, uid, dry_run, ..Deletion::default() })?;
        Ok(json_response(
            201,
            &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}),
        ))
    })
}
