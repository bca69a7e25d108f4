//! A log as the server sends it: bytes, once, without a second attempt. For commands that print.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use kube::client::Body;

use super::ACCEPT;
use crate::cluster::connect::Connection;
use crate::cluster::error::Error;
use crate::cluster::http;

/// An answer that is being read.
#[derive(Debug)]
pub struct Raw(Body);

/// Asks for a log. `path` names the pod and says all options. An idle container's followed log begins with its first
/// line only, so that there must be no bound `within` which it does so.
pub async fn raw(connection: &Connection, path: &str, within: Option<Duration>) -> Result<Raw, Error> {
    let within = within.unwrap_or(Duration::MAX);
    Ok(Raw(http::get(&connection.client, path, ACCEPT, within).await?.into_body()))
}

impl Raw {
    /// The next bytes; `None` at the end. Can be dropped at any time without losing any.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        while let Some(frame) = self.0.frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}
