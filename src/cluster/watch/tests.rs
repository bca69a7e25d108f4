//! A server that answers by script, on a paused clock.

use std::sync::{Arc, Mutex};

use ::http::Request;
use tokio::sync::{mpsc, watch as latest};

use super::*;
use crate::cluster::api::ConnectionInfo;
use crate::cluster::connect::over;
use crate::model::pod::PodRow;
use crate::model::resource::Names;

#[test]
fn waits_grow_and_end() {
    let error = Error::TimedOut(Duration::ZERO);
    let waits: Vec<_> = (0..9).map(|failures| back_off(failures, &error)).collect();
    assert!(waits.is_sorted() && waits[0] < Duration::from_secs(1));
    assert_eq!(back_off(u32::MAX, &error), Duration::from_secs(5));
}

/// What a server that answers `list` and `watch` so is asked within `time`, and what is said of it: for pods, or as a
/// table.
async fn asked(
    time: Duration,
    table_of: Option<Resource>,
    list: (u16, &'static str),
    watch: (u16, &'static str),
) -> (Vec<String>, Vec<AnyChange>) {
    let paths = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&paths);
    let service = tower::service_fn(move |request: Request<Body>| {
        let path = request.uri().to_string();
        let (code, text) = if path.contains("watch=1") { watch } else { list };
        noted.lock().expect("no test panics with it").push(path);
        async move { Response::builder().status(code).body(Body::from(text.as_bytes().to_vec())) }
    });
    let (_sender, connection) = latest::channel(over(service, ConnectionInfo::default()));
    let (queue, mut inbox) = mpsc::unbounded_channel();
    let out = Outbox::new(queue, |change| change);
    let mut changes = Vec::new();
    let taking = async {
        while let Some(parcel) = inbox.recv().await {
            changes.push(parcel.message);
        }
    };
    let namespace = Some("shop".to_owned());
    let watching = async {
        match table_of {
            Some(resource) => watch_table(connection, resource, namespace, &out).await,
            None => super::watch::<PodRow, _>(connection, namespace, &out).await,
        }
    };
    let _over = timeout(time, futures::future::join(watching, taking)).await;
    let paths = paths.lock().expect("no test panics with it").clone();
    (paths, changes)
}

const LIST: &str = r#"{"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"a"}}]}"#;

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_from_the_list_and_from_its_own_last_version() {
    let event = r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}
"#;
    let (paths, changes) = asked(Duration::from_millis(1_500), None, (200, LIST), (200, event)).await;
    let versions: Vec<_> = paths.iter().filter_map(|path| Some(path.split_once("resourceVersion=")?.1)).collect();
    assert_eq!(versions, ["0", "5&timeoutSeconds=40", "9&timeoutSeconds=40"]);
    let kinds: Vec<_> = changes.iter().map(|change| format!("{change:?}")).collect();
    assert!(kinds[0].contains("Listing") && kinds[1].contains("Rows") && kinds[2].contains("Listed"), "{kinds:?}");
}

#[tokio::test(start_paused = true)]
async fn an_expired_watch_lists_again_at_once_but_not_again_and_again() {
    let gone = r#"{"kind":"Status","code":410,"reason":"Expired","message":"too old"}"#;
    let (paths, changes) = asked(Duration::from_secs(60), None, (200, LIST), (410, gone)).await;
    let lists = paths.iter().filter(|path| !path.contains("watch=1")).count();
    assert!((5..20).contains(&lists), "{lists} lists in a minute");
    assert!(!changes.iter().any(|change| format!("{change:?}").contains("Outage")), "nothing is wrong for a person");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_the_server_gives_up_is_asked_for_in_pages() {
    let (paths, changes) = asked(Duration::from_secs(2), None, (504, "too large"), (200, "")).await;
    assert!(paths[0].ends_with("resourceVersion=0") && paths[1].ends_with("limit=500"), "{paths:?}");
    assert!(changes.iter().any(|change| format!("{change:?}").contains("Outage")));
}

const TABLE: &str = r#"{"kind":"Table","metadata":{"resourceVersion":"5"},"columnDefinitions":[{"name":"Name"}],
    "rows":[{"cells":["a"],"object":{"metadata":{"name":"a"}}}]}"#;

fn resource(verbs: &[&str]) -> Resource {
    let verbs = verbs.iter().map(|verb| (*verb).to_owned()).collect();
    let (version, plural) = ("v1".to_owned(), "services".to_owned());
    Resource::new(Names { version, plural, namespaced: true, verbs, ..Names::default() })
}

/// How often these changes came: columns, whole lists, and that it is live.
fn counted(changes: &[AnyChange]) -> (usize, usize, usize) {
    let count = |is: fn(&Change<ObjectRow>) -> bool| {
        changes.iter().filter(|change| matches!(change, AnyChange::Objects(change) if is(change))).count()
    };
    (
        count(|change| matches!(change, Change::Columns(_))),
        count(|change| matches!(change, Change::Listed { .. })),
        count(|change| matches!(change, Change::Live)),
    )
}

#[tokio::test(start_paused = true)]
async fn a_table_tells_its_columns_once_and_comes_in_pages() {
    const EVENT: &str = concat!(
        r#"{"type":"ADDED","object":{"metadata":{"resourceVersion":"6"},"columnDefinitions":[{"name":"Name"}],"#,
        r#""rows":[{"cells":["b"],"object":{"metadata":{"name":"b"}}}]}}"#,
        "\n"
    );
    let watched = Some(resource(&["list", "watch"]));
    let (paths, changes) = asked(Duration::from_millis(500), watched, (200, TABLE), (200, EVENT)).await;
    assert_eq!(paths[0], "/api/v1/namespaces/shop/services?limit=500");
    assert_eq!(counted(&changes), (1, 1, 1), "{changes:?}");
    let added = |change: &AnyChange| matches!(change, AnyChange::Objects(Change::Deltas(deltas)) if deltas.len() == 1);
    assert!(changes.iter().any(added), "{changes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_table_with_other_columns_is_listed_anew() {
    const EVENT: &str = r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"6"},"columnDefinitions":[{"name":"New"}],"rows":[]}}
"#;
    let watched = Some(resource(&["list", "watch"]));
    let (paths, changes) = asked(Duration::from_secs(30), watched, (200, TABLE), (200, EVENT)).await;
    let lists = paths.iter().filter(|path| !path.contains("watch=1")).count();
    assert!((3..12).contains(&lists), "{lists} lists in half a minute");
    assert!(!changes.iter().any(|change| format!("{change:?}").contains("Outage")), "nothing is wrong for a person");
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_can_not_be_watched_is_listed_again_and_again() {
    let listed = Some(resource(&["list"]));
    let (paths, changes) = asked(Duration::from_secs(11), listed, (200, TABLE), (500, "")).await;
    assert!(paths.iter().all(|path| !path.contains("watch")), "{paths:?}");
    assert_eq!(counted(&changes), (1, 3, 3));
}
