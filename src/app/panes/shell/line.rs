//! A line typed for a process without a terminal: nobody there echoes it or takes a character back, so it is done here.

use unicode_segmentation::UnicodeSegmentation;

use crate::base::key::{Code, Key};
use crate::base::width::width;

/// The line that is being typed.
#[derive(Clone, Debug, Default)]
pub struct TypedLine {
    text: String,
}

impl TypedLine {
    /// Takes a key: what is to be seen of it, and what is to be sent, which is nothing before the end of the line.
    pub fn key(&mut self, key: Key) -> (String, Vec<u8>) {
        match key.code {
            Code::Enter => ("\r\n".to_owned(), self.take()),
            Code::Char('c') if key.ctrl => {
                self.text.clear();
                ("^C\r\n".to_owned(), Vec::new())
            }
            Code::Char(c) if !key.ctrl && !key.alt => self.add(&c.to_string()),
            Code::Tab => self.add("\t"),
            Code::Backspace => {
                let Some((at, last)) = self.text.grapheme_indices(true).next_back() else { return <_>::default() };
                let cells = if last == "\t" { 1 } else { width(last) };
                self.text.truncate(at);
                ("\u{8} \u{8}".repeat(cells), Vec::new())
            }
            _ => <_>::default(),
        }
    }

    /// Takes a paste: its whole lines are sent.
    pub fn paste(&mut self, text: &str) -> (String, Vec<u8>) {
        let (mut seen, mut sent) = (String::new(), Vec::new());
        for part in text.split_inclusive('\n') {
            let line = part.trim_end_matches(['\n', '\r']);
            seen.push_str(line);
            self.text.push_str(line);
            if part.ends_with('\n') {
                seen.push_str("\r\n");
                sent.extend(self.take());
            }
        }
        (seen.replace('\u{1b}', "^["), sent)
    }

    fn add(&mut self, text: &str) -> (String, Vec<u8>) {
        self.text.push_str(text);
        (text.replace('\t', " "), Vec::new())
    }

    fn take(&mut self) -> Vec<u8> {
        let mut line = std::mem::take(&mut self.text);
        line.push('\n');
        line.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &mut TypedLine, keys: &str) -> (String, String) {
        let (mut seen, mut sent) = (String::new(), Vec::new());
        for key in keys.split(' ') {
            let (more, bytes) = line.key(key.parse().expect(key));
            seen.push_str(&more);
            sent.extend(bytes);
        }
        (seen, String::from_utf8(sent).expect("text"))
    }

    #[test]
    fn a_line_is_sent_when_it_is_whole() {
        let mut line = TypedLine::default();
        assert_eq!(typed(&mut line, "a b"), ("ab".to_owned(), String::new()));
        assert_eq!(typed(&mut line, "backspace c enter"), ("\u{8} \u{8}c\r\n".to_owned(), "ac\n".to_owned()));
        assert_eq!(typed(&mut line, "x ctrl-c y enter").1, "y\n");
        assert_eq!(typed(&mut line, "backspace"), (String::new(), String::new()));
    }

    #[test]
    fn pasted_lines_are_sent_and_the_rest_waits() {
        let mut line = TypedLine::default();
        let (seen, sent) = line.paste("one\ntw\u{1b}[2Jo");
        assert_eq!((seen.as_str(), sent.as_slice()), ("one\r\ntw^[[2Jo", b"one\n".as_slice()));
        assert_eq!(typed(&mut line, "enter").1, "tw\u{1b}[2Jo\n");
    }
}
