//! Selecting in copy mode: text, whole lines, or a rectangle.

use std::ops::Range;

use super::{CopyMode, Spot};

/// What is between the ends of a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text from one end to the other, in the order of reading.
    Text,
    /// Whole lines.
    Lines,
    /// A rectangle.
    Block,
}

/// A selection; its other end is the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    shape: Shape,
    anchor: Spot,
}

impl CopyMode {
    /// Begins a selection at the cursor, gives it another shape, or with its own shape ends it.
    pub fn select(&mut self, shape: Shape) {
        self.casual = false;
        self.selection = match self.selection {
            Some(selection) if selection.shape == shape => None,
            Some(selection) => Some(Selection { shape, ..selection }),
            None => Some(Selection { shape, anchor: self.cursor }),
        };
    }

    /// Ends the selection; whether there was one.
    pub fn deselect(&mut self) -> bool {
        self.selection.take().is_some()
    }

    /// Makes the other end of the selection the cursor.
    pub fn to_other_end(&mut self) {
        if let Some(selection) = &mut self.selection {
            std::mem::swap(&mut selection.anchor, &mut self.cursor);
            self.settle(self.size);
        }
    }

    /// The columns of a row of the tile that are selected.
    pub fn selected(&self, row: u16) -> Option<Range<u16>> {
        let line = self.top + usize::from(row);
        let columns = self.selected_columns(line)?;
        Some(columns.start.saturating_sub(self.left)..columns.end.saturating_sub(self.left))
    }

    fn ends(&self) -> Option<(Shape, Spot, Spot)> {
        let Selection { shape, anchor } = self.selection?;
        Some((shape, anchor.min(self.cursor), anchor.max(self.cursor)))
    }

    fn selected_columns(&self, line: usize) -> Option<Range<u16>> {
        let (shape, first, last) = self.ends().filter(|(_, first, last)| (first.line..=last.line).contains(&line))?;
        let columns = self.columns();
        Some(match shape {
            Shape::Lines => 0..columns,
            Shape::Block => first.column.min(last.column)..first.column.max(last.column) + 1,
            Shape::Text => {
                let start = if line == first.line { first.column } else { 0 };
                start..if line == last.line { last.column + 1 } else { columns }
            }
        })
    }

    /// The text of the selection. Lines that were wrapped are whole again, but in a rectangle.
    pub fn selected_text(&mut self) -> Option<String> {
        let (shape, first, last) = self.ends()?;
        let mut out = String::new();
        for line in first.line..=last.line {
            let columns = self.selected_columns(line)?;
            let text = self.snapshot.line_text(line, columns);
            if shape != Shape::Block && self.snapshot.goes_on(line) && line < last.line {
                out.push_str(&text);
            } else {
                let is_cut = shape == Shape::Text && line == last.line;
                out.push_str(if is_cut { &text } else { text.trim_end() });
                out.push('\n');
            }
        }
        if shape != Shape::Lines {
            out.pop();
        }
        Some(out)
    }
}
