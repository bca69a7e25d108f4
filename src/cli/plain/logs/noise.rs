//! Whatever a container writes, through the whole way of a log: from the server's bytes to the cells of a tile, and to
//! what a terminal gets of the plain command.

use std::convert::Infallible;
use std::io::Write as _;

use bytes::Bytes;
use futures::stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use regex::Regex;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::super::guard::Guard;
use super::args::Layout;
use super::lines::Lines;
use super::template::{Extras, Template};
use crate::app::panes::logs::{LogLimits, LogPane};
use crate::base::stamp::Stamp;
use crate::cluster::api::{ConnectionInfo, LogRequest, LogUpdate};
use crate::cluster::connect::{Connection, over};
use crate::cluster::logs::data::{LogSource, SourceId};
use crate::cluster::logs::lines::LogBytes;
use crate::cluster::logs::{follow, follow_bytes};
use crate::cluster::outbox::Outbox;
use crate::model::pod::ContainerKind;
use crate::ui::panes::logs::draw;
use crate::ui::theme::Theme;

/// Half of them begin what a terminal obeys.
const PIECES: [&[u8]; 22] = [
    b"\x1b[",
    b"\x1b]0;",
    b"\x1b]52;c;",
    b"\x1bP",
    b"\x1b[31m",
    b"\x1b[0m",
    b"\x1b[2J",
    b"\x1b[6n",
    b"\x1bc",
    b"\xc2\x9b2J",
    b"\x9b2J",
    b"\x07",
    b"\x08",
    b"\0",
    b"\r",
    b"\xff",
    b"\xe6\x97",
    b"\xe6\x97\xa5",
    b"\xe2\x80\xae",
    b"{\"a\":\"",
    b"ERROR ",
    b"\n2026-11-24T08:10:28.217687872Z ",
];

/// So many bytes, and where they are cut on their way.
fn noise(bytes: usize) -> Vec<Bytes> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (mut out, mut pieces, mut length) = (Vec::new(), Vec::new(), 0);
    while length < bytes {
        let at = next();
        // For long stretches no line ends.
        let is_endless = length % 400_000 > 200_000;
        match PIECES.get((at % 32) as usize) {
            Some(piece) if !(is_endless && piece[0] == b'\n') => out.extend_from_slice(piece),
            _ => out.extend((at >> 8).to_le_bytes().iter().filter(|byte| !is_endless || **byte != b'\n')),
        }
        if (at >> 40).is_multiple_of(64) {
            length += out.len();
            pieces.push(Bytes::from(std::mem::take(&mut out)));
        }
    }
    pieces
}

fn server(pieces: Vec<Bytes>) -> Connection {
    let service = tower::service_fn(move |_: Request<_>| {
        let frames = pieces.clone().into_iter().map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
        async move { Ok::<_, Infallible>(Response::new(StreamBody::new(stream::iter(frames)))) }
    });
    over(service, ConnectionInfo::default())
}

/// Nothing of it but line breaks, tabs and colours is a control character.
fn assert_harmless(out: &[u8]) {
    let text = str::from_utf8(out).expect("text");
    let colours = Regex::new("\u{1b}\\[[0-9;:]*m").expect("an expression");
    let wrong = colours.split(text).find(|part| part.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
    assert!(wrong.is_none(), "{wrong:?}");
}

/// The lines go to a tile and, laid out, to a terminal.
async fn through_lines(connection: &Connection) -> usize {
    let (_keep, latest) = watch::channel(connection.clone());
    let (queue, mut updates) = mpsc::unbounded_channel();
    let outbox = Outbox::new(queue, |update: LogUpdate| update);
    let mut pane = LogPane::new(LogRequest::default(), Vec::new(), LogLimits { lines: 5_000, bytes: 1 << 20 });
    let highlight = vec![Regex::new("[a-z]+|\u{1b}").expect("an expression")];
    let extras = Extras { colours: true, timestamps: true, ..Extras::default() };
    let template = Template::new(Layout::Default, None, highlight, extras).expect("a form");
    let source = LogSource {
        id: SourceId(0),
        namespace: "shop".to_owned(),
        pod: "web-0".to_owned(),
        uid: String::new(),
        container: "app".to_owned(),
        kind: ContainerKind::Regular,
        node: String::new(),
        created: Stamp::NONE,
        is_new: false,
    };
    let named = template.name(source, &Value::Null);
    let mut guard = Guard::with_colours(Vec::new());
    let listen = async {
        let mut count = 0;
        while let Some(parcel) = updates.recv().await {
            if let LogUpdate::Lines(lines) = parcel.message {
                count += lines.len();
                for line in &lines {
                    template.write(&named, line, &mut guard).expect("memory");
                }
                pane.apply(LogUpdate::Lines(lines));
                assert_cells(&mut pane);
            }
        }
        count
    };
    let request = LogRequest { once: true, ..LogRequest::default() };
    let read = async move { follow(latest, request, &outbox).await };
    let ((), count) = futures::join!(read, listen);
    guard.flush().expect("memory");
    assert_harmless(guard.get_ref());
    count
}

fn assert_cells(pane: &mut LogPane) {
    let area = Rect::new(0, 0, 61, 17);
    pane.settle(usize::from(area.width), usize::from(area.height));
    let mut buffer = Buffer::empty(area);
    draw(pane, &Theme::default(), area, &mut buffer);
    assert!(buffer.content.iter().all(|cell| !cell.symbol().chars().any(char::is_control)), "{buffer:?}");
}

/// The bytes go out as `logs -f` writes them, and as they came to a terminal that nobody follows.
async fn through_bytes(connection: &Connection, all: &[u8]) {
    let (_keep, latest) = watch::channel(connection.clone());
    let (queue, mut updates) = mpsc::unbounded_channel();
    let outbox = Outbox::new(queue, |update: LogUpdate<LogBytes<true>>| update);
    let (mut pipe, mut guard) = (Vec::new(), Guard::with_colours(Vec::new()));
    let (mut lines, mut shown) = (Lines::new(String::new(), false), Lines::new("> ".to_owned(), true));
    let listen = async {
        while let Some(parcel) = updates.recv().await {
            if let LogUpdate::Lines(LogBytes { data, .. }) = parcel.message {
                lines.push(&data, &mut pipe).and_then(|()| shown.push(&data, &mut guard)).expect("memory");
            }
        }
    };
    let request = LogRequest { once: true, ..LogRequest::default() };
    let read = async move { follow_bytes(latest, request, &outbox).await };
    let (_end, ()) = futures::join!(read, listen);
    assert!(pipe == all, "on a pipe every byte is the container's");
    assert_harmless(guard.get_ref());
}

fn assert_noise_is_harmless(bytes: usize) {
    let pieces = noise(bytes);
    let all = pieces.concat();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let count = runtime.block_on(async {
        let connection = server(pieces);
        through_bytes(&connection, &all).await;
        through_lines(&connection).await
    });
    assert!(count > bytes / 20_000, "{count} lines");
    let mut guard = Guard::with_colours(Vec::new());
    all.chunks(1_021).for_each(|chunk| guard.write_all(chunk).expect("memory"));
    assert_harmless(guard.get_ref());
}

#[test]
fn noise_is_harmless() {
    assert_noise_is_harmless(500_000);
}

#[test]
#[ignore = "a minute without optimization; the same with more of it"]
fn ten_million_bytes_of_noise_are_harmless() {
    assert_noise_is_harmless(10_000_000);
}
