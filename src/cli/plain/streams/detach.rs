//! The keys that leave an attached process alone, among the bytes of a terminal. Pure. Rules: moby's `term.ToBytes` and
//! `EscapeProxy`, which kubectl uses.

/// A sequence of bytes to look for.
#[derive(Clone, Debug)]
pub struct DetachKeys {
    keys: Vec<u8>,
    /// So many of them were typed just now.
    typed: usize,
}

impl DetachKeys {
    /// Reads `ctrl-p,ctrl-q` or `a,b,c`; an empty text is no sequence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let keys = text.split(',').filter(|key| !key.is_empty()).map(|key| {
            let control = key.strip_prefix("ctrl-").map(str::as_bytes);
            match (control, key.as_bytes()) {
                (Some(&[letter @ b'a'..=b'z']), _) => Ok(letter - b'a' + 1),
                (Some(b"@"), _) => Ok(0),
                (Some(&[symbol @ b'['..=b'_']), _) => Ok(symbol - b'@'),
                (None, &[byte]) => Ok(byte),
                _ => Err(format!("Unknown character: '{key}'")),
            }
        });
        Ok(Self { keys: keys.collect::<Result<_, _>>()?, typed: 0 })
    }

    /// `^p ^q`.
    pub fn usual() -> Self {
        Self { keys: vec![0x10, 0x11], typed: 0 }
    }

    /// What of typed bytes is passed on, and whether the sequence is whole; what follows it is dropped.
    pub fn pass(&mut self, bytes: &[u8]) -> (Vec<u8>, bool) {
        if self.keys.is_empty() {
            return (bytes.to_vec(), false);
        }
        let mut out = Vec::with_capacity(bytes.len());
        for byte in bytes {
            if self.keys[self.typed] != *byte {
                // Not the sequence after all: it was typed for the process.
                out.extend_from_slice(&self.keys[..self.typed]);
                self.typed = 0;
            }
            if self.keys[self.typed] == *byte {
                self.typed += 1;
            } else {
                out.push(*byte);
            }
            if self.typed == self.keys.len() {
                self.typed = 0;
                return (out, true);
            }
        }
        (out, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(keys: &str, typed: &[&[u8]]) -> (Vec<u8>, bool) {
        let mut keys = DetachKeys::parse(keys).expect(keys);
        let mut all = Vec::new();
        for bytes in typed {
            let (out, detached) = keys.pass(bytes);
            all.extend(out);
            if detached {
                return (all, true);
            }
        }
        (all, false)
    }

    #[test]
    fn the_sequence_ends_the_input_and_a_broken_one_is_passed_on() {
        let usual = "ctrl-p,ctrl-q";
        assert_eq!(passed(usual, &[b"ls\r"]), (b"ls\r".to_vec(), false));
        assert_eq!(passed(usual, &[b"a\x10\x11b"]), (b"a".to_vec(), true));
        assert_eq!(passed(usual, &[b"a\x10", b"\x11"]), (b"a".to_vec(), true));
        assert_eq!(passed(usual, &[b"\x10x"]), (b"\x10x".to_vec(), false));
        assert_eq!(passed(usual, &[b"\x10\x10\x11"]), (b"\x10".to_vec(), true));
        assert_eq!(passed("x,y", &[b"axy"]), (b"a".to_vec(), true));
        assert_eq!(passed("", &[b"\x10\x11"]), (b"\x10\x11".to_vec(), false));
    }

    #[test]
    fn every_key_has_a_byte_or_is_refused() {
        assert_eq!(DetachKeys::parse("ctrl-@,ctrl-[,ctrl-_,ctrl-z,q").expect("keys").keys, [0, 27, 31, 26, b'q']);
        for wrong in ["ctrl-P", "up", "ctrl-", "ctrl-ab"] {
            assert_eq!(DetachKeys::parse(wrong).expect_err(wrong), format!("Unknown character: '{wrong}'"));
        }
    }
}
