//! The three kinds of patches: JSON patch, merge patch, and as much of strategic merge as pods and workloads need.

use serde_json::{Map, Value};

use super::super::failure::{Answer, Failure};
use super::super::json::text;

/// Applies a patch, by its media type.
pub fn apply(media: &str, target: &mut Value, patch: &Value) -> Answer<()> {
    let media = media.split(';').next().unwrap_or_default().trim();
    if patch.is_array() && media.ends_with("merge-patch+json") {
        let why = "json: cannot unmarshal array into Go value of type map[string]interface {}";
        return Err(Failure::bad_request(why));
    }
    match media {
        "application/merge-patch+json" => merge(target, patch),
        "application/strategic-merge-patch+json" | "application/apply-patch+yaml" => strategic(target, patch, ""),
        "application/json-patch+json" => return operations(target, patch),
        _ => {
            let mut failure = Failure::media_type();
            "415: Unsupported Media Type".clone_into(&mut failure.message);
            return Err(failure);
        }
    }
    Ok(())
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    let target = super::super::json::object(target);
    for (key, value) in fields {
        if value.is_null() {
            target.shift_remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// The key by which the elements of a list are the same; `None` for lists that are replaced.
fn merge_key(field: &str, parent: &str) -> Option<&'static str> {
    match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "hostAliases" => Some("name"),
        "volumeMounts" => Some("mountPath"),
        "volumeDevices" => Some("devicePath"),
        "ports" if parent == "containers" => Some("containerPort"),
        "ports" => Some("port"),
        "conditions" | "addresses" => Some("type"),
        "taints" => Some("key"),
        "ownerReferences" => Some("uid"),
        _ => None,
    }
}

fn strategic(target: &mut Value, patch: &Value, parent: &str) {
    let Some(fields) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if fields.get("$patch").and_then(Value::as_str) == Some("replace") {
        *target = Value::Object(without_directives(fields));
        return;
    }
    let target = super::super::json::object(target);
    for (field, value) in fields.iter().filter(|(field, _)| !field.starts_with('$')) {
        match (value, merge_key(field, parent)) {
            (Value::Null, _) => {
                target.shift_remove(field);
            }
            (Value::Array(items), Some(key)) => {
                let slot = target.entry(field.clone()).or_insert_with(|| Value::Array(Vec::new()));
                let before = slot.as_array().cloned().unwrap_or_default();
                merge_list(slot, items, key, field);
                let named = fields.get(&format!("$setElementOrder/{field}")).and_then(Value::as_array);
                order(target, field, named.unwrap_or(items), &before, Some(key));
            }
            (Value::Array(items), None) if field == "finalizers" => {
                let slot = target.entry(field.clone()).or_insert_with(|| Value::Array(Vec::new()));
                if let Some(list) = slot.as_array_mut() {
                    list.extend(items.iter().filter(|item| !item.is_null()).cloned());
                    list.dedup();
                }
            }
            (value, _) => strategic(target.entry(field.clone()).or_insert(Value::Null), value, field),
        }
    }
    for (field, value) in fields {
        if let Some(list) = field.strip_prefix("$setElementOrder/") {
            let before = list_of(target, list);
            if let Some(wanted) = value.as_array().filter(|_| !fields.contains_key(list)) {
                order(target, list, wanted, &before, merge_key(list, parent));
            }
        } else if let Some(list) = field.strip_prefix("$deleteFromPrimitiveList/")
            && let (Some(Value::Array(kept)), Some(gone)) = (target.get_mut(list), value.as_array())
        {
            kept.retain(|item| !gone.contains(item));
        }
    }
}

fn list_of(fields: &Map<String, Value>, name: &str) -> Vec<Value> {
    fields.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn without_directives(fields: &Map<String, Value>) -> Map<String, Value> {
    fields.iter().filter(|(key, _)| !key.starts_with('$')).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn merge_list(target: &mut Value, items: &[Value], key: &str, field: &str) {
    let Some(list) = target.as_array_mut() else {
        *target = Value::Array(items.to_vec());
        return;
    };
    for item in items {
        let place = list.iter().position(|known| known.get(key) == item.get(key));
        match (item.get("$patch").and_then(Value::as_str), place) {
            (Some("delete"), Some(at)) => {
                list.remove(at);
            }
            (Some("delete"), None) => {}
            (_, Some(at)) => strategic(&mut list[at], item, field),
            (_, None) => list.push(
                item.as_object().map_or_else(|| item.clone(), |fields| Value::Object(without_directives(fields))),
            ),
        }
    }
}

/// Puts a merged list in order: what the client named as the client named it, what only the server knew in
/// its old order, and something new before what is old.
fn order(target: &mut Map<String, Value>, list: &str, wanted: &[Value], before: &[Value], key: Option<&str>) {
    let Some(Value::Array(items)) = target.get_mut(list) else { return };
    let place = |item: &Value, among: &[Value]| {
        let same = |known: &Value| key.map_or_else(|| known == item, |key| known.get(key) == item.get(key));
        among.iter().position(same)
    };
    let (mut named, mut kept): (Vec<Value>, Vec<Value>) =
        std::mem::take(items).into_iter().partition(|item| place(item, wanted).is_some());
    named.sort_by_key(|item| place(item, wanted));
    let (mut named, mut kept) = (named.drain(..).peekable(), kept.drain(..).peekable());
    while let (Some(one), Some(other)) = (kept.peek(), named.peek()) {
        let older = matches!((place(one, before), place(other, before)), (Some(one), Some(other)) if one < other);
        items.extend(if older { kept.next() } else { named.next() });
    }
    items.extend(named.chain(kept));
}

/// RFC 6902.
fn operations(target: &mut Value, list: &Value) -> Answer<()> {
    for operation in list.as_array().into_iter().flatten() {
        let (verb, path) = (text(operation, "/op"), text(operation, "/path"));
        let value = operation.get("value").cloned().unwrap_or_default();
        let done = match verb {
            "add" => add(target, path, value),
            "remove" => take(target, path).is_some(),
            "replace" => target.pointer_mut(path).map(|slot| *slot = value).is_some(),
            "test" if target.pointer(path).unwrap_or(&Value::Null) == &value => true,
            "move" => take(target, text(operation, "/from")).is_some_and(|value| add(target, path, value)),
            "copy" => target.pointer(text(operation, "/from")).cloned().is_some_and(|value| add(target, path, value)),
            _ => false,
        };
        if !done {
            return Err(Failure::patch());
        }
    }
    Ok(())
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

fn add(target: &mut Value, path: &str, value: Value) -> bool {
    let Some((parent, last)) = path.rsplit_once('/') else { return false };
    let last = unescape(last);
    match target.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.insert(last, value);
            true
        }
        Some(Value::Array(items)) if last == "-" => {
            items.push(value);
            true
        }
        Some(Value::Array(items)) => match last.parse::<usize>() {
            Ok(at) if at <= items.len() => {
                items.insert(at, value);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

fn take(target: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = path.rsplit_once('/')?;
    match target.pointer_mut(parent)? {
        Value::Object(fields) => fields.shift_remove(&unescape(last)),
        Value::Array(items) => {
            let at = last.parse::<usize>().ok().filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(media: &str, mut target: Value, patch: &Value) -> Answer<Value> {
        apply(media, &mut target, patch).map(|()| target)
    }

    #[test]
    fn a_merge_patch_removes_with_null() {
        let target = json!({"a": {"b": 1, "c": 2}});
        let done = patched("application/merge-patch+json", target, &json!({"a": {"b": null, "d": 3}}));
        assert_eq!(done, Ok(json!({"a": {"c": 2, "d": 3}})));
    }

    #[test]
    fn a_strategic_patch_knows_containers_by_name() {
        let target = json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]}});
        let patch = json!({"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}],
            "containers": [{"name": "a", "image": "z"}]}});
        let done = patched("application/strategic-merge-patch+json", target, &patch).expect("applies");
        assert_eq!(done, json!({"spec": {"containers": [{"name": "b", "image": "y"}, {"name": "a", "image": "z"}]}}));
    }

    #[test]
    fn what_is_new_comes_first_unless_an_order_is_given() {
        let names = |patch: Value| {
            let target = json!({"ephemeralContainers": [{"name": "one"}, {"name": "two"}, {"name": "three"}]});
            let done = patched("application/strategic-merge-patch+json", target, &patch).expect("applies");
            let all = done["ephemeralContainers"].as_array().expect("a list").iter();
            all.map(|one| one["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(json!({"ephemeralContainers": [{"name": "z"}, {"name": "a"}]})), "z a one two three");
        let between = json!({"ephemeralContainers": [{"name": "z"}, {"name": "two"}, {"name": "a"}]});
        assert_eq!(names(between), "z one two a three");
        let ordered = json!({"ephemeralContainers": [{"name": "z"}],
            "$setElementOrder/ephemeralContainers": [{"name": "one"}, {"name": "two"}, {"name": "three"}, {"name": "z"}]});
        assert_eq!(names(ordered), "one two three z");
    }

    #[test]
    fn an_element_can_be_deleted_and_added() {
        let target = json!({"ephemeralContainers": [{"name": "old"}]});
        let patch =
            json!({"ephemeralContainers": [{"name": "old", "$patch": "delete"}, {"name": "new", "image": "i"}]});
        let done = patched("application/strategic-merge-patch+json", target, &patch);
        assert_eq!(done, Ok(json!({"ephemeralContainers": [{"name": "new", "image": "i"}]})));
    }

    #[test]
    fn json_patch_operations() {
        let target = json!({"a": [1, 2], "b/c": 1});
        let patch = json!([{"op": "add", "path": "/a/-", "value": 3}, {"op": "remove", "path": "/a/0"},
            {"op": "replace", "path": "/b~1c", "value": 2}, {"op": "test", "path": "/a", "value": [2, 3]}]);
        assert_eq!(patched("application/json-patch+json", target.clone(), &patch), Ok(json!({"a": [2, 3], "b/c": 2})));
        let bad = json!([{"op": "remove", "path": "/nope"}]);
        assert_eq!(patched("application/json-patch+json", target.clone(), &bad).map_err(|f| f.code), Err(422));
        assert_eq!(patched("text/plain", target, &bad).map_err(|f| f.code), Err(415));
    }
}
