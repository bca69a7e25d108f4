//! One connection as kubectl carries it: two SPDY/3.1 streams, data and errors, in the binary messages of a WebSocket.
//!
//! Only the part of SPDY that port-forwards use: streams are opened, get data, end or are reset, and pings are
//! answered. There is no flow control in it; a slow reader stops the reading of the one socket below. Header blocks
//! are written as a zlib stream of stored blocks, which every inflater reads; those of the server are not looked at.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures::{Sink, SinkExt, Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::status::Traffic;

/// Our streams; a client's numbers are odd and grow.
const ERRORS: u32 = 1;
const DATA: u32 = 3;

const FIN: u8 = 1;
const CONTROL: u32 = 0x8003_0000;
const SYN_STREAM: u16 = 1;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GO_AWAY: u16 = 7;

/// The longest control frame that is believed; header blocks of a server are a few hundred bytes.
const LONGEST: usize = 1 << 20;
/// How much is read from the local socket at once.
const PIECE: usize = 32 << 10;
/// How often something is sent, so that proxies do not close an idle tunnel.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long errors may still come when the data have ended.
const AFTER_DATA: Duration = Duration::from_secs(2);
/// The longest error that is kept.
const ERROR_BYTES: usize = 64 << 10;

/// What a server sends.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Data(u32, Bytes),
    /// A stream has ended or was reset.
    Ended(u32),
    Ping(u32),
    GoAway,
}

/// Takes frames out of a stream of bytes that is cut anywhere.
#[derive(Default)]
struct Decoder {
    buffer: BytesMut,
    /// A data frame that is not through: its stream, what is left of it, whether the stream ends with it.
    current: Option<(u32, usize, bool)>,
}

impl Decoder {
    /// The next piece; `None` when more bytes are needed.
    fn next(&mut self) -> Result<Option<Piece>, String> {
        loop {
            if let Some((stream, left, fin)) = self.current {
                if left == 0 {
                    self.current = None;
                    if fin {
                        return Ok(Some(Piece::Ended(stream)));
                    }
                    continue;
                }
                if self.buffer.is_empty() {
                    return Ok(None);
                }
                let part = self.buffer.split_to(left.min(self.buffer.len())).freeze();
                self.current = Some((stream, left - part.len(), fin));
                return Ok(Some(Piece::Data(stream, part)));
            }
            let Some((head, rest)) = self.buffer.split_first_chunk::<8>() else { return Ok(None) };
            let (first, flags) = (u32::from_be_bytes([head[0], head[1], head[2], head[3]]), head[4]);
            let length = u32::from_be_bytes([0, head[5], head[6], head[7]]) as usize;
            if first >> 31 == 0 {
                self.current = Some((first, length, flags & FIN != 0));
                self.buffer.advance(8);
                continue;
            }
            if length > LONGEST {
                return Err("the server sent what is no frame".to_owned());
            }
            if rest.len() < length {
                return Ok(None);
            }
            self.buffer.advance(8);
            let body = self.buffer.split_to(length);
            if let Some(piece) = control(first as u16, flags, &body) {
                return Ok(Some(piece));
            }
        }
    }
}

/// What a control frame means to us, if anything.
fn control(kind: u16, flags: u8, mut body: &[u8]) -> Option<Piece> {
    const SYN_REPLY: u16 = 2;
    const HEADERS: u16 = 8;
    if kind == GO_AWAY {
        return Some(Piece::GoAway);
    }
    let number = body.try_get_u32().ok()?;
    match kind {
        RST_STREAM => Some(Piece::Ended(number)),
        PING => Some(Piece::Ping(number)),
        SYN_REPLY | HEADERS if flags & FIN != 0 => Some(Piece::Ended(number)),
        _ => None,
    }
}

fn control_frame(kind: u16, body: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(body.len() + 8);
    frame.put_u32(CONTROL | u32::from(kind));
    frame.put_u32(body.len() as u32);
    frame.put_slice(body);
    frame.freeze()
}

fn data_frame(stream: u32, flags: u8, data: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(data.len() + 8);
    frame.put_u32(stream);
    frame.put_u32(u32::from(flags) << 24 | data.len() as u32);
    frame.put_slice(data);
    frame.freeze()
}

/// Opens a stream. The first one of a session carries the head of the zlib stream that the blocks of all make.
fn open_stream(stream: u32, kind: &str, port: u16, is_first: bool) -> Bytes {
    let port = port.to_string();
    let headers = [("port", port.as_str()), ("requestid", "0"), ("streamtype", kind)];
    let mut block = BytesMut::new();
    block.put_u32(headers.len() as u32);
    for text in headers.iter().flat_map(|(name, value)| [name, value]) {
        block.put_u32(text.len() as u32);
        block.put_slice(text.as_bytes());
    }
    let mut body = BytesMut::new();
    body.put_u32(stream);
    body.put_u32(0);
    body.put_u16(0);
    if is_first {
        body.put_slice(&[0x78, 0x01]);
    }
    stored(&mut body, &block);
    // An empty block makes the inflater give out what it has.
    stored(&mut body, &[]);
    control_frame(SYN_STREAM, &body)
}

/// A block of a deflate stream that is not compressed and not the last.
fn stored(out: &mut BytesMut, data: &[u8]) {
    let length = data.len() as u16;
    out.put_u8(0);
    out.put_u16_le(length);
    out.put_u16_le(!length);
    out.put_slice(data);
}

/// Carries one connection to its end: when the pod has nothing more to say, or the local side went away.
///
/// # Errors
///
/// What the pod's side says of the connection.
pub(super) async fn carry<S, R>(
    sink: &mut S,
    stream: &mut R,
    from: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    port: u16,
    traffic: &Traffic<'_>,
) -> Result<(), String>
where
    S: Sink<Message, Error = Error> + Unpin,
    R: Stream<Item = Result<Message, Error>> + Unpin,
{
    let (pings, asked) = mpsc::channel(8);
    let opening = [
        open_stream(ERRORS, "error", port, true),
        // Nothing goes that way.
        data_frame(ERRORS, FIN, &[]),
        open_stream(DATA, "data", port, false),
    ];
    for frame in opening {
        sink.send(Message::Binary(frame)).await.map_err(|error| error.to_string())?;
    }
    tokio::select! {
        result = receive(stream, to, &pings, traffic) => result,
        () = send(sink, from, asked, traffic) => Ok(()),
    }
}

/// Sends what comes from the local side, then its end, then pings. Returns when the local side went away.
async fn send<S>(sink: &mut S, mut from: impl AsyncRead + Unpin, mut asked: mpsc::Receiver<u32>, traffic: &Traffic<'_>)
where
    S: Sink<Message, Error = Error> + Unpin,
{
    let mut piece = vec![0; PIECE];
    let mut open = true;
    let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            read = from.read(&mut piece), if open => match read {
                Ok(0) => {
                    open = false;
                    Message::Binary(data_frame(DATA, FIN, &[]))
                }
                Ok(count) => {
                    traffic.sent(count);
                    Message::Binary(data_frame(DATA, 0, &piece[..count]))
                }
                Err(_) => return,
            },
            Some(number) = asked.recv() => Message::Binary(control_frame(PING, &number.to_be_bytes())),
            _ = ping.tick() => Message::Ping(Bytes::new()),
        };
        if sink.send(message).await.is_err() {
            // Whoever reads knows how it ended.
            std::future::pending::<()>().await;
        }
    }
}

/// Hands the pod's data to the local side, and gathers its errors.
async fn receive<R>(
    stream: &mut R,
    mut to: impl AsyncWrite + Unpin,
    pings: &mpsc::Sender<u32>,
    traffic: &Traffic<'_>,
) -> Result<(), String>
where
    R: Stream<Item = Result<Message, Error>> + Unpin,
{
    let mut decoder = Decoder::default();
    let mut errors = Vec::new();
    let (mut more_data, mut more_errors) = (true, true);
    while more_data || more_errors {
        let next = if more_data { Ok(stream.next().await) } else { timeout(AFTER_DATA, stream.next()).await };
        match next {
            Ok(Some(Ok(Message::Binary(bytes)))) => decoder.buffer.extend_from_slice(&bytes),
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => break,
            Ok(Some(Ok(_))) => {}
        }
        while let Some(piece) = decoder.next()? {
            match piece {
                Piece::Data(DATA, bytes) => {
                    traffic.received(bytes.len());
                    if to.write_all(&bytes).await.is_err() {
                        return Ok(());
                    }
                }
                Piece::Data(ERRORS, bytes) if errors.len() < ERROR_BYTES => errors.extend_from_slice(&bytes),
                Piece::Ended(DATA) => {
                    more_data = false;
                    let _gone = to.shutdown().await;
                }
                Piece::Ended(ERRORS) => more_errors = false,
                // One that is not answered in time costs nothing but itself.
                Piece::Ping(number) if number % 2 == 0 => drop(pings.try_send(number)),
                Piece::GoAway => (more_data, more_errors) = (false, false),
                _ => {}
            }
        }
    }
    match (errors.is_empty(), more_data) {
        (false, _) => Err(String::from_utf8_lossy(&errors).trim().to_owned()),
        (true, true) => Err("the connection to the pod was lost".to_owned()),
        (true, false) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(bytes: &[u8], cut: usize) -> Vec<Piece> {
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        for part in bytes.chunks(cut) {
            decoder.buffer.extend_from_slice(part);
            while let Some(piece) = decoder.next().expect("frames") {
                match (found.last_mut(), piece) {
                    (Some(Piece::Data(known, before)), Piece::Data(stream, more)) if *known == stream => {
                        *before = [before.as_ref(), more.as_ref()].concat().into();
                    }
                    (_, piece) => found.push(piece),
                }
            }
        }
        found
    }

    #[test]
    fn frames_are_found_wherever_they_are_cut() {
        let mut bytes = Vec::new();
        bytes.extend(control_frame(2, b"\0\0\0\x03headers"));
        bytes.extend(data_frame(DATA, 0, b"hello"));
        bytes.extend(control_frame(4, b"settings"));
        bytes.extend(control_frame(PING, &2u32.to_be_bytes()));
        bytes.extend(data_frame(ERRORS, FIN, b""));
        bytes.extend(data_frame(DATA, FIN, b" you"));
        bytes.extend(control_frame(RST_STREAM, &[0, 0, 0, 1, 0, 0, 0, 5]));
        bytes.extend(control_frame(GO_AWAY, &[0; 8]));
        for cut in 1..bytes.len() {
            let expected = [
                Piece::Data(DATA, Bytes::from_static(b"hello")),
                Piece::Ping(2),
                Piece::Ended(ERRORS),
                Piece::Data(DATA, Bytes::from_static(b" you")),
                Piece::Ended(DATA),
                Piece::Ended(ERRORS),
                Piece::GoAway,
            ];
            assert_eq!(pieces(&bytes, cut), expected, "cut at {cut}");
        }
    }

    #[test]
    fn streams_are_opened_with_headers_that_any_inflater_reads() {
        let first = open_stream(ERRORS, "error", 8080, true);
        assert_eq!(&first[..8], &[0x80, 3, 0, 1, 0, 0, 0, first.len() as u8 - 8]);
        assert_eq!(&first[8..18], &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        let block = &first[18..];
        assert_eq!(&block[..3], &[0x78, 0x01, 0]);
        let length = u16::from_le_bytes([block[3], block[4]]);
        assert_eq!(u16::from_le_bytes([block[5], block[6]]), !length);
        let headers = &block[7..7 + usize::from(length)];
        let expected =
            b"\0\0\0\x03\0\0\0\x04port\0\0\0\x048080\0\0\0\x09requestid\0\0\0\x010\0\0\0\x0astreamtype\0\0\0\x05error";
        assert_eq!(headers, expected);
        assert_eq!(&block[7 + usize::from(length)..], &[0, 0, 0, 0xff, 0xff]);
        assert_eq!(open_stream(DATA, "data", 8080, false)[18], 0, "one head a session");
    }

    proptest! {
        #[test]
        fn no_bytes_of_a_server_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 1usize..64) {
            let mut decoder = Decoder::default();
            for part in bytes.chunks(cut) {
                decoder.buffer.extend_from_slice(part);
                while let Ok(Some(_)) = decoder.next() {}
            }
        }
    }
}
