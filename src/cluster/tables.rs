//! A whole table at once: what `kubectl get` prints, for whoever does not watch. (`watch_table` is for who does.)

use super::connect::Connection;
use super::error::Error;
use super::http;
use crate::base::percent;
use crate::model::list::{Encoding, ListReader};
use crate::model::resource::Resource;
use crate::model::row::Interner;
use crate::model::table::{ColumnDefinition, ObjectRow};

/// Objects of a page, as kubectl's chunks.
const CHUNK: usize = 500;

/// The objects of a resource, as the server lays them out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The columns; none from a server that makes no tables.
    pub columns: Vec<ColumnDefinition>,
    /// The rows, in the server's order.
    pub rows: Vec<ObjectRow>,
    /// The version from which they can be watched.
    pub resource_version: String,
    /// Objects that could not be read.
    pub unreadable: usize,
}

/// Lists a resource of one namespace, or of all (`None`). `selectors` is put into the query as it is:
/// `labelSelector=app%3Dweb`, or nothing.
pub async fn list(
    connection: &Connection,
    resource: &Resource,
    namespace: Option<&str>,
    selectors: &str,
) -> Result<Table, Error> {
    let path = resource.list_path(namespace);
    let (mut table, mut strings) = (Table::default(), Interner::default());
    let mut token = String::new();
    loop {
        let mut query = format!("{path}?limit={CHUNK}");
        if !selectors.is_empty() {
            query.extend(["&", selectors]);
        }
        if !token.is_empty() {
            query.extend(["&continue=", &percent::encode(&token, percent::UNRESERVED)]);
        }
        let body = http::get_bytes(&connection.client, &query, http::ACCEPT_TABLE, connection.request_timeout).await?;
        let mut reader = ListReader::new(Encoding::Json);
        reader.push(&body, &mut table.rows, &mut strings)?;
        let end = reader.finish(&mut table.rows, &mut strings)?;
        if let Some(columns) = end.columns.filter(|_| table.columns.is_empty()) {
            table.columns = columns;
        }
        table.unreadable += end.bad;
        table.resource_version = end.resource_version;
        token = end.continue_token;
        if token.is_empty() {
            return Ok(table);
        }
    }
}

#[cfg(test)]
mod tests {
    use ::http::{Request, Response};
    use kube::client::Body;

    use super::*;
    use crate::cluster::api::ConnectionInfo;
    use crate::cluster::connect::over;
    use crate::model::kind::Kind;

    #[tokio::test]
    async fn pages_become_one_table() {
        let service = tower::service_fn(|request: Request<Body>| {
            let query = request.uri().query().unwrap_or_default().to_owned();
            let body = match query.as_str() {
                "limit=500&labelSelector=a%3Db" => {
                    r#"{"metadata":{"resourceVersion":"5","continue":"a/b"},"columnDefinitions":[{"name":"Name"}],
                        "rows":[{"cells":["a"],"object":{"metadata":{"name":"a"}}}]}"#
                }
                "limit=500&labelSelector=a%3Db&continue=a%2Fb" => {
                    r#"{"metadata":{"resourceVersion":"5"},"columnDefinitions":[{"name":"Name"}],
                        "rows":[{"cells":["b"],"object":{"metadata":{"name":"b"}}}]}"#
                }
                _ => "",
            };
            async move { Response::builder().status(200).body(Body::from(body.as_bytes().to_vec())) }
        });
        let connection = over(service, ConnectionInfo::default());
        let table = list(&connection, &Kind::Pod.into(), None, "labelSelector=a%3Db").await.expect("both pages");
        assert_eq!(table.rows.iter().map(|row| row.cell(0)).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((table.columns.len(), table.resource_version.as_str()), (1, "5"));
    }
}
