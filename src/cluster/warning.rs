//! `Warning` headers, as RFC 7234 (5.5) writes them and API servers send them: `299 - "spec.x is deprecated"`.
//!
//! Only those of code 299 are for people, as for kubectl. What does not parse is passed over.

use http::{HeaderMap, header};

/// The texts of all warnings of an answer, in order.
pub fn of(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::WARNING).into_iter();
    values.flat_map(|value| parse(&String::from_utf8_lossy(value.as_bytes()))).collect()
}

/// The texts in one header.
fn parse(value: &str) -> Vec<String> {
    let (mut texts, mut rest) = (Vec::new(), value);
    while let Some((warning, after)) = one(rest.trim_start_matches([' ', ','])) {
        texts.extend(warning.filter(|text| !text.is_empty()));
        rest = after;
    }
    texts
}

/// The first warning: its text if it is for people, and what comes behind it.
fn one(value: &str) -> Option<(Option<String>, &str)> {
    let (code, rest) = value.split_once(' ')?;
    let (_agent, rest) = rest.split_once(' ')?;
    let (text, rest) = quoted(rest)?;
    // A date may follow, quoted too.
    let rest = quoted(rest.trim_start()).map_or(rest, |(_, rest)| rest);
    Some(((code == "299").then_some(text), rest))
}

/// A quoted string, unquoted, and what comes behind it.
fn quoted(value: &str) -> Option<(String, &str)> {
    let inner = value.strip_prefix('"')?;
    let mut text = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, next)) = chars.next() {
        match next {
            '"' => return Some((text, &inner[at + 1..])),
            '\\' => text.push(chars.next()?.1),
            next => text.push(next),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_unquoted_and_dates_left_out() {
        let cases = [
            (r#"299 - "batch/v1beta1 CronJob is deprecated""#, vec!["batch/v1beta1 CronJob is deprecated"]),
            (r#"299 - "a \"b\" c\\d", 299 kube "e, f" "Tue, 24 Nov 2026 07:34:06 GMT""#, vec!["a \"b\" c\\d", "e, f"]),
            (r#"110 - "Response is stale",299 - "seen""#, vec!["seen"]),
            (r#"299 - "never ends"#, vec![]),
            ("299 - \"\"", vec![]),
            ("nonsense", vec![]),
        ];
        for (value, texts) in cases {
            assert_eq!(parse(value), texts, "{value}");
        }
    }

    proptest! {
        /// Whatever is sent, it ends; and what a server quotes comes back.
        #[test]
        fn a_quoted_text_comes_back(text in "\\PC{1,40}", junk in "\\PC{0,60}") {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            prop_assert_eq!(parse(&format!("299 - \"{escaped}\"")), [text]);
            let _ = parse(&junk);
        }
    }
}
