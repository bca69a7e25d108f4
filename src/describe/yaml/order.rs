//! The order of keys in kubectl's YAML: letters by their code, numbers by their value, everything else
//! before the letters but behind a digit. Rules: sigs.k8s.io/yaml (goyaml.v2), the `Less` of its key list.

use std::cmp::Ordering;

/// Sorts entries by their keys.
///
/// The rule contradicts itself on some sets of keys with digits (kubectl then prints any order), and the
/// sorts of the standard library may panic on such a rule. This one, by merging, does not.
pub(super) fn sorted<T>(mut entries: Vec<(&str, T)>) -> Vec<(&str, T)> {
    if entries.len() < 2 {
        return entries;
    }
    let second = entries.split_off(entries.len() / 2);
    let mut merged = Vec::with_capacity(entries.len() + second.len());
    let mut second = sorted(second).into_iter().peekable();
    for entry in sorted(entries) {
        while let Some(before) = second.next_if(|other| compare(other.0, entry.0) == Ordering::Less) {
            merged.push(before);
        }
        merged.push(entry);
    }
    merged.extend(second);
    merged
}

/// Compares two keys.
fn compare(a: &str, b: &str) -> Ordering {
    if a.starts_with(b) || b.starts_with(a) {
        return a.len().cmp(&b.len());
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else { return Ordering::Equal };
    let (one, other) = (a[at], b[at]);
    // Behind a digit it is the other way round: `1a` comes before `1.`.
    let after_digit = at > 0 && a[at - 1].is_ascii_digit();
    match (one.is_alphabetic(), other.is_alphabetic()) {
        (true, true) => one.cmp(&other),
        (true, false) if after_digit => Ordering::Less,
        (true, false) => Ordering::Greater,
        (false, true) if after_digit => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let (one_number, one_end) = number(&a, at, one == '0' || other == '0');
            let (other_number, other_end) = number(&b, at, one == '0' || other == '0');
            one_number.cmp(&other_number).then(one_end.cmp(&other_end)).then(one.cmp(&other))
        }
    }
}

/// The number that begins at `at`, and where it ends. With `continues`, digits before `at` that are not
/// all zero count as one more digit in front: only so does a zero inside a number weigh.
fn number(text: &[char], at: usize, continues: bool) -> (i64, usize) {
    let inside = text[..at].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
    let digits = text[at..].iter().map_while(|c| c.to_digit(10));
    let start = i64::from(continues && inside);
    digits.fold((start, at), |(value, end), digit| (value.wrapping_mul(10).wrapping_add(i64::from(digit)), end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sorted_as_kubectl_sorts() {
        let expected =
            ["", "_a", "1", "1a", "1.", "2", "10", "100", "A", "a", "a-1", "a.b", "a1", "a2", "a10", "aB", "ab"];
        for pair in expected.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(compare("a1", "a1"), Ordering::Equal);
        let mixed: Vec<(&str, ())> = ["ab", "a10", "", "A", "a2", "1a", "_a"].map(|key| (key, ())).to_vec();
        let keys: Vec<&str> = sorted(mixed).into_iter().map(|(key, ())| key).collect();
        assert_eq!(keys, ["", "_a", "1a", "A", "a2", "a10", "ab"]);
    }

    proptest! {
        /// Also where the rule contradicts itself.
        #[test]
        fn no_key_is_lost(keys in prop::collection::vec("[0-9a._-]{0,4}", 0..200)) {
            let entries = keys.iter().map(|key| (key.as_str(), ())).collect();
            let mut after: Vec<&str> = sorted(entries).into_iter().map(|(key, ())| key).collect();
            let mut before: Vec<&str> = keys.iter().map(String::as_str).collect();
            before.sort_unstable();
            after.sort_unstable();
            prop_assert_eq!(before, after);
        }
    }
}
