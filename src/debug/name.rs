//! Names that are generated: a prefix and five letters, as kubectl makes them.

use serde_json::Value;

use super::edit;

/// The letters of generated names: none that could make a word (apimachinery, `util/rand`).
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
const LENGTH: usize = 5;

/// Where generated names come from. The same seed gives the same names.
#[derive(Clone, Debug)]
pub struct Names {
    state: u64,
}

impl Names {
    /// From a random number, which should be another each time.
    pub fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Five letters.
    pub fn suffix(&mut self) -> String {
        (0..LENGTH).map(|_| char::from(LETTERS[(self.next() % 27) as usize])).collect()
    }

    /// A name for a debug container that no container of the pod has, of any kind.
    pub fn container(&mut self, pod: &Value) -> String {
        loop {
            let name = format!("debugger-{}", self.suffix());
            if edit::find(pod, &name).is_none() {
                return name;
            }
        }
    }

    /// `SplitMix64` (Steele, Lea, Flood 2014): one addition and a mixture, each state once.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn five_letters_that_make_no_word(seed: u64) {
            let suffix = Names::seeded(seed).suffix();
            prop_assert_eq!(suffix.len(), 5);
            prop_assert!(suffix.bytes().all(|letter| LETTERS.contains(&letter)), "{}", suffix);
        }

        #[test]
        fn a_name_that_is_taken_is_drawn_again(seed: u64, kind in 0..3usize) {
            let lists = ["initContainers", "containers", "ephemeralContainers"];
            let first = Names::seeded(seed).container(&json!({}));
            let pod = json!({"spec": {lists[kind]: [{"name": first}]}});
            let mut names = Names::seeded(seed);
            let next = names.container(&pod);
            prop_assert_ne!(&next, &first);
            prop_assert!(next.starts_with("debugger-"));
        }
    }

    #[test]
    fn every_letter_comes_up() {
        let mut names = Names::seeded(1);
        let drawn: std::collections::BTreeSet<u8> = (0..400).flat_map(|_| names.suffix().into_bytes()).collect();
        assert_eq!(drawn.len(), LETTERS.len());
    }
}
