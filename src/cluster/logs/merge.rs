//! Lines of many sources in the order of time, within a short window. Pure; start with [`Merge`].
//!
//! The oldest line is given out when every source that is live has shown a later one, or when it has waited for
//! [`WINDOW`]. A source that was silent for that long is not waited for at all. A line that comes later than that is
//! marked late, and whoever shows it finds its place. What a source says besides lines keeps its place among them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::data::{LogLine, LogUpdate, SourceId};
use crate::base::stamp::Stamp;

/// How long a line waits for earlier ones of other sources.
pub const WINDOW: Duration = Duration::from_millis(250);

/// What a source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A line; `true`: one with a later time was given out before.
    Line(LogLine, bool),
    /// Anything else.
    Notice(LogUpdate),
}

#[derive(Debug)]
struct Item {
    /// The line's time, raised to that of the line before: the order of a source is never changed.
    at: Stamp,
    came: Instant,
    said: Said,
}

#[derive(Debug)]
struct Queue {
    items: VecDeque<Item>,
    bytes: usize,
    /// The time of the newest item.
    newest: Stamp,
    /// Waited for until then, while it has shown nothing.
    waited_for: Instant,
    is_over: bool,
}

impl Queue {
    fn holds(&self, now: Instant) -> bool {
        self.items.is_empty() && !self.is_over && self.waited_for > now
    }
}

/// Merges sources.
#[derive(Debug, Default)]
pub struct Merge {
    queues: BTreeMap<SourceId, Queue>,
    /// The first item of each queue that has one: time, when it came, source.
    heads: BinaryHeap<Reverse<(Stamp, Instant, SourceId)>>,
    /// The time of the newest line that was given out.
    given: Stamp,
    lines: usize,
    bytes: usize,
}

impl Merge {
    /// A source begins.
    pub fn add(&mut self, source: SourceId, now: Instant) {
        let queue = || Queue {
            items: VecDeque::new(),
            bytes: 0,
            newest: Stamp::NONE,
            waited_for: now + WINDOW,
            is_over: false,
        };
        self.queues.entry(source).or_insert_with(queue);
    }

    /// Nothing more comes from a source; what it has said is still given out.
    pub fn end(&mut self, source: SourceId) {
        if let Some(queue) = self.queues.get_mut(&source) {
            queue.is_over = true;
        }
        self.forget(source);
    }

    /// A source said something. A source that was not added, or has ended, is not heard.
    pub fn push(&mut self, source: SourceId, update: LogUpdate, now: Instant) {
        match update {
            LogUpdate::Lines(lines) => {
                for line in lines {
                    self.put(source, Said::Line(line, false), now);
                }
            }
            notice => self.put(source, Said::Notice(notice), now),
        }
    }

    fn put(&mut self, source: SourceId, said: Said, now: Instant) {
        let Some(queue) = self.queues.get_mut(&source).filter(|queue| !queue.is_over) else { return };
        if let Said::Line(line, _) = &said {
            queue.newest = queue.newest.latest(line.at);
            queue.bytes += line.text.len();
            self.bytes += line.text.len();
            self.lines += 1;
        }
        queue.waited_for = now + WINDOW;
        if queue.items.is_empty() {
            self.heads.push(Reverse((queue.newest, now, source)));
        }
        queue.items.push_back(Item { at: queue.newest, came: now, said });
    }

    /// Gives out what is ready, in order, at most so many items.
    pub fn take(&mut self, now: Instant, most: usize) -> Vec<(SourceId, Said)> {
        let mut holders = self.queues.values().filter(|queue| queue.holds(now)).count();
        let mut out = Vec::new();
        while out.len() < most {
            let Some(Reverse((_, came, source))) = self.heads.peek().copied() else { break };
            if holders > 0 && came + WINDOW > now {
                // Another head may have waited long enough, but it is later than this one: it waits with it.
                break;
            }
            self.heads.pop();
            let Some(queue) = self.queues.get_mut(&source) else { continue };
            let Some(item) = queue.items.pop_front() else { continue };
            if let Some(next) = queue.items.front() {
                self.heads.push(Reverse((next.at, next.came, source)));
            } else {
                holders += usize::from(queue.holds(now));
            }
            let said = match item.said {
                Said::Line(line, _) => {
                    queue.bytes -= line.text.len();
                    self.bytes -= line.text.len();
                    self.lines -= 1;
                    let is_late = line.at.is_set() && line.at < self.given;
                    self.given = self.given.latest(line.at);
                    Said::Line(line, is_late)
                }
                notice @ Said::Notice(_) => notice,
            };
            out.push((source, said));
            self.forget(source);
        }
        out
    }

    /// When something may become ready without anything being said; `None` when nothing waits.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let Reverse((_, came, _)) = self.heads.peek()?;
        // All that hold the head back may stop to do so before it has waited for long.
        let held_until = self.queues.values().filter(|queue| queue.holds(now)).map(|queue| queue.waited_for).max();
        Some(held_until.map_or(now, |until| until.min(*came + WINDOW)))
    }

    /// How many lines and bytes of a source wait.
    pub fn waiting(&self, source: SourceId) -> (usize, usize) {
        self.queues.get(&source).map_or((0, 0), |queue| (queue.items.len(), queue.bytes))
    }

    /// How many bytes wait in all.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many lines wait in all.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    fn forget(&mut self, source: SourceId) {
        if self.queues.get(&source).is_some_and(|queue| queue.is_over && queue.items.is_empty()) {
            self.queues.remove(&source);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(times: &[i64]) -> LogUpdate {
        let line = |at: &i64| LogLine {
            at: Stamp::from_millis(*at),
            text: at.to_string().into(),
            cut_from: 0,
            ..LogLine::default()
        };
        LogUpdate::Lines(times.iter().map(line).collect())
    }

    fn texts(said: &[(SourceId, Said)]) -> Vec<&str> {
        let texts = said.iter().filter_map(|(_, said)| match said {
            Said::Line(line, _) => Some(&*line.text),
            Said::Notice(_) => None,
        });
        texts.collect()
    }

    const A: SourceId = SourceId(1);
    const B: SourceId = SourceId(2);

    fn two(now: Instant) -> Merge {
        let mut merge = Merge::default();
        merge.add(A, now);
        merge.add(B, now);
        merge
    }

    #[test]
    fn lines_of_all_come_in_the_order_of_time_at_once() {
        let now = Instant::now();
        let mut merge = two(now);
        merge.push(A, lines(&[10, 30, 50]), now);
        assert!(merge.take(now, 99).is_empty(), "B may have an earlier one");
        merge.push(B, lines(&[20, 40]), now);
        assert_eq!(texts(&merge.take(now, 99)), ["10", "20", "30", "40"]);
        assert_eq!(merge.due(now), Some(now + WINDOW), "50 waits for B");
        assert_eq!(texts(&merge.take(now + WINDOW, 99)), ["50"]);
    }

    #[test]
    fn a_silent_source_holds_nobody_up_for_longer_than_the_window() {
        let now = Instant::now();
        let mut merge = two(now);
        let later = now + WINDOW;
        merge.push(A, lines(&[10]), later);
        assert_eq!(texts(&merge.take(later, 99)), ["10"], "B was silent for the window");
        merge.push(B, lines(&[5]), later);
        assert!(merge.take(later, 99).is_empty(), "A spoke just now");
        let said = merge.take(later + WINDOW, 99);
        assert!(matches!(&said[..], [(B, Said::Line(_, true))]), "it is late: {said:?}");
    }

    #[test]
    fn one_source_is_never_held_up_by_itself() {
        let now = Instant::now();
        let mut merge = Merge::default();
        merge.add(A, now);
        merge.push(A, lines(&[1, 2, 3]), now);
        assert_eq!(merge.take(now, 2).len(), 2);
        merge.end(A);
        assert_eq!((texts(&merge.take(now, 2)), merge.lines(), merge.bytes()), (vec!["3"], 0, 0));
        assert!(merge.queues.is_empty());
    }

    #[test]
    fn a_notice_keeps_its_place() {
        let now = Instant::now();
        let mut merge = two(now);
        merge.push(A, lines(&[10, 20]), now);
        merge.push(A, LogUpdate::Opened, now);
        merge.push(A, lines(&[40]), now);
        merge.push(B, lines(&[15, 30]), now);
        let said = merge.take(now + WINDOW, 99);
        let at = said.iter().position(|(_, said)| matches!(said, Said::Notice(_)));
        assert_eq!((texts(&said), at), (vec!["10", "15", "20", "30", "40"], Some(3)));
    }

    proptest! {
        /// Whatever comes when: nothing is lost or doubled, each source keeps its order, and a line is before one of
        /// an earlier time only where that one is marked late, which came a window later.
        #[test]
        fn sorted_within_the_window(
            steps in proptest::collection::vec((0u32..4, 0i64..400, 0u64..200, any::<bool>()), 1..80),
        ) {
            let start = Instant::now();
            let (mut merge, mut now, mut sent, mut got) = (Merge::default(), start, Vec::new(), Vec::new());
            (0..4).for_each(|id| merge.add(SourceId(id), start));
            let mut clocks = [0i64; 4];
            for (id, step, wait, taken) in steps {
                clocks[id as usize] += step;
                let at = clocks[id as usize];
                merge.push(SourceId(id), lines(&[at]), now);
                sent.push((id, at, now));
                if taken {
                    got.extend(merge.take(now, 3).into_iter().map(|said| (said, now)));
                }
                now += Duration::from_millis(wait);
            }
            while !merge.is_empty() {
                let due = merge.due(now).expect("something waits");
                prop_assert!(due <= now.max(start) + WINDOW);
                now = now.max(due);
                got.extend(merge.take(now, 99).into_iter().map(|said| (said, now)));
            }
            for id in 0..4 {
                let of = |(one, at, _): &(u32, i64, Instant)| (*one == id).then_some(*at);
                let wanted: Vec<_> = sent.iter().filter_map(of).collect();
                let given: Vec<i64> = got.iter().filter_map(|((source, said), _)| match said {
                    Said::Line(line, _) if source.0 == id => Some(line.at.millis()),
                    _ => None,
                }).collect();
                prop_assert_eq!(given, wanted);
            }
            let mut newest = Stamp::NONE;
            for ((_, said), _) in &got {
                let Said::Line(line, late) = said else { continue };
                prop_assert_eq!(*late, line.at < newest);
                newest = newest.latest(line.at);
            }
        }
    }
}
