//! The keys that leave an attached process alone (kubectl and docker: `^p ^q`).
//!
//! The beginning of the sequence is held back until it is known to be it; a sequence that goes on otherwise is sent as
//! it was typed.

use crate::base::key::Key;

/// How far the sequence has been typed.
#[derive(Clone, Debug, Default)]
pub struct Detach {
    held: usize,
}

/// What a key means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// The sequence is whole.
    Detach,
    /// It may become one; nothing is sent.
    Back,
    /// These keys are the process', in order.
    Send(Vec<Key>),
}

impl Detach {
    /// Takes a key. Without a sequence every key is the process'.
    pub fn key(&mut self, key: Key, sequence: &[Key]) -> Held {
        if sequence.get(self.held) == Some(&key) {
            self.held += 1;
            if self.held < sequence.len() {
                return Held::Back;
            }
            self.held = 0;
            return Held::Detach;
        }
        // The keys that were held back are the first ones of the sequence, so they need not be kept.
        let mut keys = sequence[..std::mem::take(&mut self.held).min(sequence.len())].to_vec();
        if sequence.first() == Some(&key) {
            self.held = 1;
        } else {
            keys.push(key);
        }
        Held::Send(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &str, sequence: &str) -> String {
        let parse = |text: &str| -> Vec<Key> { text.split(' ').map(|key| key.parse().expect(key)).collect() };
        let sequence = if sequence.is_empty() { Vec::new() } else { parse(sequence) };
        let (mut detach, mut said) = (Detach::default(), Vec::new());
        for key in parse(keys) {
            match detach.key(key, &sequence) {
                Held::Detach => said.push("detached".to_owned()),
                Held::Back => {}
                Held::Send(keys) => said.extend(keys.iter().map(ToString::to_string)),
            }
        }
        said.join(" ")
    }

    #[test]
    fn the_whole_sequence_detaches_and_a_broken_one_is_sent_as_typed() {
        let usual = "ctrl-p ctrl-q";
        assert_eq!(typed("a ctrl-p ctrl-q b", usual), "a detached b");
        assert_eq!(typed("ctrl-p x", usual), typed("ctrl-p x", ""));
        assert_eq!(typed("ctrl-p ctrl-p ctrl-q", usual), format!("{} detached", typed("ctrl-p", "")));
        assert_eq!(typed("ctrl-q ctrl-p", "ctrl-q"), format!("detached {}", typed("ctrl-p", "")));
    }
}
