//! Shells, single commands and attaching: the streams of a container over one WebSocket.
//!
//! [`run`] is one future that ends with the session and spawns nothing; dropping it ends the session. Reading
//! and writing are two futures inside it, so that a write that blocks never keeps output back. Start there.
//! [`session()`] is what a tile has: it waits for the container first (`wait`), and knows how an attached one ended.

mod batch;
mod frame;
mod read;
mod refusal;
mod session;
mod shells;
mod standing;
mod status;
#[cfg(test)]
mod tests;
pub mod wait;
mod write;

use bytes::Bytes;
use futures::StreamExt;
use kube::api::AttachParams;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::error::Error;
use super::http::ANSWER_TIMEOUT;
pub use session::{SessionRequest, session};
pub use shells::{is_shell_missing, shell_command};
pub use standing::{ContainerEnd, Standing, Streams, Waiting, standing, streams};
pub use status::ExitStatus;

/// What to run, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecRequest {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The container. The server refuses to choose where a pod has several.
    pub container: Option<String>,
    /// Program and arguments; not used when attaching.
    pub command: Vec<String>,
    /// A terminal: output and errors come together, and sizes are sent.
    pub tty: bool,
    /// Whether input is sent.
    pub stdin: bool,
    /// Join the container's main process instead of starting another.
    pub attach: bool,
}

/// What goes to the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Bytes as typed.
    Bytes(Vec<u8>),
    /// The size of its terminal. Of several in a row only the last is sent.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// The end of its input. Servers that speak only the fourth version of the protocol cannot be told.
    Eof,
}

/// What comes from the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The session stands; nothing else comes before.
    Open,
    /// Bytes of its output, up to 64 KiB.
    Stdout(Bytes),
    /// Bytes of its errors; never with a terminal.
    Stderr(Bytes),
    /// How it ended; nothing comes after.
    Exit(ExitStatus),
}

/// Runs a session to its end. `output` is awaited for every piece, and while it waits nothing is read, so a
/// slow consumer slows the process and nothing else. Send the first [`Input::Resize`] before calling.
///
/// # Errors
///
/// Only before [`Output::Open`]: the server's refusal as [`Error::Api`], or what kept us from asking, its silence
/// included. Later failures are an [`ExitStatus::Lost`].
pub async fn run<F, R>(
    client: kube::Client,
    request: ExecRequest,
    input: mpsc::Receiver<Input>,
    mut output: F,
) -> Result<(), Error>
where
    F: FnMut(Output) -> R,
    R: Future<Output = ()>,
{
    let asked = client.connect(http_request(&request)?);
    let asked = timeout(ANSWER_TIMEOUT, asked).await.map_err(|_| Error::TimedOut(ANSWER_TIMEOUT))?;
    let connection = asked.map_err(refusal::refusal)?;
    let session = write::Session {
        stdin: request.stdin,
        tty: request.tty,
        redraw: request.attach,
        can_close: connection.supports_stream_close(),
    };
    output(Output::Open).await;
    let (sink, stream) = connection.into_stream().split();
    let status = tokio::select! {
        status = read::read(stream, &mut output) => status,
        lost = write::write(sink, input, session) => lost,
    };
    output(Output::Exit(status)).await;
    Ok(())
}

fn http_request(request: &ExecRequest) -> Result<http::Request<Vec<u8>>, kube::Error> {
    let params = AttachParams {
        container: request.container.clone(),
        stdin: request.stdin,
        stdout: true,
        // The server refuses both together: a terminal has one stream.
        stderr: !request.tty,
        tty: request.tty,
        ..AttachParams::default()
    };
    let pods = kube::core::Request::new(format!("/api/v1/namespaces/{}/pods", request.namespace));
    if request.attach { pods.attach(&request.pod, &params) } else { pods.exec(&request.pod, &request.command, &params) }
        .map_err(kube::Error::BuildRequest)
}
