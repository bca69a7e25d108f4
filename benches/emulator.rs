//! How fast the emulator takes what a shell prints: plain text, coloured logs, a full-screen program.
//!
//! `cargo bench --bench emulator`. The figure to hold is tmux's: `cat` of a large file through a tile must
//! not take longer than there.

use std::hint::black_box;
use std::num::NonZeroU16;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use podtriage::emulator::Emulator;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bytes that a chunk from the network has at most.
const CHUNK: usize = 64 * 1024;

fn plain() -> Vec<u8> {
    let lines = (0..20_000).map(|n| format!("{n:08} the quick brown fox jumps over the lazy dog, again and again\r\n"));
    lines.collect::<String>().into_bytes()
}

fn colored() -> Vec<u8> {
    let line = |n: u32| {
        let level = if n.is_multiple_of(7) { "\x1b[33mWARN\x1b[0m" } else { "\x1b[32mINFO\x1b[0m" };
        format!(
            "\x1b[2m2026-11-24T07:34:{:02}Z\x1b[0m {level} \x1b[1mapi\x1b[0m: request {n} took {} ms\r\n",
            n % 60,
            n % 97
        )
    };
    (0..15_000).map(line).collect::<String>().into_bytes()
}

fn wide() -> Vec<u8> {
    "\x1b[36m日本語のログ行、\x1b[m絵文字 🚀 と ├─ 枠線 ─┤ を（含む）\r\n".repeat(15_000).into_bytes()
}

fn full_screen() -> Vec<u8> {
    let frame = |n: u32| {
        let rows =
            (1..=24).map(|row| format!("\x1b[{row};1H\x1b[{}m row {row} of frame {n}\x1b[K\x1b[m", 31 + row % 7));
        format!("\x1b[?25l{}\x1b[?25h", rows.collect::<String>())
    };
    (0..1_000).map(frame).collect::<String>().into_bytes()
}

fn side(cells: u16) -> NonZeroU16 {
    NonZeroU16::MIN.saturating_add(cells - 1)
}

fn throughput(c: &mut Criterion) {
    let mut group = c.benchmark_group("emulator");
    group.sample_size(20);
    let inputs = [("plain", plain()), ("colored", colored()), ("wide", wide()), ("full_screen", full_screen())];
    // The same without the scanner, the translations and the guard around the model: what those cost.
    group.throughput(Throughput::Bytes(inputs[1].1.len() as u64));
    group.bench_function("colored, model alone", |b| {
        let mut model = vt100::Parser::new(side(40), side(120), 10_000);
        b.iter(|| inputs[1].1.chunks(CHUNK).for_each(|chunk| model.process(black_box(chunk))));
    });
    for (name, bytes) in inputs {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| {
            // One emulator for all rounds: a full scrollback is what a long session has.
            let mut emulator = Emulator::new(40, 120, 10_000);
            b.iter(|| {
                for chunk in bytes.chunks(CHUNK) {
                    black_box(emulator.process(chunk));
                }
            });
        });
    }
    group.finish();
}

fn reading(c: &mut Criterion) {
    let mut emulator = Emulator::new(60, 200, 10_000);
    emulator.process(&colored());
    c.bench_function("emulator/read every cell", |b| {
        b.iter(|| {
            let view = emulator.view();
            let (rows, columns) = view.size();
            let cells = (0..rows).flat_map(|row| (0..columns).filter_map(move |column| view.cell(row, column)));
            cells.map(|cell| cell.symbol().len()).sum::<usize>()
        });
    });
    c.bench_function("emulator/snapshot", |b| b.iter(|| emulator.snapshot()));
}

criterion_group!(benches, throughput, reading);
criterion_main!(benches);
