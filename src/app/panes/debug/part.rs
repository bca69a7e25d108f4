//! The custom part while it is typed: opened, read from a file, marked where it is wrong, put away.
//!
//! Reading the file is not done here; what came of it is handed to [`DebugPane::load_part`].

use super::DebugPane;
use crate::app::panes::edit::area::Area;
use crate::debug::mistake;

impl DebugPane {
    /// Begins to type the custom part.
    pub fn open_custom(&mut self) {
        self.custom = Some(Area::new(&self.draft.custom));
        self.mark_part();
    }

    /// The custom part is typed; it counts from now on.
    pub fn close_custom(&mut self) {
        if let Some(area) = self.custom.take() {
            self.draft.custom = area.text();
            self.touch();
        }
    }

    /// What stands in a file takes the place of what was typed; that can be undone while the part is open.
    pub fn load_part(&mut self, file: String, text: &str) {
        // A line break at the end of the file begins no line of the text.
        let text = text.strip_suffix('\n').unwrap_or(text);
        match &mut self.custom {
            Some(area) => area.replace(text),
            None => text.clone_into(&mut self.draft.custom),
        }
        self.draft.loaded = Some((file, text.to_owned()));
        self.touch();
        self.mark_part();
    }

    /// Marks the line of the text in which something is wrong.
    pub fn mark_part(&mut self) {
        if let Some(area) = &mut self.custom {
            // What is said without a line is true of all of it.
            let remark = mistake(&area.text()).map(|error| (error.line.unwrap_or(1).saturating_sub(1), error.said));
            area.remark(remark);
        }
    }
}
