//! As what the lines of a log are shown that are JSON: as they came, over several lines, or as chosen fields.

use super::entry::Entry;
use crate::base::jsonline::{Columns, Shaped, pretty, read};

/// The forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Raw,
    Fields,
    Pretty,
}

/// How JSON is shown. Search, filter and copies have the line as it came in any case.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    form: Form,
    columns: Columns,
}

impl Shape {
    /// As it came, with these fields to be chosen.
    pub fn of_columns(columns: Columns) -> Self {
        Self { form: Form::Raw, columns }
    }

    /// The next form: as it came, fields, over several lines.
    pub fn next(&mut self) {
        self.form = match self.form {
            Form::Raw => Form::Fields,
            Form::Fields => Form::Pretty,
            Form::Pretty => Form::Raw,
        };
    }

    /// Shows these fields.
    pub fn choose(&mut self, columns: Columns) {
        *self = Self { form: Form::Fields, columns };
    }

    /// Whether lines may be shown as something else.
    pub fn is_on(&self) -> bool {
        self.form != Form::Raw
    }

    /// What a line is shown as; `None`: as it came.
    pub fn of(&self, entry: Entry) -> Option<Shaped> {
        if !self.is_on() || entry.is_note {
            return None;
        }
        let object = read(entry.text)?;
        match self.form {
            Form::Raw => None,
            Form::Fields => self.columns.of(&object),
            Form::Pretty => Some(pretty(&object)),
        }
    }

    /// What is shown, for the title.
    pub fn word(&self) -> Option<&'static str> {
        match self.form {
            Form::Raw => None,
            Form::Fields => Some("JSON fields"),
            Form::Pretty => Some("JSON"),
        }
    }
}
