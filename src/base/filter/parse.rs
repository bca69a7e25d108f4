//! Reading a filter: one pass from the left, a term at a time. Begin at [`terms`].

use super::{FilterError, Term, Test};
use crate::base::search::Pattern;
use crate::base::selector::{Selector, SelectorError};

/// The name that opens a label term.
const LABEL: &str = "label";

/// The terms of a filter, without those that say nothing yet.
pub(super) fn terms(text: &str, known_fields: &[&str]) -> Result<Vec<Term>, FilterError> {
    let mut parser = Parser { text, at: 0, known_fields };
    let mut terms = Vec::new();
    while parser.skip_spaces() {
        terms.extend(parser.term()?);
    }
    Ok(terms)
}

/// A value as it was written.
enum Value<'t> {
    Word(&'t str),
    Quoted(&'t str),
    Regex(Pattern),
}

struct Parser<'t> {
    text: &'t str,
    /// A byte offset on a character boundary.
    at: usize,
    known_fields: &'t [&'t str],
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Moves to the next term; false at the end.
    fn skip_spaces(&mut self) -> bool {
        self.at = self.text.len() - self.rest().trim_start().len();
        self.at < self.text.len()
    }

    /// Reads one term; `None` when it says nothing yet.
    fn term(&mut self) -> Result<Option<Term>, FilterError> {
        if let Some(selector) = self.selector_option()? {
            return Ok(Some(Term { negated: false, test: Test::Labels(selector) }));
        }
        let negated = self.accept("!");
        let test = match self.column()? {
            Some(name) if name == LABEL => self.selector()?.map(Test::Labels),
            Some(name) => match self.value()? {
                Value::Word("") => None,
                Value::Quoted("") => Some(Test::Empty(name.to_owned())),
                Value::Word(text) | Value::Quoted(text) => Some(Test::In(name.to_owned(), Pattern::folded(text))),
                Value::Regex(pattern) => Some(Test::In(name.to_owned(), pattern)),
            },
            None => match self.value()? {
                Value::Word("") | Value::Quoted("") => None,
                Value::Word(text) | Value::Quoted(text) => Some(Test::Anywhere(Pattern::folded(text))),
                Value::Regex(pattern) => Some(Test::Anywhere(pattern)),
            },
        };
        Ok(test.map(|test| Term { negated, test }))
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// `-l app=web`, in each of the forms in which kubectl takes it.
    fn selector_option(&mut self) -> Result<Option<Selector>, FilterError> {
        let start = self.at;
        let found = ["--selector=", "--selector ", "-l=", "-l "].iter().any(|option| self.accept(option));
        if !found {
            return match self.rest().split_whitespace().next() {
                Some("-l" | "--selector") => Err(error_at(start, "a label selector is expected after -l".into())),
                _ => Ok(None),
            };
        }
        self.skip_spaces();
        match self.selector()? {
            None => Err(error_at(start, "a label selector is expected after -l".into())),
            selector => Ok(selector),
        }
    }

    /// A selector from here on, quoted or not. `None` at the end of the text or before a space.
    fn selector(&mut self) -> Result<Option<Selector>, FilterError> {
        if self.rest().is_empty() || self.rest().starts_with(char::is_whitespace) {
            return Ok(None);
        }
        if let Some(quote @ ('"' | '\'')) = self.rest().chars().next() {
            let start = self.at + 1;
            let inner = self.quoted(quote)?;
            return Selector::parse(inner).map(Some).map_err(|error| shifted(error, start));
        }
        let start = self.at;
        let (selector, length) = Selector::parse_start(self.rest()).map_err(|error| shifted(error, start))?;
        self.at += length;
        match self.rest().chars().next() {
            Some(c) if !c.is_whitespace() => {
                Err(error_at(self.at, format!("a space is expected before `{c}`, behind the label selector")))
            }
            _ => Ok(Some(selector)),
        }
    }

    /// Steps over `name:` if the name is that of a column, or begins just one.
    fn column(&mut self) -> Result<Option<&'t str>, FilterError> {
        let word = self.rest().split(char::is_whitespace).next().unwrap_or_default();
        let Some((name, _)) = word.split_once(':') else { return Ok(None) };
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) {
            return Ok(None);
        }
        let column = self.column_named(name)?;
        if column.is_some() {
            self.at += name.len() + 1;
        }
        Ok(column)
    }

    fn column_named(&self, name: &str) -> Result<Option<&'t str>, FilterError> {
        let lower = name.to_lowercase();
        let names = || self.known_fields.iter().copied().chain([LABEL]);
        if let Some(exact) = names().find(|known| known.to_lowercase() == lower) {
            return Ok(Some(exact));
        }
        let mut candidates: Vec<_> = names().filter(|known| known.to_lowercase().starts_with(&lower)).collect();
        candidates.sort_unstable();
        candidates.dedup();
        match candidates[..] {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            _ => {
                let sentence = format!("`{name}:` could be {}", candidates.join(", "));
                Err(error_at(self.at, sentence))
            }
        }
    }

    fn value(&mut self) -> Result<Value<'t>, FilterError> {
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote).map(Value::Quoted),
            Some('/') => self.regex(),
            _ => {
                let rest = self.rest();
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                self.at += end;
                Ok(Value::Word(&rest[..end]))
            }
        }
    }

    /// What stands between two quotes.
    fn quoted(&mut self, quote: char) -> Result<&'t str, FilterError> {
        let inner = &self.rest()[quote.len_utf8()..];
        let Some(end) = inner.find(quote) else {
            return Err(error_at(self.at, format!("the text needs a closing {quote}")));
        };
        self.at += end + 2 * quote.len_utf8();
        Ok(&inner[..end])
    }

    /// `/expression/`. It ends at a slash that a space or the end follows, so that `/api/v1/` needs no escapes.
    fn regex(&mut self) -> Result<Value<'t>, FilterError> {
        let start = self.at;
        let inner = &self.rest()[1..];
        let Some(end) = closing_slash(inner) else {
            return Err(error_at(start, "the regular expression needs a closing /".to_owned()));
        };
        self.at += end + 2;
        if end == 0 {
            return Ok(Value::Word(""));
        }
        Pattern::regex(&inner[..end]).map(Value::Regex).map_err(|error| error_at(start, error.to_string()))
    }
}

/// The offset of the slash that ends an expression: not escaped, and before a space or the end.
fn closing_slash(text: &str) -> Option<usize> {
    let mut escaped = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let last = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if c == '/' && !escaped && last {
            return Some(at);
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

fn error_at(at: usize, sentence: String) -> FilterError {
    FilterError { sentence, at }
}

fn shifted(error: SelectorError, start: usize) -> FilterError {
    error_at(start + error.at, error.sentence)
}
