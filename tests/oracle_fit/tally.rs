//! What came of all rounds.

use std::collections::BTreeMap;
use std::fmt;

use podtriage::diagnosis::fit::Fit;

#[derive(Default)]
pub struct Tally {
    /// Pods that the scheduler placed where we said.
    placed: usize,
    /// Pods that it did not place, in our words.
    refused: usize,
    /// Copies that it placed of those that we counted.
    pub copies: usize,
    /// Pods that were asked again.
    again: usize,
    /// How many messages named a reason.
    reasons: BTreeMap<String, usize>,
    /// What differed to the end.
    pub differences: Vec<String>,
}

impl Tally {
    pub fn agree(&mut self, ours: &Fit, attempt: usize) {
        self.again += usize::from(attempt > 0);
        if ours.fits > 0 {
            self.placed += 1;
            return;
        }
        self.refused += 1;
        for (reason, _) in &ours.counts {
            let quoted = reason.split('"').step_by(2).collect::<Vec<_>>().join("…");
            *self.reasons.entry(quoted).or_default() += 1;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { placed, refused, copies, again, differences, .. } = self;
        writeln!(f, "{} of {} pods agree", placed + refused, placed + refused + differences.len())?;
        writeln!(f, "{placed} placed where we said, {refused} refused in our words and numbers, {again} asked again")?;
        writeln!(f, "{copies} copies, as many as we counted")?;
        self.reasons.iter().try_for_each(|(reason, count)| writeln!(f, "{count:6}  {reason}"))
    }
}
