//! How wide text is on a terminal, and how text from a cluster is made safe to show.
//!
//! One rule for the whole program: a string that came from outside is passed through [`visible`] before a
//! cell of the screen sees it. Control characters are shown, never obeyed.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The mark of a cut.
pub const CUT: char = '…';

/// Cells that `text` takes, after [`visible`].
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { UnicodeWidthStr::width(text) }
}

/// The same text with nothing in it that a terminal obeys: control characters as `^[` and the like (C1
/// controls and bidirectional overrides as `\u{9b}`), tabs as one space. Borrowed when nothing had to change.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            '\u{7f}' => out.push_str("^?"),
            c if c.is_ascii_control() => {
                out.push('^');
                out.push(char::from(c as u8 + 0x40));
            }
            c if is_unsafe(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Characters that move the cursor, start a sequence, or turn the direction of what follows.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` cut to at most `cells`, with [`CUT`] at its end when something is missing. Never splits a
/// grapheme; a wide character that would not fit whole is left out.
pub fn cut(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    let mut used = 0;
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = width(grapheme);
        if used + wide > cells - 1 {
            break;
        }
        used += wide;
        end = at + grapheme.len();
    }
    let mut out = String::with_capacity(end + CUT.len_utf8());
    out.push_str(&text[..end]);
    out.push(CUT);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_shown() {
        assert_eq!(visible("a\u{1b}[31mb\u{7}\r"), "a^[[31mb^G^M");
        assert_eq!(visible("\u{9b}2J"), "\\u{9b}2J");
        assert_eq!(visible("safe\u{202e}gnp"), "safe\\u{202e}gnp");
        assert!(matches!(visible("日本語 ok"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_cut_keeps_wide_characters_whole() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 1), "…");
        assert_eq!(cut("abc", 0), "");
    }

    proptest! {
        #[test]
        fn nothing_that_a_terminal_obeys_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_unsafe));
        }

        #[test]
        fn a_cut_never_takes_more_than_asked(text in any::<String>(), cells in 0usize..40) {
            let shown = visible(&text);
            prop_assert!(width(&cut(&shown, cells)) <= cells.max(width("")));
        }
    }
}
