//! The screen of a shell tile beside tmux's: what real programs wrote must look the same in every cell.
//!
//! `tests/data/terminal/NAME.STEP.COLUMNSxROWS.bin` is what a program wrote at a size (`record.py` there records it),
//! the `.txt` beside it what tmux showed for the same bytes. With a tmux, `-- --ignored` compares the texts with what it
//! shows now, and with `RECORD=1` writes those that are not there.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says what went wrong and ends")]

mod cells;
mod flood;
mod tmux;

use std::collections::BTreeMap;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use podtriage::emulator::Emulator;

use cells::Screen;
use tmux::Tmux;

/// What a program wrote while its terminal had one size.
struct Step {
    path: PathBuf,
    columns: usize,
    rows: usize,
}

impl Step {
    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).expect("it was listed")
    }

    fn expected(&self) -> Screen {
        Screen::read(&fs::read_to_string(self.path.with_extension("txt")).expect("every step has a text"))
    }
}

/// All recordings: the steps of each name, in order.
fn recordings() -> BTreeMap<String, Vec<Step>> {
    let mut all: BTreeMap<String, BTreeMap<usize, Step>> = BTreeMap::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/terminal");
    for entry in fs::read_dir(folder).expect("there are recordings") {
        let path = entry.expect("it is readable").path();
        if path.extension().is_none_or(|extension| extension != "bin") {
            continue;
        }
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("names are text").to_owned();
        let [name, number, size] = name.split('.').collect::<Vec<_>>()[..] else { panic!("odd name: {name}") };
        let (columns, rows) = size.split_once('x').expect("a size");
        let number_of = |text: &str| text.parse().expect("a number");
        let step = Step { columns: number_of(columns), rows: number_of(rows), path: path.clone() };
        all.entry(name.to_owned()).or_default().insert(number_of(number), step);
    }
    all.into_iter().map(|(name, steps)| (name, steps.into_values().collect())).collect()
}

const REFLOWED: &str = "another width: tmux also wraps the blanks that end a line, so that a blank row follows, and pushes \
                        text out at the top before it gives up blank rows below";

/// Where we differ from tmux on purpose. Nothing else may differ.
const EXCEPTIONS: &[(&str, Exception, &str)] = &[
    (
        "halves.1.80x24",
        Exception::Rows(1..=3),
        "when half of a wide character is overwritten, tmux keeps the other half without a cell to stand in",
    ),
    ("bash.2.60x20", Exception::BlankRows, REFLOWED),
    ("bash.3.100x30", Exception::BlankRows, REFLOWED),
];

/// What may differ.
enum Exception {
    /// These rows.
    Rows(RangeInclusive<usize>),
    /// Blank rows, and how many of the oldest rows are still on the screen.
    BlankRows,
}

/// What differs, but for the exceptions.
fn unexpected(file: &str, mut ours: Screen, mut theirs: Screen) -> Vec<String> {
    for (_, exception, _) in EXCEPTIONS.iter().filter(|(name, ..)| *name == file) {
        match exception {
            Exception::Rows(rows) => {
                assert_ne!(ours.rows[rows.clone()], theirs.rows[rows.clone()], "{file}: no exception any more");
                ours.rows[rows.clone()].clone_from_slice(&theirs.rows[rows.clone()]);
            }
            Exception::BlankRows => {
                ours.drop_blank_rows();
                theirs.drop_blank_rows();
                let more = ours.rows.len() - theirs.rows.len();
                ours.rows.drain(..more);
                ours.cursor.0 = theirs.cursor.0;
            }
        }
    }
    ours.differences(&theirs)
}

/// The steps of one recording through our emulator, in chunks of that many bytes: what differs from tmux.
fn compare(name: &str, steps: &[Step], chunk: usize) -> Vec<String> {
    let first = &steps[0];
    let mut emulator = Emulator::new(first.rows as u16, first.columns as u16, 10_000);
    let mut out = Vec::new();
    for step in steps {
        assert!(!emulator.resize(step.rows as u16, step.columns as u16), "{name}: no fault expected");
        for part in step.bytes().chunks(chunk) {
            assert!(!emulator.process(part).recovered, "{name}: no fault expected");
        }
        let file = step.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let differences = unexpected(file, Screen::of(emulator.view()), step.expected());
        out.extend(differences.into_iter().map(|difference| format!("{file} {difference}")));
    }
    out
}

#[test]
fn real_programs_look_as_they_do_in_tmux() {
    let recordings = recordings();
    assert!(recordings.len() > 20, "{}", recordings.len());
    let mut differences = Vec::new();
    for (name, steps) in &recordings {
        for chunk in [usize::MAX, 7] {
            differences.extend(compare(name, steps, chunk));
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

#[test]
#[ignore = "needs tmux"]
fn the_texts_are_what_tmux_shows() {
    assert!(Tmux::is_here(), "there is no tmux");
    let record = std::env::var_os("RECORD").is_some();
    for (name, steps) in recordings() {
        for (last, step) in steps.iter().enumerate() {
            let mut tmux = Tmux::new(steps[0].columns, steps[0].rows);
            for step in &steps[..=last] {
                tmux.resize(step.columns, step.rows);
                tmux.feed(&step.bytes());
            }
            let live = tmux.screen(step.columns, step.rows);
            let path = step.path.with_extension("txt");
            if record && !path.exists() {
                fs::write(path, live.written()).expect("written");
            }
            assert_eq!(live.differences(&step.expected()), Vec::<String>::new(), "{name}");
        }
    }
}
