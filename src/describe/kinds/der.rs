//! Just enough of DER (X.690) to read who a certificate request is for: PKCS #10, RFC 2986. Nothing is
//! verified here.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a certificate request asks for. All empty where it cannot be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    /// Attributes of the subject in their order: the last number of their object identifier 2.5.4.N, and
    /// the text.
    pub(super) subject: Vec<(u8, String)>,
    /// Alternative names in their order.
    pub(super) names: Vec<(NameKind, String)>,
}

/// Kinds of alternative names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameKind {
    Dns,
    Email,
    Uri,
    Ip,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const OCTETS: u8 = 0x04;
/// `[0]`, where the attributes of a request stand.
const ATTRIBUTES: u8 = 0xa0;
/// 1.2.840.113549.1.9.14, the extensions that a request asks for.
const EXTENSION_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
/// 2.5.29.17, alternative names of the subject.
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

/// Reads a request in DER.
pub(super) fn read(der: &[u8]) -> Option<Request> {
    let request = Reader(der).expect(SEQUENCE)?;
    let mut info = Reader(Reader(request).expect(SEQUENCE)?);
    let _version = info.next()?;
    let subject = info.expect(SEQUENCE)?;
    let _key = info.next()?;
    let names = info.next().filter(|(tag, _)| *tag == ATTRIBUTES).map(|(_, attributes)| alternative_names(attributes));
    Some(Request { subject: attributes_of(subject), names: names.unwrap_or_default() })
}

/// A sequence of values: tag, length and content each.
struct Reader<'a>(&'a [u8]);

impl<'a> Iterator for Reader<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            // The number of bytes that the length itself takes.
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f).min(8))?;
            (bytes.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }
}

impl<'a> Reader<'a> {
    /// The next value, if it has this tag.
    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

fn attributes_of(name: &[u8]) -> Vec<(u8, String)> {
    let sets = Reader(name).filter(|(tag, _)| *tag == SET);
    let pairs = sets.flat_map(|(_, set)| Reader(set)).filter(|(tag, _)| *tag == SEQUENCE);
    pairs.filter_map(|(_, pair)| attribute(pair)).collect()
}

fn attribute(pair: &[u8]) -> Option<(u8, String)> {
    let mut pair = Reader(pair);
    let &[0x55, 0x04, number] = pair.expect(OID)? else { return None };
    let (tag, value) = pair.next()?;
    let text = match tag {
        // UTF-8, printable, T.61 and IA5 strings.
        0x0c | 0x13 | 0x14 | 0x16 => String::from_utf8_lossy(value).into_owned(),
        // BMP: 16 bits a character.
        0x1e => {
            let units = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => return None,
    };
    Some((number, text))
}

fn alternative_names(attributes: &[u8]) -> Vec<(NameKind, String)> {
    let mut names = Vec::new();
    for (_, attribute) in Reader(attributes) {
        let mut attribute = Reader(attribute);
        if attribute.expect(OID) != Some(EXTENSION_REQUEST) {
            continue;
        }
        let extensions = attribute.expect(SET).and_then(|set| Reader(set).expect(SEQUENCE)).unwrap_or_default();
        for (_, extension) in Reader(extensions) {
            let mut extension = Reader(extension);
            if extension.expect(OID) != Some(ALTERNATIVE_NAMES) {
                continue;
            }
            // Before it may stand whether the extension is critical.
            let value = extension.find(|(tag, _)| *tag == OCTETS).map(|(_, value)| value).unwrap_or_default();
            let given = Reader(Reader(value).expect(SEQUENCE).unwrap_or_default());
            names.extend(given.filter_map(|(tag, name)| alternative_name(tag, name)));
        }
    }
    names
}

fn alternative_name(tag: u8, name: &[u8]) -> Option<(NameKind, String)> {
    let text = || String::from_utf8_lossy(name).into_owned();
    match tag {
        0x81 => Some((NameKind::Email, text())),
        0x82 => Some((NameKind::Dns, text())),
        0x86 => Some((NameKind::Uri, text())),
        0x87 => Some((NameKind::Ip, address(name)?.to_string())),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).into());
    }
    let sixteen = <[u8; 16]>::try_from(bytes).ok()?;
    Some(IpAddr::from(Ipv6Addr::from(sixteen)).to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len() as u16;
        [&[tag, 0x82, (length >> 8) as u8, length as u8], content].concat()
    }

    fn request(names: &[u8]) -> Vec<u8> {
        let attribute = |number: u8, tag, text: &[u8]| {
            let pair = [value(OID, &[0x55, 0x04, number]), value(tag, text)].concat();
            value(SET, &value(SEQUENCE, &pair))
        };
        let subject = [attribute(10, 0x13, b"o"), attribute(3, 0x1e, &[0, b'c', 0, 0xe9]), attribute(3, 0x05, b"")];
        let extension = [value(OID, ALTERNATIVE_NAMES), value(0x01, &[0xff]), value(OCTETS, &value(SEQUENCE, names))];
        let extensions = value(SEQUENCE, &value(SEQUENCE, &extension.concat()));
        let asked = [value(OID, EXTENSION_REQUEST), value(SET, &extensions)].concat();
        let info = [
            value(0x02, &[0]),
            value(SEQUENCE, &subject.concat()),
            value(SEQUENCE, b""),
            value(ATTRIBUTES, &value(SEQUENCE, &asked)),
        ];
        value(SEQUENCE, &value(SEQUENCE, &info.concat()))
    }

    #[test]
    fn subject_and_names() {
        let mapped = [&[0; 10][..], &[0xff, 0xff, 10, 0, 0, 1]].concat();
        let names = [
            value(0x82, b"example.org"),
            value(0x87, &[192, 0, 2, 1]),
            value(0x87, &mapped),
            value(0x87, &[1, 2]),
            value(0x81, b"a@example.org"),
            value(0x86, b"spiffe://x"),
            value(0x80, b"?"),
        ];
        let found = read(&request(&names.concat())).expect("a request");
        assert_eq!(found.subject, [(10, "o".to_owned()), (3, "cé".to_owned())]);
        let names: Vec<&str> = found.names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["example.org", "192.0.2.1", "10.0.0.1", "a@example.org", "spiffe://x"]);
    }

    proptest! {
        #[test]
        fn no_bytes_fail(mut bytes in prop::collection::vec(any::<u8>(), 0..60), at in 0..200_usize, byte: u8) {
            let _any = read(&bytes);
            bytes = request(&bytes);
            if let Some(changed) = bytes.get_mut(at) {
                *changed = byte;
            }
            let _any = read(&bytes);
        }
    }
}
