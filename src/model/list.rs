//! Bytes of a LIST, as they arrive, to rows; and what its reader shares with that of a watch.
//!
//! The reader is fed chunks of any size and gives what is whole so far, so that the first rows of a large list are on
//! the screen before the last byte is on the wire. Forms, checked against real servers: a protobuf body is `k8s\0`
//! and a `runtime.Unknown` around the list; JSON is one document. Start with [`ListReader::push`].
//!
//! An object that does not decode is passed over and counted; only a broken envelope is an error.

use bytes::{Buf, BytesMut};
use prost::Message;
use prost::encoding::{WireType, decode_key, decode_varint};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::row::{Decode, Interner};
use super::table::ColumnDefinition;
use super::wire;

/// What every protobuf object begins with.
pub(super) const MAGIC: &[u8; 4] = b"k8s\0";

/// Larger than any object that etcd stores (1.5 MiB by default): a length beyond it is a broken stream.
pub(super) const LARGEST_OBJECT: u64 = 256 << 20;

/// How a body is encoded, by its `Content-Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `application/vnd.kubernetes.protobuf`.
    Protobuf,
    /// `application/json`.
    Json,
}

impl Encoding {
    /// The encoding that a `Content-Type` names; everything but protobuf is read as JSON.
    pub fn of_content_type(content_type: &str) -> Self {
        if content_type.contains("protobuf") { Self::Protobuf } else { Self::Json }
    }
}

/// A stream whose envelope is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The body does not begin as its content type says.
    #[error("the answer does not begin like a Kubernetes object")]
    NotKubernetes,
    /// The body ended, or a length in it cannot be.
    #[error("the answer is cut or damaged: {0}")]
    Damaged(&'static str),
    /// The body is no JSON list.
    #[error("the answer is no list: {0}")]
    Json(String),
}

/// What a list says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListEnd {
    /// Where a watch begins.
    pub resource_version: String,
    /// Token of the next page; empty on the last.
    pub continue_token: String,
    /// Objects behind this page, as far as the server says.
    pub remaining: u64,
    /// Objects that did not decode.
    pub bad: usize,
    /// The columns of a table; `None` for any other list.
    pub columns: Option<Vec<ColumnDefinition>>,
}

/// Reads a LIST body.
#[derive(Debug)]
pub struct ListReader<R> {
    encoding: Encoding,
    buffer: BytesMut,
    place: Place,
    /// Bytes of the list message that are still to come.
    left: u64,
    end: ListEnd,
    rows: std::marker::PhantomData<R>,
}

/// Where in a protobuf body the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Magic,
    Envelope,
    List,
    Done,
}

/// A tag and the length behind it.
struct Field {
    tag: u32,
    wire: WireType,
    header: usize,
    /// Length of the value; for a varint its own length.
    len: u64,
}

impl<R: Decode> ListReader<R> {
    /// A reader at the beginning of a body.
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            buffer: BytesMut::new(),
            place: Place::Magic,
            left: 0,
            end: ListEnd::default(),
            rows: std::marker::PhantomData,
        }
    }

    /// Takes the next bytes and appends the rows that are whole now. JSON gives its rows at [`Self::finish`].
    pub fn push(&mut self, chunk: &[u8], rows: &mut Vec<R>, strings: &mut Interner) -> Result<(), WireError> {
        self.buffer.extend_from_slice(chunk);
        if self.encoding == Encoding::Protobuf {
            while self.step(rows, strings)? {}
        }
        Ok(())
    }

    /// Call at the end of the body: the last rows, and what the list says about itself.
    pub fn finish(mut self, rows: &mut Vec<R>, strings: &mut Interner) -> Result<ListEnd, WireError> {
        match (self.encoding, self.place) {
            (Encoding::Json, _) => self.read_json(rows, strings)?,
            (Encoding::Protobuf, Place::Done) => {}
            (Encoding::Protobuf, Place::Magic) => return Err(WireError::NotKubernetes),
            (Encoding::Protobuf, _) => return Err(WireError::Damaged("it ends inside the list")),
        }
        Ok(self.end)
    }

    /// One step through the buffer; false when more bytes are needed.
    fn step(&mut self, rows: &mut Vec<R>, strings: &mut Interner) -> Result<bool, WireError> {
        match self.place {
            Place::Magic if self.buffer.len() < MAGIC.len() => Ok(false),
            Place::Magic if self.buffer.starts_with(MAGIC) => {
                self.buffer.advance(MAGIC.len());
                self.place = Place::Envelope;
                Ok(true)
            }
            Place::Magic => Err(WireError::NotKubernetes),
            Place::Envelope => self.step_envelope(),
            Place::List if self.left == 0 => {
                self.place = Place::Done;
                Ok(false)
            }
            Place::List => self.step_list(rows, strings),
            Place::Done => {
                self.buffer.clear();
                Ok(false)
            }
        }
    }

    /// Fields of `runtime.Unknown`, up to the beginning of `raw`.
    fn step_envelope(&mut self) -> Result<bool, WireError> {
        const RAW: u32 = 2;
        let Some(field) = field(&self.buffer)? else { return Ok(false) };
        if field.tag == RAW && field.wire == WireType::LengthDelimited {
            self.buffer.advance(field.header);
            self.left = field.len;
            self.place = Place::List;
            return Ok(true);
        }
        Ok(self.take(&field).is_some())
    }

    /// Fields of the list itself: its metadata and its items.
    fn step_list(&mut self, rows: &mut Vec<R>, strings: &mut Interner) -> Result<bool, WireError> {
        const METADATA: u32 = 1;
        const ITEMS: u32 = 2;
        let Some(field) = field(&self.buffer)? else { return Ok(false) };
        // Room is made for what is announced, so an announcement is not believed blindly.
        if field.len > LARGEST_OBJECT {
            return Err(WireError::Damaged("an item longer than any object"));
        }
        let size = field.header as u64 + field.len;
        let left = self.left.checked_sub(size).ok_or(WireError::Damaged("an item is longer than its list"))?;
        let Some(value) = self.take(&field) else { return Ok(false) };
        self.left = left;
        match field.tag {
            METADATA => {
                let meta = wire::ListMeta::decode(value).unwrap_or_default();
                self.end.resource_version = meta.resource_version;
                self.end.continue_token = meta.continue_token;
                self.end.remaining = u64::try_from(meta.remaining_item_count).unwrap_or(0);
            }
            ITEMS => match R::from_protobuf(value.freeze(), strings) {
                Some(row) => rows.push(row),
                None => self.end.bad += 1,
            },
            _ => {}
        }
        Ok(true)
    }

    /// Removes a whole field and gives its value; `None` when it has not arrived yet.
    fn take(&mut self, field: &Field) -> Option<BytesMut> {
        let size = field.header + usize::try_from(field.len).ok()?;
        if self.buffer.len() < size {
            self.buffer.reserve(size - self.buffer.len());
            return None;
        }
        self.buffer.advance(field.header);
        Some(self.buffer.split_to(size - field.header))
    }

    fn read_json(&mut self, rows: &mut Vec<R>, strings: &mut Interner) -> Result<(), WireError> {
        #[derive(Deserialize)]
        struct List<'a> {
            #[serde(default)]
            metadata: wire::ListMeta,
            #[serde(borrow, default, alias = "rows")]
            items: Option<Vec<&'a RawValue>>,
            #[serde(default, rename = "columnDefinitions")]
            columns: Option<Vec<ColumnDefinition>>,
        }
        let list: List<'_> =
            serde_json::from_slice(&self.buffer).map_err(|error| WireError::Json(error.to_string()))?;
        self.end.resource_version = list.metadata.resource_version;
        self.end.continue_token = list.metadata.continue_token;
        self.end.remaining = u64::try_from(list.metadata.remaining_item_count).unwrap_or(0);
        self.end.columns = list.columns;
        for item in list.items.unwrap_or_default() {
            match R::from_json(item.get(), strings) {
                Some(row) => rows.push(row),
                None => self.end.bad += 1,
            }
        }
        Ok(())
    }
}

/// Reads the tag (and length) at the beginning of `buffer`; `None` when they are not whole yet.
fn field(buffer: &[u8]) -> Result<Option<Field>, WireError> {
    let mut rest = buffer;
    // Ten bytes are the longest varint: what does not decode with 20 present never will.
    let cut = |_| if buffer.len() < 20 { Ok(None) } else { Err(WireError::Damaged("a tag that is none")) };
    let (tag, wire) = match decode_key(&mut rest) {
        Ok(key) => key,
        Err(error) => return cut(error),
    };
    let before = rest.len();
    let len = match wire {
        WireType::LengthDelimited => match decode_varint(&mut rest) {
            Ok(len) if len > LARGEST_OBJECT && tag != 2 => return Err(WireError::Damaged("a length beyond reason")),
            Ok(len) => len,
            Err(error) => return cut(error),
        },
        WireType::Varint => {
            let mut value = rest;
            match decode_varint(&mut value) {
                Ok(_) => (before - value.len()) as u64,
                Err(error) => return cut(error),
            }
        }
        WireType::ThirtyTwoBit => 4,
        WireType::SixtyFourBit => 8,
        WireType::StartGroup | WireType::EndGroup => return Err(WireError::Damaged("a group")),
    };
    Ok(Some(Field { tag, wire, header: buffer.len() - rest.len(), len }))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::pod::PodRow;

    /// A list message with real items, for building bodies.
    #[derive(Clone, PartialEq, Message)]
    struct PodList {
        #[prost(message, optional, tag = "1")]
        metadata: Option<wire::ListMeta>,
        #[prost(message, repeated, tag = "2")]
        items: Vec<wire::Pod>,
    }

    /// A pod of a name and a version.
    pub fn pod(name: &str, version: &str) -> wire::Pod {
        let metadata = wire::ObjectMeta {
            name: name.to_owned(),
            namespace: "shop".to_owned(),
            resource_version: version.to_owned(),
            ..Default::default()
        };
        wire::Pod { metadata: Some(metadata), ..Default::default() }
    }

    /// A message as a body: with the magic bytes and the envelope.
    pub fn enveloped(message: &impl Message) -> Vec<u8> {
        let mut body = MAGIC.to_vec();
        // TypeMeta before, content type behind: fields that the reader must step over.
        body.extend([0x0a, 0x06, 0x0a, 0x04, b'l', b'i', b's', b't']);
        body.extend(wire::Unknown { raw: message.encode_to_vec().into() }.encode_to_vec());
        body.extend([0x22, 0x00]);
        body
    }

    fn list_body(count: usize) -> Vec<u8> {
        let metadata = wire::ListMeta { resource_version: "77".to_owned(), ..Default::default() };
        let items = (0..count).map(|i| pod(&format!("web-{i}"), "1")).collect();
        enveloped(&PodList { metadata: Some(metadata), items })
    }

    fn read_list(body: &[u8], cuts: &[usize]) -> Result<(Vec<PodRow>, ListEnd), WireError> {
        let (mut rows, mut strings) = (Vec::new(), Interner::default());
        let mut reader = ListReader::<PodRow>::new(Encoding::Protobuf);
        let mut from = 0;
        for to in cuts.iter().copied().chain([body.len()]) {
            let to = to.clamp(from, body.len());
            reader.push(&body[from..to], &mut rows, &mut strings)?;
            from = to;
        }
        let end = reader.finish(&mut rows, &mut strings)?;
        Ok((rows, end))
    }

    #[test]
    fn rows_come_before_the_list_is_whole() {
        let body = list_body(100);
        let (mut rows, mut strings) = (Vec::new(), Interner::default());
        let mut reader = ListReader::<PodRow>::new(Encoding::Protobuf);
        reader.push(&body[..body.len() / 2], &mut rows, &mut strings).expect("half a list");
        assert!(rows.len() > 40, "{}", rows.len());
    }

    #[test]
    fn a_cut_list_is_an_error_and_an_empty_one_is_not() {
        let body = list_body(3);
        assert!(matches!(read_list(&body[..body.len() - 20], &[]), Err(WireError::Damaged(_))));
        assert_eq!(read_list(b"<html>", &[]), Err(WireError::NotKubernetes));
        assert_eq!(read_list(&list_body(0), &[]).map(|(rows, _)| rows.len()), Ok(0));
    }

    #[test]
    fn an_item_that_announces_more_than_any_object_is_an_error_and_not_an_allocation() {
        for length in [LARGEST_OBJECT + 1, 1 << 62, u64::MAX] {
            let mut body = MAGIC.to_vec();
            body.push(0x12);
            prost::encoding::encode_varint(u64::MAX, &mut body);
            body.push(0x12);
            prost::encoding::encode_varint(length, &mut body);
            assert!(matches!(read_list(&body, &[]), Err(WireError::Damaged(_))), "{length}");
        }
    }

    #[test]
    fn an_item_that_does_not_decode_is_counted() {
        let mut body = MAGIC.to_vec();
        let list = [0x12, 0x02, 0xff, 0xff, 0x0a, 0x03, 0x12, 0x01, b'9'];
        body.extend(wire::Unknown { raw: list.to_vec().into() }.encode_to_vec());
        let (rows, end) = read_list(&body, &[]).expect("a list");
        assert_eq!((rows.len(), end.bad, end.resource_version.as_str()), (0, 1, "9"));
    }

    #[test]
    fn a_json_list_reads_around_a_bad_item() {
        let body = br#"{"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"a"}},{"metadata":7}]}"#;
        let (mut rows, mut strings) = (Vec::new(), Interner::default());
        let mut reader = ListReader::<PodRow>::new(Encoding::Json);
        reader.push(body, &mut rows, &mut strings).expect("pushes");
        let end = reader.finish(&mut rows, &mut strings).expect("a list");
        assert_eq!((rows.len(), end.bad, end.resource_version.as_str()), (1, 1, "5"));
    }

    proptest! {
        #[test]
        fn where_the_chunks_are_cut_does_not_matter(count in 0usize..12, mut cuts in prop::collection::vec(0usize..800, 0..20)) {
            cuts.sort_unstable();
            let body = list_body(count);
            let (rows, end) = read_list(&body, &cuts).expect("a list");
            prop_assert_eq!(rows.len(), count);
            prop_assert_eq!(end.resource_version, "77");
        }

        #[test]
        fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            // Broken bytes may be an error; what counts is that they are no panic.
            let _broken = read_list(&[MAGIC.as_slice(), &body].concat(), &[7]);
        }
    }
}
