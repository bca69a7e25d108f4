//! How long it takes until a key is seen: from the write to the terminal until the frame is whole in which the
//! cursor's row is another one. The time of this process (reading, its own screen, being woken) is part of it.

use std::time::Duration;

use crate::figures::Series;
use crate::support::terminal::{Screen, Terminal};
use crate::writer::Writer;
use crate::{all_pods, now, server};

const PRESSES: usize = 300;
const RATE: usize = 1000;

#[test]
#[ignore = "measures; needs a cluster: set KUBECONFIG"]
fn key_to_paint_at_rest() {
    let mut terminal = all_pods(server::pods());
    eprintln!("key to paint at rest: {}", presses(&mut terminal));
}

#[test]
#[ignore = "measures; needs a cluster: set KUBECONFIG"]
fn key_to_paint_during_updates() {
    let mut terminal = all_pods(server::pods());
    let writer = Writer::start(RATE);
    let series = presses(&mut terminal);
    eprintln!("key to paint during {:.0} updates a second (of {RATE} asked for): {series}", writer.stop());
}

/// Presses keys that move the cursor, 30 to 70 ms apart.
fn presses(terminal: &mut Terminal) -> Series {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut place = 0;
    Series::of(PRESSES, || {
        std::thread::sleep(Duration::from_millis(30 + random.below(41)));
        let key = next(&mut place, &mut random);
        let before = row(&terminal.screen());
        let begun = now();
        terminal.press(key);
        terminal.until("the cursor elsewhere", |screen| row(screen) != before);
        begun.elapsed()
    })
}

/// A key that moves the cursor from where it is: so many rows below the first, or (below zero) before the end.
fn next(place: &mut i64, random: &mut Random) -> &'static str {
    let keys: &[&str] = match *place {
        0 => &["j", "j", "j", "G"],
        -1 => &["k", "k", "k", "g"],
        _ => &["j", "j", "j", "k", "k", "k", "G", "g"],
    };
    let key = keys[random.below(keys.len() as u64) as usize];
    *place = match key {
        "j" => *place + 1,
        "k" => *place - 1,
        "G" => -1,
        _ => 0,
    };
    key
}

/// Namespace and name of the pod under the cursor; the other cells may change without a key.
fn row(screen: &Screen) -> Option<String> {
    let row = screen.reversed_row(2)?;
    Some(row.chars().skip(2).collect::<String>().split_whitespace().take(2).collect::<Vec<_>>().join("/"))
}

/// Numbers without order, the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[test]
fn every_key_moves_the_cursor() {
    const ROWS: i64 = 1000;
    let (mut random, mut place, mut at) = (Random(1), 0, 0);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2000 {
        let key = next(&mut place, &mut random);
        let after = match key {
            "j" => at + 1,
            "k" => at - 1,
            "G" => ROWS - 1,
            _ => 0,
        };
        assert!(after != at && (0..ROWS).contains(&after), "{key} at {at}");
        (at, _) = (after, seen.insert(key));
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}
