//! Lists and single objects: pages, versions of the past, selectors.

use std::sync::Arc;

use axum::response::Response;
use serde_json::{Value, json};

use super::super::failure::{Answer, Failure};
use super::super::json::text;
use super::super::shared::Shared;
use super::super::world::{World, store::Object};
use super::Call;
use super::path::Target;
use super::reply::json_response;
use super::select::Selector;

/// One object.
pub fn get(shared: &Shared, call: &Call, target: &Target) -> Answer<Response> {
    let name = target.name.as_deref().unwrap_or_default();
    let (object, now) = shared.with(|world| (world.find(target.kind, target.space(), name), world.now));
    Ok(json_response(200, &call.form.object(target.kind, &object?, now, true)))
}

/// A list, or a page of one.
pub fn list(shared: &Shared, call: &Call, target: &Target) -> Answer<Response> {
    let selector =
        Selector::parse(target.kind.plural, call.query.get("labelSelector"), call.query.get("fieldSelector"))?;
    let (page, now) = shared.with(|world| (page(world, call, target, &selector), world.now));
    let page = page?;
    let mut metadata = json!({"resourceVersion": page.version.to_string()});
    if let Some(next) = page.next {
        metadata["continue"] = next.into();
        // Nobody can know how many of the rest a selector would leave.
        if selector.is_empty() {
            metadata["remainingItemCount"] = page.remaining.into();
        }
    }
    Ok(json_response(200, &call.form.list(target.kind, &page.objects, &metadata, now)))
}

struct Page {
    objects: Vec<Object>,
    version: u64,
    next: Option<String>,
    remaining: usize,
}

fn page(world: &World, call: &Call, target: &Target, selector: &Selector) -> Answer<Page> {
    let (version, start) = match call.query.get("continue") {
        "" => (version_of(world, call)?, None),
        token => Cursor::parse(token).map(|cursor| (cursor.version, Some(cursor)))?,
    };
    let mut objects =
        world.store.at(version, target.kind.plural, target.namespace.as_deref()).map_err(|mut expired| {
            if start.is_some() {
                "The provided continue parameter is too old to display a consistent list result. You must start a new \
             list without the continue parameter."
                    .clone_into(&mut expired.message);
            }
            expired
        })?;
    objects.retain(|object| selector.matches(object));
    if let Some(cursor) = &start {
        objects.retain(|object| cursor.is_before(object));
    }
    let limit = call.query.number("limit").filter(|limit| *limit > 0).map_or(usize::MAX, |limit| limit as usize);
    let remaining = objects.len().saturating_sub(limit);
    objects.truncate(limit);
    let next = objects.last().filter(|_| remaining > 0).map(|last| Cursor::after(version, last).token());
    Ok(Page { objects, version, next, remaining })
}

/// The version that a list is of: today's, unless the past was asked for exactly.
fn version_of(world: &World, call: &Call) -> Answer<u64> {
    let newest = world.store.version();
    let asked = parse_version(call.query.get("resourceVersion"))?;
    if asked > newest {
        return Err(too_large(asked, newest));
    }
    Ok(if call.query.get("resourceVersionMatch") == "Exact" && asked > 0 { asked } else { newest })
}

/// A resource version; nothing is zero.
pub fn parse_version(text: &str) -> Answer<u64> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        Failure::bad_request(format!(
            "invalid resource version: resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: \
             invalid syntax"
        ))
    })
}

/// The refusal of a version from the future.
pub fn too_large(asked: u64, newest: u64) -> Failure {
    let mut failure =
        Failure::new(504, "Timeout", format!("Timeout: Too large resource version: {asked}, current: {newest}"));
    failure.details = json!({"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1});
    failure
}

/// Where a page ended. Its token is opaque to clients: the version and the key in hexadecimal.
struct Cursor {
    version: u64,
    key: (String, String),
}

impl Cursor {
    fn after(version: u64, object: &Value) -> Self {
        Self { version, key: key(object) }
    }

    fn is_before(&self, object: &Arc<Value>) -> bool {
        key(object) > self.key
    }

    fn token(&self) -> String {
        let plain = format!("{}/{}/{}", self.version, self.key.0, self.key.1);
        plain
            .bytes()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect()
    }

    fn parse(token: &str) -> Answer<Self> {
        let invalid = || Failure::bad_request("invalid continue token: continue key is not valid");
        let digits: Vec<char> = token.chars().collect();
        let bytes: Option<Vec<u8>> =
            digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok()).collect();
        let plain = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(invalid)?;
        let mut parts = plain.splitn(3, '/');
        match (parts.next().and_then(|version| version.parse().ok()), parts.next(), parts.next()) {
            (Some(version), Some(namespace), Some(name)) => {
                Ok(Self { version, key: (namespace.to_owned(), name.to_owned()) })
            }
            _ => Err(invalid()),
        }
    }
}

fn key(object: &Value) -> (String, String) {
    (text(object, "/metadata/namespace").to_owned(), text(object, "/metadata/name").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back() {
        let object = json!({"metadata": {"namespace": "shop", "name": "日本"}});
        let cursor = Cursor::parse(&Cursor::after(7, &object).token()).expect("a token");
        assert_eq!((cursor.version, cursor.key), (7, ("shop".to_owned(), "日本".to_owned())));
        assert_eq!(Cursor::parse("abc").err().map(|failure| failure.code), Some(400));
        assert_eq!(Cursor::parse("日本").err().map(|failure| failure.code), Some(400));
    }
}
