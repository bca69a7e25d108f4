//! Noticing that the node began a new log file while a log was followed.
//!
//! A kubelet renames a full file and lets the runtime begin another. Whoever follows is switched over when the new
//! file appears, and what the runtime wrote into the old one after the last look is never sent; the API does not
//! serve old files either. Nothing in the stream tells of it. So now and then the first line of the file is asked
//! for: it is newer than lines that came before exactly when the file was changed meanwhile. Pure; start with
//! [`Files::judge`].

use std::time::Duration;

/// A look is due after this many bytes, …
const BYTES: u64 = 1 << 20;
/// … but not more often than this: a kubelet looks at its files every ten seconds.
pub const PAUSE: Duration = Duration::from_secs(5);
/// The time of every so many-th line is remembered, to know what stood before the change.
const EVERY: u32 = 16;
/// More times are thinned out.
const MARKS: usize = 1 << 14;

/// What is known of the file that lines come from.
#[derive(Debug, Default)]
pub struct Files {
    /// Lines from this time on stand in the present file, as far as is known.
    reference: Option<i64>,
    /// Times of lines since the last look.
    marks: Vec<i64>,
    lines: u32,
    unchecked: u64,
}

impl Files {
    /// A line of so many bytes was read.
    pub fn took(&mut self, nanos: i64, bytes: u64) {
        self.reference.get_or_insert(nanos);
        self.unchecked += bytes;
        if self.lines.is_multiple_of(EVERY) {
            if self.marks.len() >= MARKS {
                let mut keep = false;
                self.marks.retain(|_| {
                    keep = !keep;
                    keep
                });
            }
            self.marks.push(nanos);
        }
        self.lines = self.lines.wrapping_add(1);
    }

    /// Whether the first line should be looked at.
    pub fn is_due(&self) -> bool {
        self.unchecked >= BYTES
    }

    /// The file begins at this time. When it was begun after lines that were read: the times between which lines may
    /// be missing, those of one before the change and of the first behind it.
    pub fn judge(&mut self, first: i64) -> Option<(i64, i64)> {
        let changed = self.reference.is_some_and(|reference| first > reference);
        let before = self.marks.iter().copied().filter(|mark| *mark < first).max().or(self.reference);
        self.unchecked = 0;
        // The newest stays: the next change may come before the next mark.
        self.marks.drain(..self.marks.len().saturating_sub(1));
        self.know(first);
        changed.then_some((before?, first))
    }

    /// Lines before this time are accounted for: a gap was told.
    pub fn know(&mut self, nanos: i64) {
        self.reference = self.reference.max(Some(nanos));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_that_began_before_all_that_was_read_is_the_same() {
        let mut files = Files::default();
        (100..200).for_each(|at| files.took(at, 10));
        assert_eq!((files.judge(3), files.judge(100)), (None, None));
        assert_eq!(files.judge(150).map(|(_, to)| to), Some(150));
        assert_eq!(files.judge(150), None, "it is told once");
    }

    #[test]
    fn what_a_gap_told_is_not_told_again() {
        let mut files = Files::default();
        files.took(100, 10);
        files.know(150);
        files.took(150, 10);
        assert_eq!(files.judge(150), None);
    }

    #[test]
    fn a_look_is_due_after_a_mebibyte() {
        let mut files = Files::default();
        assert!(!files.is_due());
        files.took(1, BYTES);
        assert!(files.is_due());
        files.judge(0);
        assert!(!files.is_due());
    }

    proptest! {
        /// Whatever is lost at a change lies within what is told, and memory is bounded.
        #[test]
        fn the_loss_lies_within(first in 1_000i64..200_000, lost in 0i64..500, total in 200_500i64..300_000) {
            let mut files = Files::default();
            (0..total).filter(|at| !(first - lost..first).contains(at)).for_each(|at| files.took(at, 1));
            let (from, to) = files.judge(first).expect("it changed");
            prop_assert!(from < first - lost && to == first, "{} {}", from, to);
            prop_assert!(files.marks.len() <= MARKS);
        }
    }
}
