//! Which key does what, in which place: the defaults of the actions, and the person's own keys over them.
//!
//! Start with [`KeyMap::look_up`].

use super::action::{ACTIONS, Action, ActionInfo, Place};
use crate::base::key::{Code, Key};

/// One key, or two in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    /// The key that begins a sequence, if it is one.
    pub prefix: Option<Key>,
    /// The key.
    pub key: Key,
}

impl Chord {
    /// Reads `q` or `ctrl-w h`; the error is the sentence for the person.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read = |text: &str| text.parse::<Key>().map_err(|error| error.to_string());
        match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            [key] => Ok(Self { prefix: None, key: read(key)? }),
            [prefix, key] => Ok(Self { prefix: Some(read(prefix)?), key: read(key)? }),
            _ => Err(format!("`{text}` is no key: write one key, or two with a space between")),
        }
    }
}

impl std::fmt::Display for Chord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short = |key: Key| match key {
            Key { code: Code::Char(c), ctrl: true, alt: false, shift: false } => format!("^{c}"),
            key => key.to_string(),
        };
        match self.prefix {
            Some(prefix) => write!(f, "{} {}", short(prefix), short(self.key)),
            None => f.write_str(&short(self.key)),
        }
    }
}

/// Which key does what, in which place.
#[derive(Clone, Debug)]
pub struct KeyMap {
    bindings: Vec<(Chord, &'static ActionInfo)>,
}

/// What a key led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Do this.
    Action(Action),
    /// The first key of a sequence.
    Prefix,
    /// Nothing is bound to it here.
    Nothing,
}

impl Default for KeyMap {
    fn default() -> Self {
        let rows = ACTIONS.iter().flat_map(|row| row.keys.iter().map(move |key| (Chord::parse(key), row)));
        // Every default key parses: a test reads them all.
        Self { bindings: rows.filter_map(|(chord, row)| Some((chord.ok()?, row))).collect() }
    }
}

impl KeyMap {
    /// The defaults with the config's own keys: the name of an action and all its keys. Returns the names that
    /// are no action.
    pub fn with<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [Key])>) -> (Self, Vec<&'a str>) {
        let (mut map, mut unknown) = (Self::default(), Vec::new());
        for (name, keys) in entries {
            match Action::parse(name) {
                Some(action) => {
                    let chords: Vec<_> = keys.iter().map(|key| Chord { prefix: None, key: *key }).collect();
                    map.bind(action, &chords);
                }
                None => unknown.push(name),
            }
        }
        (map, unknown)
    }

    fn bind(&mut self, action: Action, chords: &[Chord]) {
        let info = action.info();
        self.bindings
            .retain(|(chord, row)| row.action != action && (row.place != info.place || !chords.contains(chord)));
        self.bindings.extend(chords.iter().map(|chord| (*chord, info)));
    }

    /// What `key` does behind `prefix`, in the first of `places` that knows it.
    pub fn look_up(&self, prefix: Option<Key>, key: Key, places: &[Place]) -> Lookup {
        for place in places {
            let here = || self.bindings.iter().filter(|(_, row)| row.place == *place);
            if let Some((_, row)) = here().find(|(chord, _)| *chord == Chord { prefix, key }) {
                return Lookup::Action(row.action);
            }
            if prefix.is_none() && here().any(|(chord, _)| chord.prefix == Some(key)) {
                return Lookup::Prefix;
            }
        }
        Lookup::Nothing
    }

    /// The first key of an action, as it is shown; empty when it has none.
    pub fn key_of(&self, action: Action) -> String {
        let first = self.bindings.iter().find(|(_, row)| row.action == action);
        first.map(|(chord, _)| chord.to_string()).unwrap_or_default()
    }

    /// All keys of an action, as they are shown.
    pub fn keys_of(&self, action: Action) -> String {
        let keys = self.bindings.iter().filter(|(_, row)| row.action == action);
        keys.map(|(chord, _)| chord.to_string()).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_and_places() {
        let map = KeyMap::default();
        let ctrl_w = Key::ctrl('w');
        let texts = [Place::Texts, Place::Moving, Place::Anywhere];
        assert_eq!(map.look_up(None, ctrl_w, &texts), Lookup::Prefix);
        assert_eq!(map.look_up(Some(ctrl_w), Key::char('h'), &texts), Lookup::Action(Action::FocusLeft));
        assert_eq!(map.look_up(None, Key::char('w'), &texts), Lookup::Action(Action::Wrap));
        assert_eq!(map.look_up(None, Key::char('w'), &[Place::Lists]), Lookup::Action(Action::Wide));
        assert_eq!(map.look_up(Some(ctrl_w), Key::char('x'), &texts), Lookup::Nothing);
        assert_eq!(map.key_of(Action::FocusLeft), "^w h");
    }

    #[test]
    fn the_config_rebinds_and_names_what_is_no_action() {
        let own = [Key::char('x'), Key::char('w')];
        let (map, unknown) = KeyMap::with([("quit", own.as_slice()), ("fly", &own), ("wrap", &[])]);
        let anywhere = [Place::Anywhere];
        assert_eq!(map.look_up(None, Key::char('x'), &anywhere), Lookup::Action(Action::Quit));
        assert_eq!(map.look_up(None, Key::char('q'), &anywhere), Lookup::Nothing);
        assert_eq!(map.key_of(Action::Wide), "w", "another place keeps its key");
        assert_eq!(map.key_of(Action::Wrap), "", "no key takes an action off the keyboard");
        assert_eq!(unknown, ["fly"]);
    }

    #[test]
    fn a_key_that_was_another_actions_is_this_ones_now() {
        let (map, _) = KeyMap::with([("zoom", [Key::char('q')].as_slice())]);
        assert_eq!(map.look_up(None, Key::char('q'), &[Place::Anywhere]), Lookup::Action(Action::Zoom));
        assert_eq!(map.key_of(Action::Quit), "");
    }
}
