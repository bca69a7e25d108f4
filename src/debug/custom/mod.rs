//! `--custom`: a part of a container that is laid over what the profile made.
//!
//! The text is JSON or YAML, read as kubectl reads it ([`schema`]), and merged as a strategic merge patch is: objects
//! field by field, lists of named things by their keys, all other lists as a whole. Rules: kubectl, `debug.go`;
//! apimachinery, `strategicpatch`. Start with [`Custom::parse`], then [`Custom::apply`].

mod merge;
mod schema;

use serde_json::Value;

use self::schema::{CONTAINER, Type};

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

fn decode(text: &str) -> Result<Value, CustomError> {
    serde_json::from_str(text).or_else(|_| {
        serde_yaml::from_str(text).map_err(|error| {
            let line = error.location().map(|location| location.line());
            CustomError { line, said: error.to_string() }
        })
    })
}

/// The line of the field that is spoken of: the first that has the last name of its path.
fn line_of(text: &str, said: &str) -> Option<usize> {
    let path = said.split(' ').next()?;
    let name = path.rsplit('.').find(|name| name.parse::<usize>().is_err())?;
    let at = text.lines().position(|line| line.contains(name))?;
    Some(at + 1)
}

#[cfg(test)]
mod tests;
