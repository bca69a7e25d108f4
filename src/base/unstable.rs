//! The order in which Go's `sort.Sort` leaves things that are equal.
//!
//! kubectl sorts events by their second with it, and many events share one: whoever wants its order needs its
//! algorithm, step by step. It is pattern-defeating quicksort without the block partitioning, as in Go since 1.19; its
//! dice are seeded by the length, so that the result depends on the input alone. Everywhere else use the standard
//! library's stable sort. Start with [`sort_as_go`].

/// Up to so many are sorted by insertion, and so stably.
const INSERTION: usize = 12;
/// From so many on a pivot is the median of medians, and a nearly sorted range is mended.
const LONG: usize = 50;
/// Out-of-order neighbors that are mended before a range counts as unsorted.
const MENDED: usize = 5;
/// Comparisons that choose a pivot of a long range; if each found its pair reversed, the range is.
const ALL_REVERSED: usize = 12;

/// Sorts by `less`, equal things in Go's order.
pub fn sort_as_go<T>(items: &mut [T], less: impl Fn(&T, &T) -> bool) {
    let limit = bits(items.len());
    let end = items.len();
    Sorter { items, less }.sort(0, end, limit);
}

/// The number of bits that it takes to write `n`.
fn bits(n: usize) -> u32 {
    usize::BITS - n.leading_zeros()
}

/// How the samples that chose a pivot were ordered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    Sorted,
    Reversed,
    Mixed,
}

struct Sorter<'a, T, F> {
    items: &'a mut [T],
    less: F,
}

impl<T, F: Fn(&T, &T) -> bool> Sorter<'_, T, F> {
    fn less(&self, a: usize, b: usize) -> bool {
        (self.less)(&self.items[a], &self.items[b])
    }

    /// Sorts `start..end`; after `limit` bad pivots by a heap.
    fn sort(&mut self, mut start: usize, mut end: usize, mut limit: u32) {
        let (mut was_balanced, mut was_partitioned) = (true, true);
        loop {
            let length = end - start;
            if length <= INSERTION {
                return self.insert(start, end);
            }
            if limit == 0 {
                return self.heap(start, end);
            }
            if !was_balanced {
                self.scatter(start, end);
                limit -= 1;
            }
            let (mut pivot, mut looks) = self.pivot(start, end);
            if looks == Looks::Reversed {
                self.items[start..end].reverse();
                pivot = end - 1 - (pivot - start);
                looks = Looks::Sorted;
            }
            if was_balanced && was_partitioned && looks == Looks::Sorted && self.mend(start, end) {
                return;
            }
            // Nothing here is smaller than what stands before it: with a pivot equal to that, equal things come first.
            if start > 0 && !self.less(start - 1, pivot) {
                start = self.part_equal(start, end, pivot);
                continue;
            }
            let middle;
            (middle, was_partitioned) = self.part(start, end, pivot);
            let (left, right) = (middle - start, end - middle);
            was_balanced = left.min(right) >= length / 8;
            if left < right {
                self.sort(start, middle, limit);
                start = middle + 1;
            } else {
                self.sort(middle + 1, end, limit);
                end = middle;
            }
        }
    }

    fn insert(&mut self, start: usize, end: usize) {
        for at in start + 1..end {
            self.sink(at, start);
        }
    }

    /// Moves an item to the left while it is smaller than its neighbor, down to `floor`.
    fn sink(&mut self, mut at: usize, floor: usize) {
        while at > floor && self.less(at, at - 1) {
            self.items.swap(at, at - 1);
            at -= 1;
        }
    }

    fn heap(&mut self, start: usize, end: usize) {
        let length = end - start;
        for root in (0..=(length - 1) / 2).rev() {
            self.sift(root, length, start);
        }
        for last in (0..length).rev() {
            self.items.swap(start, start + last);
            self.sift(0, last, start);
        }
    }

    /// Moves the root of a heap that begins at `start` to its place.
    fn sift(&mut self, mut root: usize, length: usize, start: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= length {
                return;
            }
            if child + 1 < length && self.less(start + child, start + child + 1) {
                child += 1;
            }
            if !self.less(start + root, start + child) {
                return;
            }
            self.items.swap(start + root, start + child);
            root = child;
        }
    }

    /// Swaps three items near the middle with any, against patterns that make pivots bad.
    fn scatter(&mut self, start: usize, end: usize) {
        let length = end - start;
        let mut dice = length as u64;
        let mask = (1_u64 << bits(length)) - 1;
        let middle = start + length / 4 * 2;
        for at in middle - 1..=middle + 1 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let other = usize::try_from(dice & mask).unwrap_or(0);
            self.items.swap(at, start + if other >= length { other - length } else { other });
        }
    }

    /// Chooses a pivot among items at the quarters.
    fn pivot(&self, start: usize, end: usize) -> (usize, Looks) {
        let length = end - start;
        let mut swaps = 0;
        let mut quarters = [1, 2, 3].map(|quarter| start + length / 4 * quarter);
        if length >= LONG {
            quarters = quarters.map(|at| self.median([at - 1, at, at + 1], &mut swaps));
        }
        match self.median(quarters, &mut swaps) {
            pivot if swaps == 0 => (pivot, Looks::Sorted),
            pivot if swaps == ALL_REVERSED => (pivot, Looks::Reversed),
            pivot => (pivot, Looks::Mixed),
        }
    }

    /// The place of the item between the two others; counts the pairs that were found reversed.
    fn median(&self, [mut a, mut b, mut c]: [usize; 3], swaps: &mut usize) -> usize {
        let order = |a: &mut usize, b: &mut usize, swaps: &mut usize| {
            if self.less(*b, *a) {
                std::mem::swap(a, b);
                *swaps += 1;
            }
        };
        order(&mut a, &mut b, swaps);
        order(&mut b, &mut c, swaps);
        order(&mut a, &mut b, swaps);
        b
    }

    /// Mends a range that is nearly sorted; whether it is sorted then.
    fn mend(&mut self, start: usize, end: usize) -> bool {
        let mut at = start + 1;
        for _ in 0..MENDED {
            while at < end && !self.less(at, at - 1) {
                at += 1;
            }
            if at == end {
                return true;
            }
            if end - start < LONG {
                return false;
            }
            self.items.swap(at, at - 1);
            if at - start >= 2 {
                // Down to the beginning of everything: what stands before the range is never larger.
                self.sink(at - 1, 0);
            }
            let mut right = at + 1;
            while right < end && self.less(right, right - 1) {
                self.items.swap(right, right - 1);
                right += 1;
            }
        }
        false
    }

    /// Puts what is smaller than the pivot before it; gives its new place, and whether nothing had to move.
    fn part(&mut self, start: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.items.swap(start, pivot);
        let (mut left, mut right) = (start + 1, end - 1);
        let mut moved = false;
        loop {
            while left <= right && self.less(left, start) {
                left += 1;
            }
            while left <= right && !self.less(right, start) {
                right -= 1;
            }
            if left > right {
                self.items.swap(right, start);
                return (right, !moved);
            }
            self.items.swap(left, right);
            moved = true;
            left += 1;
            right -= 1;
        }
    }

    /// Puts what equals the pivot first; gives where the larger things begin.
    fn part_equal(&mut self, start: usize, end: usize, pivot: usize) -> usize {
        self.items.swap(start, pivot);
        let (mut left, mut right) = (start + 1, end - 1);
        loop {
            while left <= right && !self.less(start, left) {
                left += 1;
            }
            while left <= right && self.less(start, right) {
                right -= 1;
            }
            if left > right {
                return left;
            }
            self.items.swap(left, right);
            left += 1;
            right -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is sorted, and the digest of the order in which Go 1.26 left it.
    const RECORDED: [(&str, u64); 7] = [
        ("equal", 0x972c_7206_f4f3_dc51),
        ("few", 0x9080_f6aa_e1a7_6c43),
        ("rising", 0x972c_7206_f4f3_dc51),
        ("falling", 0xa62a_6567_2734_5a31),
        ("mixed", 0x402d_b1f0_36d9_5f11),
        ("organ", 0x736d_639a_f204_effd),
        ("nearly", 0x2638_fcca_9e4c_5c93),
    ];
    const LENGTHS: [usize; 19] = [1, 2, 11, 12, 13, 14, 20, 33, 49, 50, 51, 64, 99, 100, 128, 257, 500, 1_000, 3_000];

    fn key(shape: &str, at: usize, length: usize) -> usize {
        match shape {
            "equal" => 0,
            "few" => at * 7_919 % 5,
            "rising" => at / 4,
            "falling" => (length - at) / 3,
            "mixed" => ((at * 2_654_435_761 + length) as u32 >> 8) as usize % 97,
            "organ" => {
                if at < length / 2 {
                    at
                } else {
                    length - at
                }
            }
            _ if at % 37 == 5 => at.wrapping_sub(9),
            _ => at,
        }
    }

    #[test]
    fn equal_things_stand_where_go_leaves_them() {
        for (shape, recorded) in RECORDED {
            let mut digest = 14_695_981_039_346_656_037_u64;
            for length in LENGTHS {
                let mut items: Vec<(i64, u64)> =
                    (0..length).map(|at| (key(shape, at, length) as i64, at as u64)).collect();
                sort_as_go(&mut items, |a, b| a.0 < b.0);
                for (_, at) in items {
                    digest = (digest ^ at).wrapping_mul(1_099_511_628_211);
                }
            }
            assert_eq!(digest, recorded, "{shape}");
        }
    }

    proptest! {
        #[test]
        fn everything_is_sorted_and_nothing_lost(mut items in prop::collection::vec(0_u16..300, 0..400)) {
            let mut expected = items.clone();
            expected.sort_unstable();
            sort_as_go(&mut items, |a, b| a < b);
            prop_assert_eq!(items, expected);
        }

        #[test]
        fn the_heap_sorts_what_has_bad_pivots(mut items in prop::collection::vec(0_u16..300, 13..200)) {
            let mut expected = items.clone();
            expected.sort_unstable();
            let end = items.len();
            Sorter { items: &mut items, less: |a: &u16, b: &u16| a < b }.sort(0, end, 0);
            prop_assert_eq!(items, expected);
        }
    }
}
