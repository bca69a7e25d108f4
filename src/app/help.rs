//! Texts over the tiles: the keys, and past messages.

use super::App;
use super::action::{ACTIONS, Place};
use super::message::Notice;
use super::modal::Modal;
use super::panes::document::Document;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role, Section, Text};

impl App {
    pub(super) fn show_help(&mut self) {
        let rule = self.rule_of_finding().filter(|_| self.focused_pane().is_none());
        let title = rule.as_ref().map_or_else(|| "keys".to_owned(), |(id, _)| format!("{id}, and the keys"));
        let mut sections: Vec<Section> = rule.into_iter().map(|(_, section)| section).collect();
        let here = self.places();
        let mut places: Vec<Place> = here.to_vec();
        for row in ACTIONS {
            if !places.contains(&row.place) {
                places.push(row.place);
            }
        }
        for place in places {
            let title =
                if here.contains(&place) { place.title().to_owned() } else { format!("{} (not here)", place.title()) };
            let mut lines = vec![Line::new(title, Role::Heading)];
            for row in ACTIONS.iter().filter(|row| row.place == place) {
                let keys = match self.keys.keys_of(row.action) {
                    keys if keys.is_empty() => format!(":{}", row.name),
                    keys => keys,
                };
                lines.push(Line::new(format!("  {keys:<18} "), Role::Key).and(row.about, Role::Plain));
            }
            lines.push(Line::default());
            sections.push(Section { title: String::new(), lines });
        }
        self.read(&title, Text { sections });
    }

    pub(super) fn show_messages(&mut self) {
        let line = |(at, notice): &(Stamp, Notice)| {
            let role = if notice.is_error { Role::Bad } else { Role::Plain };
            Line::new(format!("{}  ", at.rfc3339()), Role::Dim).and(&*notice.text, role)
        };
        let mut lines: Vec<_> = self.messages.iter().rev().map(line).collect();
        if lines.is_empty() {
            lines.push(Line::new("no messages yet", Role::Dim));
        }
        self.read("messages", Text::from_lines(lines));
    }

    fn read(&mut self, title: &str, text: Text) {
        let mut document = Document::new(true);
        document.set_text(text);
        self.modal = Some(Modal::Reader { title: title.to_owned(), document });
    }
}
