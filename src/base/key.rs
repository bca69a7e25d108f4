//! Keys as the program knows them, apart from any terminal library.
//!
//! A key is written as people write it in a config file: `q`, `G`, `ctrl-w`, `alt-x`, `enter`, `f5`.

use std::fmt;
use std::str::FromStr;

/// What was pressed, without modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A character, as typed: shift is part of it (`G`, `?`).
    Char(char),
    /// Function key, 1 to 24.
    F(u8),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tabulator.
    Tab,
    /// Shift and tabulator.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What was pressed.
    pub code: Code,
    /// Control held.
    pub ctrl: bool,
    /// Alt (Option, Meta) held.
    pub alt: bool,
    /// Shift held; always false for characters, whose case says it.
    pub shift: bool,
}

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// A character without modifiers.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// A character with control.
    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), ctrl: true, alt: false, shift: false }
    }
}

/// Names of the codes that are not characters, as written and shown.
const NAMES: &[(&str, Code)] = &[
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("tab", Code::Tab),
    ("backtab", Code::BackTab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("insert", Code::Insert),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pgup", Code::PageUp),
    ("pgdn", Code::PageDown),
    ("space", Code::Char(' ')),
];

/// A key that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key: write a character, or a name such as enter, esc, tab, f5, ctrl-w, alt-x")]
pub struct KeyError(String);

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        loop {
            let lower = rest.to_ascii_lowercase();
            // A lone `-` is the key itself, not an empty name behind a modifier.
            let (flag, len) = match lower.as_str() {
                l if l.len() > 5 && l.starts_with("ctrl-") => (&mut ctrl, 5),
                l if l.len() > 4 && l.starts_with("alt-") => (&mut alt, 4),
                l if l.len() > 6 && l.starts_with("shift-") => (&mut shift, 6),
                _ => break,
            };
            *flag = true;
            rest = &rest[len..];
        }
        let code = code_of(rest).ok_or_else(|| KeyError(text.to_owned()))?;
        Ok(match code {
            Code::Tab if shift => Self { code: Code::BackTab, ctrl, alt, shift: false },
            Code::Char(c) if shift => Self { code: Code::Char(c.to_ascii_uppercase()), ctrl, alt, shift: false },
            code => Self { code, ctrl, alt, shift },
        })
    }
}

fn code_of(name: &str) -> Option<Code> {
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return Some(Code::Char(c));
    }
    let lower = name.to_ascii_lowercase();
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == lower) {
        return Some(*code);
    }
    let number = lower.strip_prefix('f')?.parse().ok()?;
    (1..=24).contains(&number).then_some(Code::F(number))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        if self.shift {
            f.write_str("shift-")?;
        }
        match self.code {
            Code::F(n) => write!(f, "f{n}"),
            code => match (NAMES.iter().find(|(_, known)| *known == code), code) {
                (Some((name, _)), _) => f.write_str(name),
                (None, Code::Char(c)) => write!(f, "{c}"),
                (None, _) => Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_it_is_written() {
        for text in
            ["q", "G", "?", "-", "ctrl-w", "alt-x", "ctrl-alt-d", "enter", "backtab", "f12", "pgup", "space", "日"]
        {
            let key: Key = text.parse().expect(text);
            assert_eq!(key.to_string(), text);
        }
        assert_eq!("Shift-Tab".parse(), Ok(Key::plain(Code::BackTab)));
        assert_eq!("shift-up".parse::<Key>().map(|key| key.shift), Ok(true));
    }

    #[test]
    fn what_is_no_key_says_what_one_looks_like() {
        for text in ["", "ctrl-", "f0", "f25", "hyper-x", "enterr"] {
            let error = text.parse::<Key>().expect_err(text);
            assert!(error.to_string().contains("is not a key"), "{error}");
        }
    }
}
