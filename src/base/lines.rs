//! Looking for a pattern in many lines at once.
//!
//! A search engine is fastest where it runs over one long text. So the lines stand behind each other, each with a line
//! break behind it, and what is looked for is changed so that no match can reach over one: a place is then found exactly
//! where it would be found in its line alone. Start with [`LineFinder`]; the change is `within_lines`.

use regex::Regex;
use regex_syntax::hir::{Capture, Repetition};
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look};

use super::search::Pattern;

/// Finds a pattern in lines. The default finds nothing.
#[derive(Clone, Debug, Default)]
pub struct LineFinder {
    way: Way,
}

#[derive(Clone, Debug, Default)]
enum Way {
    #[default]
    Nothing,
    /// All lines at once.
    Whole(Regex),
    /// What cannot be said so.
    Each(Pattern),
}

impl LineFinder {
    /// For what `pattern` finds in a line.
    pub fn new(pattern: &Pattern) -> Self {
        let way = match pattern.expression().as_deref().and_then(expression) {
            _ if pattern.is_empty() => Way::Nothing,
            Some(regex) => Way::Whole(regex),
            None => Way::Each(pattern.clone()),
        };
        Self { way }
    }

    /// Says where in `text`, lines with a line break behind each, the places begin that [`Pattern::find_all`] finds in
    /// each of the lines.
    pub fn each(&self, text: &str, mut found: impl FnMut(usize)) {
        match &self.way {
            Way::Nothing => {}
            Way::Whole(regex) => {
                let places = regex.find_iter(text).map(|place| place.range());
                places.filter(|range| !range.is_empty()).for_each(|range| found(range.start));
            }
            Way::Each(pattern) => {
                let mut start = 0;
                for line in text.split_inclusive('\n') {
                    for range in pattern.find_all(line.strip_suffix('\n').unwrap_or(line)) {
                        found(start + range.start);
                    }
                    start += line.len();
                }
            }
        }
    }
}

/// The same expression for many lines; `None` when there is none.
fn expression(source: &str) -> Option<Regex> {
    let hir = regex_syntax::ParserBuilder::new().multi_line(true).build().parse(source).ok()?;
    Regex::new(&within_lines(&hir)?.to_string()).ok()
}

/// The same, but that it matches no line break. `None`: it asks for the beginning or end of the text, which is that of
/// its line no more.
fn within_lines(hir: &Hir) -> Option<Hir> {
    Some(match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => Hir::fail(),
        HirKind::Literal(literal) => Hir::literal(literal.0.clone()),
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Look(Look::Start | Look::End | Look::StartCRLF | Look::EndCRLF) => return None,
        HirKind::Look(look) => Hir::look(*look),
        HirKind::Repetition(repetition) => {
            let sub = Box::new(within_lines(&repetition.sub)?);
            Hir::repetition(Repetition { sub, ..repetition.clone() })
        }
        HirKind::Capture(Capture { sub, .. }) => within_lines(sub)?,
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(within_lines).collect::<Option<_>>()?),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(within_lines).collect::<Option<_>>()?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at_once(pattern: &Pattern, text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        LineFinder::new(pattern).each(text, |at| found.push(at));
        found
    }

    fn in_each(pattern: &Pattern, lines: &[String]) -> Vec<usize> {
        let mut start = 0;
        let found = lines.iter().flat_map(|line| {
            let begin = start;
            start += line.len() + 1;
            pattern.find_all(line).into_iter().map(move |range| begin + range.start)
        });
        found.collect()
    }

    #[test]
    fn nothing_reaches_over_a_line_break() {
        let text = "a b\nb a\n\nA\n";
        for (source, expected) in [
            (r"a\s+b", vec![0]),
            (r"(?s)a.*A", vec![]),
            (r"[^z]+", vec![0, 4, 9]),
            (r"^a|a$", vec![0, 6, 9]),
            (r"\Aa", vec![0, 9]),
            (r"a\nb", vec![]),
            (r"\s", vec![1, 5]),
            (r"(?-m)^b", vec![4]),
        ] {
            let pattern = Pattern::regex(&format!("(?i){source}")).expect("an expression");
            assert_eq!(at_once(&pattern, text), expected, "{source}");
        }
    }

    #[test]
    fn what_has_a_plain_way_is_found_in_that() {
        for (source, is_whole) in [("get", true), ("Get", true), ("/a.*b/", true), ("/\\Aa/", false), ("éa", false)] {
            let finder = LineFinder::new(&Pattern::parse(source).expect("a pattern"));
            assert_eq!(matches!(finder.way, Way::Whole(_)), is_whole, "{source}");
        }
        assert!(at_once(&Pattern::smart(""), "a\n").is_empty());
    }

    proptest! {
        /// All lines at once, or each by itself: the same places.
        #[test]
        fn it_is_what_is_found_in_each_line(
            lines in proptest::collection::vec("[abA \u{212a}é\t\r]{0,6}", 0..8),
            source in r"/([ab.^$]|\\s|\\S|\\b|\\B|\\w|\\W|\\D|[*+?]|a\{2\}|\(a\|b\)|\(\?s:.\)|\[\^a\]|\\A|\\z|\|){1,6}/|[abk A]{1,3}",
        ) {
            let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
            if let Ok(pattern) = Pattern::parse(&source) {
                prop_assert_eq!(at_once(&pattern, &text), in_each(&pattern, &lines), "{}", source);
            }
        }
    }
}
