//! Percent-encoding of URLs (RFC 3986, section 2.1).

use std::fmt::Write as _;

/// Bytes that stand for themselves everywhere in a URL, beside letters and digits.
pub const UNRESERVED: &[u8] = b"-._~";

/// `text` with every byte but letters, digits and those in `kept` as `%XX`.
pub fn encode(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_is_encoded() {
        assert_eq!(encode("spec.nodeName=a,b!=c d", UNRESERVED), "spec.nodeName%3Da%2Cb%21%3Dc%20d");
        assert_eq!(encode("/a b", b"/"), "/a%20b");
        assert_eq!(encode("日", UNRESERVED), "%E6%97%A5");
    }
}
