//! Opening the WebSocket of one connection, and which of the two protocols the server speaks on it.

use futures::{SinkExt, StreamExt};
use http::{HeaderMap, HeaderName, Request, StatusCode, header};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use kube::Client;
use kube::client::Body;
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::status::Traffic;
use super::{channels, spdy};
use crate::cluster::error::{Error, chain};
use crate::cluster::http::{ANSWER_TIMEOUT, refusal};
use crate::model::kind::{Kind, ObjectKey};

/// What kubectl asks for: the old protocol of port-forwards, which can say that one direction has ended, as bytes of a
/// WebSocket. Servers since 1.30.
const SPDY: &str = "SPDY/3.1+portforward.k8s.io";
/// What older servers have.
const CHANNELS: &str = "v4.channel.k8s.io";

/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A way to one port of a pod, for one connection.
pub(super) struct Tunnel {
    socket: WebSocketStream<TokioIo<Upgraded>>,
    is_spdy: bool,
}

/// Opens a tunnel to a port of a pod.
///
/// # Errors
///
/// The server's refusal, or what kept us from asking. That nobody listens on the port is not known yet.
pub(super) async fn open(client: &Client, namespace: &str, pod: &str, port: u16) -> Result<Tunnel, Error> {
    let key = generate_key();
    // The ports of the query are for the older protocol; the newer one names them in its streams.
    let path = format!("{}/portforward?ports={port}", ObjectKey::new(Kind::Pod, namespace, pod).path());
    let request = Request::get(path)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .header(header::SEC_WEBSOCKET_PROTOCOL, format!("{SPDY}, {CHANNELS}"))
        .body(Body::empty())
        .map_err(|error| Error::Transport(error.to_string()))?;
    let response =
        timeout(ANSWER_TIMEOUT, client.send(request)).await.map_err(|_| Error::TimedOut(ANSWER_TIMEOUT))??;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(refusal(response, ANSWER_TIMEOUT).await);
    }
    let is_spdy = protocol(response.headers(), &key)? == SPDY;
    let upgraded = hyper::upgrade::on(response).await.map_err(|error| Error::Transport(chain(&error)))?;
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, None).await;
    Ok(Tunnel { socket, is_spdy })
}

/// The protocol that the server chose of ours.
fn protocol<'a>(headers: &'a HeaderMap, key: &str) -> Result<&'a str, Error> {
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if value(header::SEC_WEBSOCKET_ACCEPT) != derive_accept_key(key.as_bytes()) {
        return Err(Error::Transport("something on the way answered in the server's place".to_owned()));
    }
    match value(header::SEC_WEBSOCKET_PROTOCOL) {
        chosen @ (SPDY | CHANNELS) => Ok(chosen),
        other => {
            Err(Error::Transport(format!("the server speaks no protocol of port-forwards that we know: `{other}`")))
        }
    }
}

impl Tunnel {
    /// Carries a connection to its end.
    ///
    /// # Errors
    ///
    /// What the pod's side said: nobody listens on the port, the pod went away.
    pub(super) async fn carry(self, mut local: TcpStream, port: u16, traffic: &Traffic<'_>) -> Result<(), String> {
        let (from, to) = local.split();
        let (mut sink, mut stream) = self.socket.split();
        let result = if self.is_spdy {
            spdy::carry(&mut sink, &mut stream, from, to, port, traffic).await
        } else {
            channels::carry(&mut sink, &mut stream, from, to, traffic).await
        };
        let _best_effort = timeout(FAREWELL, sink.close()).await;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accept: &str, protocol: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept.parse().expect("a value"));
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol.parse().expect("a value"));
        headers
    }

    #[test]
    fn the_server_chooses_and_nobody_else() {
        // The example of RFC 6455, section 1.3.
        let (key, accept) = ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(protocol(&headers(accept, SPDY), key).ok(), Some(SPDY));
        assert_eq!(protocol(&headers(accept, CHANNELS), key).ok(), Some(CHANNELS));
        assert!(protocol(&headers(accept, "v5.channel.k8s.io"), key).is_err());
        assert!(protocol(&headers("other", SPDY), key).is_err());
    }
}
