//! Words of a POSIX shell's command line: quoting them, and taking a typed line apart.

/// A word as a shell reads it back, quoted only where it must be.
pub fn word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/.-_+:=@%,".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { single(word) }
}

/// A word in single quotes, whatever it is.
pub fn single(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The words of a typed line: parted by spaces, except in quotes and behind a backslash.
///
/// # Errors
///
/// A quote that is not closed, or a backslash at the end.
pub fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut current: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => words.extend(current.take()),
            '\'' | '"' => quoted(c, &mut chars, current.get_or_insert_default())?,
            '\\' => {
                current.get_or_insert_default().push(chars.next().ok_or("nothing stands behind the last backslash")?);
            }
            c => current.get_or_insert_default().push(c),
        }
    }
    words.extend(current);
    Ok(words)
}

/// Reads up to the closing quote; a backslash escapes only in double quotes, and there itself and quotes.
fn quoted(quote: char, chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), &'static str> {
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => match chars.next() {
                Some(next @ ('"' | '\\')) => word.push(next),
                Some(next) => word.extend(['\\', next]),
                None => break,
            },
            c => word.push(c),
        }
    }
    Err("a quote is not closed")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_parted_as_a_shell_does() {
        let cases: [(&str, &[&str]); 7] = [
            ("  a  b ", &["a", "b"]),
            (r"'my file' x", &["my file", "x"]),
            (r#""a \"b\" \n""#, &[r#"a "b" \n"#]),
            (r"my\ file", &["my file"]),
            (r"pre'fix 'ed", &["prefix ed"]),
            ("''", &[""]),
            ("", &[]),
        ];
        for (line, words) in cases {
            assert_eq!(
                split(line).as_deref(),
                Ok(&words.iter().map(ToString::to_string).collect::<Vec<_>>()[..]),
                "{line}"
            );
        }
        assert!(split("'open").is_err() && split("\"open").is_err() && split("end\\").is_err());
    }

    #[test]
    fn only_what_must_be_is_quoted() {
        assert_eq!(word("shop/web-0:/tmp/a.txt"), "shop/web-0:/tmp/a.txt");
        assert_eq!(word("it's"), r"'it'\''s'");
        assert_eq!(word(""), "''");
    }

    proptest! {
        #[test]
        fn a_quoted_word_is_read_back(text in "\\PC*") {
            prop_assert_eq!(split(&word(&text)), Ok(vec![text.clone()]));
            prop_assert_eq!(split(&single(&text)), Ok(vec![text]));
        }
    }
}
