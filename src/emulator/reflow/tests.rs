//! Another width: what stays together, what the cursor does, and the law that nothing is lost.

use proptest::prelude::*;

use crate::emulator::{Color, Emulator};

fn emulator(rows: u16, columns: u16, bytes: &[u8]) -> Emulator {
    let mut emulator = Emulator::new(rows, columns, 1_000);
    assert!(!emulator.process(bytes).recovered);
    emulator
}

fn resized(emulator: &mut Emulator, rows: u16, columns: u16) -> String {
    assert!(!emulator.resize(rows, columns), "no fault expected");
    emulator.view().text().trim_end().to_owned()
}

#[test]
fn a_line_is_as_long_as_it_was() {
    let mut emulator = emulator(4, 10, b"one two three four\r\n$ ");
    assert_eq!(emulator.view().text(), "one two th\nree four\n$\n");
    assert_eq!(resized(&mut emulator, 4, 20), "one two three four\n$");
    assert_eq!(resized(&mut emulator, 4, 6), "one tw\no thre\ne four\n$");
    emulator.process(b"x");
    assert_eq!(resized(&mut emulator, 4, 20), "one two three four\n$ x");
}

#[test]
fn looks_go_along() {
    let mut emulator = emulator(3, 8, b"\x1b[1;31mredred\x1b[0;42m\x1b[K\x1b[m\r\n\x1b[3;38;2;1;2;3m");
    resized(&mut emulator, 3, 4);
    let cell = |row, column| emulator.view().cell(row, column).expect("it is inside");
    assert_eq!((cell(1, 1).symbol(), cell(1, 1).foreground(), cell(1, 1).bold()), ("d", Color::Indexed(1), true));
    assert_eq!((cell(1, 3).symbol(), cell(1, 3).background()), (" ", Color::Indexed(2)));
    emulator.process(b"x");
    let last = emulator.view().cell(2, 0).expect("it is inside");
    assert_eq!((last.symbol(), last.italic(), last.foreground()), ("x", true, Color::Rgb(1, 2, 3)));
}

#[test]
fn a_cleared_screen_stays_cleared_and_a_full_one_full() {
    let lines = (0..20).map(|n| format!("line {n}\r\n")).collect::<Vec<_>>().concat();
    let mut cleared = emulator(5, 20, format!("{lines}\x1b[H\x1b[2J$ ").as_bytes());
    assert_eq!(resized(&mut cleared, 5, 10), "$");
    let mut full = emulator(5, 20, format!("{lines}$ ").as_bytes());
    assert_eq!(resized(&mut full, 5, 3), "8\nlin\ne 1\n9\n$");
    assert_eq!(resized(&mut full, 5, 20), "line 16\nline 17\nline 18\nline 19\n$");
}

#[test]
fn wide_characters_find_their_lines_again() {
    let mut emulator = emulator(4, 7, "日本語のログ行 x".as_bytes());
    assert_eq!(emulator.view().text(), "日本語\nのログ\n行 x\n");
    for columns in [2, 5, 40, 3, 7, 40] {
        resized(&mut emulator, 4, columns);
        assert_eq!(emulator.snapshot().text(), "日本語のログ行 x", "at {columns}");
    }
    assert_eq!(emulator.view().text().trim_end(), "日本語のログ行 x");
}

#[test]
fn the_main_screen_is_whole_again_behind_a_full_screen_program() {
    let mut emulator = emulator(4, 20, b"before the editor\r\n$ vi\r\n\x1b[?1049h\x1b[2J\x1b[3;3Htext");
    assert_eq!(resized(&mut emulator, 4, 5), "\n\n  tex");
    assert!(emulator.modes().alternate_screen);
    assert_eq!(emulator.view().cursor().row, 2);
    resized(&mut emulator, 4, 20);
    emulator.process(b"\x1b[?1049l$ ");
    assert_eq!(emulator.view().text(), "before the editor\n$ vi\n$\n");
}

#[test]
fn modes_and_the_saved_cursor_are_kept() {
    let mut emulator = emulator(4, 10, b"ab\x1b[31m\x1b7\x1b[3;3H\x1b[m\x1b[?1h\x1b[?2004h\x1b[?25l\x1b[?1002;1006h");
    let modes = emulator.modes();
    resized(&mut emulator, 4, 12);
    assert_eq!(emulator.modes(), modes);
    assert!(!emulator.view().cursor().shown);
    emulator.process(b"c\x1b8d");
    assert_eq!(emulator.view().text().trim_end(), "abd\n\n  c");
    assert_eq!(emulator.view().cell(0, 2).map(|cell| cell.foreground()), Some(Color::Indexed(1)));
}

proptest! {
    #[test]
    fn nothing_is_lost_by_any_resizing(
        lines in prop::collection::vec("[a-z ]{0,30}[a-z]|", 0..12),
        sizes in prop::collection::vec((1u16..12, 2u16..40), 1..6),
    ) {
        let text = lines.join("\n");
        let mut emulator = emulator(6, 12, text.replace('\n', "\r\n").as_bytes());
        for (rows, columns) in sizes {
            prop_assert!(!emulator.resize(rows, columns));
            prop_assert_eq!(emulator.snapshot().text(), text.trim_end());
        }
        // On a single row the model cannot say that a line went on.
        emulator.resize(3, 10);
        // The cursor is still behind the last character.
        emulator.process(b"END");
        prop_assert_eq!(emulator.snapshot().text(), text + "END");
    }
}
