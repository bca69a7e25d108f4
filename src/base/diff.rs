//! Which lines of two texts differ, and two changes of the same text put together.
//!
//! Patience diff: lines that occur once in both texts hold the two together, and only short stretches between them
//! are compared line by line. So the cost stays near that of reading the texts, whatever is in them; a long stretch
//! without anything to hold on to counts as replaced. Start with [`changes`]; [`merge`] and [`shown`] are made of it.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::text::{Line, Role};

/// Cells of a table that compares every line with every other; a larger stretch needs a line that occurs once.
const TABLE: usize = 1 << 16;
/// How deep stretches are divided; what is below counts as replaced.
const DEPTH: usize = 24;

/// A place where two texts differ: these lines of the old one became those of the new one. One of them may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Lines of the old text, from 0.
    pub old: Range<usize>,
    /// Lines of the new text, from 0.
    pub new: Range<usize>,
}

/// Where two texts differ, top to bottom. Between two changes there is at least one line that stayed.
pub fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let mut numbers = FxHashMap::default();
    let mut numbered = |line| {
        let next = numbers.len();
        *numbers.entry(line).or_insert(next)
    };
    let old: Vec<usize> = old.iter().map(|line| numbered(*line)).collect();
    let new: Vec<usize> = new.iter().map(|line| numbered(*line)).collect();
    let mut finder = Finder { old: &old, new: &new, kept: Vec::new() };
    finder.compare(0..old.len(), 0..new.len(), 0);
    let mut kept = finder.kept;
    kept.push((old.len(), new.len()));
    let (mut changes, mut from) = (Vec::new(), (0, 0));
    for (old, new) in kept {
        if from != (old, new) {
            changes.push(Change { old: from.0..old, new: from.1..new });
        }
        from = (old + 1, new + 1);
    }
    changes
}

/// Finds the lines that stayed. A line is its number, so that two are compared at once.
struct Finder<'a> {
    old: &'a [usize],
    new: &'a [usize],
    /// Pairs of equal lines, both ascending.
    kept: Vec<(usize, usize)>,
}

impl Finder<'_> {
    fn compare(&mut self, mut old: Range<usize>, mut new: Range<usize>, depth: usize) {
        while !old.is_empty() && !new.is_empty() && self.old[old.start] == self.new[new.start] {
            self.kept.push((old.start, new.start));
            (old.start, new.start) = (old.start + 1, new.start + 1);
        }
        let (old_end, new_end) = (old.end, new.end);
        while !old.is_empty() && !new.is_empty() && self.old[old.end - 1] == self.new[new.end - 1] {
            (old.end, new.end) = (old.end - 1, new.end - 1);
        }
        let behind = (old.end..old_end).zip(new.end..new_end);
        if old.len().saturating_mul(new.len()) <= TABLE {
            self.by_table(old, new);
        } else if depth < DEPTH {
            self.by_anchors(old, new, depth);
        }
        self.kept.extend(behind);
    }

    /// Divides a stretch at the lines that occur once on both sides; without any, all of it is replaced.
    fn by_anchors(&mut self, old: Range<usize>, new: Range<usize>, depth: usize) {
        let anchors = self.anchors(&old, &new);
        if anchors.is_empty() {
            return;
        }
        let (mut old_from, mut new_from) = (old.start, new.start);
        for (old_at, new_at) in anchors {
            self.compare(old_from..old_at, new_from..new_at, depth + 1);
            self.kept.push((old_at, new_at));
            (old_from, new_from) = (old_at + 1, new_at + 1);
        }
        self.compare(old_from..old.end, new_from..new.end, depth + 1);
    }

    /// The longest row of lines that occur once on each side and stand in the same order on both.
    fn anchors(&self, old: &Range<usize>, new: &Range<usize>) -> Vec<(usize, usize)> {
        // How often, and where last.
        let mut seen: FxHashMap<usize, [(u32, usize); 2]> = FxHashMap::default();
        for (side, lines, range) in [(0, self.old, old), (1, self.new, new)] {
            for at in range.clone() {
                let (count, last) = &mut seen.entry(lines[at]).or_default()[side];
                (*count, *last) = (*count + 1, at);
            }
        }
        let pair = |at: usize| match seen.get(&self.old[at]) {
            Some([(1, old), (1, new)]) => Some((*old, *new)),
            _ => None,
        };
        let pairs: Vec<_> = old.clone().filter_map(pair).collect();
        longest_ascending(&pairs)
    }

    /// The longest common row of lines, by comparing each with each.
    fn by_table(&mut self, old: Range<usize>, new: Range<usize>) {
        let columns = new.len() + 1;
        // At (i, j): how many lines the stretches from i and from j on have in common.
        let mut table = vec![0u32; (old.len() + 1) * columns];
        for i in (0..old.len()).rev() {
            for j in (0..new.len()).rev() {
                table[i * columns + j] = if self.old[old.start + i] == self.new[new.start + j] {
                    table[(i + 1) * columns + j + 1] + 1
                } else {
                    table[(i + 1) * columns + j].max(table[i * columns + j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < old.len() && j < new.len() {
            if self.old[old.start + i] == self.new[new.start + j] {
                self.kept.push((old.start + i, new.start + j));
                (i, j) = (i + 1, j + 1);
            } else if table[(i + 1) * columns + j] >= table[i * columns + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
}

/// Of pairs in the order of their first number, a longest row in which the second ones ascend as well.
fn longest_ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The pair with the smallest second number that ends a row of each length, and the pair before each in its row.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (_, second)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *second);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut row: Vec<_> = std::iter::successors(ends.last().copied(), |at| before[*at]).map(|at| pairs[at]).collect();
    row.reverse();
    row
}

/// A text that two have changed, with both changes in it. The error names the lines of `base` that both changed, each
/// in another way; changes that touch count as one, because nobody can say in which order they belong.
pub fn merge<'a>(base: &[&'a str], mine: &[&'a str], theirs: &[&'a str]) -> Result<Vec<&'a str>, Vec<Range<usize>>> {
    let mut sides = [mine, theirs].map(|lines| Side { lines, changes: changes(base, lines), taken: 0 });
    let (mut merged, mut disputed, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(start) = sides.iter().filter_map(Side::next_start).min() {
        merged.extend(&base[at..start]);
        let begun = sides.each_ref().map(|side| (side.taken, side.line_at(start)));
        let mut end = start;
        // A change of one side may reach into the next one of the other, and so on.
        while let Some(reached) = sides.iter_mut().find_map(|side| side.take_touching(end)) {
            end = end.max(reached);
        }
        let [mine, theirs] = [0, 1].map(|side| {
            let (Side { lines, taken, .. }, (before, from)) = (&sides[side], begun[side]);
            (&lines[from..sides[side].line_at(end)], *taken > before)
        });
        match (mine, theirs) {
            ((mine, true), (theirs, true)) if mine != theirs => disputed.push(start..end),
            ((mine, true), _) => merged.extend(mine),
            (_, (theirs, _)) => merged.extend(theirs),
        }
        at = end;
    }
    merged.extend(&base[at..]);
    if disputed.is_empty() { Ok(merged) } else { Err(disputed) }
}

/// One of two texts that were made from the same one.
struct Side<'t, 'a> {
    lines: &'t [&'a str],
    changes: Vec<Change>,
    /// How many changes lie behind.
    taken: usize,
}

impl Side<'_, '_> {
    fn next_start(&self) -> Option<usize> {
        self.changes.get(self.taken).map(|change| change.old.start)
    }

    /// Takes the next change if it begins at `end` or before; where it ends in the base.
    fn take_touching(&mut self, end: usize) -> Option<usize> {
        let change = self.changes.get(self.taken).filter(|change| change.old.start <= end)?;
        self.taken += 1;
        Some(change.old.end)
    }

    /// Where a line of the base behind the changes taken so far stands here.
    fn line_at(&self, base: usize) -> usize {
        match self.taken.checked_sub(1).map(|last| &self.changes[last]) {
            Some(change) => base - change.old.end + change.new.end,
            None => base,
        }
    }
}

/// The difference of two texts to read: `-` before what went, `+` before what came, with up to `context` lines around
/// each change; `…` stands for the rest. No lines when nothing differs.
pub fn shown(old: &[&str], new: &[&str], context: usize) -> Vec<Line> {
    let changes = changes(old, new);
    let (mut lines, mut written) = (Vec::new(), 0);
    for (at, change) in changes.iter().enumerate() {
        let from = change.old.start.saturating_sub(context).max(written);
        if from > written {
            lines.push(Line::new("  …", Role::Dim));
        }
        let next = changes.get(at + 1).map_or(old.len(), |next| next.old.start);
        let until = (change.old.end + context).min(next);
        let same = |range: Range<usize>| old[range].iter().map(|line| Line::new(format!("  {line}"), Role::Dim));
        lines.extend(same(from..change.old.start));
        lines.extend(old[change.old.clone()].iter().map(|line| Line::new(format!("- {line}"), Role::Bad)));
        lines.extend(new[change.new.clone()].iter().map(|line| Line::new(format!("+ {line}"), Role::Good)));
        lines.extend(same(change.old.end..until));
        written = until;
    }
    if written < old.len() && !lines.is_empty() {
        lines.push(Line::new("  …", Role::Dim));
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    fn differing(old: &str, new: &str) -> Vec<(Range<usize>, Range<usize>)> {
        changes(&lines(old), &lines(new)).into_iter().map(|change| (change.old, change.new)).collect()
    }

    #[test]
    fn what_changed_came_and_went() {
        assert_eq!(differing("a b c", "a b c"), []);
        assert_eq!(differing("a b c", "a x c"), [(1..2, 1..2)]);
        assert_eq!(differing("a b", "a x b y"), [(1..1, 1..2), (2..2, 3..4)]);
        assert_eq!(differing("a b c", "b"), [(0..1, 0..0), (2..3, 1..1)]);
        assert_eq!(differing("", "a"), [(0..0, 0..1)]);
    }

    #[test]
    fn a_difference_is_shown_with_what_stands_around_it() {
        let old = lines("a b c d e f g h");
        let new = lines("a b c x e f g h i");
        let shown: Vec<_> = shown(&old, &new, 1).iter().map(Line::plain).collect();
        assert_eq!(shown, ["  …", "  c", "- d", "+ x", "  e", "  …", "  h", "+ i"]);
        assert_eq!(super::shown(&old, &old, 3), []);
    }

    #[test]
    fn changes_of_two_are_put_together_unless_they_touch() {
        let merged = |mine: &str, theirs: &str| {
            let merged = merge(&lines("a b c d e f"), &lines(mine), &lines(theirs));
            merged.map(|lines| lines.join(" ")).map_err(|disputed| format!("{disputed:?}"))
        };
        assert_eq!(merged("a B c d e f", "a b c d E f"), Ok("a B c d E f".to_owned()));
        assert_eq!(merged("a c d e f", "a b c d e f g"), Ok("a c d e f g".to_owned()));
        assert_eq!(merged("a B c d e f", "a B c d e f"), Ok("a B c d e f".to_owned()), "the same change");
        assert_eq!(merged("a B c d e f", "a X c d e f"), Err("[1..2]".to_owned()));
        assert_eq!(merged("a B c d e f", "a b C d e f"), Err("[1..3]".to_owned()), "side by side");
        assert_eq!(merged("a B C d e f", "a b X Y e f"), Err("[1..4]".to_owned()));
        assert_eq!(merged("x a b c d e f", "y a b c d e f"), Err("[0..0]".to_owned()));
    }

    /// Ten thousand lines that are hard to tell apart.
    #[test]
    fn large_texts_without_anything_to_hold_on_to_are_not_compared_line_by_line() {
        let repeated: Vec<String> = (0..10_000).map(|line| format!("name: {}", line % 7)).collect();
        let other: Vec<String> = (0..10_000).map(|line| format!("name: {}", line % 11)).collect();
        let (old, new): (Vec<_>, Vec<_>) =
            (repeated.iter().map(String::as_str).collect(), other.iter().map(String::as_str).collect());
        let found = changes(&old, &new);
        assert!(found.len() <= 2, "the stretch between equal ends is one change: {}", found.len());
    }

    fn text() -> impl Strategy<Value = Vec<&'static str>> {
        prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "g", "h"]), 0..24)
    }

    proptest! {
        #[test]
        fn the_changes_make_the_new_text_of_the_old_one(old in text(), new in text()) {
            let (mut made, mut at) = (Vec::<&str>::new(), 0);
            for change in changes(&old, &new) {
                made.extend(&old[at..change.old.start]);
                prop_assert_eq!(made.len(), change.new.start);
                made.extend(&new[change.new]);
                at = change.old.end;
            }
            made.extend(&old[at..]);
            prop_assert_eq!(made, new);
        }

        #[test]
        fn a_change_of_one_alone_is_taken_as_it_is(base in text(), mine in text()) {
            prop_assert_eq!(merge(&base, &mine, &base), Ok(mine.clone()));
            prop_assert_eq!(merge(&base, &base, &mine), Ok(mine.clone()));
            prop_assert_eq!(merge(&base, &mine, &mine), Ok(mine));
        }

        #[test]
        fn it_does_not_matter_who_is_called_mine(base in text(), mine in text(), theirs in text()) {
            prop_assert_eq!(merge(&base, &mine, &theirs), merge(&base, &theirs, &mine));
        }
    }
}
