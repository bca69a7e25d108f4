//! The settings of the program: their names, defaults, and how they are read from TOML.
//!
//! No file is opened here: [`Config::parse`] is given a text and always answers with settings that work. What
//! cannot be used is left at its default and reported as a [`Warning`] with its line. Action names in
//! [`Config::keys`] are checked by whoever knows the actions. `config.example.toml` shows every setting.

mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::base::age;
use crate::base::jsonline::Columns;
use crate::base::key::Key;
use crate::base::search::Pattern;
use crate::base::sgr::Style;

/// All settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The view that is shown first.
    pub view: View,
    /// The key that a shell pane does not get: it leads in a key of the program.
    pub leader: Key,
    /// The colours.
    pub theme: Theme,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Use the mouse; without, the terminal selects text with it.
    pub mouse: bool,
    /// Refuse every action that changes something in the cluster.
    pub read_only: bool,
    /// Contexts in which `read_only` holds in any case; `*` stands for any text. See
    /// [`Config::is_protected`].
    pub protected_contexts: Vec<String>,
    /// The shells that are tried in a container, in order: names or paths.
    pub shells: Vec<String>,
    /// The shells that are tried in a container on a node with Windows, in order.
    pub windows_shells: Vec<String>,
    /// The keys that leave an attached process alone, one after the other; none: only the action does.
    pub detach_keys: Vec<Key>,
    /// How much of a shell pane is kept above the screen, in lines.
    pub scrollback_lines: usize,
    /// Logs.
    pub logs: Logs,
    /// Editing.
    pub edit: Edit,
    /// Debugging.
    pub debug: Debug,
    /// The keys of actions that differ from the default, by the action's name.
    pub keys: BTreeMap<String, Binding>,
}

/// Settings of log panes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    /// How many lines of the past a log begins with, for each container.
    pub tail_lines: u32,
    /// How many lines a pane keeps.
    pub ring_lines: usize,
    /// How many bytes of text a pane keeps; the stricter of the two bounds holds.
    pub ring_bytes: usize,
    /// How many MiB of older lines a pane keeps in a temporary file; 0: they are dropped.
    pub spill: usize,
    /// How many containers are read at once for one pane; the others wait.
    pub max_streams: usize,
    /// The fields of JSON lines that are shown, when fields are.
    pub json_fields: Columns,
    /// What to colour.
    pub highlights: Vec<Highlight>,
}

/// What to colour in logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// What is coloured: text, or `/an expression/`.
    pub pattern: Pattern,
    /// How.
    pub style: Style,
}

/// Settings of editing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Where objects are edited.
    pub editor: Editor,
}

/// Where objects are edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Editor {
    /// In a tile of the program.
    #[default]
    Builtin,
    /// In the person's own editor: `$KUBE_EDITOR`, `$VISUAL`, `$EDITOR`.
    External,
}

/// Settings of debugging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debug {
    /// The image that the debug form begins with.
    pub image: String,
    /// How long what debugging makes may live.
    pub ttl: Ttl,
}

impl Default for Debug {
    fn default() -> Self {
        Self { image: "busybox:1.28".to_owned(), ttl: Ttl::default() }
    }
}

/// How long something may live; for ever, unless it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ttl(Option<u32>);

impl Ttl {
    /// In seconds; `None` is for ever.
    pub fn seconds(self) -> Option<u32> {
        self.0
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(seconds) if seconds % 86_400 == 0 => write!(f, "{}d", seconds / 86_400),
            Some(seconds) if seconds % 3_600 == 0 => write!(f, "{}h", seconds / 3_600),
            Some(seconds) if seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
            Some(seconds) => write!(f, "{seconds}s"),
        }
    }
}

impl FromStr for Ttl {
    type Err = &'static str;

    /// Numbers with their units, `2h`, `1h30m`; `0` and nothing are for ever.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "write 90s, 30m, 2h or 1d; 0 is for ever";
        if matches!(text, "" | "0") {
            return Ok(Self(None));
        }
        let seconds = age::seconds(text).and_then(|seconds| u32::try_from(seconds).ok());
        Ok(Self(Some(seconds.filter(|seconds| *seconds > 0).ok_or(WRONG)?)))
    }
}

/// The keys of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The keys, which replace the default ones; none takes the action off the keyboard.
    pub keys: Vec<Key>,
    /// The line of the file, from 1: where to point if the action does not exist.
    pub line: usize,
}

/// A view that the program can begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// What is wrong, by cause.
    #[default]
    Triage,
    /// Pods.
    Pods,
    /// Nodes.
    Nodes,
    /// Events.
    Events,
}

/// The colours to draw with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// What fits the terminal's background, as far as it can be known.
    #[default]
    Auto,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
}

/// Something in the file that cannot be used. The program starts all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong and what holds instead, without a full stop.
    pub sentence: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "config line {}: {}", self.line, self.sentence)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            view: View::default(),
            leader: Key::ctrl('g'),
            theme: Theme::default(),
            ascii: false,
            mouse: true,
            read_only: false,
            protected_contexts: Vec::new(),
            shells: ["bash", "sh", "ash", "/busybox/sh"].map(str::to_owned).to_vec(),
            windows_shells: ["powershell", "cmd"].map(str::to_owned).to_vec(),
            detach_keys: vec![Key::ctrl('p'), Key::ctrl('q')],
            scrollback_lines: 5_000,
            logs: Logs::default(),
            edit: Edit::default(),
            debug: Debug::default(),
            keys: BTreeMap::new(),
        }
    }
}

impl Default for Logs {
    fn default() -> Self {
        Self {
            tail_lines: 1_000,
            ring_lines: 100_000,
            ring_bytes: 32 << 20,
            spill: 512,
            max_streams: 200,
            json_fields: Columns::usual(),
            highlights: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the text of a file. A text that is no TOML gives the defaults and one warning.
    pub fn parse(text: &str) -> (Self, Vec<Warning>) {
        read::read(text)
    }

    /// Whether changes are refused in the context of this name.
    pub fn is_protected(&self, context: &str) -> bool {
        self.protected_contexts.iter().any(|pattern| fits(pattern, context))
    }
}

/// Whether `text` is `pattern`, where each `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    // The pieces between stars may stand anywhere, as early as they can; the last one must end the text.
    let mut pieces: Vec<_> = after.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    let mut rest = rest;
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests;
