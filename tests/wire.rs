//! Bodies recorded from a real API server (v1.35), the same objects in protobuf and in JSON: both must give the
//! same rows.

#![expect(clippy::expect_used, reason = "a test says what went wrong and ends")]

use podtriage::model::event::EventRow;
use podtriage::model::list::{Encoding, ListEnd, ListReader};
use podtriage::model::node::NodeRow;
use podtriage::model::pod::PodRow;
use podtriage::model::row::{Interner, WireRow};
use podtriage::model::watch::{WatchItem, WatchReader};

fn list<R: WireRow>(encoding: Encoding, body: &[u8], chunk: usize) -> (Vec<R>, ListEnd) {
    let (mut rows, mut strings) = (Vec::new(), Interner::default());
    let mut reader = ListReader::<R>::new(encoding);
    for piece in body.chunks(chunk) {
        reader.push(piece, &mut rows, &mut strings).expect("a whole body");
    }
    let end = reader.finish(&mut rows, &mut strings).expect("a list");
    (rows, end)
}

fn both_forms<R: WireRow>(protobuf: &[u8], json: &[u8]) -> Vec<R> {
    let (rows, end) = list::<R>(Encoding::Protobuf, protobuf, 1_000);
    let (same, json_end) = list::<R>(Encoding::Json, json, usize::MAX);
    assert_eq!(rows, same);
    assert_eq!((end.bad, json_end.bad), (0, 0));
    assert_eq!(end.remaining, json_end.remaining);
    assert_eq!(rows, list::<R>(Encoding::Protobuf, protobuf, 1).0, "wherever the chunks are cut");
    rows
}

#[test]
fn pods() {
    let rows = both_forms::<PodRow>(include_bytes!("data/wire/pods.pb"), include_bytes!("data/wire/pods.json"));
    let status = |name: &str| rows.iter().find(|row| row.meta.name == name).map(|row| row.status.to_string());
    assert_eq!(status("configmap-key").as_deref(), Some("CreateContainerConfigError"));
    assert_eq!(status("giant-line").as_deref(), Some("Running"));
    assert_eq!(status("crash-127").as_deref(), Some("Error"));
    let evicted = rows.iter().find(|row| row.meta.name == "evicted").and_then(|row| row.trouble.as_ref());
    assert_eq!(evicted.map(|trouble| trouble.reason.as_str()), Some("Evicted"));
}

/// `asks`: an init container of 400m and 1Gi beside a sidecar of 200m, and an overhead of 250m and 120Mi. `states`:
/// requests of the pod itself.
#[test]
fn requests() {
    let rows = both_forms::<PodRow>(include_bytes!("data/wire/requests.pb"), include_bytes!("data/wire/requests.json"));
    let asked: Vec<_> =
        rows.iter().map(|row| (row.meta.name.as_str(), row.requests.cpu, row.requests.memory)).collect();
    assert_eq!(asked, [("asks", 850, (1_144 << 20) * 1_000), ("states", 1_000, (200 << 20) * 1_000)]);
}

#[test]
fn nodes() {
    let rows = both_forms::<NodeRow>(include_bytes!("data/wire/nodes.pb"), include_bytes!("data/wire/nodes.json"));
    assert_eq!(rows.iter().map(|row| row.meta.name.as_str()).collect::<Vec<_>>(), ["node-a", "node-b"]);
    assert_eq!(
        rows[1].taints.iter().map(compact_str::CompactString::as_str).collect::<Vec<_>>(),
        ["dedicated=db:NoSchedule"]
    );
    assert!(rows.iter().all(|row| row.offer.cpu > 0 && row.offer.memory > 0 && row.offer.pods == 110));
}

#[test]
fn events() {
    let rows = both_forms::<EventRow>(include_bytes!("data/wire/events.pb"), include_bytes!("data/wire/events.json"));
    assert!(
        rows.iter()
            .all(|row| row.sighting().last.is_set() && row.sighting().first.is_set() && row.sighting().times >= 1),
        "{rows:#?}"
    );
}

#[test]
fn a_watch() {
    let read = |encoding, body: &[u8]| {
        let (mut items, mut strings) = (Vec::new(), Interner::default());
        let mut reader = WatchReader::<PodRow>::new(encoding, String::new());
        for piece in body.chunks(100) {
            reader.push(piece, &mut items, &mut strings).expect("frames");
        }
        (items, !reader.resource_version.is_empty())
    };
    let protobuf = read(Encoding::Protobuf, include_bytes!("data/wire/watch-pods.pb"));
    let json = read(Encoding::Json, include_bytes!("data/wire/watch-pods.json"));
    // One recording ran into one more bookmark than the other.
    assert_eq!(protobuf.0[..2], json.0[..2]);
    assert!(matches!(&protobuf.0[..2], [WatchItem::Applied(row), WatchItem::Bookmark] if row.meta.name == "crash-127"));
    assert!(protobuf.1 && json.1, "the place to go on from is known");
}
