//! The one-line prompt: filter, search, command, file name.

use tui_textarea::{CursorMove, Input, Key as TextKey, TextArea};

use crate::base::key::{Code, Key};

/// A line that is being typed.
#[derive(Clone, Debug)]
pub struct Prompt {
    area: TextArea<'static>,
}

impl Prompt {
    /// A prompt with `text` in it and the cursor behind.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(vec![one_line(text)]);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// What has been typed.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Where the cursor stands, in characters.
    pub fn cursor(&self) -> usize {
        self.area.cursor().1
    }

    /// Takes a key; whether the text changed.
    pub fn key(&mut self, key: Key) -> bool {
        let before = self.text().len();
        // A line break would make a second line that nobody sees.
        if matches!(key.code, Code::Enter) || key == Key::ctrl('m') {
            return false;
        }
        // The widget has undo there; in every shell it is "clear the line".
        if key == Key::ctrl('u') {
            return self.area.delete_line_by_head();
        }
        self.area.input(input(key)) || self.text().len() != before
    }

    /// Takes a paste; line breaks become spaces.
    pub fn paste(&mut self, text: &str) {
        self.area.insert_str(one_line(text));
    }
}

fn one_line(text: &str) -> String {
    text.split(['\n', '\r']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn input(key: Key) -> Input {
    let code = match key.code {
        Code::Char(c) => TextKey::Char(c),
        Code::F(n) => TextKey::F(n),
        Code::Enter => TextKey::Enter,
        Code::Esc => TextKey::Esc,
        Code::Tab | Code::BackTab => TextKey::Null,
        Code::Backspace => TextKey::Backspace,
        Code::Delete => TextKey::Delete,
        Code::Insert => TextKey::Null,
        Code::Up | Code::Down => TextKey::Null,
        Code::Left => TextKey::Left,
        Code::Right => TextKey::Right,
        Code::Home => TextKey::Home,
        Code::End => TextKey::End,
        Code::PageUp => TextKey::PageUp,
        Code::PageDown => TextKey::PageDown,
    };
    Input { key: code, ctrl: key.ctrl, alt: key.alt, shift: key.shift }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(prompt: &mut Prompt, keys: &str) {
        for key in keys.split_whitespace() {
            prompt.key(key.parse().expect(key));
        }
    }

    #[test]
    fn it_edits_like_a_shell_line() {
        let mut prompt = Prompt::new("web");
        typed(&mut prompt, "space d b backspace");
        assert_eq!((prompt.text(), prompt.cursor()), ("web d", 5));
        typed(&mut prompt, "ctrl-a X ctrl-e Y ctrl-w");
        assert_eq!(prompt.text(), "Xweb ");
        typed(&mut prompt, "ctrl-u enter");
        assert_eq!(prompt.text(), "");
    }

    #[test]
    fn a_paste_stays_one_line() {
        let mut prompt = Prompt::new("");
        prompt.paste("a\nb\r\nc");
        assert_eq!(prompt.text(), "a b c");
    }
}
