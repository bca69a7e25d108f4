//! Connections: an in-memory pipe for `--demo`, loopback TCP for `kubectl`. Both are served by the same code.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::service::service_fn;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;

use super::DemoCluster;
use super::http::answer;
use super::shared::Shared;

/// Bytes that the pipe holds before its writer must wait.
const PIPE: usize = 64 * 1024;

/// A client's end of an in-memory connection.
#[derive(Debug)]
pub struct DemoStream(TokioIo<DuplexStream>);

impl Read for DemoStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for DemoStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl Connection for DemoStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

/// Opens in-memory connections to a demo cluster, whatever address is asked for.
#[derive(Clone, Debug)]
pub struct DemoConnector {
    cluster: DemoCluster,
}

impl DemoConnector {
    pub(super) fn new(cluster: DemoCluster) -> Self {
        Self { cluster }
    }
}

impl tower::Service<Uri> for DemoConnector {
    type Response = DemoStream;
    type Error = std::io::Error;
    type Future = std::future::Ready<std::io::Result<DemoStream>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (client, server) = tokio::io::duplex(PIPE);
        // The connection keeps the cluster alive: a client may outlive the handle it was made from.
        let cluster = self.cluster.clone();
        spawn(async move {
            connection(Arc::clone(cluster.shared()), None, TokioIo::new(server)).await;
        });
        std::future::ready(Ok(DemoStream(TokioIo::new(client))))
    }
}

/// Runs a part of the server beside the others.
#[expect(
    clippy::disallowed_methods,
    reason = "the demo is a server of its own; its connections end with their clients"
)]
pub(super) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(task)
}

/// Serves one connection until it ends.
async fn connection(shared: Arc<Shared>, token: Option<Arc<str>>, io: impl Read + Write + Unpin + Send + 'static) {
    let service = service_fn(move |request| answer(Arc::clone(&shared), token.clone(), request));
    // How a connection ends is the client's affair: it may hang up at any time.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).with_upgrades().await;
}

/// Serves every connection of a listener, for ever.
pub(super) async fn serve(cluster: &DemoCluster, listener: tokio::net::TcpListener, token: &str) {
    let token: Arc<str> = token.into();
    let mut open = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                // Small frames must not wait for each other.
                let _ = stream.set_nodelay(true);
                open.spawn(connection(Arc::clone(cluster.shared()), Some(Arc::clone(&token)), TokioIo::new(stream)));
            },
            Some(_) = open.join_next() => {}
        }
    }
}
