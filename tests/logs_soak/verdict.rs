//! From the numbers that came to what was lost, repeated and said to be missing.

use std::fmt;

use podtriage::base::stamp::Stamp;
use podtriage::cluster::api::LogUpdate;

/// What a follower gave.
#[derive(Debug, Default)]
pub struct Seen {
    /// Numbers in the order in which they came, with their times.
    numbers: Vec<(u64, Stamp)>,
    /// Times between which lines may be missing.
    gaps: Vec<(Stamp, Stamp)>,
    restarts: usize,
    outages: usize,
}

/// How well that is.
#[derive(Debug)]
pub struct Verdict {
    pub came: usize,
    /// Numbers that never came.
    pub lost: u64,
    /// Of these, those that lie in no gap that was told.
    pub unexplained: u64,
    /// Numbers that came more than once.
    pub repeated: usize,
    gaps: usize,
    restarts: usize,
    outages: usize,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { came, lost, unexplained, repeated, gaps, restarts, outages } = self;
        write!(
            f,
            "{came} came, {lost} lost ({unexplained} outside of gaps), {repeated} repeated; told: {gaps} gaps, \
             {restarts} restarts, {outages} outages"
        )
    }
}

impl Seen {
    /// From the output of another program, which tells of no gaps.
    pub fn of_text(text: &str) -> Self {
        let numbers = text.lines().filter_map(|line| Some((line.trim().parse().ok()?, Stamp::NONE)));
        Self { numbers: numbers.collect(), ..Self::default() }
    }

    /// Takes in what the follower says.
    pub fn take(&mut self, update: LogUpdate) {
        match update {
            LogUpdate::Lines(lines) => {
                let number = |line: &podtriage::cluster::api::LogLine| Some((line.text.parse().ok()?, line.at));
                self.numbers.extend(lines.iter().filter_map(number));
            }
            LogUpdate::Gap { from, to, why } => {
                eprintln!("gap {why:?} after {} from {from:?} to {to:?}", self.newest());
                self.gaps.push((from, to));
            }
            LogUpdate::Restarted { .. } => self.restarts += 1,
            LogUpdate::Outage(_) => self.outages += 1,
            _ => {}
        }
    }

    /// The newest number.
    pub fn newest(&self) -> u64 {
        self.numbers.last().map_or(0, |last| last.0)
    }

    /// How many of these numbers another did not see.
    pub fn not_in(&self, other: &Self) -> usize {
        let known: std::collections::HashSet<_> = other.numbers.iter().map(|number| number.0).collect();
        self.numbers.iter().filter(|number| !known.contains(&number.0)).count()
    }

    /// What came of so many lines.
    pub fn verdict(&self, lines: u64) -> Verdict {
        let mut sorted = self.numbers.clone();
        sorted.sort_unstable();
        let repeated = sorted.windows(2).filter(|pair| pair[0].0 == pair[1].0).count();
        sorted.dedup_by_key(|number| number.0);
        let (mut lost, mut unexplained) = (0, 0);
        // Before the first there may be what was written before anybody asked.
        let end = (lines, Stamp::NONE);
        for pair in sorted.iter().zip(sorted.iter().skip(1).chain([&end])) {
            let ((before, from), (after, to)) = pair;
            let missing = after.saturating_sub(before + 1);
            lost += missing;
            if missing > 0 && !self.is_in_gap(*from, *to) {
                unexplained += missing;
            }
        }
        let Self { gaps, restarts, outages, .. } = self;
        Verdict {
            came: self.numbers.len(),
            lost: lost + sorted.first().map_or(lines, |first| first.0),
            unexplained: unexplained + sorted.first().map_or(lines, |first| first.0),
            repeated,
            gaps: gaps.len(),
            restarts: *restarts,
            outages: *outages,
        }
    }

    /// Whether a told gap lies across the place between two lines.
    fn is_in_gap(&self, from: Stamp, to: Stamp) -> bool {
        self.gaps.iter().any(|(begin, end)| *begin <= from && (!end.is_set() || (to.is_set() && *end >= to)))
    }
}
