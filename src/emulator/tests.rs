//! The emulator as a whole: what a program prints, what a person then sees.

use proptest::prelude::*;

use super::*;

fn shown(rows: u16, columns: u16, bytes: &[u8]) -> String {
    let mut emulator = Emulator::new(rows, columns, 100);
    let outcome = emulator.process(bytes);
    assert!(!outcome.recovered, "no fault expected");
    emulator.view().text()
}

#[test]
fn what_the_model_lacks_is_translated() {
    let cases: [(&str, &[u8], &str); 16] = [
        ("line drawing", b"\x1b(0lqk\x1b(Blqk", "┌─┐lqk"),
        ("shift", b"\x1b)0a\x0eqx\x0fq", "a─│q"),
        ("saved with the cursor", b"\x1b(0\x1b7\x1b(B\x1b8q", "─"),
        ("reset", b"\x1b(0\x1bcq", "q"),
        ("index, next line", b"ab\x1bDc\x1bEd", "ab\n  c\nd"),
        ("cursor by CSI s", b"\x1b[sabc\x1b[uX", "Xbc"),
        ("insert", b"bcd\r\x1b[4ha\x1b[4l", "abcd"),
        ("insert wide", b"bcd\r\x1b[4h\xe6\x97\xa5\x1b[4l", "日bcd"),
        ("no wrap", b"\x1b[?7l0123456789abc\x1b[?7hX", "0123456789ab\nX"),
        ("back a tab", b"\x1b[1;10H\x1b[Zx", "        x"),
        ("two tabs", b"a\x1b[Ib", "a       b"),
        ("relative", b"\x1b[3ax\x1b[ey", "   x\n    y"),
        ("replacement", b"a\xef\xbf\xbdb\xffc\xe2\x94d", "a?b?c?d"),
        ("presentation", b"\xe2\x9d\xa4\xef\xb8\x8fx", "❤x"),
        ("fullwidth", b"\xef\xbc\xa1x", "Ａx"),
        ("repeat", b"ab\x1b[3bc", "abbbbc"),
    ];
    for (what, bytes, expected) in cases {
        let columns = if what == "no wrap" { 12 } else { 20 };
        let text = shown(4, columns, bytes);
        let expected = if what == "no wrap" { "0123456789ac\nX" } else { expected };
        assert_eq!(text.trim_end(), expected, "{what}");
    }
}

#[test]
fn what_comes_in_has_the_background_that_is_set() {
    let cases: [(&str, &[u8], &str); 8] = [
        ("inserted cells", b"ab\r\x1b[44m\x1b[2@", "##..|....|...."),
        ("deleted cells", b"abcd\r\x1b[44m\x1b[P", "...#|....|...."),
        ("inserted lines", b"\x1b[2;1H\x1b[44m\x1b[L", "....|####|...."),
        ("deleted lines", b"\x1b[44m\x1b[M", "....|....|####"),
        ("scrolled up", b"\x1b[44m\x1b[2S", "....|####|####"),
        ("scrolled down", b"\x1b[1;2r\x1b[44m\x1b[T", "####|....|...."),
        ("line feed", b"\x1b[3;1H\x1b[44m\n\x1b[4D", "....|....|####"),
        ("reverse", b"\x1b[2;3r\x1b[2;1H\x1b[44m\x1bM", "....|####|...."),
    ];
    for (what, bytes, expected) in cases {
        let mut emulator = Emulator::new(3, 4, 10);
        emulator.process(bytes);
        let view = emulator.view();
        let blue = |row, column| view.cell(row, column).is_some_and(|cell| cell.background() == Color::Indexed(4));
        let row = |row| (0..4).map(|column| if blue(row, column) { '#' } else { '.' }).collect::<String>();
        assert_eq!([row(0), row(1), row(2)].join("|"), expected, "{what}");
    }
}

#[test]
fn the_two_screens_share_one_cursor() {
    assert_eq!(shown(3, 12, b"ab\x1b[?1049hx"), "  x\n\n");
    assert_eq!(shown(3, 12, b"ab\x1b[?1049h\x1b[3;3Hx\x1b[?1049lc"), "abc\n\n");
    assert_eq!(shown(3, 12, b"ab\x1b[?47h\x1b[3;3Hx\x1b[?47lc"), "ab\n\n   c");
}

#[test]
fn tab_stops_and_the_pattern_for_adjusting() {
    assert_eq!(shown(1, 20, b"\x1b[3g\x1b[4G\x1bH\r\tx"), "   x");
    assert_eq!(shown(1, 20, b"\x1b[3g\tx\x1bc\tx"), "        x");
    assert_eq!(shown(2, 3, b"\x1b#8x"), "xEE\nEEE");
}

#[test]
fn what_was_erased_has_a_background_and_nothing_else() {
    let mut emulator = Emulator::new(1, 4, 0);
    emulator.process(b"\x1b[1;4;7;31;44m\x1b[K ");
    let view = emulator.view();
    let (written, erased) = (view.cell(0, 0).expect("inside"), view.cell(0, 1).expect("inside"));
    assert!(written.underline() && written.inverse());
    assert!(!erased.underline() && !erased.inverse() && !erased.bold());
    assert_eq!((erased.foreground(), erased.background()), (Color::Default, Color::Indexed(4)));
}

#[test]
fn replies_come_in_order_wherever_chunks_end() {
    let bytes = b"hello\x1b[6n\x1b[cw\x1b[6n\x1b]11;?\x1b\\\x1b[5n";
    let expected = "\x1b[1;6R\x1b[?62;22c\x1b[1;7R\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[0n";
    for size in 1..bytes.len() {
        let mut emulator = Emulator::new(24, 80, 0);
        let replies: Vec<u8> = bytes.chunks(size).flat_map(|chunk| emulator.process(chunk).replies).collect();
        assert_eq!(String::from_utf8_lossy(&replies), expected, "chunks of {size}");
        assert_eq!(emulator.view().text().trim_end(), "hellow");
    }
}

#[test]
fn a_flood_of_questions_gets_few_answers() {
    let outcome = Emulator::new(24, 80, 0).process(&b"\x1b[c".repeat(20_000));
    assert!(!outcome.replies.is_empty());
    assert!(outcome.replies.len() <= MAX_REPLIES);
    assert_eq!(outcome.replies.len() % "\x1b[?62;22c".len(), 0, "none is cut");
}

#[test]
fn the_position_told_is_inside_the_screen() {
    let mut emulator = Emulator::new(2, 10, 0);
    // The cursor waits beyond the last column until the next character.
    assert_eq!(emulator.process(b"0123456789\x1b[6n").replies, b"\x1b[1;10R");
    assert_eq!(emulator.view().cursor().column, 9);
}

#[test]
fn modes_are_those_that_the_program_set() {
    let mut emulator = Emulator::new(24, 80, 0);
    assert_eq!(emulator.modes(), Modes::default());
    emulator.process(b"\x1b[?1h\x1b[?2004h\x1b[?1002;1006h\x1b[?1049h\x1b[?1004h\x1b[?25l\x1b[4 q");
    let all = Modes {
        keys: KeyModes { application_cursor: true },
        bracketed_paste: true,
        mouse: MouseMode::Button,
        mouse_encoding: MouseEncoding::Sgr,
        alternate_screen: true,
        focus_events: true,
    };
    assert_eq!(emulator.modes(), all);
    assert!(!emulator.view().cursor().shown);
    assert_eq!(emulator.view().cursor().shape, CursorShape::Underline);
    assert_eq!(emulator.process(b"\x1b[?1049$p\x1b[?7$p").replies, b"\x1b[?1049;1$y\x1b[?7;1$y");
    emulator.process(b"\x1b[?1049l\x1b[!p");
    assert!(emulator.view().cursor().shown, "a soft reset shows the cursor");
    assert!(!emulator.modes().keys.application_cursor);
}

#[test]
fn bell_title_and_clipboard_are_told_once() {
    let mut emulator = Emulator::new(24, 80, 0);
    let outcome = emulator.process(b"\x07\x1b]0;one\x07\x1b]2;two\x1b\\\x1b]52;c;aGk=\x07");
    assert!(outcome.bell);
    assert_eq!(outcome.title.as_deref(), Some("two"));
    assert_eq!(outcome.clipboard.as_deref(), Some("hi"));
    assert_eq!(emulator.process(b"x"), Outcome::default());
}

#[test]
fn cells_have_symbol_width_and_looks() {
    let mut emulator = Emulator::new(2, 10, 0);
    emulator.process("\x1b[1;31;48;2;1;2;3ma\x1b[m日e\u{301}\u{202e}".as_bytes());
    let view = emulator.view();
    let cell = |column| view.cell(0, column).expect("inside");
    assert_eq!((cell(0).symbol(), cell(0).bold()), ("a", true));
    assert_eq!((cell(0).foreground(), cell(0).background()), (Color::Indexed(1), Color::Rgb(1, 2, 3)));
    assert_eq!((cell(1).symbol(), cell(1).width()), ("日", 2));
    assert_eq!((cell(2).symbol(), cell(2).width()), ("", 0));
    assert_eq!(cell(3).symbol(), "e\u{301}", "nothing that turns the direction of text");
    assert_eq!((cell(9).symbol(), cell(9).foreground()), (" ", Color::Default));
    assert!(view.cell(0, 10).is_none() && view.cell(2, 0).is_none());
}

#[test]
fn the_view_stays_while_output_goes_on() {
    let mut emulator = Emulator::new(3, 10, 100);
    for line in 0..10 {
        emulator.process(format!("line {line}\r\n").as_bytes());
    }
    emulator.scroll_to(4);
    let before = emulator.view().text();
    assert!(before.starts_with("line 4\n"), "{before}");
    emulator.process(b"more\r\nand more\r\n");
    assert_eq!(emulator.view().text(), before);
    assert!(!emulator.view().cursor().shown);
    emulator.scroll_to(1_000);
    assert_eq!(emulator.view().offset(), emulator.view().scrollback_len());
    emulator.scroll_to(0);
    assert!(emulator.view().text().starts_with("more\nand more"));
}

#[test]
fn a_snapshot_is_searched_and_copied_from() {
    let mut emulator = Emulator::new(3, 10, 100);
    emulator.process(b"first  \r\na long line that wraps\r\nlast");
    let mut snapshot = emulator.snapshot();
    emulator.process(b"\r\n\r\n\r\n\r\nlater");
    let rows = [("first", false), ("a long lin", true), ("e that wra", true), ("ps", false), ("last", false)];
    assert_eq!(snapshot.lines(), rows.map(|(text, goes_on)| (text.to_owned(), goes_on)));
    assert_eq!(snapshot.len(), 5);
    assert_eq!(snapshot.text(), "first\na long line that wraps\nlast");
    snapshot.scroll_to(2);
    assert!(snapshot.view().text().starts_with("first\n"));
}

#[test]
fn sizes_are_held_to_what_can_be_drawn() {
    let mut emulator = Emulator::new(0, 0, 10);
    assert_eq!(emulator.view().size(), (1, 2));
    emulator.process("日本".as_bytes());
    assert!(!emulator.resize(u16::MAX, u16::MAX));
    assert_eq!(emulator.view().size(), (MAX_SIDE, MAX_SIDE));
}

/// A character that is widened in the last cell of the screen, and then overwritten.
const FAULTY: &str = "\x1b[24;10H❤\u{fe0f}";
const OVERWRITE: &str = "\x1b[23;10Hx";

/// Brings the model past the filter into a state in which the next text panics.
fn break_model(emulator: &mut Emulator) {
    emulator.machine.terminal.process(FAULTY.as_bytes());
}

#[test]
fn the_filter_keeps_the_known_fault_away() {
    let mut emulator = Emulator::new(24, 10, 10);
    let outcome = emulator.process([FAULTY, OVERWRITE].concat().as_bytes());
    assert!(!outcome.recovered);
}

#[test]
fn a_fault_in_the_model_costs_one_run_and_not_the_session() {
    let mut emulator = Emulator::new(24, 10, 100);
    emulator.process(b"\x1b[?2004h\x1b[?1h");
    for line in 0..40 {
        emulator.process(format!("\x1b[3{}mline {line}\r\n", line % 8).as_bytes());
    }
    break_model(&mut emulator);
    let outcome = emulator.process([OVERWRITE, "\x1b[?25h\x1b[24;1H\x1b[mafter\x1b[5n"].concat().as_bytes());
    assert!(outcome.recovered, "the fault is told");
    assert_eq!(outcome.replies, b"\x1b[0n", "what follows is obeyed");
    let lines: Vec<_> = emulator.snapshot().lines().into_iter().map(|(text, _)| text).collect();
    assert_eq!(lines[0], "line 0");
    assert_eq!(lines.last().map(String::as_str), Some("after"));
    assert!(lines.iter().any(|line| line == "line 35"), "{lines:?}");
    assert!(emulator.view().text().starts_with("line 18\n"));
    assert_eq!(emulator.view().cell(0, 0).map(|cell| cell.foreground()), Some(Color::Indexed(18 % 8)));
    assert!(emulator.modes().bracketed_paste && emulator.modes().keys.application_cursor);
}

#[test]
fn a_fault_on_the_alternate_screen_keeps_the_main_one() {
    let mut emulator = Emulator::new(24, 10, 100);
    emulator.process(b"shell\r\n$ vi\r\n\x1b[?1049h\x1b[2J\x1b[5;1Hediting");
    break_model(&mut emulator);
    assert!(emulator.process(OVERWRITE.as_bytes()).recovered);
    assert!(emulator.modes().alternate_screen);
    assert!(emulator.view().text().contains("editing"));
    emulator.process(b"\x1b[?1049lback");
    assert_eq!(emulator.view().text().trim_end(), "shell\n$ vi\nback");
}

#[derive(Clone, Debug)]
enum Step {
    Print(Vec<u8>),
    Resize(u16, u16),
    Scroll(usize),
}

fn steps(length: usize) -> impl Strategy<Value = Vec<Step>> {
    let sequence = ("[?>=!]?", prop::collection::vec(0u16..140, 0..4), "[@-~]").prop_map(|(prefix, params, end)| {
        let params: Vec<_> = params.iter().map(u16::to_string).collect();
        format!("\x1b[{prefix}{}{end}", params.join(";")).into_bytes()
    });
    let words = prop::sample::select(vec![
        "plain text ",
        "日本語",
        "❤\u{fe0f}",
        "👩\u{200d}👩",
        "e\u{301}",
        "\u{301}",
        "🇩🇪",
        "\u{17d8}",
        "\t",
        "\r\n",
        "\x08",
        "\x1b(0",
        "\x1b(B",
        "\x0e",
        "\x0f",
        "\x1b[?1049h",
        "\x1b[?1049l",
        "\x1b[?7l",
        "\x1b[?7h",
        "\x1b[4h",
        "\x1b[4l",
        "\x1b[?6h",
        "\x1b[2;5r",
        "\x1b[r",
        "\x1bM",
        "\x1bD",
        "\x1b7",
        "\x1b8",
        "\x1bc",
        "\x1b]0;t",
        "\x07",
        "\x1b\\",
        "\x1bP$q",
        "\x1b[999;999H",
        "\x1b[65535b",
        "\x1b[65535@",
        "\x1b[65535P",
        "\x1b[65535L",
        "\x1b[5n",
        "long enough to wrap on any of these small screens, twice over if they are small enough",
    ]);
    let words = words.prop_map(|word| word.as_bytes().to_vec());
    let noise = prop::collection::vec(any::<u8>(), 0..12);
    let characters = any::<String>().prop_map(String::into_bytes);
    let step = prop_oneof![
        2 => characters.prop_map(Step::Print),
        6 => words.prop_map(Step::Print),
        4 => sequence.prop_map(Step::Print),
        2 => noise.prop_map(Step::Print),
        2 => (0u16..12, 0u16..24).prop_map(|(rows, columns)| Step::Resize(rows, columns)),
        1 => (0usize..30).prop_map(Step::Scroll),
    ];
    prop::collection::vec(step, 0..length)
}

/// Runs the steps and checks what must always hold; how often the model had to be rebuilt.
fn survive(steps: &[Step]) -> Result<usize, TestCaseError> {
    const SCROLLBACK: usize = 20;
    let mut emulator = Emulator::new(6, 12, SCROLLBACK);
    let mut rebuilt = 0;
    for step in steps {
        match step {
            Step::Print(bytes) => rebuilt += usize::from(emulator.process(bytes).recovered),
            Step::Resize(rows, columns) => rebuilt += usize::from(emulator.resize(*rows, *columns)),
            Step::Scroll(lines) => emulator.scroll_to(*lines),
        }
        let view = emulator.view();
        let (rows, columns) = view.size();
        let cursor = view.cursor();
        prop_assert!(cursor.row < rows && cursor.column < columns, "{:?}", cursor);
        prop_assert!(view.scrollback_len() <= SCROLLBACK);
        for row in 0..rows {
            for column in 0..columns {
                let Some(cell) = view.cell(row, column) else { continue };
                prop_assert!(column + cell.width() <= columns, "nothing hangs over the edge");
                let safe = crate::base::width::visible(cell.symbol()) == cell.symbol();
                prop_assert!(safe, "{:?}", cell.symbol());
            }
        }
    }
    let _ = emulator.view().text();
    let _ = emulator.snapshot().lines();
    Ok(rebuilt)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_output_and_any_resizing_is_survived(steps in steps(60)) {
        survive(&steps)?;
    }

    #[test]
    fn where_chunks_end_does_not_matter(bytes in steps(30), cut in 1usize..7) {
        let stream: Vec<u8> = bytes.into_iter().filter_map(|step| match step {
            Step::Print(bytes) => Some(bytes),
            _ => None,
        }).flatten().collect();
        let (mut whole, mut parts) = (Emulator::new(6, 12, 20), Emulator::new(6, 12, 20));
        whole.process(&stream);
        for chunk in stream.chunks(cut) {
            parts.process(chunk);
        }
        prop_assert_eq!(whole.view().text(), parts.view().text());
        prop_assert_eq!(whole.view().cursor(), parts.view().cursor());
    }
}

/// `cargo test --release --lib -- --ignored soak`: a few minutes.
#[test]
#[ignore = "takes minutes"]
fn soak() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200_000));
    let rebuilt = std::cell::Cell::new(0usize);
    let result = runner.run(&steps(200), |steps| {
        rebuilt.set(rebuilt.get() + survive(&steps)?);
        Ok(())
    });
    println!("rebuilt {} times", rebuilt.get());
    result.expect("every run is survived");
}
