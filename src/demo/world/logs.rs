//! What a container has written, as a function of time: nothing is kept but when it ran.
//!
//! A program's lines stand at moments that follow from its start, so that a week of logs costs nothing
//! and reading twice gives the same. Start with [`lines`].

use std::fmt::Write as _;

use super::image::Program;
use super::random::{hash, mix};
use crate::base::stamp::Stamp;

/// Microseconds between the first lines.
const START_GAP: i64 = 40_000;
/// How many lines are still there; older ones are rotated away, as the kubelet does at 10 MiB.
const KEPT: i64 = 5_000;
/// What may stand in braces in a template.
const PLACES: [&str; 5] = ["n", "ms", "id", "ip", "count"];

/// One run of a container.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The id that the runtime gave it.
    pub id: String,
    /// When it started.
    pub started: Stamp,
    /// When it ended, if it has.
    pub finished: Option<Stamp>,
    /// What runs.
    pub program: Program,
    /// Lines that came from elsewhere: its end, a shell that wrote to its output.
    pub extra: Vec<(Stamp, String)>,
}

impl Instance {
    /// Adds lines that come from elsewhere; the oldest of them go when there are too many.
    pub fn write(&mut self, now: Stamp, lines: impl IntoIterator<Item = String>) {
        self.extra.extend(lines.into_iter().map(|line| (now, line)));
        let surplus = self.extra.len().saturating_sub(KEPT as usize);
        self.extra.drain(..surplus);
    }

    /// The moment of line `index`; `None` when the program never comes to write it.
    pub fn moment(&self, index: i64) -> Option<Stamp> {
        let first = self.program.start.len() as i64;
        if index < first {
            return Some(self.started.plus_micros(index * START_GAP));
        }
        if self.program.every <= 0.0 || self.program.lines.is_empty() {
            return None;
        }
        let every = (self.program.every * 1e6) as i64;
        let k = index - first;
        // Up to half a period late: lines come unevenly but never out of order.
        let late = (self.dice(index, 0) % (every as u64 / 2).max(1)) as i64;
        Some(self.started.plus_micros(first * START_GAP + (k + 1) * every + late))
    }

    fn dice(&self, index: i64, salt: u64) -> u64 {
        mix(hash(&self.id) ^ mix(index as u64) ^ salt.wrapping_mul(0x9e37))
    }

    /// How many of the program's lines are written by `now`.
    fn written(&self, now: Stamp) -> i64 {
        let end = self.finished.map_or(now, |finished| finished.min(now));
        let first = self.program.start.len() as i64;
        let Some(run) = end.micros_since(self.started).filter(|run| *run >= 0) else { return 0 };
        let every = (self.program.every * 1e6) as i64;
        let mut count = if every > 0 { first + run / every + 1 } else { first };
        while count > 0 && self.moment(count - 1).is_none_or(|at| at > end) {
            count -= 1;
        }
        count
    }

    fn line(&self, index: i64) -> String {
        let first = self.program.start.len();
        let template = match self.program.start.get(index as usize) {
            Some(line) => line,
            None => &self.program.lines[(index as usize - first) % self.program.lines.len()],
        };
        self.fill(template, index)
    }

    /// A template with its places filled, the same each time.
    fn fill(&self, template: &str, index: i64) -> String {
        let mut out = String::with_capacity(template.len() + 16);
        let mut rest = template;
        let mut salt = 1;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            // The braces of JSON are no places, but hold some.
            let Some((place, after)) = after.split_once('}').filter(|(place, _)| PLACES.contains(place)) else {
                out.push('{');
                rest = after;
                continue;
            };
            let dice = self.dice(index, salt);
            salt += 1;
            match place {
                "n" => out.push_str(&(1 + dice % 500).to_string()),
                "ms" => drop(write!(out, "{}ms", 2 + dice % 180)),
                "id" => drop(write!(out, "{:08x}", dice >> 32)),
                "ip" => drop(write!(out, "10.42.{}.{}", dice % 5, 10 + (dice >> 8) % 200)),
                _ => out.push_str(&(index + 1).to_string()),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// The lines after `after` (or all that are kept) up to `now`, oldest first.
pub fn lines(instance: &Instance, after: Stamp, now: Stamp) -> Vec<(Stamp, String)> {
    let count = instance.written(now);
    let mut index = (count - KEPT).max(0);
    if after.is_set() {
        index = instance.written(after).max(index);
    }
    let mut found: Vec<_> =
        (index..count).filter_map(|index| Some((instance.moment(index)?, instance.line(index)))).collect();
    found.extend(instance.extra.iter().filter(|(at, _)| *at > after && *at <= now).cloned());
    found.sort_by_key(|(at, _)| *at);
    found
}

/// The end of a log as the kubelet takes it for a termination message: 80 lines, 2,048 bytes.
pub fn tail(instance: &Instance, now: Stamp) -> String {
    let all = lines(instance, Stamp::NONE, now);
    let mut text = String::new();
    for (_, line) in all.iter().rev().take(80) {
        if text.len() + line.len() >= 2_048 {
            break;
        }
        text.insert(0, '\n');
        text.insert_str(0, line);
    }
    text
}

/// When the next line after `now` comes by itself.
pub fn next_line(instance: &Instance, now: Stamp) -> Option<Stamp> {
    if instance.finished.is_some() {
        return None;
    }
    instance.moment(instance.written(now))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn instance(every: f64) -> Instance {
        Instance {
            id: "one".to_owned(),
            started: Stamp::from_seconds(1_000),
            finished: None,
            program: Program {
                start: vec!["up".to_owned(), "listening".to_owned()],
                every,
                lines: vec!["request {id} took {ms}".to_owned(), "日本語 {n}".to_owned()],
                ..Program::default()
            },
            extra: Vec::new(),
        }
    }

    proptest! {
        /// Following from any moment gives exactly what a later look at the whole gives.
        #[test]
        fn following_misses_and_repeats_nothing(every in 0.05f64..3.0, cuts in prop::collection::vec(0i64..20_000, 1..8)) {
            let instance = instance(every);
            let mut moments: Vec<_> = cuts.iter().map(|ms| instance.started.plus_micros(ms * 1_000)).collect();
            moments.sort();
            let end = *moments.last().expect("one at least");
            let mut followed = Vec::new();
            let mut cursor = instance.started.plus_micros(-1);
            for moment in moments {
                followed.extend(lines(&instance, cursor, moment));
                cursor = cursor.latest(moment);
            }
            prop_assert_eq!(&followed, &lines(&instance, Stamp::NONE, end));
            prop_assert!(followed.is_sorted_by_key(|(at, _)| *at));
        }
    }

    #[test]
    fn the_braces_of_json_are_kept_and_the_places_in_them_filled() {
        let line = instance(1.0).fill(r#"{"count":{count},"of":{"id":"{id}"},"what":"{else}"} {"#, 6);
        assert!(line.starts_with(r#"{"count":7,"of":{"id":""#) && line.ends_with(r#""},"what":"{else}"} {"#), "{line}");
        assert!(!line.contains("{id}"), "{line}");
    }

    #[test]
    fn a_long_run_keeps_its_end() {
        let instance = instance(0.5);
        let now = Stamp::from_seconds(1_000_000);
        let kept = lines(&instance, Stamp::NONE, now);
        assert_eq!(kept.len() as i64, KEPT);
        assert!(kept.last().is_some_and(|(at, _)| now.micros_since(*at) < Some(1_000_000)));
        let next = next_line(&instance, now).expect("it goes on");
        assert_eq!(lines(&instance, now, next).len(), 1);
    }

    #[test]
    fn places_are_filled_and_unknown_ones_stay() {
        let filled = instance(1.0).fill("a {n} {odd} {", 3);
        assert!(filled.starts_with("a ") && filled.ends_with(" {odd} {"), "{filled}");
    }
}
