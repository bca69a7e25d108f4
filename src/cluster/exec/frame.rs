//! The frames of `v4.channel.k8s.io` and `v5.channel.k8s.io`: a channel byte, then the payload.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const RESIZE: u8 = 4;
/// Only in v5: the second byte is the channel that is finished.
const CLOSE: u8 = 255;

/// A message from the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// Output.
    Stdout(Bytes),
    /// Errors.
    Stderr(Bytes),
    /// A part of the status object at the end.
    Status(Bytes),
    /// The server closed the connection; `None` when it did so in the usual way, else its words.
    End(Option<String>),
    /// Nothing for us: empty, a channel that we do not know, a ping or its answer.
    Nothing,
}

/// Reads a message. Nothing that a server sends is an error.
pub(super) fn decode(message: Message) -> Frame {
    let payload = match message {
        Message::Binary(payload) => payload,
        // Not in the protocol, but some proxies turn text frames out of binary ones.
        Message::Text(text) => Bytes::from(text),
        Message::Close(close) => {
            let unusual = close.filter(|close| !matches!(close.code, CloseCode::Normal | CloseCode::Status));
            return Frame::End(unusual.map(|close| format!("{} {}", u16::from(close.code), close.reason)));
        }
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Frame::Nothing,
    };
    match payload.first() {
        Some(&channel @ (STDOUT | STDERR | STATUS)) if payload.len() > 1 => {
            let content = payload.slice(1..);
            match channel {
                STDOUT => Frame::Stdout(content),
                STDERR => Frame::Stderr(content),
                _ => Frame::Status(content),
            }
        }
        _ => Frame::Nothing,
    }
}

/// Bytes for the process.
pub(super) fn stdin(bytes: &[u8]) -> Message {
    on_channel(STDIN, bytes)
}

/// The end of the process' input.
pub(super) fn close_stdin() -> Message {
    on_channel(CLOSE, &[STDIN])
}

/// The size of the process' terminal.
pub(super) fn resize(cols: u16, rows: u16) -> Message {
    on_channel(RESIZE, format!("{{\"Width\":{cols},\"Height\":{rows}}}\n").as_bytes())
}

fn on_channel(channel: u8, bytes: &[u8]) -> Message {
    let mut payload = Vec::with_capacity(bytes.len() + 1);
    payload.push(channel);
    payload.extend_from_slice(bytes);
    Message::Binary(payload.into())
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::protocol::CloseFrame;

    use super::*;

    fn binary(bytes: &'static [u8]) -> Message {
        Message::Binary(Bytes::from_static(bytes))
    }

    #[test]
    fn channels_are_told_apart_and_the_unknown_is_passed_over() {
        let cases = [
            (binary(b"\x01out"), Frame::Stdout(Bytes::from_static(b"out"))),
            (binary(b"\x02err"), Frame::Stderr(Bytes::from_static(b"err"))),
            (binary(b"\x03{}"), Frame::Status(Bytes::from_static(b"{}"))),
            (Message::text("\u{1}text"), Frame::Stdout(Bytes::from_static(b"text"))),
            (binary(b""), Frame::Nothing),
            (binary(b"\x01"), Frame::Nothing),
            (binary(b"\x00in"), Frame::Nothing),
            (binary(b"\x09??"), Frame::Nothing),
            (binary(b"\xff\x01"), Frame::Nothing),
            (Message::Pong(Bytes::new()), Frame::Nothing),
            (Message::Close(None), Frame::End(None)),
            (close(CloseCode::Normal), Frame::End(None)),
            (close(CloseCode::Error), Frame::End(Some("1011 bye".into()))),
        ];
        for (message, frame) in cases {
            assert_eq!(decode(message.clone()), frame, "{message:?}");
        }
    }

    fn close(code: CloseCode) -> Message {
        Message::Close(Some(CloseFrame { code, reason: "bye".into() }))
    }

    #[test]
    fn what_we_send_is_what_kubectl_sends() {
        assert_eq!(stdin(b"ls\r"), binary(b"\x00ls\r"));
        assert_eq!(close_stdin(), binary(b"\xff\x00"));
        assert_eq!(resize(120, 40), binary(b"\x04{\"Width\":120,\"Height\":40}\n"));
    }
}
