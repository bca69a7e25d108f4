//! The screen model and what is put in front of it: what vt100 lacks is turned into what it has.
//!
//! Line drawing, insert mode, lines that do not wrap, cursor save by `CSI s`, tab stops, soft reset, colon
//! colours, shared cursor of the two screens. Start with [`Machine::act`].

use super::answer::{Csi, Facts, answer};
use super::background::Regions;
use super::charset::Charsets;
use super::reflow;
use super::scan::{StringKind, Unit};
use super::sgr;
use super::strings::{self, Colors};
use super::tabs::Tabs;
use super::{Outcome, Size};

/// What stands for bytes that are no text: the model prints nothing for them, and columns would shift.
const REPLACEMENT: char = '?';

/// Asks for emoji presentation. The model widens cells for it, does so wrongly at the end of a row and panics
/// later; most programs count the character before it as one cell anyway.
const VARIATION_SELECTOR: char = '\u{fe0f}';

/// Takes note of the bell, which only the model knows apart from text.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: bool,
}

impl vt100::Callbacks for Bell {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.rung = true;
    }

    fn visual_bell(&mut self, _: &mut vt100::Screen) {
        self.rung = true;
    }
}

/// Modes that the model does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extras {
    /// Text pushes what follows to the right (IRM).
    pub insert: bool,
    /// Text stays in the last column instead of wrapping (DECAWM reset).
    pub no_wrap: bool,
    /// The program wants to know when its tile gains and loses the focus (mode 1004).
    pub focus_events: bool,
}

/// See the module.
pub(super) struct Machine {
    pub terminal: vt100::Parser<Bell>,
    pub extras: Extras,
    charsets: Charsets,
    saved_charsets: Charsets,
    tabs: Tabs,
    /// Which rows scroll.
    pub regions: Regions,
}

impl Machine {
    pub(super) fn new(terminal: vt100::Parser<Bell>) -> Self {
        Self {
            terminal,
            extras: Extras::default(),
            charsets: Charsets::default(),
            saved_charsets: Charsets::default(),
            tabs: Tabs::default(),
            regions: Regions::default(),
        }
    }

    /// Obeys one unit.
    pub(super) fn act(&mut self, unit: Unit<'_>, outcome: &mut Outcome) {
        match unit {
            Unit::Text(bytes) => self.text(bytes),
            Unit::Shift(out) => self.charsets.shift(out),
            Unit::Escape(bytes) => self.escape(bytes, outcome),
            Unit::Csi(bytes) => self.csi(bytes, outcome),
            Unit::String(StringKind::Osc, content, bell) => strings::osc(content, bell, Colors::default(), outcome),
            Unit::String(StringKind::Dcs, content, _) => strings::dcs(content, outcome),
            Unit::String(StringKind::Other, ..) => {}
        }
        self.note_bell(outcome);
    }

    /// Whether text is what it says and goes where the model would put it.
    pub(super) fn is_plain(&self) -> bool {
        !self.charsets.is_graphics() && !self.extras.insert && !self.extras.no_wrap && self.tabs.are_usual()
    }

    /// Whether the model shows `bytes` as they are meant, given that the sequences in them are everyday ones.
    pub(super) fn knows(&self, bytes: &[u8]) -> bool {
        // 0xef begins every character that has to be looked at: the selector, and the replacement character,
        // for which the model prints nothing.
        self.is_plain() && memchr::memchr(0xef, bytes).is_none() && std::str::from_utf8(bytes).is_ok()
    }

    /// Hands what the model [knows](Self::knows) to it.
    pub(super) fn print(&mut self, bytes: &[u8], outcome: &mut Outcome) {
        self.terminal.process(bytes);
        self.note_bell(outcome);
    }

    fn note_bell(&mut self, outcome: &mut Outcome) {
        outcome.bell |= std::mem::take(&mut self.terminal.callbacks_mut().rung);
    }

    fn text(&mut self, bytes: &[u8]) {
        let is_feed = |byte: &u8| matches!(byte, b'\n' | 0x0b | 0x0c);
        if !self.has_background() || !bytes.iter().any(is_feed) {
            return self.run(bytes);
        }
        for line in bytes.split_inclusive(is_feed) {
            let end = line.len() - usize::from(line.last().is_some_and(is_feed));
            self.run(&line[..end]);
            if end < line.len() {
                self.line_feed(&line[end..]);
            }
        }
    }

    /// Text where line feeds need no care.
    fn run(&mut self, bytes: &[u8]) {
        if self.knows(bytes) {
            self.terminal.process(bytes);
        } else {
            self.translated_text(bytes);
        }
    }

    fn translated_text(&mut self, bytes: &[u8]) {
        let mut text = String::with_capacity(bytes.len() + 16);
        for chunk in bytes.utf8_chunks() {
            let shown = chunk.valid().chars().filter(|c| *c != VARIATION_SELECTOR);
            text.extend(shown.map(|c| match c {
                char::REPLACEMENT_CHARACTER => REPLACEMENT,
                c => self.charsets.translate(c),
            }));
            if !chunk.invalid().is_empty() {
                text.push(REPLACEMENT);
            }
        }
        if self.extras.insert || self.extras.no_wrap || !self.tabs.are_usual() {
            text.chars().for_each(|c| self.place(c));
        } else {
            self.terminal.process(text.as_bytes());
        }
    }

    /// One character where insert mode, the end of the line or tab stops matter.
    fn place(&mut self, c: char) {
        if c == '\t' {
            return self.tab_forward(1);
        }
        let width = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        let width = u16::try_from(width).unwrap_or(0).min(2);
        if width > 0 {
            let (_, columns) = self.size();
            let (_, column) = self.terminal.screen().cursor_position();
            if self.extras.no_wrap && column + width > columns {
                self.feed(format_args!("\x1b[{}G", columns - width + 1));
            }
            if self.extras.insert {
                self.feed(format_args!("\x1b[{width}@"));
            }
        }
        self.terminal.process(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    pub(super) fn feed(&mut self, sequence: std::fmt::Arguments<'_>) {
        self.terminal.process(sequence.to_string().as_bytes());
    }

    pub(super) fn size(&self) -> (u16, u16) {
        let (rows, columns) = self.terminal.screen().size();
        (rows.get(), columns.get())
    }

    /// The cursor's row and column; inside the screen also when the next character will wrap.
    pub(super) fn cursor(&self) -> (u16, u16) {
        let (rows, columns) = self.size();
        let (row, column) = self.terminal.screen().cursor_position();
        (row.min(rows - 1), column.min(columns - 1))
    }

    fn facts(&self) -> Facts {
        Facts { size: self.size(), cursor: self.cursor() }
    }

    /// Gives the screen another size. The scroll region is the whole screen then, as with xterm.
    pub(super) fn resize(&mut self, size: Size) {
        self.regions = Regions::default();
        let columns = self.terminal.screen().size().1;
        reflow::set_height(&mut self.terminal, size.rows);
        if size.columns != columns {
            self.terminal = reflow::reflow(&mut self.terminal, size.columns);
        }
    }

    fn escape(&mut self, bytes: &[u8], outcome: &mut Outcome) {
        match bytes {
            b"7" => self.saved_charsets = self.charsets,
            b"8" => self.charsets = self.saved_charsets,
            b"c" => {
                self.extras = Extras::default();
                self.charsets = Charsets::default();
                self.saved_charsets = Charsets::default();
                self.tabs = Tabs::default();
                self.regions = Regions::default();
            }
            // Index and next line; the model knows them as line feeds only.
            b"D" => return self.line_feed(b"\n"),
            b"E" => {
                self.terminal.process(b"\r");
                return self.line_feed(b"\n");
            }
            b"M" => return self.line_feed(b"\x1bM"),
            b"Z" => return self.csi(b"c", outcome),
            b"H" => return self.set_tab(),
            b"#8" => return self.alignment(),
            bytes if self.charsets.designate(bytes) => return,
            _ => {}
        }
        self.terminal.process(b"\x1b");
        self.terminal.process(bytes);
    }

    fn csi(&mut self, bytes: &[u8], outcome: &mut Outcome) {
        let Some(csi) = Csi::read(bytes) else { return };
        match (csi.end, csi.prefix, csi.intermediates) {
            (b'm', None, b"") => match sgr::plain(csi.params) {
                Some(params) => self.feed(format_args!("\x1b[{params}m")),
                None => self.pass(bytes),
            },
            (b'n' | b'c' | b't', _, _) | (b'q', Some(b'>'), _) | (b'p', _, b"$") => self.ask(csi, outcome),
            (b'h' | b'l', Some(b'?'), b"") => self.private_modes(csi, bytes),
            (b'h' | b'l', None, b"") => {
                if csi.numbers().any(|mode| mode == 4) {
                    self.extras.insert = csi.end == b'h';
                }
            }
            (b'p', None, b"!") => self.soft_reset(),
            (b's', None, b"") if csi.params.is_empty() => self.escape(b"7", outcome),
            (b'u', None, b"") if csi.params.is_empty() => self.escape(b"8", outcome),
            // Relative positions under their other names.
            (b'a', None, b"") => self.feed(format_args!("\x1b[{}C", csi.first())),
            (b'e', None, b"") => self.feed(format_args!("\x1b[{}B", csi.first())),
            (b'I', None, b"") => self.tab_forward(csi.first().max(1)),
            (b'Z', None, b"") => self.tab_back(csi.first().max(1)),
            (b'g', None, b"") => self.clear_tabs(csi.first()),
            (b'@' | b'P' | b'L' | b'M' | b'S' | b'T', None, b"") => self.shift(csi, bytes),
            (b'r', None, b"") => {
                self.note_region(csi);
                self.pass(bytes);
            }
            // A repeat count is a few bytes that can cost a screenful of work each: a line is what programs use.
            (b'b', None, b"") => {
                let count = csi.first().max(1).min(self.size().1);
                self.feed(format_args!("\x1b[{count}b"));
            }
            _ => self.pass(bytes),
        }
    }

    pub(super) fn pass(&mut self, bytes: &[u8]) {
        self.terminal.process(b"\x1b[");
        self.terminal.process(bytes);
    }

    fn ask(&mut self, csi: Csi<'_>, outcome: &mut Outcome) {
        if let Some(text) = answer(csi, self.facts(), |mode| self.is_set(mode)) {
            outcome.reply(&text);
        }
    }

    /// Whether a private mode is set; `None` for one that is not known.
    fn is_set(&self, mode: u16) -> Option<bool> {
        use vt100::{MouseProtocolEncoding as Encoding, MouseProtocolMode as Mouse};
        let screen = self.terminal.screen();
        Some(match mode {
            1 => screen.application_cursor(),
            7 => !self.extras.no_wrap,
            9 => screen.mouse_protocol_mode() == Mouse::Press,
            25 => !screen.hide_cursor(),
            47 | 1047 | 1049 => screen.alternate_screen(),
            1000 => screen.mouse_protocol_mode() == Mouse::PressRelease,
            1002 => screen.mouse_protocol_mode() == Mouse::ButtonMotion,
            1003 => screen.mouse_protocol_mode() == Mouse::AnyMotion,
            1004 => self.extras.focus_events,
            1005 => screen.mouse_protocol_encoding() == Encoding::Utf8,
            1006 => screen.mouse_protocol_encoding() == Encoding::Sgr,
            2004 => screen.bracketed_paste(),
            _ => return None,
        })
    }

    fn private_modes(&mut self, csi: Csi<'_>, bytes: &[u8]) {
        let set = csi.end == b'h';
        let (row, column) = self.terminal.screen().cursor_position();
        for mode in csi.numbers() {
            match mode {
                7 => self.extras.no_wrap = !set,
                1004 => self.extras.focus_events = set,
                1048 | 1049 if set => self.saved_charsets = self.charsets,
                1048 | 1049 => self.charsets = self.saved_charsets,
                _ => {}
            }
            // The parts of 1049, which the model knows only together.
            match mode {
                1047 => self.terminal.process(if set { b"\x1b[?47h\x1b[2J" } else { b"\x1b[?47l" }),
                1048 => self.terminal.process(if set { b"\x1b7" } else { b"\x1b8" }),
                _ => {}
            }
        }
        self.pass(bytes);
        // Both screens share one cursor, of which the model has two. Leaving by 1049 brings back the saved one.
        let switches = |mode| matches!(mode, 47 | 1047) || (mode == 1049 && set);
        if csi.numbers().any(switches) {
            *self.regions.of(true) = None;
            self.feed(format_args!("\x1b[{}d\x1b[{}G", row + 1, column + 1));
        }
    }

    /// DECSTR: modes and attributes as at the start, text and cursor where they are.
    fn soft_reset(&mut self) {
        self.extras = Extras::default();
        self.charsets = Charsets::default();
        self.saved_charsets = Charsets::default();
        let (row, column) = self.facts().cursor;
        self.terminal.process(b"\x1b[?6l\x1b[r\x1b[?25h\x1b[?1l\x1b>\x1b[m");
        self.regions = Regions::default();
        self.feed(format_args!("\x1b[{};{}H", row + 1, column + 1));
    }

    fn tab_forward(&mut self, count: u16) {
        let (_, columns) = self.size();
        let stop = self.tabs.next(self.facts().cursor.1, count, columns);
        self.feed(format_args!("\x1b[{}G", stop + 1));
    }

    fn tab_back(&mut self, count: u16) {
        let stop = self.tabs.previous(self.facts().cursor.1, count);
        self.feed(format_args!("\x1b[{}G", stop + 1));
    }

    fn set_tab(&mut self) {
        self.tabs.set(self.facts().cursor.1);
    }

    fn clear_tabs(&mut self, which: u16) {
        match which {
            0 => self.tabs.clear(self.facts().cursor.1),
            3 => self.tabs.clear_all(),
            _ => {}
        }
    }

    /// DECALN: the screen full of E, for adjusting a tube that is not there.
    fn alignment(&mut self) {
        let (rows, columns) = self.size();
        self.terminal.process(b"\x1b[?6l\x1b[r\x1b[m");
        self.regions = Regions::default();
        for row in 1..=rows {
            self.feed(format_args!("\x1b[{row};1H{}", "E".repeat(columns.into())));
        }
        self.terminal.process(b"\x1b[H");
    }
}
