//! How fast a log goes from bytes to the screen: split into lines, into the pane's ring, laid out and drawn.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use podtriage::app::action::Action;
use podtriage::app::panes::logs::{LogLimits, LogPane};
use podtriage::base::stamp::Stamp;
use podtriage::cluster::api::{LogLine, LogRequest, LogUpdate, SourceId};
use podtriage::cluster::logs::lines::{Lines, LogBytes};
use podtriage::cluster::logs::merge::Merge;
use podtriage::cluster::logs::overlap::{Admit, Overlap};
use podtriage::cluster::logs::split::{RawLine, Splitter};
use podtriage::runtime::now;
use tokio::time::Instant;

const LINES: usize = 20_000;
const LIMITS: LogLimits = LogLimits { lines: 100_000, bytes: 32 << 20 };

/// What a node sends: `LINES` lines with times, one in ten of them coloured.
fn stream() -> Vec<u8> {
    let mut out = String::new();
    for number in 0..LINES {
        let (second, nanos) = (number / 1_000 % 60, number % 1_000 * 1_000_000 + 12_345);
        let level = if number % 10 == 0 { "\u{1b}[33mWARN\u{1b}[0m" } else { "INFO" };
        let _ = writeln!(
            out,
            "2026-11-24T08:00:{second:02}.{nanos:09}Z {level} request {number} GET /api/v1/orders 200 12ms client=10.0.0.7"
        );
    }
    out.into_bytes()
}

/// Calls `each` with every line of pieces as they come from a socket.
fn split(data: &[u8], mut each: impl FnMut(&RawLine<'_>)) {
    let mut splitter = Splitter::default();
    for mut chunk in data.chunks(16 << 10) {
        while let Some(line) = splitter.next(&mut chunk) {
            each(&line);
        }
    }
}

fn lines(data: &[u8]) -> Vec<LogLine> {
    let mut lines = Vec::new();
    split(data, |line| lines.add(line));
    lines
}

fn pane(lines: Vec<LogLine>) -> LogPane {
    let mut pane = LogPane::new(LogRequest::default(), Vec::new(), LIMITS);
    pane.apply(LogUpdate::Lines(lines));
    pane
}

fn screen(pane: &mut LogPane) -> usize {
    pane.settle(200, 60);
    pane.visible().map(|row| row.len()).sum()
}

fn intake(criterion: &mut Criterion) {
    let data = stream();
    let ready = lines(&data);
    let mut group = criterion.benchmark_group("logs");
    group.throughput(Throughput::Elements(LINES as u64));
    group.bench_function("split", |bencher| bencher.iter(|| lines(black_box(&data))));
    group.bench_function("split, know what is new, and write it", |bencher| {
        bencher.iter(|| {
            let (mut overlap, mut bytes) = (Overlap::new(true), LogBytes::<false>::default());
            split(black_box(&data), |line| {
                if overlap.admit(line) == Admit::New {
                    bytes.add(line);
                }
            });
            bytes.data.len()
        });
    });
    group.bench_function("into the ring", |bencher| {
        bencher.iter_batched(|| ready.clone(), pane, BatchSize::LargeInput);
    });
    group.finish();
}

fn drawing(criterion: &mut Criterion) {
    let data = stream();
    let all: Vec<_> = std::iter::repeat_with(|| lines(&data)).take(5).flatten().collect();
    let mut full = pane(all);
    criterion.bench_function("a screen of 100,000 lines", |bencher| bencher.iter(|| screen(&mut full)));
    criterion.bench_function("the first search of 100,000 lines", |bencher| {
        bencher.iter(|| full.search(black_box("request 19999")));
    });
    criterion.bench_function("a screen with matches", |bencher| bencher.iter(|| screen(&mut full)));
    let huge = LogLine { text: "0123456789".repeat(100_000).into(), ..LogLine::default() };
    let mut one = pane(vec![huge]);
    one.act(Action::First);
    criterion.bench_function("a screen of one huge line", |bencher| bencher.iter(|| screen(&mut one)));
}

/// A second of a hundred containers that write a hundred lines each, one batch a source every 50 ms.
fn merging(criterion: &mut Criterion) {
    const SOURCES: u32 = 100;
    let batch = |source: u32, tick: i64| {
        let at = |line: i64| Stamp::from_millis(1_800_000_000_000 + tick * 50 + line * 10 + i64::from(source % 7));
        let line = |number| LogLine {
            at: at(number),
            text: "request 17 GET /api 200 12ms".into(),
            cut_from: 0,
            ..LogLine::default()
        };
        LogUpdate::Lines((0..5).map(line).collect())
    };
    let mut group = criterion.benchmark_group("logs");
    group.throughput(Throughput::Elements(u64::from(SOURCES) * 100));
    group.bench_function("a second of a hundred sources in the order of time", |bencher| {
        bencher.iter(|| {
            let (mut merge, mut now, mut out) = (Merge::default(), Instant::now(), 0);
            (0..SOURCES).for_each(|source| merge.add(SourceId(source), now));
            for tick in 0..20 {
                for source in 0..SOURCES {
                    merge.push(SourceId(source), batch(source, tick), now);
                    out += merge.take(now, 200).len();
                }
                now += Duration::from_millis(50);
            }
            black_box(out)
        });
    });
    group.finish();
}

/// The program's own, so that memory is measured as it has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The processor time of this thread: others use the machine as well.
fn busy() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

/// Looks on until all is looked at, as the loop does between keys. The longest time that a key would have waited.
fn finish(pane: &mut LogPane) -> Duration {
    let mut longest = Duration::ZERO;
    while pane.is_busy() {
        let begun = busy();
        pane.age(now());
        pane.settle(200, 60);
        longest = longest.max(busy().saturating_sub(begun));
    }
    longest
}

/// Resident memory, in bytes; 0 where the system does not say it.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4_096
}

/// What the lines take beside what the pane says that they take. With more lines than it keeps, so that what is let go
/// is in it.
#[expect(clippy::print_stdout, reason = "a figure that criterion does not take")]
fn memory(_: &mut Criterion) {
    let ready = lines(&stream());
    let before = resident();
    let mut pane = LogPane::new(LogRequest::default(), Vec::new(), LogLimits { lines: 10_000_000, bytes: 256 << 20 });
    for _ in 0..200 {
        pane.apply(LogUpdate::Lines(ready.clone()));
    }
    let (taken, said) = (resident().saturating_sub(before), pane.bytes());
    println!(
        "4,000,000 lines into 256 MiB: the pane says {said} bytes, resident are {taken}, {:.3} of that",
        taken as f64 / said as f64
    );
}

/// The longest that a key waits, with expressions that a machine finds easy and hard.
#[expect(clippy::print_stdout, reason = "figures that criterion does not take")]
fn longest_slices(pane: &mut LogPane) {
    for typed in
        ["/request 1234[0-9] /", "orders", "/[0-9]+ms client=.*7$/", "/([a-z]+ ){3}|(.?.?){20}x/", "/.*.*.*=.*=.*/"]
    {
        for way in ["search", "filter"] {
            let begun = busy();
            pane.age(now());
            let read = if way == "search" { pane.search(typed).is_ok() } else { pane.filter(typed).is_ok() };
            pane.settle(200, 60);
            assert!(read, "{typed}");
            let first = busy().saturating_sub(begun);
            let longest = finish(pane);
            let all = busy().saturating_sub(begun);
            println!(
                "{way} {typed}: {all:.1?} in all, {first:.1?} until the first screen, {longest:.1?} the longest slice"
            );
            let _ended = (pane.search(""), pane.filter(""));
        }
    }
}

fn a_million_lines(criterion: &mut Criterion) {
    let data = stream();
    let mut pane = LogPane::new(LogRequest::default(), Vec::new(), LogLimits { lines: 1_000_000, bytes: 1 << 30 });
    for _ in 0..50 {
        pane.apply(LogUpdate::Lines(lines(&data)));
    }
    pane.settle(200, 60);
    longest_slices(&mut pane);
    let mut group = criterion.benchmark_group("1,000,000 lines");
    group.sample_size(10);
    group.bench_function("search: the first slice", |bencher| {
        bencher.iter(|| pane.search(black_box("/request 1234[0-9] /")));
    });
    group.bench_function("search: all", |bencher| {
        bencher.iter(|| {
            let found = pane.search(black_box("/request 1234[0-9] /"));
            finish(&mut pane);
            found
        });
    });
    group.bench_function("filter: the first screen", |bencher| {
        bencher.iter(|| {
            let read = pane.filter(black_box("/99 GET/"));
            pane.settle(200, 60);
            read
        });
    });
    group.bench_function("filter: all", |bencher| {
        bencher.iter(|| {
            let read = pane.filter(black_box("/99 GET/"));
            finish(&mut pane);
            read
        });
    });
    group.finish();
}

criterion_group!(benches, memory, intake, merging, drawing, a_million_lines);
criterion_main!(benches);
