//! Random bytes, most of them escape sequences, and random sizes: nothing panics, hangs or grows.

use std::fs;

use podtriage::emulator::Emulator;

/// Numbers that only look random: a failure comes again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn pick<'a>(&mut self, from: &[&'a [u8]]) -> &'a [u8] {
        from[self.roll(from.len() as u64) as usize]
    }

    /// Something that a terminal might be sent, or never is.
    fn piece(&mut self, out: &mut Vec<u8>) {
        const STARTS: &[&[u8]] =
            &[b"\x1b[", b"\x1b[?", b"\x1b[>", b"\x1b", b"\x1b]", b"\x1bP", b"\x1b(", b"\x1b#", b"\x9b"];
        const TEXTS: &[&[u8]] = &[
            b"text ",
            b"\r\n",
            b"\t",
            b"\x08",
            b"\x07",
            b"\x0e",
            b"\x0f",
            b"\xe6\x97\xa5",
            b"\xf0\x9f\x9a\x80",
            b"e\xcc\x81",
            b"\xef\xb8\x8f",
            b"\xe2\x80\x8d",
            b"\xe2\x80\x8b",
            b"\x1b\\",
            b"\x1b[?1049h",
            b"\x1b[?1049l",
            b"\x1b[2;5r",
            b"\x1b[44m",
            b"\x1b[4h",
            b"\x1b[?7l",
            b"\x1b[m",
            b"\x1bc",
            b"\xff",
            b"\xe6",
        ];
        match self.roll(4) {
            0 => out.extend_from_slice(self.pick(TEXTS)),
            1 => out.push(self.roll(256) as u8),
            _ => {
                out.extend_from_slice(self.pick(STARTS));
                for _ in 0..self.roll(4) {
                    let most = if self.roll(8) == 0 { 70_000 } else { 50 };
                    out.extend_from_slice(self.roll(most).to_string().as_bytes());
                    out.push(if self.roll(9) == 0 { b':' } else { b';' });
                }
                out.push(self.roll(0x5f) as u8 + 0x20);
            }
        }
    }
}

/// Prints so many bytes on a screen of changing sizes; how often its model had to be rebuilt.
fn flood(seed: u64, bytes: usize) -> usize {
    let mut dice = Dice(seed);
    let mut emulator = Emulator::new(24, 80, 200);
    let (mut fed, mut rebuilt) = (0, 0);
    let mut chunk = Vec::new();
    while fed < bytes {
        chunk.clear();
        while chunk.len() < 1_000 {
            dice.piece(&mut chunk);
        }
        fed += chunk.len();
        let outcome = emulator.process(&chunk);
        rebuilt += usize::from(outcome.recovered);
        assert!(outcome.replies.len() <= 4_096);
        if dice.roll(8) == 0 {
            let (rows, columns) = (dice.roll(60) as u16, dice.roll(160) as u16);
            rebuilt += usize::from(emulator.resize(rows, columns));
        }
        let view = emulator.view();
        let ((rows, columns), cursor) = (view.size(), view.cursor());
        assert!(cursor.row < rows && cursor.column < columns && view.scrollback_len() <= 200);
    }
    rebuilt
}

/// Resident memory of this process in KiB.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[test]
fn random_bytes_and_sizes_are_survived() {
    for seed in 1..4 {
        assert_eq!(flood(seed, 40_000), 0, "the model never had to be rebuilt; seed {seed}");
    }
}

#[test]
#[ignore = "takes minutes in a debug build"]
fn ten_million_random_bytes_are_survived_in_little_memory() {
    flood(7, 1_000_000);
    let before = resident();
    let rebuilt = flood(8, 10_000_000);
    let after = resident();
    println!("rebuilt {rebuilt} times; resident before {before:?} KiB, after {after:?} KiB");
    if let (Some(before), Some(after)) = (before, after) {
        assert!(after < before + 16 * 1024, "{before} KiB became {after} KiB");
    }
}
