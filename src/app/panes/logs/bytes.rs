//! A page as bytes, for a file of our own that nobody else reads and that ends with the program.
//!
//! Whoever reads bytes again that are no page, or another one than was asked for, gets nothing.

use super::page::{Head, Page};
use crate::base::level::Level;
use crate::base::sgr::{Run, Style};
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::cluster::api::SourceId;

/// The page's number, and how many lines, runs and bytes of text it has.
const LEAD: usize = 8 + 3 * 4;
const HEAD: usize = 8 + 4 + 4 + 4 + 1 + 1 + 1;
const RUN: usize = 4 + Style::BYTES;

const LEVELS: [Level; 7] =
    [Level::Unknown, Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];
const ROLES: [Role; 8] =
    [Role::Plain, Role::Label, Role::Heading, Role::Dim, Role::Good, Role::Warn, Role::Bad, Role::Key];

impl Page {
    /// How many bytes [`Self::to_bytes`] gives.
    pub fn len_as_bytes(&self) -> usize {
        LEAD + self.heads.len() * HEAD + self.runs.len() * RUN + self.text.len()
    }

    /// All of it; `number` is that of its first line.
    pub fn to_bytes(&self, number: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.len_as_bytes());
        out.extend(number.to_le_bytes());
        for len in [self.heads.len(), self.runs.len(), self.text.len()] {
            out.extend(u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
        }
        for head in &self.heads {
            // Not set is the least number that there is.
            let at = head.at.micros_since(Stamp::from_seconds(0)).unwrap_or(i64::MIN);
            out.extend(at.to_le_bytes());
            out.extend(head.end.to_le_bytes());
            out.extend(head.runs.to_le_bytes());
            out.extend(head.source.0.to_le_bytes());
            out.push(place(&ROLES, &head.role));
            out.push(place(&LEVELS, &head.level));
            out.push(u8::from(head.is_note) | u8::from(head.is_late) << 1);
        }
        for run in &self.runs {
            out.extend(run.at.to_le_bytes());
            out.extend(run.style.to_bytes());
        }
        out.extend(self.text.as_bytes());
        out
    }

    /// The page again, if it is that with the first line `number`.
    pub fn of_bytes(bytes: &[u8], number: u64) -> Option<Self> {
        let mut bytes = bytes;
        if u64::from_le_bytes(take(&mut bytes)?) != number {
            return None;
        }
        let [lines, runs, text] = [take_len(&mut bytes)?, take_len(&mut bytes)?, take_len(&mut bytes)?];
        let heads = (0..lines).map(|_| head(&mut bytes)).collect::<Option<Vec<_>>>()?;
        let runs = (0..runs).map(|_| run(&mut bytes)).collect::<Option<Vec<_>>>()?;
        let text = std::str::from_utf8(bytes.get(..text)?).ok()?.to_owned();
        Some(Self { text, heads, runs })
    }
}

fn head(bytes: &mut &[u8]) -> Option<Head> {
    let at = i64::from_le_bytes(take(bytes)?);
    let mut head = Head {
        at: if at == i64::MIN { Stamp::NONE } else { Stamp::from_seconds(0).plus_micros(at) },
        end: u32::from_le_bytes(take(bytes)?),
        runs: u32::from_le_bytes(take(bytes)?),
        source: SourceId(u32::from_le_bytes(take(bytes)?)),
        role: ROLES.get(usize::from(take::<1>(bytes)?[0])).copied()?,
        level: LEVELS.get(usize::from(take::<1>(bytes)?[0])).copied()?,
        is_note: false,
        is_late: false,
    };
    let flags = take::<1>(bytes)?[0];
    (head.is_note, head.is_late) = (flags & 1 != 0, flags & 2 != 0);
    Some(head)
}

fn run(bytes: &mut &[u8]) -> Option<Run> {
    Some(Run { at: u32::from_le_bytes(take(bytes)?), style: Style::of_bytes(take(bytes)?)? })
}

fn take_len(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(take(bytes)?)).ok()
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

fn place<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|known| known == one).and_then(|at| u8::try_from(at).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::entry::Entry;
    use super::*;
    use crate::base::sgr::strip;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            texts in proptest::collection::vec("([a日]|\u{1b}\\[(3[1-3]|1|48;5;9|38;2;1;2;3)m){0,9}", 0..9), number: u64, cut in 0usize..200,
        ) {
            let mut page = Page::default();
            for (at, text) in texts.iter().enumerate() {
                let (text, runs) = strip(text).unwrap_or((text.clone(), Vec::new()));
                let time = if at == 3 { Stamp::NONE } else { Stamp::from_seconds(1_000).plus_micros(at as i64) };
                let (role, level) = (ROLES[at % 8], LEVELS[at % 7]);
                page.push(Entry { at: time, text: &text, runs: &runs, role, level, is_note: at == 4, source: SourceId(at as u32), is_late: at == 5 });
            }
            let bytes = page.to_bytes(number);
            prop_assert_eq!(bytes.len(), page.len_as_bytes());
            prop_assert_eq!(Page::of_bytes(&bytes, number), Some(page.clone()));
            prop_assert_eq!(Page::of_bytes(&bytes, number ^ 1), None);
            if cut < bytes.len() {
                prop_assert_eq!(Page::of_bytes(&bytes[..cut], number), None);
            }
        }

        #[test]
        fn other_bytes_are_no_page(bytes in proptest::collection::vec(any::<u8>(), 0..99)) {
            if let Some(page) = Page::of_bytes(&bytes, 7) {
                prop_assert!((0..page.lines()).filter_map(|at| page.get(at)).count() <= page.lines());
            }
        }
    }
}
