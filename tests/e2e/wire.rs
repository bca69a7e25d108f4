//! Protobuf and JSON of the same objects, as the real server writes them, are the same rows.

use http_body_util::BodyExt as _;
use podtriage::cluster::api::ConnectOptions;
use podtriage::cluster::connect::{Connection, connect};
use podtriage::cluster::http::{ACCEPT_JSON, ACCEPT_OBJECTS, encoding, get};
use podtriage::model::event::EventRow;
use podtriage::model::list::{Encoding, ListEnd, ListReader};
use podtriage::model::node::NodeRow;
use podtriage::model::pod::PodRow;
use podtriage::model::resource::Resource;
use podtriage::model::row::{Interner, WireRow};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// A list as it came: its encoding and its bytes.
pub struct Body {
    encoding: Encoding,
    bytes: Vec<u8>,
}

pub async fn fetch(connection: &Connection, path: &str, accept: &str) -> Body {
    let response = get(&connection.client, path, accept, connection.request_timeout).await.expect("an answer");
    let encoding = encoding(&response);
    let bytes = response.into_body().collect().await.expect("a whole body").to_bytes().to_vec();
    Body { encoding, bytes }
}

/// Reads a body that arrives in pieces of these sizes, over and over.
pub fn read<R: WireRow>(body: &Body, pieces: &[usize]) -> (Vec<R>, ListEnd) {
    let (mut rows, mut strings) = (Vec::new(), Interner::default());
    let mut reader = ListReader::<R>::new(body.encoding);
    let mut rest = body.bytes.as_slice();
    for piece in pieces.iter().cycle() {
        let (next, behind) = rest.split_at((*piece).min(rest.len()));
        reader.push(next, &mut rows, &mut strings).expect("a list");
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    let end = reader.finish(&mut rows, &mut strings).expect("a whole list");
    (rows, end)
}

async fn compare<R: WireRow>(connection: &Connection) {
    let path = Resource::from(R::KIND).list_path(None);
    let now = fetch(connection, &format!("{path}?limit=1"), ACCEPT_OBJECTS).await;
    let version = read::<R>(&now, &[4_096]).1.resource_version;
    // The same version twice, or what changed between the two requests would differ.
    let exact = format!("{path}?resourceVersion={version}&resourceVersionMatch=Exact");
    let protobuf = fetch(connection, &exact, ACCEPT_OBJECTS).await;
    let json = fetch(connection, &exact, ACCEPT_JSON).await;
    assert_eq!((protobuf.encoding, json.encoding), (Encoding::Protobuf, Encoding::Json), "{path}");
    let (expected, end) = read::<R>(&json, &[json.bytes.len()]);
    assert_eq!((end.bad, end.resource_version.as_str()), (0, version.as_str()), "{path}");
    let pieces = prop::collection::vec(1usize..20_000, 1..8);
    let same = TestRunner::default().run(&pieces, |pieces| {
        let (rows, end) = read::<R>(&protobuf, &pieces);
        prop_assert_eq!((end.bad, &end.resource_version), (0, &version));
        prop_assert_eq!(rows.len(), expected.len());
        for (row, expected) in rows.iter().zip(&expected) {
            prop_assert_eq!(row, expected);
        }
        Ok(())
    });
    same.unwrap_or_else(|difference| panic!("{path}: {difference}"));
    eprintln!(
        "{path}: {} rows, {} bytes of protobuf, {} of JSON",
        expected.len(),
        protobuf.bytes.len(),
        json.bytes.len()
    );
}

#[tokio::test]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn both_encodings_of_a_list_are_the_same_rows() {
    crate::cluster::kubeconfig();
    let connection = connect(&ConnectOptions::default()).await.unwrap_or_else(|problem| panic!("{problem}"));
    compare::<PodRow>(&connection).await;
    compare::<NodeRow>(&connection).await;
    compare::<EventRow>(&connection).await;
}
