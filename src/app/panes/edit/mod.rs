//! Editing an object: its YAML in a text area, until the server has taken it.

pub mod area;
pub mod fields;
pub mod manifest;
