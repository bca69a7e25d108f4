//! Copy mode without an application around it: where keys lead, what is copied.

use super::*;
use crate::emulator::Emulator;

fn copy_mode(rows: u16, columns: u16, text: &str) -> CopyMode {
    let mut emulator = Emulator::new(rows, columns, 100);
    emulator.process(text.replace('\n', "\r\n").as_bytes());
    let cursor = emulator.view().cursor();
    CopyMode::new(emulator.snapshot(), (cursor.row, cursor.column), (columns, rows))
}

fn spot(mode: &CopyMode) -> (usize, u16) {
    (mode.cursor.line, mode.cursor.column)
}

#[test]
fn words_are_those_of_vi() {
    let mut mode = copy_mode(4, 20, "kubectl get pod/web\n\n日本 x");
    mode.step(Step::First);
    mode.row_start();
    let mut stops = Vec::new();
    for _ in 0..7 {
        mode.next_word();
        stops.push(spot(&mode));
    }
    assert_eq!(stops, [(0, 8), (0, 12), (0, 15), (0, 16), (2, 0), (2, 5), (3, 0)]);
    for stop in [(2, 5), (2, 0), (0, 16), (0, 15), (0, 12), (0, 8), (0, 0), (0, 0)] {
        mode.previous_word();
        assert_eq!(spot(&mode), stop);
    }
    mode.word_end();
    mode.word_end();
    assert_eq!(spot(&mode), (0, 10));
    mode.row_end();
    assert_eq!(spot(&mode), (0, 18));
}

#[test]
fn a_wide_character_is_one_step() {
    let mut mode = copy_mode(1, 20, "a日b");
    mode.row_start();
    let mut columns = Vec::new();
    for by in [1, 1, -1, -1] {
        mode.shift(by);
        columns.push(mode.cursor.column);
    }
    assert_eq!(columns, [1, 3, 1, 0]);
}

#[test]
fn what_is_selected_is_copied_as_it_was_printed() {
    let text = "first line\na line that is wrapped twice\nthree";
    let select = |shape, down: isize, right: isize| {
        let mut mode = copy_mode(6, 12, text);
        mode.step(Step::First);
        mode.row_start();
        mode.shift(2);
        mode.select(shape);
        mode.step(Step::By(down));
        mode.shift(right);
        mode.selected_text()
    };
    assert_eq!(select(Shape::Text, 0, 2).as_deref(), Some("rst"));
    assert_eq!(select(Shape::Text, 3, 0).as_deref(), Some("rst line\na line that is wrapped twic"));
    assert_eq!(select(Shape::Lines, 4, 0).as_deref(), Some("first line\na line that is wrapped twice\nthree\n"));
    assert_eq!(select(Shape::Block, 2, 2).as_deref(), Some("rst\nlin\n wr"));
    assert_eq!(copy_mode(2, 5, "x").selected_text(), None);
}

#[test]
fn the_other_end_and_another_shape_keep_the_selection() {
    let mut mode = copy_mode(2, 10, "abcdef");
    mode.row_start();
    mode.select(Shape::Text);
    mode.shift(2);
    assert_eq!(mode.selected(0), Some(0..3));
    mode.to_other_end();
    assert_eq!((mode.cursor.column, mode.selected(0)), (0, Some(0..3)));
    mode.select(Shape::Lines);
    assert_eq!((mode.selected(0), mode.selected(1)), (Some(0..10), None));
    mode.select(Shape::Lines);
    assert!(!mode.deselect());
}

#[test]
fn a_search_goes_round_in_both_directions() {
    let mut mode = copy_mode(2, 10, "one x\ntwo x\n日x x\nfour");
    mode.begin_search(true);
    mode.search("X").expect("no expression");
    assert!(mode.status().ends_with("not found"), "a capital counts");
    mode.search("x").expect("no expression");
    assert_eq!(spot(&mode), (2, 4));
    let mut stops = Vec::new();
    for against in [false, false, false, false, true] {
        mode.next_match(against);
        stops.push(spot(&mode));
    }
    assert_eq!(stops, [(2, 2), (1, 4), (0, 4), (2, 4), (0, 4)]);
    assert_eq!((mode.found(0)[0].clone(), mode.found(0).len()), (4..5, 1));
    assert!(mode.search("/(/").is_err());
    mode.search("").expect("no expression");
    assert_eq!(spot(&mode), (3, 4), "back where it began");
}

#[test]
fn a_match_goes_over_the_end_of_a_row_at_which_its_line_wrapped() {
    // Rows: `error: disk `, `is full abc `, `disk`, and the prompt.
    let mut mode = copy_mode(5, 12, "error: disk is full abc disk\ndisk is\n$ ");
    mode.begin_search(true);
    mode.search("disk is").expect("no expression");
    assert_eq!(spot(&mode), (3, 0));
    mode.next_match(false);
    assert_eq!(spot(&mode), (0, 7), "it begins in one row and ends in the next");
    let found = |mode: &CopyMode, row| mode.found(row).iter().map(|at| (at.start, at.end)).collect::<Vec<_>>();
    assert_eq!([0, 1, 2, 3].map(|row| found(&mode, row)), [vec![(7, 12)], vec![(0, 2)], vec![], vec![(0, 7)]]);
    mode.next_match(false);
    assert_eq!(spot(&mode), (3, 0), "around");
    mode.search("fulldisk").expect("no expression");
    assert!(mode.status().ends_with("not found"), "blanks count");
    mode.search("k\ndisk").expect("no expression");
    assert!(mode.status().ends_with("not found"), "another line is another line");
    let mut wide = copy_mode(3, 5, "ab日本語cd\n");
    wide.begin_search(false);
    wide.search("日本語").expect("no expression");
    assert_eq!((spot(&wide), found(&wide, 0), found(&wide, 1)), ((0, 2), vec![(2, 4)], vec![(0, 4)]));
}

proptest::proptest! {
    #[test]
    fn every_match_of_the_text_is_reached_once_each_way(
        text in "[ab日 ]{0,30}(\n[ab日 ]{0,30}){0,4}", columns in 2u16..12, back: bool, sought in "[ab日]{1,2}",
    ) {
        let mut emulator = Emulator::new(8, columns, 100);
        emulator.process(text.replace('\n', "\r\n").as_bytes());
        let whole = emulator.snapshot().text();
        let count: usize = whole.lines().map(|line| line.matches(sought.as_str()).count()).sum();
        let mut mode = CopyMode::new(emulator.snapshot(), (0, 0), (columns, 8));
        mode.begin_search(back);
        mode.search(&sought).expect("no expression");
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..=count {
            seen.insert(spot(&mode));
            mode.next_match(false);
        }
        let wanted = count.max(1);
        proptest::prop_assert_eq!(seen.len(), wanted, "{:?} in {:?}", sought, whole);
    }
}

#[test]
fn the_cursor_stays_in_view_whatever_size_the_tile_has() {
    let lines: Vec<_> = (0..40).map(|n| format!("line {n:02} of many")).collect();
    let mut mode = copy_mode(5, 20, &lines.join("\n"));
    mode.step(Step::First);
    for size in [(20, 5), (4, 2), (60, 50), (1, 1), (20, 5)] {
        for step in [Step::By(3), Step::Last, Step::Pages(-1), Step::First] {
            mode.settle(size);
            mode.step(step);
            mode.row_end();
            let (row, column) = mode.cursor();
            assert!(row < size.1 && column < size.0, "{size:?} {step:?}");
            let (first, left) = mode.origin();
            let cell = mode.snapshot().view().cell(first + row, left + column).expect("is in view");
            assert_eq!(cell.symbol(), "y", "{size:?} {step:?}");
        }
    }
}

#[test]
fn what_came_meanwhile_is_counted() {
    let mut mode = copy_mode(3, 10, "a\nb");
    assert_eq!(mode.status(), "copy mode · line 2 of 3");
    mode.miss(b"c\r\nd\r\n");
    assert_eq!(mode.status(), "copy mode · line 2 of 3 · 2 new lines below");
}
