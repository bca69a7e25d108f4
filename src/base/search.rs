//! Finding text in text: the matcher behind the list filter and the search of text panes.
//!
//! A [`Pattern`] is a piece of text or a regular expression, with or without regard to case. Testing one
//! allocates nothing, because it runs over every row of a large cluster at each key that is typed.

use std::fmt;
use std::ops::Range;

use regex::{Regex, RegexBuilder};

/// How much memory one compiled expression may take, in bytes: enough for anything that a person types.
const REGEX_LIMIT: usize = 1 << 20;

/// Something to look for in a line of text.
#[derive(Clone)]
pub struct Pattern {
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// The text itself, case included.
    Exact(String),
    /// Lower-cased ASCII, found in any case.
    FoldAscii(String),
    /// Lower-cased text with characters beyond ASCII, found in any case.
    Fold(String),
    /// A regular expression; the flag says whether case counts.
    Regex(Regex, bool),
}

/// A regular expression that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression cannot be used: {0}")]
pub struct PatternError(String);

impl Pattern {
    /// Text that is found in any case.
    pub fn folded(text: &str) -> Self {
        let lower = text.to_lowercase();
        Self { kind: if lower.is_ascii() { Kind::FoldAscii(lower) } else { Kind::Fold(lower) } }
    }

    /// Text by smart case: found in any case unless it has a capital, which makes case count.
    pub fn smart(text: &str) -> Self {
        if text.chars().any(char::is_uppercase) {
            Self { kind: Kind::Exact(text.to_owned()) }
        } else {
            Self::folded(text)
        }
    }

    /// A regular expression, by smart case as well; the capitals of classes such as `\S` do not count.
    pub fn regex(source: &str) -> Result<Self, PatternError> {
        let exact = has_capital(source);
        RegexBuilder::new(source)
            .case_insensitive(!exact)
            .size_limit(REGEX_LIMIT)
            .build()
            .map(|regex| Self { kind: Kind::Regex(regex, exact) })
            .map_err(|error| PatternError(one_line(&error)))
    }

    /// What a person types into the search of a text pane: `/expression/`, or else text by smart case.
    pub fn parse(input: &str) -> Result<Self, PatternError> {
        match input.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            Some(source) if !source.is_empty() => Self::regex(source),
            _ => Ok(Self::smart(input)),
        }
    }

    /// An expression that finds the same, for what reads expressions itself; `None` where there is none.
    pub fn expression(&self) -> Option<String> {
        match &self.kind {
            Kind::Exact(text) => Some(regex::escape(text)),
            Kind::FoldAscii(text) => Some(format!("(?i-u:{})", regex::escape(text))),
            Kind::Fold(_) => None,
            Kind::Regex(regex, exact) => Some(format!("(?{}:{})", if *exact { "" } else { "i" }, regex.as_str())),
        }
    }

    /// Whether there is nothing to look for; such a pattern is found everywhere, and nowhere in particular.
    pub fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::Exact(text) | Kind::FoldAscii(text) | Kind::Fold(text) => text.is_empty(),
            Kind::Regex(regex, _) => regex.as_str().is_empty(),
        }
    }

    /// Whether `text` holds it.
    pub fn is_in(&self, text: &str) -> bool {
        match &self.kind {
            Kind::Regex(regex, _) => regex.is_match(text),
            _ => self.is_empty() || self.find_from(text, 0).is_some(),
        }
    }

    /// Where `text` holds it: byte ranges, left to right, neither empty nor overlapping.
    pub fn find_all(&self, text: &str) -> Vec<Range<usize>> {
        if self.is_empty() {
            return Vec::new();
        }
        if let Kind::Regex(regex, _) = &self.kind {
            // `a*` matches between any two characters; such a place cannot be shown or jumped to.
            return regex.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty()).collect();
        }
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(range) = self.find_from(text, from) {
            from = range.end;
            found.push(range);
        }
        found
    }

    /// How often `text` holds it: as many times as [`Self::find_all`] has places.
    pub fn count(&self, text: &str) -> u32 {
        if self.is_empty() {
            return 0;
        }
        if let Kind::Regex(regex, _) = &self.kind {
            // To say that there is none is cheaper than to look where one begins.
            let found = regex.is_match(text).then(|| regex.find_iter(text)).into_iter().flatten();
            return found.filter(|found| !found.is_empty()).count() as u32;
        }
        let (mut count, mut from) = (0, 0);
        while let Some(range) = self.find_from(text, from) {
            (count, from) = (count + 1, range.end);
        }
        count
    }

    /// The first occurrence of a text pattern at or after byte `from`, which is a character boundary.
    fn find_from(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let rest = text.get(from..)?;
        let range = match &self.kind {
            Kind::Exact(needle) => rest.find(needle.as_str()).map(|at| at..at + needle.len()),
            Kind::FoldAscii(needle) => find_ascii(rest.as_bytes(), needle.as_bytes()).map(|at| at..at + needle.len()),
            Kind::Fold(needle) => find_folded(rest, needle),
            Kind::Regex(..) => None,
        }?;
        Some(range.start + from..range.end + from)
    }
}

/// Two patterns are equal when they look for the same thing.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Exact(a), Kind::Exact(b))
            | (Kind::FoldAscii(a), Kind::FoldAscii(b))
            | (Kind::Fold(a), Kind::Fold(b)) => a == b,
            (Kind::Regex(a, _), Kind::Regex(b, _)) => a.as_str() == b.as_str(),
            _ => false,
        }
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Exact(text) => write!(f, "exact {text:?}"),
            Kind::FoldAscii(text) | Kind::Fold(text) => write!(f, "any case {text:?}"),
            Kind::Regex(regex, exact) => {
                write!(f, "{} /{}/", if *exact { "exact" } else { "any case" }, regex.as_str())
            }
        }
    }
}

/// Where `needle`, which is lower-case ASCII and not empty, begins in `text` in any case.
///
/// An ASCII match in UTF-8 begins and ends on character boundaries: no byte of a longer character is ASCII.
fn find_ascii(text: &[u8], needle: &[u8]) -> Option<usize> {
    let (&first, rest) = needle.split_first()?;
    let last_start = text.len().checked_sub(needle.len())?;
    let upper = first.to_ascii_uppercase();
    let mut at = 0;
    loop {
        let skip = memchr::memchr2(first, upper, text.get(at..=last_start)?)?;
        at += skip + 1;
        if text[at..at + rest.len()].eq_ignore_ascii_case(rest) {
            return Some(at - 1);
        }
    }
}

/// Where `needle`, which is lower-case and not empty, is found in `text` when that is lower-cased.
fn find_folded(text: &str, needle: &str) -> Option<Range<usize>> {
    text.char_indices().find_map(|(start, _)| {
        let mut wanted = needle.chars().peekable();
        for (at, c) in text[start..].char_indices() {
            // Lower-casing may make two characters of one (İ); both have to be wanted.
            if !c.to_lowercase().all(|lower| wanted.next_if_eq(&lower).is_some()) {
                return None;
            }
            if wanted.peek().is_none() {
                return Some(start..start + at + c.len_utf8());
            }
        }
        None
    })
}

/// Whether a capital stands in an expression as itself, and not as the name of a class.
fn has_capital(source: &str) -> bool {
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            if c.is_uppercase() {
                return true;
            }
            continue;
        }
        chars.next();
        // `\p{Greek}`, `\x{1F600}`: what is in braces is a name.
        if chars.next_if_eq(&'{').is_some() {
            chars.find(|&c| c == '}');
        }
    }
    false
}

/// The reason alone: the library draws the expression and an arrow over several lines.
fn one_line(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        error => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default().trim();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found<'t>(pattern: &Pattern, text: &'t str) -> Vec<&'t str> {
        pattern.find_all(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn smart_case_lets_a_capital_count() {
        assert_eq!(found(&Pattern::smart("get"), "GET get Get"), ["GET", "get", "Get"]);
        assert_eq!(found(&Pattern::smart("Get"), "GET get Get"), ["Get"]);
        assert_eq!(found(&Pattern::regex(r"g\S+").unwrap(), "GET gone"), ["GET", "gone"]);
        assert_eq!(found(&Pattern::regex(r"G\w+").unwrap(), "GET gone"), ["GET"]);
        assert_eq!(found(&Pattern::regex(r"\p{Lu}\x{47}").unwrap(), "aG"), ["aG"], "names in braces do not count");
    }

    #[test]
    fn text_beyond_ascii_is_found_in_any_case() {
        assert_eq!(found(&Pattern::folded("éà"), "ÉÀ éà"), ["ÉÀ", "éà"]);
        assert_eq!(found(&Pattern::folded("日本"), "東日本日本"), ["日本", "日本"]);
        assert_eq!(found(&Pattern::folded("i̇x"), "İX"), ["İX"]);
        assert_eq!(found(&Pattern::folded("pod"), "日PODé"), ["POD"]);
    }

    #[test]
    fn what_is_typed_is_an_expression_between_slashes() {
        assert_eq!(found(&Pattern::parse("/5../").unwrap(), "a 503 b"), ["503"]);
        assert_eq!(found(&Pattern::parse("/var").unwrap(), "in /var/log"), ["/var"]);
        assert_eq!(found(&Pattern::parse("a.c").unwrap(), "abc a.c"), ["a.c"]);
        assert!(Pattern::parse("//").unwrap().is_in("https://x"));
    }

    #[test]
    fn a_wrong_expression_is_explained_in_one_line() {
        let error = Pattern::regex("(a").expect_err("a group is open");
        assert_eq!(error.to_string(), "the regular expression cannot be used: unclosed group");
        let error = Pattern::regex(r"\w{900}{90}").expect_err("it is huge");
        assert!(error.to_string().ends_with("it is too large"), "{error}");
    }

    #[test]
    fn nothing_is_found_nowhere_in_particular() {
        for pattern in [Pattern::smart(""), Pattern::regex("").unwrap(), Pattern::regex("x*").unwrap()] {
            assert!(pattern.is_in("abc"), "{pattern:?}");
            assert!(pattern.find_all("abc").is_empty(), "{pattern:?}");
        }
    }

    proptest! {
        #[test]
        fn ascii_search_equals_the_naive_one(text in "[a-cA-Cé\u{212a}]{0,12}", needle in "[a-cA-C]{1,3}") {
            let naive = text.to_ascii_lowercase().find(&needle.to_ascii_lowercase());
            let pattern = Pattern::folded(&needle);
            prop_assert_eq!(pattern.find_all(&text).first().map(|range| range.start), naive);
            prop_assert_eq!(pattern.is_in(&text), naive.is_some());
            prop_assert_eq!(pattern.count(&text) as usize, pattern.find_all(&text).len());
            let regex = Pattern::regex(&format!("{needle}|b*")).unwrap();
            prop_assert_eq!(regex.count(&text) as usize, regex.find_all(&text).len());
        }

        #[test]
        fn ranges_are_whole_characters_in_order(text in any::<String>(), needle in "\\PC{1,2}") {
            let mut end = 0;
            for range in Pattern::folded(&needle).find_all(&text) {
                prop_assert!(range.start >= end && range.start < range.end);
                prop_assert!(text.get(range.clone()).is_some());
                end = range.end;
            }
        }

        #[test]
        fn a_part_of_a_text_is_found_in_it(text in "\\PC{1,20}", from in 0usize..20, len in 1usize..5) {
            let part: String = text.chars().skip(from).take(len).collect();
            prop_assert!(Pattern::smart(&part).is_in(&text));
        }
    }
}
