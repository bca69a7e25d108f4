//! The language of the list filter.
//!
//! ```text
//! web crash          both words, anywhere in the row, in any case
//! "image pull"       quotes keep spaces, and take every other sign as text
//! !test              not this
//! /web-[0-9]+$/      a regular expression; case counts if it has a capital
//! status:crash       in this column; the name may be short while it stays clear (st:crash)
//! node:""            this column is empty
//! -l app=web,!old    Kubernetes' label selectors; also label:app=web
//! ```
//!
//! A column's value may be an expression or quoted, and `!` may stand before everything but `-l`. A column
//! that does not exist makes no column term: `nginx:1.25` looks for an image. Terms that say nothing yet
//! (`!`, `status:`) are left out, so that rows do not vanish while a person types.
//!
//! Start with [`Filter::parse`] and [`Filter::matches`]. What a row is stays with [`Fields`].

mod parse;

use std::borrow::Cow;
use std::ops::Range;

use super::search::Pattern;
use super::selector::Selector;

/// What a filter reads of a row.
pub trait Fields {
    /// The text of the column `name`, one of the names that the filter was parsed with; `None` when the row
    /// has no such column.
    fn field(&self, name: &str) -> Option<Cow<'_, str>>;

    /// Calls `found` with the text of each column until it says yes; whether it did. This is what plain words
    /// run over, so it should hand out what the row already has and allocate nothing.
    fn any(&self, found: &mut dyn FnMut(&str) -> bool) -> bool;

    /// The value of the label `key`.
    fn label(&self, key: &str) -> Option<&str>;
}

/// A parsed filter: terms, all of which must hold. The default lets everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Anywhere(Pattern),
    In(String, Pattern),
    Empty(String),
    Labels(Selector),
}

/// A filter that could not be read, or is not finished yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct FilterError {
    /// What is wrong, without a full stop.
    pub sentence: String,
    /// Where, as a byte offset into the filter.
    pub at: usize,
}

impl Filter {
    /// Reads a filter. `known_fields` are the names of the columns; an unambiguous beginning is enough.
    pub fn parse(text: &str, known_fields: &[&str]) -> Result<Self, FilterError> {
        parse::terms(text, known_fields).map(|terms| Self { terms })
    }

    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether `row` passes.
    pub fn matches(&self, row: &impl Fields) -> bool {
        self.terms.iter().all(|term| term.test.holds(row) != term.negated)
    }

    /// What to mark in a cell: the places in `text` that made the row pass, as byte ranges in order. `field`
    /// is the column's name.
    pub fn marks(&self, field: &str, text: &str) -> Vec<Range<usize>> {
        let mut marks: Vec<_> = self
            .terms
            .iter()
            .filter(|term| !term.negated)
            .filter_map(|term| match &term.test {
                Test::Anywhere(pattern) => Some(pattern),
                Test::In(name, pattern) if name == field => Some(pattern),
                _ => None,
            })
            .flat_map(|pattern| pattern.find_all(text))
            .collect();
        marks.sort_by_key(|range| range.start);
        marks.dedup_by(|next, kept| {
            let touches = next.start <= kept.end;
            if touches {
                kept.end = kept.end.max(next.end);
            }
            touches
        });
        marks
    }
}

impl Test {
    fn holds(&self, row: &impl Fields) -> bool {
        match self {
            Self::Anywhere(pattern) => row.any(&mut |text| pattern.is_in(text)),
            Self::In(name, pattern) => row.field(name).is_some_and(|text| pattern.is_in(&text)),
            Self::Empty(name) => row.field(name).is_none_or(|text| text.is_empty()),
            Self::Labels(selector) => selector.matches(|key| row.label(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIELDS: &[&str] = &["namespace", "name", "status", "node", "restarts"];

    struct Row(&'static [(&'static str, &'static str)]);

    impl Fields for Row {
        fn field(&self, name: &str) -> Option<Cow<'_, str>> {
            self.0.iter().find(|(known, _)| *known == name).map(|(_, text)| Cow::Borrowed(*text))
        }

        fn any(&self, found: &mut dyn FnMut(&str) -> bool) -> bool {
            self.0.iter().any(|(_, text)| found(text))
        }

        fn label(&self, key: &str) -> Option<&str> {
            [("app", "web"), ("env", "prod")].iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
        }
    }

    const ROW: Row = Row(&[
        ("namespace", "shop"),
        ("name", "web-0"),
        ("status", "CrashLoopBackOff"),
        ("node", ""),
        ("message", "Back-off pulling image nginx:1.25"),
    ]);

    fn passes(filter: &str) -> bool {
        Filter::parse(filter, FIELDS).unwrap_or_else(|error| panic!("{filter}: {error}")).matches(&ROW)
    }

    #[test]
    fn what_lets_the_row_pass() {
        for filter in [
            "",
            "   ",
            "web",
            "WEB shop",
            "pulling image",
            "\"pulling image\"",
            "'pulling image'",
            "!absent",
            "!\"web 0\"",
            "/^web-[0-9]$/",
            "/back-off pulling/",
            "!/^web$/",
            "status:crash",
            "st:crash name:web",
            "!status:running",
            "status:/^Crash/",
            "status:\"crash\"",
            "nginx:1.25",
            "node:\"\"",
            "!",
            "status:",
            "!status: web",
            "//",
            "-l app=web",
            "-l app,!gone shop",
            "-l=app=web",
            "--selector app=web",
            "--selector=app=web shop",
            "-l app in (web, db), env=prod shop",
            "-l 'app in (web)' shop",
            "label:app=web",
            "!label:app=db",
            "label:env",
            "-off",
        ] {
            assert!(passes(filter), "{filter}");
        }
    }

    #[test]
    fn what_does_not() {
        for filter in [
            "absent",
            "web absent",
            "\"web 0\"",
            "!web",
            "/^WEB/",
            "/api/v1/",
            "!/web/",
            "status:running",
            "!status:crash",
            "node:a",
            "restarts:3",
            "status:\"\"",
            "\"status:crash\"",
            "-l app=db",
            "-l app=web absent",
            "!label:env",
        ] {
            assert!(!passes(filter), "{filter}");
        }
    }

    #[test]
    fn errors_say_what_and_where() {
        for (filter, sentence, at) in [
            ("web /abc", "the regular expression needs a closing /", 4),
            ("/a\\/", "the regular expression needs a closing /", 0),
            ("!/(a/", "the regular expression cannot be used: unclosed group", 1),
            ("日 \"open", "the text needs a closing \"", 4),
            ("n:web", "`n:` could be name, namespace, node", 0),
            ("web -l", "a label selector is expected after -l", 4),
            ("-l ", "a label selector is expected after -l", 0),
            ("-l app=web,", "a label key is expected in the label selector", 11),
            ("web -l 'a in (b'", "the list of values in the label selector needs a closing )", 15),
            ("-l app=web)", "a space is expected before `)`, behind the label selector", 10),
        ] {
            let error = FilterError { sentence: sentence.to_owned(), at };
            assert_eq!(Filter::parse(filter, FIELDS), Err(error), "{filter}");
        }
    }

    #[test]
    fn marks_are_where_the_filter_is_found() {
        let filter = Filter::parse("crash back status:loop !web name:zzz", FIELDS).expect("it is a filter");
        let marked = |field, text: &'static str| {
            filter.marks(field, text).into_iter().map(|range| &text[range]).collect::<Vec<_>>()
        };
        assert_eq!(marked("status", "CrashLoopBackOff"), ["CrashLoopBack"], "touching marks are one");
        assert_eq!(marked("name", "web loop back"), ["back"]);
    }

    proptest! {
        #[test]
        fn a_negated_word_is_the_opposite(word in "[a-z0-9-]{1,3}") {
            prop_assume!(word != "-l");
            prop_assert_ne!(passes(&word), passes(&format!("!{word}")));
        }

        #[test]
        fn terms_are_joined_by_and_in_any_order(words in proptest::collection::vec(r"!?(web|shop|crash|x|/b\.?ack/|node:a)", 0..5)) {
            let all = words.iter().all(|word| passes(word));
            prop_assert_eq!(passes(&words.join(" ")), all);
            let reversed: Vec<_> = words.iter().rev().map(String::as_str).collect();
            prop_assert_eq!(passes(&reversed.join("  ")), all);
        }

        #[test]
        fn a_quoted_text_is_that_text(text in "[^\"]{1,8}") {
            let row = "xx".to_owned() + &text;
            let filter = Filter::parse(&format!("\"{text}\""), FIELDS).expect("quotes take everything");
            prop_assert!(!filter.marks("name", &row).is_empty());
        }

        #[test]
        fn no_text_panics(text in "[-la/!:\"'=,() nst日\\\\]{0,14}|\\PC{0,14}") {
            if let Err(error) = Filter::parse(&text, FIELDS) {
                prop_assert!(text.is_char_boundary(error.at), "{error:?}");
            }
        }
    }
}
