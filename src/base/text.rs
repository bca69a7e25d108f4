//! Text as a value: what a pane shows and what a plain command prints.
//!
//! Sections of lines of spans, each span with a [`Role`] that says what it *is*, never how it looks. The
//! screen gives roles their colours, a pipe drops them. Text that came from a cluster may hold anything,
//! control characters included; whoever draws it must pass it through [`super::width::visible`].

use super::sgr::Style;

/// What a span is. The theme decides how it looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    #[default]
    Plain,
    /// The name of a field.
    Label,
    /// The title of a section or table column.
    Heading,
    /// Secondary: ages, units, explanations.
    Dim,
    /// As it should be.
    Good,
    /// Wants attention.
    Warn,
    /// Broken.
    Bad,
    /// A key that can be pressed.
    Key,
}

/// A run of text with one role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The text, as it came; may hold control characters but no line break.
    pub text: String,
    /// What it is.
    pub role: Role,
    /// How the program that printed it wants it to look, over what its role looks like.
    pub style: Style,
}

impl Span {
    /// A span.
    pub fn new(text: impl Into<String>, role: Role) -> Self {
        Self { text: text.into(), role, style: Style::default() }
    }
}

/// One line: its spans in order, without a line break.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The spans, left to right.
    pub spans: Vec<Span>,
}

impl Line {
    /// A line of one span.
    pub fn new(text: impl Into<String>, role: Role) -> Self {
        Self { spans: vec![Span::new(text, role)] }
    }

    /// The same line with one more span at its end.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>, role: Role) -> Self {
        self.spans.push(Span::new(text, role));
        self
    }

    /// The text of all spans.
    pub fn plain(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::new(text, Role::Plain)
    }
}

/// A part of a text that folds as one. Its first line stays visible when it is folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// What it is called (`Containers`), for jumping and folding; not shown by itself.
    pub title: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// A whole text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The sections, top to bottom.
    pub sections: Vec<Section>,
}

impl Text {
    /// A text of one section without a title.
    pub fn from_lines(lines: Vec<Line>) -> Self {
        Self { sections: vec![Section { title: String::new(), lines }] }
    }

    /// All lines, top to bottom.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.sections.iter().flat_map(|section| &section.lines)
    }

    /// The text without roles; every line ends with a line break.
    pub fn plain(&self) -> String {
        let mut out = String::new();
        for line in self.lines() {
            for span in &line.spans {
                out.push_str(&span.text);
            }
            out.push('\n');
        }
        out
    }
}
