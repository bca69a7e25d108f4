//! Whether two outputs are the same but for the time that passed between them.
//!
//! Everything is compared byte by byte. Only a word that is an age (`5m12s`) may have become older, by no more than the
//! time between the two calls or one step of its smallest unit; and only where such a word has another length may the
//! blanks between columns differ.

/// The first difference between `theirs` and the later `ours`, which were made at most `seconds` apart.
pub fn difference(theirs: &str, ours: &str, seconds: i64) -> Option<String> {
    if theirs == ours {
        return None;
    }
    let (their_lines, our_lines): (Vec<_>, Vec<_>) = (theirs.split('\n').collect(), ours.split('\n').collect());
    let pairs: Vec<_> = their_lines.iter().zip(&our_lines).map(|(a, b)| (pieces(a), pieces(b))).collect();
    let widths_moved = pairs.iter().any(|(a, b)| {
        a.iter().zip(b).any(|(a, b)| matches!((a, b), (Piece::Age(a), Piece::Age(b)) if a.len() != b.len()))
    });
    let differs = |(a, b): &&(Vec<Piece>, Vec<Piece>)| {
        a.len() != b.len() || a.iter().zip(b).any(|(a, b)| !a.is(b, seconds, widths_moved))
    };
    if let Some(at) = pairs.iter().position(|pair| differs(&pair)) {
        return Some(format!("line {}\n- {}\n+ {}", at + 1, their_lines[at], our_lines[at]));
    }
    let counts = (their_lines.len(), our_lines.len());
    (counts.0 != counts.1).then(|| format!("{} lines, and ours {}", counts.0, counts.1))
}

/// A part of a line.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Blanks(usize),
    Age(&'a str),
    Text(&'a str),
}

impl Piece<'_> {
    fn is(&self, later: &Self, seconds: i64, widths_moved: bool) -> bool {
        match (self, later) {
            (Self::Age(a), Self::Age(b)) => a == b || is_older(a, b, seconds),
            // Columns are two blanks apart at least; one blank is part of a value.
            (Self::Blanks(a), Self::Blanks(b)) if widths_moved && *a >= 2 && *b >= 2 => true,
            (a, b) => a == b,
        }
    }
}

fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_blank = first == ' ';
        let end = rest.find(|c| (c == ' ') != is_blank).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        pieces.push(match word {
            _ if is_blank => Piece::Blanks(end),
            word if age(word).is_some() => Piece::Age(word),
            word => Piece::Text(word),
        });
        rest = behind;
    }
    pieces
}

/// Seconds of an age, and of its smallest unit: `5m12s`, also in parentheses.
fn age(word: &str) -> Option<(i64, i64)> {
    let mut rest = word.trim_start_matches('(').trim_end_matches(')');
    let (mut seconds, mut unit, mut parts) = (0, 0, 0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
        unit = match rest.as_bytes()[digits] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'y' => 31_536_000,
            _ => return None,
        };
        seconds += rest[..digits].parse::<i64>().ok()? * unit;
        rest = &rest[digits + 1..];
        parts += 1;
    }
    (1..=2).contains(&parts).then_some((seconds, unit))
}

fn is_older(earlier: &str, later: &str, seconds: i64) -> bool {
    let brackets = |word: &str| (word.starts_with('('), word.ends_with(')'));
    let (Some((a, a_unit)), Some((b, b_unit))) = (age(earlier), age(later)) else { return false };
    brackets(earlier) == brackets(later) && (0..=seconds.max(a_unit).max(b_unit)).contains(&(b - a))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "NAME    STATUS    AGE\nweb-0   Running   9s\nweb-1   Pending   3m (x2 over 5m59s)\n";

    #[test]
    fn one_changed_character_is_a_difference() {
        assert_eq!(difference(TABLE, TABLE, 5), None);
        for (at, old) in TABLE.char_indices() {
            for new in ['x', ' ', '\n', '7'].into_iter().filter(|new| *new != old) {
                let mut changed = TABLE.to_owned();
                changed.replace_range(at..=at, &new.to_string());
                let is_age = old.is_ascii_digit() && new == '7' && at > TABLE.find("9s").unwrap_or(0) - 1;
                assert!(is_age || difference(TABLE, &changed, 0).is_some(), "{at}: {old:?} as {new:?}");
            }
        }
        assert!(difference(TABLE, &format!("{TABLE}\n"), 5).is_some(), "one more line");
        assert!(difference(TABLE, TABLE.trim_end(), 5).is_some(), "one less");
    }

    #[test]
    fn ages_may_grow_by_the_time_between_the_calls() {
        let later = TABLE.replace(" 9s", " 12s").replace("5m59s", "6m2s");
        assert_eq!(difference(TABLE, &later, 3), None);
        assert!(difference(TABLE, &later, 2).is_some());
        assert!(difference(&later, TABLE, 3).is_some(), "nothing grows younger");
        assert_eq!(difference("3h29m", "3h30m", 1), None, "one step of the smallest unit");
        assert!(difference("3h29m", "3h31m", 1).is_some());
    }

    #[test]
    fn blanks_may_move_only_with_ages() {
        assert_eq!(difference("9s    a", "10s   a", 1), None);
        assert!(difference("9s    a", "9s   a", 1).is_some());
        assert!(difference("9s    a b", "10s   a  b", 1).is_some(), "one blank is part of a value");
    }
}
