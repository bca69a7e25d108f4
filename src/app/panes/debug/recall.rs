//! Images that were used before, in the rows in which one is typed: one after the other, and back to what was typed.

use super::DebugPane;
use super::row::Row;

/// How many are named beside the row.
const NAMED: usize = 3;

/// Where one is among the images that were used before.
#[derive(Debug, Default)]
pub(super) struct Recall {
    /// The one used last first.
    images: Vec<String>,
    /// 0 is what was typed.
    at: usize,
    typed: String,
}

impl Recall {
    pub(super) fn of(images: Vec<String>) -> Self {
        Self { images, ..Self::default() }
    }

    /// Another row, or another text: the next step begins there.
    pub(super) fn begin(&mut self) {
        self.at = 0;
    }

    fn step(&mut self, now: &str, older: bool) -> &str {
        if self.at == 0 {
            now.clone_into(&mut self.typed);
        }
        let others = self.images.iter().filter(|image| **image != self.typed);
        let choices: Vec<&str> = [self.typed.as_str()].into_iter().chain(others.map(String::as_str)).collect();
        self.at = if older { (self.at + 1).min(choices.len() - 1) } else { self.at.saturating_sub(1) };
        choices[self.at]
    }
}

impl DebugPane {
    /// Whether the row of the cursor is for an image, and others were used before.
    pub fn recalls(&self) -> bool {
        matches!(self.cursor, Row::Image | Row::OtherImage) && !self.recall.images.is_empty()
    }

    /// Puts an image into the row that was used before the one that stands there, or after it.
    pub fn recall_image(&mut self, older: bool) {
        if !self.recalls() {
            return;
        }
        let (row, now) = (self.cursor, self.draft.text(self.cursor).to_owned());
        let image = self.recall.step(&now, older).to_owned();
        let at = self.recall.at;
        self.draft.put(row, &image);
        self.touch();
        self.recall.at = at;
    }

    /// What is said beside the row: the images that were used before.
    pub(super) fn used_before(&self) -> String {
        if !self.recalls() {
            return String::new();
        }
        let images = &self.recall.images;
        let more = if images.len() > NAMED { " …" } else { "" };
        let named: Vec<_> = images.iter().take(NAMED).map(String::as_str).collect();
        format!("used before: {}{more}", named.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_from_what_was_typed_to_the_oldest_and_back() {
        let mut recall = Recall::of(["c", "b", "a"].map(str::to_owned).to_vec());
        let mut now = "b".to_owned();
        let mut seen = Vec::new();
        for older in [true, true, true, false, false, false] {
            now = recall.step(&now, older).to_owned();
            seen.push(now.clone());
        }
        assert_eq!(seen, ["c", "a", "a", "c", "b", "b"], "one that stands there is no step");
        recall.begin();
        assert_eq!(recall.step("x", true), "c");
        assert_eq!(recall.step("c", false), "x");
    }
}
