//! How rules put the cluster's words and times into a cause.

use std::borrow::Cow;

use crate::base::stamp::Stamp;

/// Messages longer than this are cut in a cause; the evidence has them whole.
const LONGEST: usize = 200;

/// A time of day, with the day where it is another one than today: `18:01:02Z`, `2026-11-23 18:01Z`. A cause holds no age,
/// which would be another one at every look.
pub(super) fn clock(at: Stamp, now: Stamp) -> String {
    let (at, now) = (at.rfc3339(), now.rfc3339());
    match (at.split_once('T'), now.split_once('T')) {
        (Some((day, time)), Some((today, _))) if day == today => time.to_owned(),
        (Some((day, time)), _) => format!("{day} {}Z", time.get(..5).unwrap_or(time)),
        _ => at,
    }
}

/// A message in one line, without the space around it, and not too long.
pub(super) fn one_line(message: &str) -> Cow<'_, str> {
    let message = message.trim();
    if message.len() <= LONGEST && !message.contains(['\n', '\r', '\t']) {
        return message.into();
    }
    let words = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &words[..at]).into(),
        None => words.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_another_day_has_its_day() {
        let now = Stamp::parse("2026-11-24T18:00:00Z");
        assert_eq!(clock(Stamp::parse("2026-11-24T17:01:02Z"), now), "17:01:02Z");
        assert_eq!(clock(Stamp::parse("2026-11-23T17:01:02Z"), now), "2026-11-23 17:01Z");
    }

    #[test]
    fn a_message_becomes_one_line_and_is_cut_between_letters() {
        assert_eq!(one_line(" a\n  b "), "a b");
        let long = one_line(&"ä".repeat(500)).into_owned();
        assert_eq!(long.chars().count(), LONGEST + 1);
    }
}
