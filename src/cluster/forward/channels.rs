//! One connection over `v4.channel.k8s.io`, for servers that have nothing newer: channel 0 is the data, channel 1 the
//! errors, and the first message of each repeats the port.
//!
//! The protocol cannot say that one direction has ended. When the local side has, the pod's answer is still waited for
//! as long as it comes, and then the tunnel closes.

use bytes::Bytes;
use futures::{Sink, SinkExt, Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::status::Traffic;

const DATA: u8 = 0;
const ERRORS: u8 = 1;

const PIECE: usize = 32 << 10;
/// How often something is sent, so that proxies do not close an idle tunnel.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long the pod may be silent, once the local side has nothing more to say.
const SILENCE_AFTER_END: Duration = Duration::from_secs(10);

/// Carries one connection to its end.
///
/// # Errors
///
/// What the pod's side says of the connection.
pub(super) async fn carry<S, R>(
    sink: &mut S,
    stream: &mut R,
    from: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    traffic: &Traffic<'_>,
) -> Result<(), String>
where
    S: Sink<Message, Error = Error> + Unpin,
    R: Stream<Item = Result<Message, Error>> + Unpin,
{
    let (end, ended) = watch::channel(false);
    tokio::select! {
        result = receive(stream, to, ended, traffic) => result,
        () = send(sink, from, &end, traffic) => Ok(()),
    }
}

/// Sends what comes from the local side, then pings. Returns when the local side went away.
async fn send<S>(sink: &mut S, mut from: impl AsyncRead + Unpin, end: &watch::Sender<bool>, traffic: &Traffic<'_>)
where
    S: Sink<Message, Error = Error> + Unpin,
{
    let mut piece = vec![DATA; PIECE];
    let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            // The first byte stays free for the channel.
            read = from.read(&mut piece[1..]), if !*end.borrow() => match read {
                Ok(0) => {
                    end.send_replace(true);
                    continue;
                }
                Ok(count) => {
                    traffic.sent(count);
                    Message::Binary(Bytes::copy_from_slice(&piece[..=count]))
                }
                Err(_) => return,
            },
            _ = ping.tick() => Message::Ping(Bytes::new()),
        };
        if sink.send(message).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn receive<R>(
    stream: &mut R,
    mut to: impl AsyncWrite + Unpin,
    mut ended: watch::Receiver<bool>,
    traffic: &Traffic<'_>,
) -> Result<(), String>
where
    R: Stream<Item = Result<Message, Error>> + Unpin,
{
    let mut begun = [false; 2];
    let mut errors = Vec::new();
    loop {
        let next = async {
            if *ended.borrow() {
                return timeout(SILENCE_AFTER_END, stream.next()).await.unwrap_or(None);
            }
            tokio::select! {
                next = stream.next() => next,
                // Asked again, with an end to the patience.
                _ = ended.changed() => Some(Ok(Message::Ping(Bytes::new()))),
            }
        };
        let mut bytes = match next.await {
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Close(_))) | None => break,
            Some(Ok(_)) => continue,
            Some(Err(error)) if errors.is_empty() => {
                return Err(format!("the connection to the pod was lost: {error}"));
            }
            Some(Err(_)) => break,
        };
        let Some(&channel @ (DATA | ERRORS)) = bytes.first() else { continue };
        bytes = bytes.slice(1..);
        if !std::mem::replace(&mut begun[usize::from(channel)], true) {
            // The port, in two bytes, and by the letter of the protocol nothing else.
            bytes = bytes.slice(bytes.len().min(2)..);
        }
        if channel == ERRORS {
            errors.extend_from_slice(&bytes);
        } else {
            traffic.received(bytes.len());
            if to.write_all(&bytes).await.is_err() {
                return Ok(());
            }
        }
    }
    let _gone = to.shutdown().await;
    if errors.is_empty() { Ok(()) } else { Err(String::from_utf8_lossy(&errors).trim().to_owned()) }
}
