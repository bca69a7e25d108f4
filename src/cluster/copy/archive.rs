//! Reads a tar archive from pieces of any size: bytes go in, entries and their data come out.
//!
//! No I/O here. Headers are the crate `tar`'s; its own reader wants a blocking source. Long names are understood in
//! both forms (GNU, PAX); a PAX record applies to the next entry and never to another record, as POSIX has it.

use bytes::{Buf, Bytes, BytesMut};
use tar::{EntryType, Header};

const BLOCK: usize = 512;
/// The longest name or record that is believed.
const LONGEST: u64 = 1 << 20;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    Symlink,
    HardLink,
    /// A device, a pipe, a file with holes.
    Other,
}

/// What stands before an entry's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// As the archive has it: relative or not, with `..` or not.
    pub(super) path: Vec<u8>,
    /// What a link points to.
    pub(super) link: Vec<u8>,
    pub(super) kind: Kind,
    /// Permission bits.
    pub(super) mode: u32,
}

/// The next thing of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An entry begins.
    Entry(Entry),
    /// Some of its data.
    Data(Bytes),
    /// The entry is complete.
    Complete,
}

/// The bytes are no archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tar contents corrupted: {0}")]
pub(super) struct Corrupted(&'static str);

#[derive(Debug)]
enum State {
    Header,
    /// What is left of an entry's data.
    Data(u64),
    /// A name or record for the next entry.
    Extension(EntryType, u64),
    /// What is left of bytes that nobody wants.
    Skip(u64),
    End,
}

/// What extensions say of the next entry.
#[derive(Debug, Default)]
struct Said {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

/// A reader of an archive.
#[derive(Debug)]
pub(super) struct Archive {
    buffer: BytesMut,
    state: State,
    said: Said,
    /// Between an entry's head and its end.
    inside: bool,
    padding: u64,
}

impl Archive {
    pub(super) fn new() -> Self {
        Self { buffer: BytesMut::new(), state: State::Header, said: Said::default(), inside: false, padding: 0 }
    }

    /// Takes bytes in.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        // What follows the end is padding.
        if !self.is_complete() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether the archive's end was read.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.state, State::End)
    }

    /// The next part; `None` when more bytes are needed, or at the end.
    pub(super) fn next(&mut self) -> Result<Option<Part>, Corrupted> {
        loop {
            match self.state {
                State::End => return Ok(None),
                State::Data(0) => {
                    self.state = State::Skip(self.padding);
                    if std::mem::take(&mut self.inside) {
                        return Ok(Some(Part::Complete));
                    }
                }
                State::Data(left) => {
                    let there = left.min(self.buffer.len() as u64);
                    if there == 0 {
                        return Ok(None);
                    }
                    self.state = State::Data(left - there);
                    return Ok(Some(Part::Data(self.buffer.split_to(there as usize).freeze())));
                }
                State::Skip(0) => self.state = State::Header,
                State::Skip(left) => {
                    let there = left.min(self.buffer.len() as u64);
                    if there == 0 {
                        return Ok(None);
                    }
                    self.buffer.advance(there as usize);
                    self.state = State::Skip(left - there);
                }
                State::Extension(kind, size) => {
                    if (self.buffer.len() as u64) < size {
                        return Ok(None);
                    }
                    let content = self.buffer.split_to(size as usize);
                    self.said.hear(kind, &content)?;
                    self.state = State::Skip(padding(size));
                }
                State::Header => {
                    if self.buffer.len() < BLOCK {
                        return Ok(None);
                    }
                    let block = self.buffer.split_to(BLOCK);
                    if let Some(entry) = self.header(&block)? {
                        self.inside = true;
                        return Ok(Some(Part::Entry(entry)));
                    }
                }
            }
        }
    }

    fn header(&mut self, block: &[u8]) -> Result<Option<Entry>, Corrupted> {
        if block.iter().all(|byte| *byte == 0) {
            self.state = State::End;
            self.buffer.clear();
            return Ok(None);
        }
        let header = Header::from_byte_slice(block);
        if header.cksum().ok() != Some(checksum(block)) {
            return Err(Corrupted("a header's checksum is wrong"));
        }
        let kind = header.entry_type();
        let size = header.entry_size().map_err(|_| Corrupted("a size is no number"))?;
        if matches!(
            kind,
            EntryType::GNULongName | EntryType::GNULongLink | EntryType::XHeader | EntryType::XGlobalHeader
        ) {
            if size > LONGEST {
                return Err(Corrupted("a name is too long"));
            }
            self.state = State::Extension(kind, size);
            return Ok(None);
        }
        let said = std::mem::take(&mut self.said);
        let size = said.size.unwrap_or(size);
        let kind = kind_of(kind);
        // Links have no data, whatever their size says.
        let size = if matches!(kind, Kind::Symlink | Kind::HardLink | Kind::Directory) { 0 } else { size };
        self.padding = padding(size);
        self.state = State::Data(size);
        Ok(Some(Entry {
            path: said.path.unwrap_or_else(|| header.path_bytes().into_owned()),
            link: said.link.unwrap_or_else(|| header.link_name_bytes().unwrap_or_default().into_owned()),
            kind,
            mode: header.mode().unwrap_or(0o644) & 0o777,
        }))
    }
}

impl Said {
    fn hear(&mut self, kind: EntryType, content: &[u8]) -> Result<(), Corrupted> {
        let name = || content.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
        match kind {
            EntryType::GNULongName => self.path = Some(name()),
            EntryType::GNULongLink => self.link = Some(name()),
            // Records for all entries name none of what is read here.
            EntryType::XGlobalHeader => {}
            _ => self.records(content).ok_or(Corrupted("a record is malformed"))?,
        }
        Ok(())
    }

    /// `LENGTH KEY=VALUE\n`, again and again. A value may hold anything, line breaks too.
    fn records(&mut self, mut content: &[u8]) -> Option<()> {
        while !content.is_empty() {
            let space = content.iter().position(|byte| *byte == b' ')?;
            let length: usize = std::str::from_utf8(&content[..space]).ok()?.parse().ok()?;
            let record = content.get(space + 1..length.checked_sub(1)?)?;
            let equals = record.iter().position(|byte| *byte == b'=')?;
            let (key, value) = (&record[..equals], record[equals + 1..].to_vec());
            match key {
                b"path" => self.path = Some(value),
                b"linkpath" => self.link = Some(value),
                b"size" => self.size = Some(std::str::from_utf8(&value).ok()?.parse().ok()?),
                _ => {}
            }
            content = content.get(length..)?;
        }
        Some(())
    }
}

fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

/// The sum of a header's bytes, its own field taken for spaces.
fn checksum(block: &[u8]) -> u32 {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    sum(&block[..148]) + 8 * u32::from(b' ') + sum(&block[156..])
}

fn kind_of(kind: EntryType) -> Kind {
    match kind {
        EntryType::Regular | EntryType::Continuous => Kind::File,
        EntryType::Directory => Kind::Directory,
        EntryType::Symlink => Kind::Symlink,
        EntryType::Link => Kind::HardLink,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Entries with their data.
    type Contents = Vec<(Entry, Vec<u8>)>;

    /// Everything of an archive that is fed in pieces of `cut` bytes: entries with their data.
    fn read(bytes: &[u8], cut: usize) -> Result<(Contents, bool), Corrupted> {
        let mut archive = Archive::new();
        let mut found = Contents::new();
        let mut complete = 0;
        for piece in bytes.chunks(cut) {
            archive.feed(piece);
            while let Some(part) = archive.next()? {
                match part {
                    Part::Entry(entry) => found.push((entry, Vec::new())),
                    Part::Data(data) => found.last_mut().expect("an entry").1.extend(data),
                    Part::Complete => complete += 1,
                }
            }
        }
        Ok((found.clone(), archive.is_complete() && complete == found.len()))
    }

    fn header(kind: EntryType, path: &str, size: u64) -> Header {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_path(path).expect("a short name");
        header.set_size(size);
        header.set_mode(0o755);
        header.set_cksum();
        header
    }

    fn pax(key: &str, value: &str) -> String {
        let rest = format!(" {key}={value}\n");
        let length =
            (1..6).map(|digits| rest.len() + digits).find(|length| length.to_string().len() + rest.len() == *length);
        format!("{}{rest}", length.expect("a length"))
    }

    fn add(out: &mut Vec<u8>, header: &Header, data: &[u8]) {
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(data);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }

    #[test]
    fn what_the_crate_writes_is_read_wherever_it_is_cut() {
        let mut builder = tar::Builder::new(Vec::new());
        let long = format!("dir/{}", "long name ".repeat(30));
        for (name, data) in [("dir/a", "hello"), (&long, "much"), ("dir/日本", ""), ("dir/b", &"x".repeat(512))] {
            let mut header = Header::new_gnu();
            header.set_size(data.len() as u64);
            header.set_mode(0o640);
            builder.append_data(&mut header, name, data.as_bytes()).expect("it is written");
        }
        let mut link = Header::new_gnu();
        link.set_entry_type(EntryType::Symlink);
        link.set_size(0);
        link.set_mode(0o777);
        builder.append_link(&mut link, "dir/l", "../x").expect("it is written");
        let bytes = builder.into_inner().expect("an archive");
        for cut in [1, 7, 511, 512, 513, 100_000] {
            let (found, complete) = read(&bytes, cut).expect("an archive");
            let texts: Vec<_> = found
                .iter()
                .map(|(entry, data)| {
                    (String::from_utf8_lossy(&entry.path).into_owned(), entry.kind, entry.mode, data.len())
                })
                .collect();
            assert!(complete, "cut at {cut}");
            assert_eq!(
                texts,
                [
                    ("dir/a".to_owned(), Kind::File, 0o640, 5),
                    (long.clone(), Kind::File, 0o640, 4),
                    ("dir/日本".to_owned(), Kind::File, 0o640, 0),
                    ("dir/b".to_owned(), Kind::File, 0o640, 512),
                    ("dir/l".to_owned(), Kind::Symlink, 0o777, 0),
                ],
                "cut at {cut}"
            );
            assert_eq!(found[4].0.link, b"../x");
        }
    }

    #[test]
    fn a_pax_record_is_for_the_next_file_alone() {
        let mut bytes = Vec::new();
        let records = pax("path", "a\nb") + &pax("size", "3") + &pax("comment", "x=y");
        add(&mut bytes, &header(EntryType::XHeader, "x", records.len() as u64), records.as_bytes());
        // The size must not reach this record: whoever lets it reads other files than everybody else.
        add(&mut bytes, &header(EntryType::GNULongLink, "x", 5), b"long\0");
        add(&mut bytes, &header(EntryType::Regular, "short", 0), b"abc");
        add(&mut bytes, &header(EntryType::Regular, "next", 1), b"d");
        bytes.resize(bytes.len() + 1024, 0);
        let (found, complete) = read(&bytes, 100).expect("an archive");
        let texts: Vec<_> = found.iter().map(|(entry, data)| (&entry.path[..], &data[..])).collect();
        assert_eq!(texts, [(&b"a\nb"[..], &b"abc"[..]), (&b"next"[..], &b"d"[..])]);
        assert!(complete);
    }

    #[test]
    fn what_is_no_archive_is_an_error_and_what_is_cut_is_not_complete() {
        assert!(read(&[b'x'; 1024], 512).is_err());
        let mut bytes = Vec::new();
        add(&mut bytes, &header(EntryType::Regular, "a", 600), &[b'a'; 600]);
        let (found, complete) = read(&bytes[..1000], 300).expect("the beginning of an archive");
        assert_eq!((found[0].1.len(), complete), (488, false));
        let mut record = Vec::new();
        add(&mut record, &header(EntryType::XHeader, "x", 8), b"99 a=b\n ");
        assert!(read(&record, 4096).is_err());
        let mut huge = Vec::new();
        add(&mut huge, &header(EntryType::GNULongName, "x", LONGEST + 1), b"");
        assert!(read(&huge, 4096).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 512..2048), cut in 1usize..700) {
            let _ = read(&bytes, cut);
            // The same behind a header that is believed.
            let sum = checksum(&bytes[..BLOCK]);
            bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            let _ = read(&bytes, cut);
        }
    }
}
