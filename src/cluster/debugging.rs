//! What the debug form is about, as the server has it now: the pod or node, and the namespace whose policy decides.

use serde_json::Value;

use super::api::DebugTarget;
use super::connect::Connection;
use super::error::Error;
use super::http::get_json;
use crate::model::kind::ObjectKey;

/// Reads an object, and the namespace that a pod is changed or made in. A namespace that may not be read is null: the
/// server will say what its policy refuses.
pub async fn read(connection: &Connection, key: &ObjectKey, namespace: &str) -> Result<DebugTarget, Error> {
    let get = |path: String| async move { get_json(&connection.client, &path, connection.request_timeout).await };
    let (object, namespace) = futures::join!(get(key.path()), get(format!("/api/v1/namespaces/{namespace}")));
    Ok(DebugTarget { object: object?, namespace: namespace.unwrap_or(Value::Null) })
}
