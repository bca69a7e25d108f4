//! Kubernetes label selectors: `app=web,tier!=db,env in (a,b),!canary`.
//!
//! The grammar and the meaning are those of apimachinery's `labels.Parse`, spaces included. A selector knows
//! nothing of where labels come from: [`Selector::matches`] is given a look-up.

use std::fmt;

/// A list of requirements, all of which must hold. The empty one holds always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

/// One requirement on one label.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Test {
    Exists,
    Absent,
    /// The label is there with one of these values.
    In(Vec<String>),
    /// The label has none of these values, or is not there.
    NotIn(Vec<String>),
    /// The label is a whole number above this.
    Above(i64),
    /// The label is a whole number below this.
    Below(i64),
}

/// A selector that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct SelectorError {
    /// What is wrong, without a full stop.
    pub sentence: String,
    /// Where, as a byte offset into the text that was given.
    pub at: usize,
}

impl Selector {
    /// Reads a whole text as a selector.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let (selector, end) = Self::parse_start(text)?;
        let rest = text[end..].trim_start();
        match rest.chars().next() {
            None => Ok(selector),
            Some(c) => Err(SelectorError {
                sentence: format!("a comma is expected before `{c}` in the label selector"),
                at: text.len() - rest.len(),
            }),
        }
    }

    /// Reads a selector at the beginning of `text`, and says where it ends: behind the first requirement that
    /// no comma follows.
    pub fn parse_start(text: &str) -> Result<(Self, usize), SelectorError> {
        let mut reader = Reader { text, at: 0 };
        let mut requirements = vec![reader.requirement()?];
        while reader.accept(",") {
            requirements.push(reader.requirement()?);
        }
        Ok((Self { requirements }, reader.at))
    }

    /// Adds a requirement in the words of the API: `In`, `NotIn`, `Exists`, `DoesNotExist`, and for nodes `Gt` and `Lt`.
    /// `None`, and nothing is added, when the operator is another or the values are not its.
    pub fn require(&mut self, key: &str, operator: &str, values: &[&str]) -> Option<()> {
        let number = || <[&str; 1]>::try_from(values).ok()?[0].parse().ok();
        let owned = || values.iter().map(|&value| value.to_owned()).collect();
        let test = match operator {
            "In" if !values.is_empty() => Test::In(owned()),
            "NotIn" if !values.is_empty() => Test::NotIn(owned()),
            "Exists" if values.is_empty() => Test::Exists,
            "DoesNotExist" if values.is_empty() => Test::Absent,
            "Gt" => Test::Above(number()?),
            "Lt" => Test::Below(number()?),
            _ => return None,
        };
        self.requirements.push(Requirement { key: key.to_owned(), test });
        Some(())
    }

    /// Whether nothing is required.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// The requirements that do not hold, each as a selector of its own, with its key.
    pub fn unmet<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> impl Iterator<Item = (&str, Self)> {
        let unmet =
            self.requirements.iter().filter(move |requirement| !requirement.test.holds(label(&requirement.key)));
        unmet.map(|requirement| (requirement.key.as_str(), Self { requirements: vec![requirement.clone()] }))
    }

    /// Whether every requirement holds, given the value of a label by its key.
    pub fn matches<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.requirements.iter().all(|requirement| requirement.test.holds(label(&requirement.key)))
    }
}

impl Test {
    fn holds(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::Exists => value.is_some(),
            Self::Absent => value.is_none(),
            Self::In(wanted) => value.is_some_and(|value| wanted.iter().any(|one| one == value)),
            Self::NotIn(unwanted) => value.is_none_or(|value| unwanted.iter().all(|one| one != value)),
            Self::Above(limit) => number().is_some_and(|number| number > *limit),
            Self::Below(limit) => number().is_some_and(|number| number < *limit),
        }
    }
}

/// The form that the API server reads in `labelSelector`; [`Selector::parse`] gives the same selector back.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Requirement { key, test }) in self.requirements.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            match test {
                Test::Exists => f.write_str(key),
                Test::Absent => write!(f, "!{key}"),
                Test::In(values) if values.len() == 1 => write!(f, "{key}={}", values[0]),
                Test::NotIn(values) if values.len() == 1 => write!(f, "{key}!={}", values[0]),
                Test::In(values) => write!(f, "{key} in ({})", values.join(",")),
                Test::NotIn(values) => write!(f, "{key} notin ({})", values.join(",")),
                Test::Above(limit) => write!(f, "{key}>{limit}"),
                Test::Below(limit) => write!(f, "{key}<{limit}"),
            }?;
        }
        Ok(())
    }
}

/// Reads from the left; `at` is a byte offset on a character boundary.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn requirement(&mut self) -> Result<Requirement, SelectorError> {
        if self.accept("!") {
            return Ok(Requirement { key: self.key()?, test: Test::Absent });
        }
        let key = self.key()?;
        let test = if self.accept("==") || self.accept("=") {
            Test::In(vec![self.value()?])
        } else if self.accept("!=") {
            Test::NotIn(vec![self.value()?])
        } else if self.accept(">") {
            Test::Above(self.number()?)
        } else if self.accept("<") {
            Test::Below(self.number()?)
        } else if self.accept_set("in") {
            Test::In(self.values()?)
        } else if self.accept_set("notin") {
            Test::NotIn(self.values()?)
        } else {
            Test::Exists
        };
        Ok(Requirement { key, test })
    }

    /// Steps over spaces and `symbol`, if that is what comes next; otherwise moves nothing.
    fn accept(&mut self, symbol: &str) -> bool {
        let found = self.rest().trim_start().strip_prefix(symbol);
        if let Some(rest) = found {
            self.at = self.text.len() - rest.len();
        }
        found.is_some()
    }

    /// Steps over `word` and the parenthesis behind it. The word alone is not taken: it may be the next word
    /// of a filter.
    fn accept_set(&mut self, word: &str) -> bool {
        let before = self.at;
        let found = self.accept(word) && self.accept("(");
        if !found {
            self.at = before;
        }
        found
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The characters up to a space or an operator, spaces before them left out; may be empty.
    fn token(&mut self) -> &'t str {
        let rest = self.rest().trim_start();
        let end = rest.find(|c: char| c.is_whitespace() || ",()=!<>".contains(c)).unwrap_or(rest.len());
        self.at = self.text.len() - rest.len() + end;
        &rest[..end]
    }

    fn key(&mut self) -> Result<String, SelectorError> {
        let key = self.token();
        if key.is_empty() {
            return Err(self.error("a label key is expected in the label selector".to_owned()));
        }
        self.checked(key, "a label key", "-_./")
    }

    fn value(&mut self) -> Result<String, SelectorError> {
        // `a=` is the empty value; a space behind the sign is skipped as the server does.
        let value = self.token();
        self.checked(value, "a label value", "-_.")
    }

    fn number(&mut self) -> Result<i64, SelectorError> {
        let token = self.token();
        token.parse().map_err(|_| self.error("a whole number is expected behind > and < in the label selector".into()))
    }

    fn values(&mut self) -> Result<Vec<String>, SelectorError> {
        let mut values = vec![self.value()?];
        while self.accept(",") {
            values.push(self.value()?);
        }
        if self.accept(")") {
            Ok(values)
        } else {
            Err(self.error("the list of values in the label selector needs a closing )".to_owned()))
        }
    }

    fn checked(&self, token: &str, what: &str, marks: &str) -> Result<String, SelectorError> {
        match token.chars().find(|&c| !c.is_ascii_alphanumeric() && !marks.contains(c)) {
            None => Ok(token.to_owned()),
            Some(c) => Err(self.error(format!("{what} cannot hold `{c}`"))),
        }
    }

    fn error(&self, sentence: String) -> SelectorError {
        SelectorError { sentence, at: self.at }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LABELS: &[(&str, &str)] = &[("app", "web"), ("tier", ""), ("gen", "7"), ("x.io/on", "yes")];

    fn matches(selector: &str) -> bool {
        let selector = Selector::parse(selector).expect(selector);
        selector.matches(|key| LABELS.iter().find(|(known, _)| *known == key).map(|(_, value)| *value))
    }

    #[test]
    fn every_operator_holds_and_fails() {
        for selector in [
            "",
            "app",
            "!gone",
            "app=web",
            "app == web",
            "tier=",
            "app!=db",
            "gone!=db",
            "app in (db, web)",
            "app notin (db)",
            "gone notin (db)",
            "gen>6",
            "gen < 8",
            "x.io/on=yes,app , gen",
            "tier in ()",
        ] {
            assert!(matches(selector), "{selector}");
        }
        for selector in [
            "gone",
            "!app",
            "app=Web",
            "app!=web",
            "gone=",
            "app in (db)",
            "app notin (web)",
            "app>1",
            "gen>7",
            "app,gone",
        ] {
            assert!(!matches(selector), "{selector}");
        }
    }

    #[test]
    fn errors_say_what_and_where() {
        for (selector, sentence, at) in [
            ("app=web,", "a label key is expected in the label selector", 8),
            ("app in (a", "the list of values in the label selector needs a closing )", 9),
            ("a=b c=d", "a comma is expected before `c` in the label selector", 4),
            ("gen>x", "a whole number is expected behind > and < in the label selector", 5),
            ("日=b", "a label key cannot hold `日`", 3),
            ("a=b/c", "a label value cannot hold `/`", 5),
        ] {
            assert_eq!(
                Selector::parse(selector),
                Err(SelectorError { sentence: sentence.to_owned(), at }),
                "{selector}"
            );
        }
    }

    #[test]
    fn the_start_of_a_text_ends_where_no_comma_follows() {
        for (text, used) in [("app=web crash", "app=web"), ("app crash", "app"), ("a in (b, c) x", "a in (b, c)")] {
            let (selector, end) = Selector::parse_start(text).expect(text);
            assert_eq!((&text[..end], selector), (used, Selector::parse(used).expect(used)));
        }
        assert_eq!(Selector::parse_start("app in web").map(|(_, end)| end), Ok(3), "`in` alone is the next word");
    }

    #[test]
    fn requirements_in_the_words_of_the_api() {
        let mut selector = Selector::default();
        let added = [
            selector.require("app", "In", &["web", "db"]),
            selector.require("old", "DoesNotExist", &[]),
            selector.require("gen", "Gt", &["2"]),
        ];
        assert_eq!((added, selector.to_string().as_str()), ([Some(()); 3], "app in (web,db),!old,gen>2"));
        for (operator, values) in
            [("In", &[][..]), ("Exists", &["a"]), ("Gt", &["a"]), ("Lt", &["1", "2"]), ("Is", &[])]
        {
            assert_eq!(selector.require("app", operator, values), None, "{operator} {values:?}");
        }
        let labels = |key: &str| (key == "app").then_some("web");
        let unmet: Vec<_> = selector.unmet(labels).map(|(key, one)| format!("{key}: {one}")).collect();
        assert_eq!(unmet, ["gen: gen>2"]);
    }

    proptest! {
        #[test]
        fn reads_back_as_it_is_written(
            text in "(!?[a-z./]{1,4}|[a-z]=[a-z]{0,3}|[a-z]!=[a-z]|[a-z] (not)?in \\([a-z]{0,2}(, ?[a-z])*\\)|[a-z][<>]-?[0-9]{1,3})(, ?[a-z]=[a-z])?"
        ) {
            let selector = Selector::parse(&text).expect("the grammar is followed");
            prop_assert_eq!(Selector::parse(&selector.to_string()), Ok(selector));
        }

        #[test]
        fn no_text_panics(text in "[a,()=!<> 日]{0,12}|\\PC{0,12}") {
            if let Err(error) = Selector::parse(&text) {
                prop_assert!(text.is_char_boundary(error.at), "{error:?}");
            }
        }
    }
}
