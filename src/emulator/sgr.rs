//! Attributes in the forms that vt100 misreads: colons, and the colour of underlines.
//!
//! Read by vt100, `58;5;1` (a red underline) would be blink and bold, and `4:3` nothing at all.

/// `params` in the plain form that the model reads; `None` when they are plain already.
pub(super) fn plain(params: &[u8]) -> Option<String> {
    let special = params.contains(&b':') || params.windows(2).any(|pair| pair == b"58");
    if !special {
        return None;
    }
    let params = std::str::from_utf8(params).ok()?;
    let mut out: Vec<String> = Vec::new();
    let mut rest = params.split(';');
    while let Some(param) = rest.next() {
        let mut parts = param.split(':');
        match (parts.next().unwrap_or_default(), param.contains(':')) {
            // The colour of the underline, which the model does not have. Its arguments follow.
            ("58", false) => match rest.next() {
                Some("5") => drop(rest.next()),
                Some("2") => drop(rest.by_ref().nth(2)),
                _ => {}
            },
            // A colour's arguments are copied as they are: a 58 among them is no 58.
            (code @ ("38" | "48"), false) => {
                let kind = rest.next().unwrap_or_default();
                out.extend([code.to_owned(), kind.to_owned()]);
                let count = if kind == "2" { 3 } else { 1 };
                out.extend(rest.by_ref().take(count).map(str::to_owned));
            }
            (code @ ("38" | "48"), true) => out.extend(color(code, &parts.collect::<Vec<_>>())),
            ("4", true) => out.push(if parts.next() == Some("0") { "24" } else { "4" }.to_owned()),
            (_, true) => {}
            (code, false) => out.push(code.to_owned()),
        }
    }
    // Nothing left must stay nothing: an empty list would reset all attributes.
    Some(if out.is_empty() { "9999".to_owned() } else { out.join(";") })
}

/// `38:5:n`, `38:2:r:g:b` and `38:2:space:r:g:b`, given as what follows the code.
fn color(code: &str, parts: &[&str]) -> Option<String> {
    match parts {
        ["5", index, ..] => Some(format!("{code};5;{index}")),
        ["2", r, g, b] | ["2", _, r, g, b, ..] => Some(format!("{code};2;{r};{g};{b}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn only_the_odd_forms_are_rewritten() {
        let cases: [(&str, Option<&str>); 13] = [
            ("", None),
            ("1;38;5;196", None),
            ("4:3", Some("4")),
            ("4:0;1", Some("24;1")),
            ("38:5:9", Some("38;5;9")),
            ("38:2:1:2:3;7", Some("38;2;1;2;3;7")),
            ("48:2::1:2:3", Some("48;2;1;2;3")),
            ("58;5;1", Some("9999")),
            ("58;2;1;2;3;4", Some("4")),
            ("58:2::1:2:3;1", Some("1")),
            ("38;5;58;1", Some("38;5;58;1")),
            ("48;2;58;58;58;58;5;1;3", Some("48;2;58;58;58;3")),
            ("38:9", Some("9999")),
        ];
        for (params, expected) in cases {
            assert_eq!(plain(params.as_bytes()).as_deref(), expected, "{params}");
        }
    }
}
