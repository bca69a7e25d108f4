//! A list to choose from by typing: namespaces, contexts, commands.

use super::list::Step;
use super::prompt::Prompt;
use crate::base::key::Key;

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is shown, matched and returned.
    pub text: String,
    /// What it is or does, dimmed.
    pub about: String,
}

/// A picker.
#[derive(Clone, Debug)]
pub struct Picker {
    /// Its title.
    pub title: String,
    /// What is typed.
    pub prompt: Prompt,
    /// Why there are no choices (yet); empty when there are.
    pub note: String,
    choices: Vec<Choice>,
    matches: Vec<usize>,
    cursor: usize,
}

impl Picker {
    /// A picker over `choices`.
    pub fn new(title: impl Into<String>, choices: Vec<Choice>) -> Self {
        let mut picker = Self {
            title: title.into(),
            prompt: Prompt::new(""),
            note: String::new(),
            choices,
            matches: Vec::new(),
            cursor: 0,
        };
        picker.narrow();
        picker
    }

    /// Puts other choices in place of the present ones; what is typed stays, and the cursor on its choice.
    pub fn set_choices(&mut self, choices: Vec<Choice>) {
        let chosen = self.chosen().map(|choice| choice.text.clone());
        self.choices = choices;
        self.narrow();
        if let Some(chosen) = chosen {
            self.select(&chosen);
        }
    }

    /// Puts the cursor on a choice.
    pub fn select(&mut self, text: &str) {
        let found = self.matches.iter().position(|index| self.choices[*index].text == text);
        self.cursor = found.unwrap_or(self.cursor);
    }

    /// The choices that match, best first.
    pub fn matches(&self) -> impl ExactSizeIterator<Item = &Choice> {
        self.matches.iter().map(|index| &self.choices[*index])
    }

    /// Where the cursor stands among the matches.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The choice under the cursor.
    pub fn chosen(&self) -> Option<&Choice> {
        self.matches().nth(self.cursor)
    }

    /// Moves the cursor.
    pub fn step(&mut self, step: Step) {
        self.cursor = step.from(self.cursor, self.matches.len(), 10);
    }

    /// Takes a key for the typed text.
    pub fn key(&mut self, key: Key) {
        if self.prompt.key(key) {
            self.narrow();
        }
    }

    /// Takes a paste.
    pub fn paste(&mut self, text: &str) {
        self.prompt.paste(text);
        self.narrow();
    }

    fn narrow(&mut self) {
        let typed = self.prompt.text().trim().to_lowercase();
        let scored = |(index, choice): (usize, &Choice)| Some((score(&choice.text, &typed)?, index));
        let mut matches: Vec<_> = self.choices.iter().enumerate().filter_map(scored).collect();
        matches.sort_unstable();
        self.matches = matches.into_iter().map(|(_, index)| index).collect();
        self.cursor = 0;
    }
}

/// How far `text` is from what was typed; lower is nearer, `None` when the letters are not all there in order.
/// Exact first, then beginnings, then words inside, then letters far apart.
fn score(text: &str, typed: &str) -> Option<usize> {
    let text = text.to_lowercase();
    if let Some(at) = text.find(typed) {
        return Some(if at == 0 { usize::from(text != typed) } else { 2 + at });
    }
    let mut rest = text.char_indices();
    let mut gaps = 0;
    let mut last = 0;
    for letter in typed.chars() {
        let (at, _) = rest.find(|(_, c)| *c == letter)?;
        gaps += at - last;
        last = at;
    }
    Some(1_000 + gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker(texts: &[&str]) -> Picker {
        Picker::new("namespace", texts.iter().copied().map(choice).collect())
    }

    fn choice(text: &str) -> Choice {
        Choice { text: text.to_owned(), about: String::new() }
    }

    #[test]
    fn the_nearest_stands_first() {
        let mut picker = picker(&["kube-system", "shop-staging", "shop", "my-shop"]);
        for key in "shop".chars() {
            picker.key(Key::char(key));
        }
        let texts: Vec<_> = picker.matches().map(|choice| choice.text.as_str()).collect();
        assert_eq!(texts, ["shop", "shop-staging", "my-shop"]);
        picker.step(Step::By(1));
        assert_eq!(picker.chosen().map(|choice| choice.text.as_str()), Some("shop-staging"));
        picker.key(Key::char('x'));
        assert_eq!((picker.matches().len(), picker.chosen()), (0, None));
    }

    #[test]
    fn choices_that_come_late_do_not_move_the_cursor_to_another() {
        let mut picker = picker(&["all namespaces", "shop"]);
        picker.select("shop");
        picker.set_choices(["all namespaces", "data", "shop"].map(choice).to_vec());
        assert_eq!(picker.chosen().map(|choice| choice.text.as_str()), Some("shop"));
        picker.set_choices(["all namespaces", "data"].map(choice).to_vec());
        assert_eq!(picker.cursor(), 0, "what is gone cannot be chosen");
    }

    #[test]
    fn letters_in_order_are_enough() {
        assert!(score("kube-system", "ksys") < score("k-u-s-y-s", "kss"));
        assert_eq!(score("shop", "sx"), None);
    }
}
