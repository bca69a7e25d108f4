//! The text area: lines, cursor, undo, selection, search, and which part of it is on the screen.
//!
//! The lines and their history are the widget's; what is visible is ours, because drawing must pass every character
//! through the same sieve as all other text.

use std::ops::Range;

use tui_textarea::{CursorMove, Input, Key as TextKey, TextArea};

use crate::app::list::Step;
use crate::base::key::{Code, Key};
use crate::base::search::Pattern;
use crate::base::width::{visible, width};

/// Steps that can be undone.
const HISTORY: usize = 1_000;
/// Cells that stay visible beside the cursor where a line is longer than the tile.
const MARGIN: usize = 4;

/// Text that is edited.
#[derive(Debug)]
pub struct Area {
    text: TextArea<'static>,
    columns: usize,
    height: usize,
    top: usize,
    left: usize,
    pattern: Option<Pattern>,
    remark: Option<(usize, String)>,
}

impl Area {
    /// An area with a text in it, and the cursor at its beginning.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.set_max_histories(HISTORY);
        area.set_tab_length(2);
        Self { text: area, columns: 0, height: 0, top: 0, left: 0, pattern: None, remark: None }
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.text.lines().join("\n")
    }

    /// Its lines; never none.
    pub fn lines(&self) -> &[String] {
        self.text.lines()
    }

    /// Whether it is this text.
    pub fn is(&self, text: &str) -> bool {
        self.text.lines().iter().map(String::as_str).eq(text.split('\n'))
    }

    /// Puts another text in the place of all of it; that can be undone.
    pub fn replace(&mut self, text: &str) {
        let line = self.cursor().0;
        self.text.select_all();
        self.text.insert_str(text);
        self.go_to(line);
    }

    /// Takes a key that edits or moves.
    pub fn key(&mut self, key: Key) {
        match key {
            Key { code: Code::PageUp, .. } => self.step(Step::Pages(-1)),
            Key { code: Code::PageDown, .. } => self.step(Step::Pages(1)),
            Key { code: Code::Home, ctrl: true, .. } => self.step(Step::First),
            Key { code: Code::End, ctrl: true, .. } => self.step(Step::Last),
            Key { code: Code::Enter, ctrl: false, alt: false, .. } => self.break_line(),
            key => {
                self.text.input(input(key));
            }
        }
    }

    /// A new line begins as deep as this one.
    fn break_line(&mut self) {
        let (line, column) = self.cursor();
        let blanks = self.lines()[line].chars().take(column).take_while(|c| *c == ' ').count();
        self.text.insert_str(format!("\n{}", " ".repeat(blanks)));
    }

    /// Inserts text where the cursor is, in the place of what is selected.
    pub fn paste(&mut self, text: &str) {
        self.text.insert_str(text);
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        // Where the whole text was replaced, an empty one is a step of its own that nobody made.
        if self.text.undo() && self.text.is_empty() {
            self.text.undo();
        }
    }

    /// Makes it again.
    pub fn redo(&mut self) {
        if self.text.redo() && self.text.is_empty() {
            self.text.redo();
        }
    }

    /// The text that is selected, for the clipboard; it is also what [`Area::put`] puts.
    pub fn copy(&mut self) -> Option<String> {
        self.text.selection_range()?;
        self.text.copy();
        Some(self.text.yank_text())
    }

    /// The same, and takes it away.
    pub fn cut(&mut self) -> Option<String> {
        self.text.cut().then(|| self.text.yank_text())
    }

    /// Inserts what was copied, cut or deleted last.
    pub fn put(&mut self) {
        self.text.paste();
    }

    /// The cursor: line and character, from 0.
    pub fn cursor(&self) -> (usize, usize) {
        let cursor = self.text.cursor();
        (cursor.0, cursor.1)
    }

    /// The cell of the cursor in its line, before scrolling.
    pub fn cursor_cell(&self) -> usize {
        let (line, column) = self.cursor();
        width(&visible(&self.lines()[line][..byte_of(&self.lines()[line], column)]))
    }

    /// The cursor to the beginning of what stands in a line.
    pub fn go_to(&mut self, line: usize) {
        let line = line.min(self.lines().len() - 1);
        let blanks = self.lines()[line].chars().take_while(|c| matches!(c, ' ' | '-')).count();
        self.jump(line, blanks);
    }

    /// The cursor to the character that is drawn at a cell of the area.
    pub fn point(&mut self, column: usize, row: usize) {
        let line = (self.top + row).min(self.lines().len() - 1);
        let (mut cells, mut chars) = (0, 0);
        for c in self.lines()[line].chars() {
            cells += width(&visible(c.encode_utf8(&mut [0; 4])));
            if cells > column + self.left {
                break;
            }
            chars += 1;
        }
        self.text.cancel_selection();
        self.jump(line, chars);
    }

    fn jump(&mut self, line: usize, column: usize) {
        let number = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        self.text.move_cursor(CursorMove::Jump(number(line), number(column)));
    }

    /// The cursor up or down.
    pub fn step(&mut self, step: Step) {
        let (line, column) = self.cursor();
        let line = step.from(line, self.lines().len(), self.height);
        self.text.cancel_selection();
        self.jump(line, column);
    }

    /// Searches from the cursor on; the error is the sentence for the person. An empty text ends the search.
    pub fn search(&mut self, typed: &str) -> Result<(), String> {
        self.pattern = match typed {
            "" => None,
            typed => Some(Pattern::parse(typed).map_err(|error| error.to_string())?),
        };
        if self.pattern.is_some() && !self.find(true) {
            return Err(format!("there is no `{typed}` in the text"));
        }
        Ok(())
    }

    /// The cursor to the next match, around at the end; false when there is none.
    pub fn next_match(&mut self) -> bool {
        self.find(false)
    }

    /// The first match behind the cursor, or at it.
    fn find(&mut self, at_cursor: bool) -> bool {
        let (Some(pattern), (from, column)) = (&self.pattern, self.cursor()) else { return false };
        let count = self.lines().len();
        // The cursor's own line comes twice: what is behind the cursor first, what is before it last.
        let found = (from..=from + count).find_map(|line| {
            let (first, last) = (line == from, line == from + count);
            let line = line % count;
            let text = &self.lines()[line];
            let cursor = byte_of(text, column);
            let fits = |start: usize| if first { start > cursor || at_cursor && start == cursor } else { true };
            let mut matches = pattern.find_all(text).into_iter().filter(|bytes| fits(bytes.start) || last);
            matches.next().map(|bytes| (line, text[..bytes.start].chars().count()))
        });
        if let Some((line, column)) = found {
            self.text.cancel_selection();
            self.jump(line, column);
        }
        found.is_some()
    }

    /// The matches in a line as it is shown.
    pub fn matches_in(&self, shown: &str) -> Vec<Range<usize>> {
        self.pattern.as_ref().map(|pattern| pattern.find_all(shown)).unwrap_or_default()
    }

    /// The bytes of a line, as it is shown, that are selected.
    pub fn selected_in(&self, line: usize) -> Option<Range<usize>> {
        let ((first, from), (last, to)) = self.text.selection_range().filter(|(from, to)| from != to)?;
        let text = self.lines().get(line).filter(|_| (first..=last).contains(&line))?;
        let shown = |column: usize| visible(&text[..byte_of(text, column)]).len();
        let end = text.chars().count();
        Some(shown(if line == first { from } else { 0 })..shown(if line == last { to } else { end }))
    }

    /// Marks a line, counted from 0, with what is wrong in it; beyond the last one, the last.
    pub fn remark(&mut self, remark: Option<(usize, String)>) {
        self.remark = remark;
    }

    /// The line that is marked, and what is wrong in it.
    pub fn remarked(&self) -> Option<(usize, &str)> {
        let (line, said) = self.remark.as_ref()?;
        Some(((*line).min(self.lines().len() - 1), said))
    }

    /// Says how large it is; the cursor stays visible.
    pub fn settle(&mut self, columns: usize, height: usize) {
        (self.columns, self.height) = (columns, height);
        let line = self.cursor().0;
        self.top = self.top.clamp((line + 1).saturating_sub(height.max(1)), line);
        let (cell, margin) = (self.cursor_cell(), MARGIN.min(columns / 4));
        let (from, to) = ((cell + 1 + margin).saturating_sub(columns), cell.saturating_sub(margin));
        // Back to the margin as soon as the cursor is visible from there.
        self.left = if cell + margin < columns { 0 } else { self.left.clamp(from, to.max(from)) };
    }

    /// The first line on the screen.
    pub fn top(&self) -> usize {
        self.top
    }

    /// Cells scrolled off at the left.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Cells of a line number: of the last one.
    pub fn number_width(&self) -> usize {
        self.lines().len().to_string().len()
    }
}

/// The byte at which a character begins, or the text ends.
fn byte_of(text: &str, column: usize) -> usize {
    text.char_indices().nth(column).map_or(text.len(), |(byte, _)| byte)
}

fn input(key: Key) -> Input {
    let code = match key.code {
        Code::Char(c) => TextKey::Char(c),
        Code::Enter => TextKey::Enter,
        Code::Tab => TextKey::Tab,
        Code::Backspace => TextKey::Backspace,
        Code::Delete => TextKey::Delete,
        Code::Up => TextKey::Up,
        Code::Down => TextKey::Down,
        Code::Left => TextKey::Left,
        Code::Right => TextKey::Right,
        Code::Home => TextKey::Home,
        Code::End => TextKey::End,
        Code::F(_) | Code::Esc | Code::BackTab | Code::Insert | Code::PageUp | Code::PageDown => TextKey::Null,
    };
    Input { key: code, ctrl: key.ctrl, alt: key.alt, shift: key.shift }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn press(area: &mut Area, keys: &str) {
        for key in keys.split_whitespace() {
            area.key(key.parse().expect(key));
        }
    }

    fn area(text: &str) -> Area {
        let mut area = Area::new(text);
        area.settle(20, 3);
        area
    }

    #[test]
    fn it_types_breaks_lines_as_deep_and_takes_back() {
        let mut area = area("spec:\n  a: 1\n");
        press(&mut area, "down end enter b : space 2");
        assert_eq!(area.text(), "spec:\n  a: 1\n  b: 2\n");
        assert!(!area.is("spec:\n  a: 1\n"));
        for _ in 0..5 {
            area.undo();
        }
        assert!(area.is("spec:\n  a: 1\n"), "{:?}", area.text());
        area.redo();
        assert!(!area.is("spec:\n  a: 1\n"));
    }

    #[test]
    fn a_text_that_was_replaced_comes_back_in_one_step() {
        let mut area = area("mine\n");
        area.replace("theirs\n");
        assert_eq!(area.text(), "theirs\n");
        area.undo();
        assert_eq!(area.text(), "mine\n");
        area.redo();
        assert_eq!(area.text(), "theirs\n");
    }

    #[test]
    fn the_cursor_stays_on_the_screen() {
        let lines: Vec<_> = (0..50).map(|line| format!("line {line} that is longer than twenty cells")).collect();
        let mut area = area(&lines.join("\n"));
        press(&mut area, "pgdn pgdn down");
        area.settle(20, 3);
        assert_eq!((area.cursor().0, area.top()), (7, 5));
        press(&mut area, "end");
        area.settle(20, 3);
        assert!(area.left() > 0 && area.cursor_cell() - area.left() < 20);
        press(&mut area, "home");
        area.settle(20, 3);
        assert_eq!(area.left(), 0);
        press(&mut area, "ctrl-end");
        area.settle(20, 3);
        assert_eq!((area.cursor().0, area.top()), (49, 47));
        press(&mut area, "ctrl-home");
        assert_eq!(area.cursor().0, 0);
    }

    #[test]
    fn a_search_goes_around_from_the_cursor() {
        let mut area = area("a: x\nb: x x\nc: y");
        area.search("x").expect("there are some");
        assert_eq!(area.cursor(), (0, 3));
        let mut places = Vec::new();
        for _ in 0..3 {
            assert!(area.next_match());
            places.push(area.cursor());
        }
        assert_eq!(places, [(1, 3), (1, 5), (0, 3)]);
        assert!(area.search("z").is_err());
        area.search("").expect("it ends");
        assert!(!area.next_match());
    }

    #[test]
    fn what_is_selected_is_copied_cut_and_put() {
        let mut area = area("abc\ndef");
        press(&mut area, "right shift-right shift-down");
        assert_eq!((area.selected_in(0), area.selected_in(1), area.selected_in(2)), (Some(1..3), Some(0..2), None));
        assert_eq!(area.copy().as_deref(), Some("bc\nde"));
        press(&mut area, "shift-right");
        assert_eq!(area.cut().as_deref(), Some("f"));
        assert_eq!(area.copy(), None);
        area.put();
        assert_eq!(area.text(), "abc\ndef");
    }

    #[test]
    fn a_click_finds_the_character_under_wide_and_invisible_ones() {
        let mut area = area("日本\u{1b}x");
        area.point(4, 0);
        assert_eq!(area.cursor(), (0, 2), "on the ^ of ^[");
        assert_eq!(area.cursor_cell(), 4);
        area.point(6, 0);
        assert_eq!((area.cursor(), area.cursor_cell()), ((0, 3), 6));
        area.point(99, 99);
        assert_eq!(area.cursor(), (0, 4));
    }

    proptest! {
        #[test]
        fn every_text_comes_back_as_it_was(text in "[a日\u{1b} :\\t\n]{0,60}") {
            prop_assert_eq!(Area::new(&text).text(), text.clone());
            prop_assert!(Area::new(&text).is(&text));
        }

        #[test]
        fn the_cursor_is_always_drawn(text in "[ab日\u{1b} ]{0,40}(\n[ab日 ]{0,9}){0,9}", keys in "[udlrehnp]{0,30}", columns in 1usize..30, height in 1usize..9) {
            let mut area = Area::new(&text);
            for key in keys.chars() {
                let key = match key { 'u' => "up", 'd' => "down", 'l' => "left", 'r' => "right", 'e' => "end", 'h' => "home", 'n' => "enter", _ => "delete" };
                press(&mut area, key);
                area.settle(columns, height);
                let (line, cell) = (area.cursor().0, area.cursor_cell());
                prop_assert!((area.top()..area.top() + height).contains(&line));
                prop_assert!((area.left()..area.left() + columns).contains(&cell), "{} {cell} {columns}", area.left());
            }
        }
    }
}
