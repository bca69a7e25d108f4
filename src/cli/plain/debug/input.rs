//! What `debug` reads from files: the custom profile, and objects of `-f`.

use std::fs;
use std::io::{self, Read as _};

use serde::Deserialize as _;
use serde_json::Value;

use super::super::failure::Failure;
use super::super::session::Session;
use crate::base::json;
use crate::debug::{Custom, edit_namespace};

/// The custom profile of a file.
pub fn custom(file: &str) -> Result<Option<Custom>, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        let said = format!("must pass a container spec json file for custom profile: open {file}: {}", reason(&error));
        Failure::Usage(said)
    })?;
    Custom::parse(&text, file).map_err(|error| {
        let line = error.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        Failure::Usage(format!("{file} does not contain a valid container spec: {line}{}", error.said))
    })
}

/// The objects of a file, each with its namespace, as kubectl takes them: they are not read from the server.
pub fn objects(session: &Session, file: &str, namespace: Option<&str>) -> Result<Vec<Value>, Failure> {
    let text = if file == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map_err(|error| Failure::Usage(reason(&error)))?;
        text
    } else {
        fs::read_to_string(file).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::Usage(format!("the path \"{file}\" does not exist")),
            _ => Failure::Usage(format!("open {file}: {}", reason(&error))),
        })?
    };
    let mut objects = Vec::new();
    for document in serde_yaml::Deserializer::from_str(&text) {
        let object =
            Value::deserialize(document).map_err(|error| Failure::Usage(format!("error parsing {file}: {error}")))?;
        if !object.is_null() {
            objects.push(placed(session, object, namespace)?);
        }
    }
    Ok(objects)
}

/// A pod in a namespace: its own, which must be the one that was typed, or the one that is meant.
fn placed(session: &Session, mut object: Value, typed: Option<&str>) -> Result<Value, Failure> {
    if object["kind"] != "Pod" {
        return Ok(object);
    }
    let own = json::text(&object, "/metadata/namespace");
    match typed {
        Some(typed) if !own.is_empty() && own != typed => Err(Failure::Usage(format!(
            "the namespace from the provided object \"{own}\" does not match the namespace \"{typed}\". You must pass \
             '--namespace={own}' to perform this operation."
        ))),
        _ => {
            if own.is_empty() {
                edit_namespace(&mut object, &session.namespace);
            }
            Ok(object)
        }
    }
}

/// As Go says it: `no such file or directory`.
fn reason(error: &io::Error) -> String {
    let said = error.to_string();
    let said = said.split(" (os error").next().unwrap_or_default();
    said.to_lowercase()
}
