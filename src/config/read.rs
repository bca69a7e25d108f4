//! From TOML to settings, one by one, so that a mistake costs only the setting that it is in.

use std::ops::RangeBounds;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Binding, Config, Highlight, Logs, Warning};
use crate::base::key::Key;
use crate::base::search::Pattern;
use crate::base::sgr::{Color, Style};

/// The sizes that work: below, a pane would be of no use, above, it would not fit into memory.
const LINES: std::ops::RangeInclusive<usize> = 100..=10_000_000;
/// Each is a connection.
const STREAMS: std::ops::RangeInclusive<usize> = 1..=1_000;
/// At most a terabyte.
const SPILL: std::ops::RangeInclusive<usize> = 0..=1 << 20;
const BYTES: std::ops::RangeInclusive<usize> = 64 << 10..=4 << 30;

/// The colours of a terminal that can be read on any background, by their number.
const COLORS: [&str; 7] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan"];

/// A rule for what to colour, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHighlight {
    pattern: String,
    color: String,
}

pub(super) fn read(text: &str) -> (Config, Vec<Warning>) {
    let mut reader = Reader { text, warnings: Vec::new() };
    let mut config = Config::default();
    match DeTable::parse(text) {
        Ok(table) => {
            for (key, value) in table.into_inner() {
                reader.setting(&mut config, Entry { at: key.span().start, name: key.get_ref(), value });
            }
        }
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reader.warn(at, format!("this is not TOML ({}); the defaults hold", error.message().trim()));
        }
    }
    reader.warnings.sort_by_key(|warning| warning.line);
    (config, reader.warnings)
}

/// A key with its value, and where it is: a byte offset into the file.
struct Entry<'t, 'k> {
    at: usize,
    name: &'k str,
    value: Spanned<DeValue<'t>>,
}

struct Reader<'t> {
    text: &'t str,
    warnings: Vec<Warning>,
}

impl<'t> Reader<'t> {
    fn setting(&mut self, config: &mut Config, entry: Entry<'t, '_>) {
        match entry.name {
            "view" => self.set(&mut config.view, entry),
            "leader" => self.set_parsed(&mut config.leader, entry),
            "theme" => self.set(&mut config.theme, entry),
            "ascii" => self.set(&mut config.ascii, entry),
            "mouse" => self.set(&mut config.mouse, entry),
            "read_only" => self.set(&mut config.read_only, entry),
            "protected_contexts" => self.set(&mut config.protected_contexts, entry),
            "shells" => self.set(&mut config.shells, entry),
            "windows_shells" => self.set(&mut config.windows_shells, entry),
            "detach_keys" => self.set_keys(&mut config.detach_keys, entry),
            "scrollback_lines" => self.set_within(&mut config.scrollback_lines, 0..=*LINES.end(), entry),
            "logs" => self.table(entry, |reader, entry| reader.log_setting(&mut config.logs, entry)),
            "edit" => self.table(entry, |reader, entry| match entry.name {
                "editor" => reader.set(&mut config.edit.editor, entry),
                _ => reader.unknown(&entry),
            }),
            "debug" => self.table(entry, |reader, entry| match entry.name {
                "image" => reader.set(&mut config.debug.image, entry),
                "ttl" => reader.set_parsed(&mut config.debug.ttl, entry),
                _ => reader.unknown(&entry),
            }),
            "keys" => self.table(entry, |reader, entry| {
                let name = entry.name.to_owned();
                if let Some(binding) = reader.binding(entry) {
                    config.keys.insert(name, binding);
                }
            }),
            _ => self.unknown(&entry),
        }
    }

    fn log_setting(&mut self, logs: &mut Logs, entry: Entry<'t, '_>) {
        match entry.name {
            "tail_lines" => self.set(&mut logs.tail_lines, entry),
            "ring_lines" => self.set_within(&mut logs.ring_lines, LINES, entry),
            "ring_bytes" => self.set_within(&mut logs.ring_bytes, BYTES, entry),
            "spill" => self.set_within(&mut logs.spill, SPILL, entry),
            "max_streams" => self.set_within(&mut logs.max_streams, STREAMS, entry),
            "json_fields" => self.set_parsed(&mut logs.json_fields, entry),
            "highlight" => self.highlights(&mut logs.highlights, entry),
            _ => self.unknown(&entry),
        }
    }

    /// The rules for what to colour, one by one.
    fn highlights(&mut self, rules: &mut Vec<Highlight>, entry: Entry<'t, '_>) {
        let (at, name) = (entry.at, entry.name);
        for written in self.value::<Vec<WrittenHighlight>>(entry).unwrap_or_default() {
            let color = COLORS.iter().position(|color| *color == written.color);
            match (Pattern::parse(&written.pattern), color) {
                (Err(error), _) => self.unusable(at, name, &error.to_string()),
                (Ok(_), None) => self.unusable(at, name, &format!("the colours are {}", COLORS[1..].join(", "))),
                (Ok(pattern), Some(color)) => {
                    let mut style = Style::default();
                    style.fg = Color::Indexed(color as u8);
                    rules.push(Highlight { pattern, style });
                }
            }
        }
    }

    /// Hands over each entry of a table.
    fn table(&mut self, entry: Entry<'t, '_>, mut each: impl FnMut(&mut Self, Entry<'t, '_>)) {
        match entry.value.into_inner() {
            DeValue::Table(table) => {
                for (key, value) in table {
                    each(self, Entry { at: key.span().start, name: key.get_ref(), value });
                }
            }
            other => self.warn(entry.at, format!("`{}` is a table, not {}", entry.name, other.type_str())),
        }
    }

    fn set<T: Deserialize<'t>>(&mut self, field: &mut T, entry: Entry<'t, '_>) {
        if let Some(value) = self.value(entry) {
            *field = value;
        }
    }

    fn set_within(&mut self, field: &mut usize, range: impl RangeBounds<usize>, entry: Entry<'t, '_>) {
        let (at, name) = (entry.at, entry.name);
        let Some(value) = self.value(entry) else { return };
        if range.contains(&value) {
            *field = value;
        } else {
            self.warn(at, format!("`{name}` cannot be {value}; {field} holds"));
        }
    }

    fn set_parsed<T: FromStr<Err: ToString>>(&mut self, field: &mut T, entry: Entry<'t, '_>) {
        let (at, name) = (entry.at, entry.name);
        let Some(text) = self.value::<String>(entry) else { return };
        match text.parse() {
            Ok(value) => *field = value,
            Err(error) => self.unusable(at, name, &error.to_string()),
        }
    }

    fn set_keys(&mut self, field: &mut Vec<Key>, entry: Entry<'t, '_>) {
        if let Some(binding) = self.binding(entry) {
            *field = binding.keys;
        }
    }

    /// The keys of an action: a list, or one alone.
    fn binding(&mut self, entry: Entry<'t, '_>) -> Option<Binding> {
        let (at, name) = (entry.at, entry.name);
        let written = match entry.value.get_ref().as_str() {
            Some(one) => vec![one.to_owned()],
            None => self.value::<Vec<String>>(entry)?,
        };
        match written.iter().map(|key| key.parse()).collect::<Result<Vec<Key>, _>>() {
            Ok(keys) => Some(Binding { keys, line: self.line(at) }),
            Err(error) => {
                self.unusable(at, name, &error.to_string());
                None
            }
        }
    }

    fn value<T: Deserialize<'t>>(&mut self, entry: Entry<'t, '_>) -> Option<T> {
        T::deserialize(entry.value.into_deserializer())
            .inspect_err(|error| self.unusable(entry.at, entry.name, error.message()))
            .ok()
    }

    fn unusable(&mut self, at: usize, name: &str, reason: &str) {
        self.warn(at, format!("`{name}` cannot be used ({reason}); the default holds"));
    }

    fn unknown(&mut self, entry: &Entry<'_, '_>) {
        self.warn(entry.at, format!("there is no setting `{}` here; it is ignored", entry.name));
    }

    fn warn(&mut self, at: usize, sentence: String) {
        let line = self.line(at);
        self.warnings.push(Warning { line, sentence });
    }

    /// The line of a byte offset, from 1.
    fn line(&self, at: usize) -> usize {
        1 + self.text.get(..at).unwrap_or(self.text).matches('\n').count()
    }
}
