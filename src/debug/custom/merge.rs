//! Laying one value over another, as a strategic merge patch does (apimachinery, `strategicpatch`).
//!
//! Nothing can be removed: what is read as a container has no nulls and no directives.

use serde_json::Value;

use super::super::edit;
use super::schema::{Field, Type};

/// Lays the fields of `patch` over `target`.
pub fn fields(target: &mut Value, patch: &Value, schema: &[Field]) {
    for (name, kind, _) in schema {
        let Some(value) = patch.get(name) else { continue };
        let field = edit::field(target, name);
        match (kind, &*field) {
            (Type::Struct(inner), Value::Object(_)) => fields(field, value, inner),
            (Type::Amounts, Value::Object(_)) => {
                for (key, amount) in value.as_object().into_iter().flatten() {
                    edit::set(field, key, amount.clone());
                }
            }
            (Type::Keyed(key, inner), Value::Array(original)) => *field = keyed(original, value, key, inner),
            (Type::Keyed(key, inner), _) => *field = keyed(&[], value, key, inner),
            _ => *field = value.clone(),
        }
    }
}

/// Two lists whose items are merged by a key, in the patch's order with what only the original has put between.
fn keyed(original: &[Value], patch: &Value, key: &str, inner: &[Field]) -> Value {
    let patch = patch.as_array().map_or(&[][..], Vec::as_slice);
    let mut merged: Vec<Value> = Vec::new();
    for item in patch {
        // The patch may name a thing twice.
        if let Some(known) = merged.iter_mut().find(|known| known[key] == item[key]) {
            fields(known, item, inner);
            continue;
        }
        let mut one = original.iter().find(|one| one[key] == item[key]).cloned().unwrap_or_default();
        fields(&mut one, item, inner);
        merged.push(one);
    }
    let place = |item: &Value| original.iter().position(|one| one[key] == item[key]);
    let is_left = |one: &&Value| !patch.iter().any(|item| item[key] == one[key]);
    let mut left = original.iter().filter(is_left).cloned().peekable();
    let mut out = Vec::new();
    for item in merged {
        // Something that only the original has goes first only where it stood before a thing that both have.
        while let (Some(at), Some(next)) = (place(&item), left.peek())
            && place(next).is_some_and(|next| next < at)
        {
            out.extend(left.next());
        }
        out.push(item);
    }
    out.extend(left);
    Value::Array(out)
}
