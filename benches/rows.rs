//! From the wire to the screen: decode, store, view and draw, on rows recorded from a real server.

#![expect(clippy::expect_used, reason = "what is measured must work")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use podtriage::app::message::{Epoch, Msg};
use podtriage::app::session::Scope;
use podtriage::app::{App, Start};
use podtriage::base::filter::Filter;
use podtriage::base::stamp::Stamp;
use podtriage::cluster::api::ConnectionInfo;
use podtriage::config::Config;
use podtriage::model::change::{AnyChange, Change, Delta};
use podtriage::model::list::{Encoding, ListReader};
use podtriage::model::pod::PodRow;
use podtriage::model::row::Interner;
use podtriage::store::Store;
use podtriage::store::table::Touched;
use podtriage::store::view::{Rule, View};
use podtriage::ui;
use podtriage::ui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const PODS: usize = 10_000;

fn read(encoding: Encoding, body: &[u8]) -> Vec<PodRow> {
    let (mut rows, mut strings) = (Vec::new(), Interner::default());
    let mut reader = ListReader::new(encoding);
    reader.push(body, &mut rows, &mut strings).expect("a recorded body");
    reader.finish(&mut rows, &mut strings).expect("a recorded list");
    rows
}

/// As many pods as asked for, made of the recorded ones.
fn pods(count: usize) -> Vec<PodRow> {
    let recorded = read(Encoding::Protobuf, include_bytes!("../tests/data/wire/pods.pb"));
    let pod = |at: usize| {
        let mut pod = recorded[at % recorded.len()].clone();
        pod.meta.name = format!("{}-{at}", pod.meta.name).into();
        pod
    };
    (0..count).map(pod).collect()
}

fn now() -> Stamp {
    Stamp::from_seconds(1_800_000_000)
}

fn app() -> App {
    let start = Start {
        config: Config::default(),
        context: None,
        scope: Scope::All,
        view: None,
        object: None,
        logs: None,
        tile: None,
        read_only: true,
        size: (200, 50),
        utc_offset: 0,
        warnings: Vec::new(),
        run: "bench".to_owned(),
    };
    let (mut app, _) = App::new(start, now());
    app.update(Msg::Connected(Epoch(1), ConnectionInfo::default()), now());
    for change in [Change::Listing, Change::Rows(pods(PODS)), Change::Listed { unreadable: 0 }, Change::Live] {
        app.update(Msg::Watched(Epoch(1), AnyChange::Pods(change)), now());
    }
    app
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode 12 pods");
    group.throughput(Throughput::Elements(12));
    let protobuf = include_bytes!("../tests/data/wire/pods.pb");
    let json = include_bytes!("../tests/data/wire/pods.json");
    group.bench_function("protobuf", |b| b.iter(|| read(Encoding::Protobuf, black_box(protobuf))));
    group.bench_function("json", |b| b.iter(|| read(Encoding::Json, black_box(json))));
    group.finish();
}

fn store(c: &mut Criterion) {
    let rows = pods(PODS);
    let mut store = Store::default();
    store.apply(AnyChange::Pods(Change::Rows(rows.clone())), now());
    let mut at = 0;
    c.bench_function("store: one of 10,000 pods changes", |b| {
        b.iter(|| {
            at = (at + 7) % PODS;
            store.apply(AnyChange::Pods(Change::Deltas(vec![Delta::Applied(rows[at].clone())])), now())
        });
    });
    let filter = Filter::parse("crash", &["name"]).expect("a filter");
    let rule =
        Rule { keep: &|_: &PodRow| !filter.is_empty(), order: &|a: &PodRow, b: &PodRow| a.restarts.cmp(&b.restarts) };
    let mut view = View::default();
    view.rebuild(&store.pods.table, &rule);
    c.bench_function("view: 10,000 rows sorted anew", |b| b.iter(|| view.rebuild(&store.pods.table, &rule)));
    let some: Vec<_> = view.slots().iter().copied().step_by(200).collect();
    let touched = Touched::Slots(some);
    c.bench_function("view: 50 of 10,000 rows patched", |b| b.iter(|| view.update(&store.pods.table, &touched, &rule)));
}

fn screen(c: &mut Criterion) {
    let mut app = app();
    let mut terminal = Terminal::new(TestBackend::new(200, 50)).expect("a buffer");
    let theme = Theme::default();
    c.bench_function("draw: 200x50, 10,000 pods", |b| {
        b.iter(|| terminal.draw(|frame| ui::draw(&app, &theme, frame)).map(|done| done.area).expect("a buffer"));
    });
    let rows = pods(50);
    c.bench_function("update: a batch of 50 changes", |b| {
        b.iter(|| {
            let deltas = rows.iter().cloned().map(Delta::Applied).collect();
            app.update(Msg::Watched(Epoch(1), AnyChange::Pods(Change::Deltas(deltas))), now())
        });
    });
}

criterion_group!(benches, decode, store, screen);
criterion_main!(benches);
