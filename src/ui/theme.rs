//! Colours and marks: what each role looks like.
//!
//! Colour carries meaning only together with a mark or a word. The sixteen colors of the terminal are used,
//! so that the person's own palette holds; `NO_COLOR` leaves weight and reversal.

use ratatui::style::{Color, Modifier, Style};

use crate::app::panes::marks::Mark;
use crate::base::sgr;
use crate::base::text::Role;
use crate::model::row::Health;

/// How things look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Whether colors are used at all.
    pub color: bool,
    /// Whether the background is light.
    pub light: bool,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
}

impl Default for Theme {
    fn default() -> Self {
        Self { color: true, light: false, ascii: false }
    }
}

impl Theme {
    fn fg(&self, style: Style, color: Color) -> Style {
        if self.color { style.fg(color) } else { style }
    }

    /// What everything begins with: the terminal's own colors.
    pub fn base(&self) -> Style {
        Style::new().fg(Color::Reset).bg(Color::Reset)
    }

    /// The one accent: where the focus is, what can be pressed.
    pub fn accent(&self) -> Style {
        self.fg(Style::new().add_modifier(Modifier::BOLD), if self.light { Color::Blue } else { Color::Cyan })
    }

    /// Lines between tiles.
    pub fn line(&self) -> Style {
        self.dim()
    }

    /// What is secondary.
    pub fn dim(&self) -> Style {
        if self.color {
            Style::new().fg(if self.light { Color::Gray } else { Color::DarkGray })
        } else {
            Style::new().add_modifier(Modifier::DIM)
        }
    }

    /// The row under the cursor, in the focused tile or another.
    pub fn cursor(&self, focused: bool) -> Style {
        if focused {
            // One colour for the whole row: reversed, every coloured cell would be a block of its own.
            let plain = Style::new().fg(Color::Reset).bg(Color::Reset).remove_modifier(Modifier::DIM);
            plain.add_modifier(Modifier::REVERSED)
        } else {
            Style::new().add_modifier(Modifier::UNDERLINED)
        }
    }

    /// What was searched for, and the match that `n` leads from.
    pub fn found(&self, current: bool) -> Style {
        let style = Style::new().add_modifier(Modifier::BOLD);
        match (self.color, current) {
            (true, true) => style.fg(Color::Black).bg(Color::Yellow),
            (true, false) => style.fg(Color::Yellow),
            (false, true) => style.add_modifier(Modifier::REVERSED),
            (false, false) => style.add_modifier(Modifier::UNDERLINED),
        }
    }

    /// What a role looks like.
    pub fn role(&self, role: Role) -> Style {
        let style = Style::new();
        match role {
            Role::Plain => style,
            Role::Label | Role::Heading => self.label(role),
            Role::Dim => self.dim(),
            Role::Good => self.fg(style, Color::Green),
            Role::Warn => self.fg(style, if self.light { Color::Magenta } else { Color::Yellow }),
            Role::Bad => self.fg(style.add_modifier(Modifier::BOLD), Color::Red),
            Role::Key => self.accent(),
        }
    }

    /// The look that a program gave its text. What it did not set stays as the theme has it.
    pub fn own(&self, own: sgr::Style) -> Style {
        let mut style = Style::new();
        if self.color {
            style.fg = own_color(own.fg);
            style.bg = own_color(own.bg);
        }
        for (set, modifier) in [
            (own.is_bold(), Modifier::BOLD),
            (own.is_faint(), Modifier::DIM),
            (own.is_italic(), Modifier::ITALIC),
            (own.is_underlined(), Modifier::UNDERLINED),
            (own.is_reversed(), Modifier::REVERSED),
        ] {
            if set {
                style = style.add_modifier(modifier);
            }
        }
        style
    }

    fn label(&self, role: Role) -> Style {
        match role {
            Role::Heading => Style::new().add_modifier(Modifier::BOLD),
            _ => self.fg(Style::new(), if self.light { Color::Blue } else { Color::Cyan }),
        }
    }

    /// The mark in front of a row that wants attention.
    pub fn mark(&self, health: Health) -> (&'static str, Style) {
        let (unicode, ascii, role) = match health {
            Health::Good | Health::Done => (" ", " ", Role::Plain),
            Health::Changing => ("·", ".", Role::Good),
            Health::Degraded => ("▲", "!", Role::Warn),
            Health::Broken => ("✖", "x", Role::Bad),
        };
        (if self.ascii { ascii } else { unicode }, self.role(role))
    }

    /// The mark in the margin of a line that changed.
    pub fn change(&self, mark: Mark) -> (&'static str, Style) {
        let (unicode, ascii, role) = match mark {
            Mark::Added => ("+", "+", Role::Good),
            Mark::Errors => ("!", "!", Role::Warn),
            Mark::Changed => ("▎", "~", Role::Warn),
            Mark::GoneAbove => ("▔", "^", Role::Bad),
            Mark::GoneBelow => ("▁", "_", Role::Bad),
        };
        (self.sign(unicode, ascii), self.role(role))
    }

    /// A sign, or what stands for it without Unicode.
    pub fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { unicode }
    }
}
fn own_color(color: sgr::Color) -> Option<Color> {
    match color {
        sgr::Color::Default => None,
        sgr::Color::Indexed(index) => Some(Color::Indexed(index)),
        sgr::Color::Rgb(r, g, b) => Some(Color::Rgb(r, g, b)),
    }
}
