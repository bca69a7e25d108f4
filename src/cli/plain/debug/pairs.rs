//! `NAME=VALUE` flags as kubectl reads them (pflag, `StringToString`): with more than one `=` the text is a line of
//! comma-separated pairs, which may be quoted.

use super::super::failure::Failure;

/// The pairs of all times that a flag was given, in order.
pub fn parse(flag: &str, given: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let mut out = Vec::new();
    for text in given {
        let pairs = read(text).map_err(|said| {
            let said = format!("invalid argument {text:?} for \"--{flag}\" flag: {said}");
            Failure::Usage(format!("{said}\nSee 'podtriage debug --help' for usage."))
        })?;
        out.extend(pairs);
    }
    Ok(out)
}

fn read(text: &str) -> Result<Vec<(String, String)>, String> {
    let fields = match text.matches('=').count() {
        0 | 1 => vec![text.trim_matches('"').to_owned()],
        _ => fields(text)?,
    };
    let pair = |field: &String| match field.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(format!("{field} must be formatted as key=value")),
    };
    fields.iter().map(pair).collect()
}

/// The fields of one line of comma-separated values (Go, `encoding/csv`).
fn fields(line: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = rest.strip_prefix('"').map_or_else(|| bare(rest), quoted)?;
        out.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            // What stands on further lines is not read.
            None if after.is_empty() || after.starts_with('\n') => return Ok(out),
            None => return Err("extraneous or missing \" in quoted-field".to_owned()),
        }
    }
}

/// A field without quotes, and what comes behind it.
fn bare(rest: &str) -> Result<(String, &str), String> {
    let (field, after) = rest.split_at(rest.find([',', '\n']).unwrap_or(rest.len()));
    if field.contains('"') { Err("bare \" in non-quoted field".to_owned()) } else { Ok((field.to_owned(), after)) }
}

/// The rest of a quoted field, and what comes behind it.
fn quoted(inner: &str) -> Result<(String, &str), String> {
    let mut field = String::new();
    let mut rest = inner;
    loop {
        let Some((text, after)) = rest.split_once('"') else {
            return Err("extraneous or missing \" in quoted-field".to_owned());
        };
        field.push_str(text);
        match after.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Ok((field, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        read(text).expect(text)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn one_pair_or_a_line_of_them() {
        assert_eq!(pairs("A=1,2"), [pair("A", "1,2")], "one `=` is one pair");
        assert_eq!(pairs("\"A=1\""), [pair("A", "1")]);
        assert_eq!(pairs("A=1,B=2"), [pair("A", "1"), pair("B", "2")]);
        assert_eq!(pairs("A=b=c"), [pair("A", "b=c")]);
        assert_eq!(pairs("\"A=x=1,2\",B="), [pair("A", "x=1,2"), pair("B", "")]);
        assert_eq!(pairs("\"A=say \"\"x=\"\"\""), [pair("A", "say \"x=\"")]);
    }

    #[test]
    fn what_is_no_pair_says_so() {
        for (text, said) in [
            ("", " must be formatted as key=value"),
            ("A", "A must be formatted as key=value"),
            ("A=1,B,C=2", "B must be formatted as key=value"),
            ("A=\"1\",B=2", "bare \" in non-quoted field"),
            ("\"A=1,B=2", "extraneous or missing \" in quoted-field"),
        ] {
            assert_eq!(read(text), Err(said.to_owned()), "{text}");
        }
        let said = parse("env", &["A".to_owned()]).expect_err("no pair");
        assert!(
            matches!(said, Failure::Usage(said) if said.starts_with("invalid argument \"A\" for \"--env\" flag: A must"))
        );
    }
}
