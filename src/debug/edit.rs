//! Changing decoded JSON of any shape: what is not of the type that is needed is replaced, and nothing panics.
//!
//! Reading is [`crate::base::json`].

use serde_json::{Map, Value};

use crate::base::json;

/// The lists of containers, in the order in which profiles look for a name (kubectl, `VisitContainers`).
pub const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// The field of that name, there from now on.
pub fn field<'a>(value: &'a mut Value, name: &str) -> &'a mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    &mut value[name]
}

/// Adds to the end of a list, there from now on.
pub fn extend(value: &mut Value, name: &str, items: impl IntoIterator<Item = Value>) {
    let field = field(value, name);
    match field {
        Value::Array(list) => list.extend(items),
        other => *other = items.into_iter().collect(),
    }
}

/// The items of a list; none where there is none.
pub fn items<'a>(value: &'a mut Value, name: &str) -> &'a mut [Value] {
    value.get_mut(name).and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
}

/// Sets a field.
pub fn set(value: &mut Value, name: &str, to: impl Into<Value>) {
    *field(value, name) = to.into();
}

/// Sets a field, unless there is nothing to set.
pub fn set_text(value: &mut Value, name: &str, to: &str) {
    if !to.is_empty() {
        set(value, name, to);
    }
}

/// Removes a field, the others keep their order.
pub fn remove(value: &mut Value, name: &str) {
    if let Value::Object(map) = value {
        map.shift_remove(name);
    }
}

/// The list in which a pod has a container of that name.
pub fn find<'a>(pod: &'a Value, name: &str) -> Option<(&'static str, &'a Value)> {
    CONTAINERS.iter().find_map(|list| {
        let items = json::list(&pod["spec"], &format!("/{list}"));
        items.iter().find(|container| container["name"] == name).map(|container| (*list, container))
    })
}

/// The first container of that name in one of these lists.
pub fn find_mut<'a>(pod: &'a mut Value, lists: &[&str], name: &str) -> Option<&'a mut Value> {
    let spec = pod.get_mut("spec")?;
    let holds = |list: &&str| json::list(spec, &format!("/{list}")).iter().any(|one| one["name"] == name);
    let list = lists.iter().copied().find(holds)?;
    items(spec, list).iter_mut().find(|container| container["name"] == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_of_another_type_is_replaced() {
        let mut value = json!("text");
        extend(&mut value, "a", [json!(1)]);
        extend(&mut value, "a", [json!(2)]);
        assert!(items(&mut value, "b").is_empty());
        set(field(&mut value, "b"), "c", true);
        set_text(&mut value, "none", "");
        remove(&mut value, "none");
        assert_eq!(value, json!({"a": [1, 2], "b": {"c": true}}));
    }

    #[test]
    fn init_containers_are_found_first() {
        let mut pod = json!({"spec": {
            "containers": [{"name": "a", "n": 1}, {"name": "b"}], "initContainers": [{"name": "a", "n": 2}],
            "ephemeralContainers": "broken",
        }});
        assert_eq!(find(&pod, "a").map(|(list, found)| (list, found["n"].clone())), Some(("initContainers", json!(2))));
        assert_eq!(find_mut(&mut pod, &CONTAINERS, "a").map(|found| found["n"].clone()), Some(json!(2)));
        assert_eq!(find_mut(&mut pod, &["containers"], "a").map(|found| found["n"].clone()), Some(json!(1)));
        assert!(find_mut(&mut pod, &CONTAINERS, "c").is_none() && find(&json!([]), "a").is_none());
        assert!(find_mut(&mut json!({"spec": 7}), &CONTAINERS, "a").is_none());
    }
}
