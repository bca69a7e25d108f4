//! What a program wrote to its terminal, byte by byte: which sequences were its own, and which came from
//! somewhere else.

use regex::bytes::Regex;

/// The sequences that podtriage writes, and what every frame is made of.
const OWN: &[&str] = &[
    // The modes of the terminal, and what a frame is wrapped in.
    r"\x1b\[\?(1049|2004|1004|25|1000|1002|1006|2026)[hl]",
    // Where the cursor goes.
    r"\x1b\[[0-9]+;[0-9]+H",
    // Colours and weight.
    r"\x1b\[[0-9;:]*m",
    // An empty screen, before all of it is painted.
    r"\x1b\[2J",
    // At the end: the cursor's shape, and no link.
    r"\x1b\[0 q",
    r"\x1b\]8;;\x1b\\",
    // The clipboard.
    r"\x1b\]52;c;[A-Za-z0-9+/=]*(\x1b\\|\x07)",
];

/// Control characters and sequences that are not the program's own, each with what stands around it. Line ends
/// belong to the sentences that are printed behind the screen.
pub fn foreign(written: &[u8]) -> Vec<String> {
    let own = Regex::new(&OWN.join("|")).expect("an expression");
    let rest = own.replace_all(written, b"".as_slice());
    let is_control = |(at, byte): &(usize, &u8)| {
        let c1 = **byte == 0xc2 && matches!(rest.get(at + 1), Some(0x80..=0x9f));
        (byte.is_ascii_control() && !b"\r\n".contains(byte)) || c1
    };
    let around = |at: usize| {
        let part = &rest[at.saturating_sub(20)..rest.len().min(at + 20)];
        format!("{:?}", String::from_utf8_lossy(part))
    };
    rest.iter().enumerate().filter(is_control).map(|(at, _)| around(at)).collect()
}

/// The colours that were asked for: every SGR parameter that chooses one, without the terminal's own.
pub fn colors(written: &[u8]) -> Vec<u32> {
    let sgr = Regex::new(r"\x1b\[([0-9;:]*)m").expect("an expression");
    let parameters = |capture: regex::bytes::Captures<'_>| -> Vec<u32> {
        let numbers = capture[1].split(|byte| b";:".contains(byte));
        numbers.filter_map(|number| str::from_utf8(number).ok()?.parse().ok()).collect()
    };
    let chooses = |parameter: &u32| matches!(parameter, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107);
    sgr.captures_iter(written).flat_map(parameters).filter(chooses).collect()
}

#[test]
fn what_is_foreign_is_found() {
    let own = "\x1b[?2026h\x1b[3;4H\x1b[1;31m注文\x1b[0m\x1b[?2026l\r\n";
    assert_eq!(foreign(own.as_bytes()), Vec::<String>::new());
    assert_eq!(colors(own.as_bytes()), [31]);
    for bad in ["a\x1b[5Ab", "a\x1b]0;title\x07b", "bell\x07", "tab\t", "\u{9b}2J", "\x1b[10;10r"] {
        assert!(!foreign(bad.as_bytes()).is_empty(), "{bad:?}");
    }
    assert_eq!(colors(b"\x1b[39;49m\x1b[0;1m"), [0u32; 0]);
}
