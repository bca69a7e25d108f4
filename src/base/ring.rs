//! A store of the newest things, bounded by their number and their size, that counts what it let go.

use std::collections::VecDeque;

/// The newest items. Each keeps its number, which goes on from 0, until it is dropped.
#[derive(Clone, Debug)]
pub struct Ring<T> {
    items: VecDeque<(T, usize)>,
    most: usize,
    most_bytes: usize,
    bytes: usize,
    /// The number of the oldest item.
    first: u64,
    dropped: u64,
}

impl<T> Ring<T> {
    /// A ring of at most `most` items and `most_bytes` bytes; the newest item is kept in any case.
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self { items: VecDeque::new(), most: most.max(1), most_bytes, bytes: 0, first: 0, dropped: 0 }
    }

    /// The same, empty, with `first` as the number of its first item: so many can be put in front of it.
    #[must_use]
    pub fn starting_at(self, first: u64) -> Self {
        Self { first, ..Self::new(self.most, self.most_bytes) }
    }

    /// Puts an item in front of the oldest one; false where there is no room for it.
    pub fn push_front(&mut self, item: T, bytes: usize) -> bool {
        let has_room = self.items.len() < self.most && self.bytes + bytes <= self.most_bytes && self.first > 0;
        if has_room {
            self.items.push_front((item, bytes));
            self.bytes += bytes;
            self.first -= 1;
        }
        has_room
    }

    /// Appends an item of `bytes` bytes and drops the oldest ones that are too many by now.
    pub fn push(&mut self, item: T, bytes: usize) {
        self.items.push_back((item, bytes));
        self.bytes += bytes;
        while self.items.len() > self.most || (self.bytes > self.most_bytes && self.items.len() > 1) {
            let Some((_, bytes)) = self.items.pop_front() else { return };
            self.bytes -= bytes;
            self.first += 1;
            self.dropped += 1;
        }
    }

    /// Takes the items from this number on out of the end, each with its size.
    pub fn take_back(&mut self, number: u64) -> Vec<(T, usize)> {
        let from = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX).min(self.items.len());
        let taken: Vec<_> = self.items.split_off(from).into();
        self.bytes -= taken.iter().map(|(_, bytes)| bytes).sum::<usize>();
        taken
    }

    /// The item of this number, if it is still there.
    pub fn get(&self, number: u64) -> Option<&T> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.items.get(index).map(|(item, _)| item)
    }

    /// Number of the oldest item that is there.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Number that the next item will have.
    pub fn end(&self) -> u64 {
        self.first + self.items.len() as u64
    }

    /// How many were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many items are there.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The sizes of all items, added up.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// All items, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.items.iter().map(|(item, _)| item)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_stay_while_the_oldest_go() {
        let mut ring = Ring::new(3, 100);
        for letter in "abcde".chars() {
            ring.push(letter, 1);
        }
        assert_eq!((ring.first(), ring.end(), ring.len()), (2, 5, 3));
        assert_eq!((ring.get(1), ring.get(2), ring.get(4), ring.get(5)), (None, Some(&'c'), Some(&'e'), None));
    }

    #[test]
    fn older_items_go_in_front_while_there_is_room() {
        let mut ring = Ring::new(3, 100).starting_at(10);
        ring.push('c', 1);
        assert!(ring.push_front('b', 1) && ring.push_front('a', 1) && !ring.push_front('z', 1));
        assert_eq!((ring.first(), ring.end(), ring.get(8), ring.dropped()), (8, 11, Some(&'a'), 0));
        ring.push('d', 1);
        assert_eq!((ring.first(), ring.iter().collect::<String>().as_str()), (9, "bcd"));
        assert!(!Ring::new(3, 100).push_front('a', 1), "no number is left before 0");
    }

    #[test]
    fn the_end_is_taken_out_and_put_back() {
        let mut ring = Ring::new(5, 100).starting_at(10);
        for letter in "abcd".chars() {
            ring.push(letter, 2);
        }
        let taken = ring.take_back(12);
        assert_eq!((taken.clone(), ring.end(), ring.bytes()), (vec![('c', 2), ('d', 2)], 12, 4));
        taken.into_iter().for_each(|(letter, bytes)| ring.push(letter, bytes));
        assert_eq!(ring.get(13), Some(&'d'));
        assert_eq!((ring.take_back(99), ring.take_back(0).len()), (Vec::new(), 4));
        assert!(ring.is_empty() && ring.bytes() == 0);
    }

    #[test]
    fn one_huge_item_pushes_out_all_others_and_stays() {
        let mut ring = Ring::new(10, 100);
        ring.push("a", 60);
        ring.push("b", 500);
        assert_eq!(ring.iter().collect::<Vec<_>>(), [&"b"]);
        ring.push("c", 1);
        assert_eq!((ring.iter().collect::<Vec<_>>(), ring.bytes()), (vec![&"c"], 1));
    }

    proptest! {
        #[test]
        fn it_is_the_longest_end_that_fits(sizes in proptest::collection::vec(0usize..50, 0..40), most in 1usize..10) {
            const BYTES: usize = 100;
            let mut ring = Ring::new(most, BYTES);
            for size in &sizes {
                ring.push(*size, *size);
            }
            let fits = |from: usize| sizes.len() - from <= most && sizes[from..].iter().sum::<usize>() <= BYTES;
            let first = (0..sizes.len()).find(|from| fits(*from)).unwrap_or(sizes.len());
            prop_assert_eq!(ring.iter().copied().collect::<Vec<_>>(), &sizes[first..]);
            prop_assert_eq!(ring.end(), sizes.len() as u64);
        }
    }
}
