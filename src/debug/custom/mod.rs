//! `--custom`: a part of a container that is laid over what the profile made.
//!
//! The text is JSON or YAML, read as kubectl reads it ([`schema`]), and merged as a strategic merge patch is: objects
//! field by field, lists of named things by their keys, all other lists as a whole. Rules: kubectl, `debug.go`;
//! apimachinery, `strategicpatch`. Start with [`Custom::parse`], then [`Custom::apply`].

mod merge;
mod schema;

use serde_json::Value;

use self::schema::{CONTAINER, Type};

/// What is said of a part that has one of [`REFUSED`]: kubectl's words.
pub(super) const NOT_MODIFIABLE: &str =
    "name, command, image, lifecycle and volume devices are not modifiable via custom profile";

/// What may not be changed this way.
const REFUSED: [&str; 5] = ["name", "command", "image", "lifecycle", "volumeDevices"];

/// A part of a container.
#[derive(Clone, Debug, PartialEq)]
pub struct Custom {
    /// The file that it was read from, as it was named; empty for one that was typed.
    pub file: String,
    part: Value,
}

/// Why a text is no part of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomError {
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub said: String,
}

impl Custom {
    /// From the text of a file. A text that says nothing gives none.
    pub fn parse(text: &str, file: &str) -> Result<Option<Self>, CustomError> {
        let value = decode(text)?;
        if value.is_null() {
            return Ok(None);
        }
        let read = schema::read(&value, Type::Struct(CONTAINER));
        let part = read.map_err(|said| CustomError { line: line_of(text, &said), said })?;
        Ok(Some(Self { file: file.to_owned(), part }))
    }

    /// The fields that it has and may not have.
    pub fn refused(&self) -> Vec<&'static str> {
        REFUSED.into_iter().filter(|name| self.part.get(name).is_some()).collect()
    }

    /// Lays it over a container.
    pub fn apply(&self, container: &mut Value) {
        merge::fields(container, &self.part, CONTAINER);
    }
}

/// What is wrong with a text, as far as that is known without an object: for the place where it is typed.
pub fn mistake(text: &str) -> Option<CustomError> {
    let custom = match Custom::parse(text, "") {
        Ok(custom) => custom?,
        Err(error) => return Some(error),
    };
    let refused = custom.refused();
    let name = refused.first()?;
    Some(CustomError { line: line_of(text, name), said: NOT_MODIFIABLE.to_owned() })
}

fn decode(text: &str) -> Result<Value, CustomError> {
    serde_json::from_str(text).or_else(|_| {
        serde_yaml::from_str(text).map_err(|error| {
            let line = error.location().map(|location| location.line());
            CustomError { line, said: error.to_string() }
        })
    })
}

/// The line of the field that is spoken of: the first that has the last name of its path, as a key if there is one.
fn line_of(text: &str, said: &str) -> Option<usize> {
    let path = said.split(' ').next()?;
    let name = path.rsplit('.').find(|name| name.parse::<usize>().is_err())?;
    let as_key = text.lines().position(|line| has_key(line, name));
    let at = as_key.or_else(|| text.lines().position(|line| line.contains(name)))?;
    Some(at + 1)
}

/// Whether a name stands in a line as a whole word before a colon, quoted or not.
fn has_key(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let behind = line[at + name.len()..].trim_start_matches(['"', '\'']).trim_start();
        !before.is_some_and(char::is_alphanumeric) && behind.starts_with(':')
    })
}

#[cfg(test)]
mod tests;
