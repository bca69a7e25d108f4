//! Bytes of a watch, as they arrive, to events.
//!
//! Forms, checked against real servers: protobuf is frames of a big-endian length and a `metav1.WatchEvent`; JSON is
//! one line an event. Chunks may be of any size. Start with [`WatchReader::push`].

use bytes::{Buf, Bytes, BytesMut};
use prost::Message;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::list::{Encoding, LARGEST_OBJECT, MAGIC, WireError};
use super::row::{Decode, Interner};
use super::table::ColumnDefinition;
use super::wire;

const TOO_LONG: WireError = WireError::Damaged("an event longer than any object");

/// One event of a watch.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchItem<R> {
    /// Added or modified.
    Applied(R),
    /// Deleted; the row is its last state.
    Deleted(R),
    /// The columns of the rows that follow; tables begin with them.
    Columns(Vec<ColumnDefinition>),
    /// Nothing changed up to the resource version.
    Bookmark,
    /// The server ends the watch: 410 means that it must begin anew from a list.
    Error(wire::Status),
    /// An event that did not decode: its object stays as it was.
    Bad,
}

/// Reads a watch body.
#[derive(Debug)]
pub struct WatchReader<R> {
    encoding: Encoding,
    buffer: BytesMut,
    /// Where the watch can be taken up again; the last version that an event carried.
    pub resource_version: String,
    rows: std::marker::PhantomData<R>,
}

impl<R: Decode> WatchReader<R> {
    /// A reader at the beginning of a watch that starts behind `resource_version`.
    pub fn new(encoding: Encoding, resource_version: String) -> Self {
        Self { encoding, buffer: BytesMut::new(), resource_version, rows: std::marker::PhantomData }
    }

    /// Takes the next bytes and appends the events that are whole now.
    pub fn push(
        &mut self,
        chunk: &[u8],
        items: &mut Vec<WatchItem<R>>,
        strings: &mut Interner,
    ) -> Result<(), WireError> {
        self.buffer.extend_from_slice(chunk);
        while let Some(frame) = self.next_frame()? {
            match self.encoding {
                Encoding::Protobuf => items.push(self.read_protobuf(frame, strings)),
                Encoding::Json => self.read_json(&frame, items, strings),
            }
        }
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Bytes>, WireError> {
        match self.encoding {
            Encoding::Protobuf => {
                let Some(length) = self.buffer.first_chunk::<4>() else { return Ok(None) };
                let length = u32::from_be_bytes(*length);
                if u64::from(length) > LARGEST_OBJECT {
                    return Err(TOO_LONG);
                }
                let size = 4 + length as usize;
                if self.buffer.len() < size {
                    return Ok(None);
                }
                self.buffer.advance(4);
                Ok(Some(self.buffer.split_to(length as usize).freeze()))
            }
            Encoding::Json => loop {
                let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') else {
                    let endless = self.buffer.len() as u64 > LARGEST_OBJECT;
                    return if endless { Err(TOO_LONG) } else { Ok(None) };
                };
                let line = self.buffer.split_to(end + 1).freeze();
                if !line.trim_ascii().is_empty() {
                    return Ok(Some(line));
                }
            },
        }
    }

    fn read_protobuf(&mut self, frame: Bytes, strings: &mut Interner) -> WatchItem<R> {
        let read = |raw: Bytes| -> Option<Bytes> {
            let envelope = raw.strip_prefix(MAGIC)?;
            Some(wire::Unknown::decode(raw.slice_ref(envelope)).ok()?.raw)
        };
        let decoded = wire::WatchEvent::decode(frame).ok();
        let Some((kind, object)) = decoded.and_then(|event| Some((event.r#type, read(event.object?.raw)?))) else {
            return WatchItem::Bad;
        };
        match kind.as_str() {
            "ERROR" => wire::Status::decode(object).map_or(WatchItem::Bad, WatchItem::Error),
            "BOOKMARK" => self.bookmark(wire::Bookmark::decode(object).unwrap_or_default()),
            _ => {
                // The metadata is read twice; an event is small, and the row does not keep the version.
                let version = wire::Bookmark::decode(object.clone()).unwrap_or_default();
                let row = R::from_protobuf(object, strings);
                row.map_or(WatchItem::Bad, |row| self.changed(&kind, version, row))
            }
        }
    }

    fn read_json(&mut self, line: &[u8], items: &mut Vec<WatchItem<R>>, strings: &mut Interner) {
        #[derive(Deserialize)]
        struct Event<'a> {
            r#type: String,
            #[serde(borrow)]
            object: &'a RawValue,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Head {
            metadata: Option<wire::ObjectMeta>,
            #[serde(rename = "columnDefinitions")]
            columns: Option<Vec<ColumnDefinition>>,
        }
        let Ok(event) = serde_json::from_slice::<Event<'_>>(line) else {
            items.push(WatchItem::Bad);
            return;
        };
        let object = event.object.get();
        let Head { metadata, columns } = serde_json::from_str(object).unwrap_or_default();
        items.extend(columns.map(WatchItem::Columns));
        let version = wire::Bookmark { metadata };
        items.push(match event.r#type.as_str() {
            "ERROR" => serde_json::from_str(object).map_or(WatchItem::Bad, WatchItem::Error),
            "BOOKMARK" => self.bookmark(version),
            kind => {
                let row = R::from_json(object, strings);
                row.map_or(WatchItem::Bad, |row| self.changed(kind, version, row))
            }
        });
    }

    fn bookmark(&mut self, object: wire::Bookmark) -> WatchItem<R> {
        self.advance(object);
        WatchItem::Bookmark
    }

    fn changed(&mut self, kind: &str, version: wire::Bookmark, row: R) -> WatchItem<R> {
        self.advance(version);
        match kind {
            "DELETED" => WatchItem::Deleted(row),
            _ => WatchItem::Applied(row),
        }
    }

    fn advance(&mut self, object: wire::Bookmark) {
        if let Some(meta) = object.metadata.filter(|meta| !meta.resource_version.is_empty()) {
            self.resource_version = meta.resource_version;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::list::tests::{enveloped, pod};
    use super::*;
    use crate::model::pod::PodRow;

    fn frame(kind: &str, object: &impl Message) -> Vec<u8> {
        let raw = wire::RawExtension { raw: enveloped(object).into() };
        let event = wire::WatchEvent { r#type: kind.to_owned(), object: Some(raw) }.encode_to_vec();
        let mut frame = (event.len() as u32).to_be_bytes().to_vec();
        frame.extend(event);
        frame
    }

    #[test]
    fn both_forms_of_a_watch_say_the_same() {
        let status = wire::Status { code: 410, reason: "Expired".to_owned(), ..Default::default() };
        let mut protobuf = frame("ADDED", &pod("a", "11"));
        protobuf.extend(frame("DELETED", &pod("a", "12")));
        protobuf.extend(frame("BOOKMARK", &pod("", "15")));
        protobuf.extend(frame("ERROR", &status));
        let json = concat!(
            r#"{"type":"ADDED","object":{"metadata":{"name":"a","namespace":"shop","resourceVersion":"11"}}}"#,
            "\n",
            r#"{"type":"DELETED","object":{"metadata":{"name":"a","namespace":"shop","resourceVersion":"12"}}}"#,
            "\n\n",
            r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"15","creationTimestamp":null}}}"#,
            "\n",
            r#"{"type":"ERROR","object":{"code":410,"reason":"Expired"}}"#,
            "\n",
        );
        let read = |encoding, body: &[u8]| {
            let (mut items, mut strings) = (Vec::new(), Interner::default());
            let mut reader = WatchReader::<PodRow>::new(encoding, "10".to_owned());
            for byte in body.chunks(3) {
                reader.push(byte, &mut items, &mut strings).expect("reads");
            }
            (items, reader.resource_version)
        };
        let (items, version) = read(Encoding::Protobuf, &protobuf);
        assert_eq!((&items, &version), (&read(Encoding::Json, json.as_bytes()).0, &"15".to_owned()));
        assert!(matches!(items.as_slice(), [
            WatchItem::Applied(_), WatchItem::Deleted(_), WatchItem::Bookmark, WatchItem::Error(status),
        ] if status.code == 410));
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_none_are_read_for_ever(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let (mut items, mut strings) = (Vec::new(), Interner::default());
            for encoding in [Encoding::Protobuf, Encoding::Json] {
                let mut reader = WatchReader::<PodRow>::new(encoding, String::new());
                // Broken bytes may end the watch; what counts is that it says so instead of panicking.
                let _broken = reader.push(&body, &mut items, &mut strings);
                prop_assert!(items.len() <= 2 * body.len());
            }
        }
    }
}
