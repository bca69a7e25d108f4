//! One connection against a scripted server, over both protocols.

use std::sync::Mutex as StdMutex;

use bytes::Bytes;
use futures::{Stream, sink, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::*;

type Frame = Result<Message, Error>;

#[expect(clippy::unnecessary_wraps, reason = "what a stream yields")]
fn frame(bytes: impl Into<Vec<u8>>) -> Frame {
    Ok(Message::Binary(Bytes::from(bytes.into())))
}

/// A data frame of SPDY.
fn spdy(stream: u8, flags: u8, data: &str) -> Frame {
    let mut bytes = vec![0, 0, 0, stream, flags, 0, 0, data.len() as u8];
    bytes.extend(data.bytes());
    frame(bytes)
}

/// A message of the older protocol.
fn channel(number: u8, data: &[u8]) -> Frame {
    frame([&[number], data].concat())
}

/// Carries a connection whose server says `frames`. The result, what the server was sent, and the status.
async fn carried(
    is_spdy: bool,
    frames: impl Stream<Item = Frame> + Unpin,
    local: DuplexStream,
) -> (Result<(), String>, Vec<u8>, ForwardStatus) {
    let sent = StdMutex::new(Vec::new());
    let mut sink = Box::pin(sink::unfold((), async |(), message: Message| {
        sent.lock().expect("nobody panicked").extend(message.into_data());
        Ok::<(), Error>(())
    }));
    let (status, seen) = watch::channel(ForwardStatus::default());
    let (from, to) = split(local);
    let (traffic, mut frames) = (Traffic::new(&status), frames);
    let result = if is_spdy {
        spdy::carry(&mut sink, &mut frames, from, to, 80, &traffic).await
    } else {
        channels::carry(&mut sink, &mut frames, from, to, &traffic).await
    };
    drop(sink);
    let status = seen.borrow().clone();
    (result, sent.into_inner().expect("nobody panicked"), status)
}

async fn read_all(mut socket: DuplexStream) -> String {
    let mut text = String::new();
    socket.read_to_string(&mut text).await.expect("text");
    text
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(start_paused = true)]
async fn both_directions_end_by_themselves() {
    let (mut person, local) = duplex(1024);
    person.write_all(b"request").await.expect("there is room");
    person.shutdown().await.expect("it ends");
    let answer = stream::iter([spdy(3, 0, "ans"), spdy(3, 1, "wer"), spdy(1, 1, "")]);
    // The answer comes after the request has ended: a tunnel that closed with it would lose it.
    let late = stream::once(Box::pin(async {
        sleep(Duration::from_secs(60)).await;
        Ok(Message::Ping(Bytes::new()))
    }));
    let ((result, sent, status), text) = tokio::join!(carried(true, late.chain(answer), local), read_all(person));
    assert_eq!((result, text.as_str()), (Ok(()), "answer"));
    assert!(contains(&sent, b"\0\0\0\x03\0\0\0\x07request"), "the request");
    assert!(contains(&sent, b"\0\0\0\x03\x01\0\0\0"), "its end");
    assert_eq!((status.sent, status.received), (7, 6));
}

#[tokio::test(start_paused = true)]
async fn what_the_pod_refuses_is_said_in_its_words() {
    let refused = "dial tcp4 127.0.0.1:80: connect: connection refused";
    let (_person, local) = duplex(1024);
    let frames = stream::iter([spdy(3, 1, ""), spdy(1, 0, refused), spdy(1, 1, "")]).chain(stream::pending());
    assert_eq!(carried(true, frames, local).await.0, Err(refused.to_owned()));
    let (_person, local) = duplex(1024);
    let frames = [channel(0, &[80, 0]), channel(1, &[80, 0]), channel(1, refused.as_bytes()), Ok(Message::Close(None))];
    assert_eq!(carried(false, stream::iter(frames), local).await.0, Err(refused.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_tunnel_that_breaks_is_no_end_of_data() {
    let (_person, local) = duplex(1024);
    let lost = carried(true, stream::iter([spdy(3, 0, "hal")]), local).await.0;
    assert!(lost.is_err_and(|said| said.contains("lost")));
    let (_person, local) = duplex(1024);
    let lost = carried(false, stream::iter([channel(0, &[80, 0]), Err(Error::ConnectionClosed)]), local).await.0;
    assert!(lost.is_err_and(|said| said.contains("lost")));
}

#[tokio::test(start_paused = true)]
async fn the_older_protocol_carries_data_without_its_head() {
    let (mut person, local) = duplex(1024);
    person.write_all(b"hi").await.expect("there is room");
    let later = stream::once(Box::pin(async {
        sleep(Duration::from_secs(1)).await;
        channel(0, b"hello")
    }));
    let frames = stream::iter([channel(0, &[80, 0]), channel(1, &[80, 0]), channel(9, b"?"), frame([])]);
    let frames = frames.chain(later).chain(stream::iter([Ok(Message::Close(None))]));
    let ((result, sent, status), text) = tokio::join!(carried(false, frames, local), read_all(person));
    assert_eq!((result, text.as_str(), sent.as_slice()), (Ok(()), "hello", &b"\0hi"[..]));
    assert_eq!((status.sent, status.received), (2, 5));
}

#[tokio::test(start_paused = true)]
async fn without_half_closing_an_answer_is_waited_for_and_then_no_longer() {
    let begin = Instant::now();
    let (mut person, local) = duplex(1024);
    person.shutdown().await.expect("it ends");
    let late = stream::once(Box::pin(async {
        sleep(Duration::from_secs(8)).await;
        channel(0, b"\x50\0")
    }));
    let (result, ..) = carried(false, late.chain(stream::pending()), local).await;
    assert_eq!((result, begin.elapsed().as_secs()), (Ok(()), 18));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_does_not_read_stops_the_reading() {
    let taken = std::cell::Cell::new(0);
    let frames = stream::repeat_with(|| {
        taken.set(taken.get() + 1);
        spdy(3, 0, &"x".repeat(200))
    });
    let (_person, local) = duplex(1024);
    assert!(timeout(Duration::from_secs(60), carried(true, frames, local)).await.is_err());
    assert_eq!(taken.get(), 6);
}
