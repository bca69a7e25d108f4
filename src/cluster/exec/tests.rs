//! The two halves against a scripted connection with a paused clock, and `run` against a real cluster.

use std::cell::RefCell;

use futures::{Stream, StreamExt, sink, stream};
use tokio::time::{Duration, Instant, sleep};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::*;
use crate::cluster::error::Error as Refusal;

#[expect(clippy::unnecessary_wraps, reason = "what a stream yields")]
fn frame(channel: u8, text: &str) -> Result<Message, Error> {
    let payload: Vec<u8> = std::iter::once(channel).chain(text.bytes()).collect();
    Ok(Message::Binary(payload.into()))
}

async fn read_all(stream: impl Stream<Item = Result<Message, Error>>) -> (Vec<Output>, ExitStatus) {
    let seen = RefCell::new(Vec::new());
    let status = read::read(Box::pin(stream), &mut async |piece| seen.borrow_mut().push(piece)).await;
    (seen.into_inner(), status)
}

fn out(text: &'static str) -> Output {
    Output::Stdout(Bytes::from_static(text.as_bytes()))
}

#[tokio::test(start_paused = true)]
async fn output_is_gathered_and_ends_with_the_status() {
    let frames = [
        frame(1, "a"),
        frame(1, "b"),
        frame(9, "unknown"),
        frame(2, "e"),
        frame(1, "c"),
        frame(3, r#"{"status":"Failure","details":{"causes":[{"reason":"Ex"#),
        frame(3, r#"itCode","message":"3"}]}}"#),
        frame(1, "late"),
        Ok(Message::Close(None)),
    ];
    let (seen, status) = read_all(stream::iter(frames)).await;
    let errors = Output::Stderr(Bytes::from_static(b"e"));
    assert_eq!(seen, [out("a"), out("b"), errors, out("clate")], "the first at once, then in order");
    assert_eq!(status, ExitStatus::Code(3));
}

#[tokio::test(start_paused = true)]
async fn what_ends_without_a_status() {
    let (_, status) = read_all(stream::iter([frame(1, "x"), Ok(Message::Close(None))])).await;
    assert_eq!(status, ExitStatus::Code(0), "closed in the usual way");
    let (seen, status) = read_all(stream::iter([frame(1, "x"), frame(1, "y")])).await;
    assert!(matches!(status, ExitStatus::Lost(_)), "{status:?}");
    assert_eq!(seen.len(), 2, "what was read is shown");
    let broken = stream::iter([Err(Error::Io(std::io::ErrorKind::ConnectionReset.into()))]);
    assert!(matches!(read_all(broken).await.1, ExitStatus::Lost(why) if !why.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_lost_connection_and_pongs_are_not_silence() {
    let begin = Instant::now();
    let pongs = stream::iter([Duration::from_secs(40); 3]).then(async |pause| {
        sleep(pause).await;
        Ok(Message::Pong(Bytes::new()))
    });
    let (_, status) = read_all(pongs.chain(stream::pending())).await;
    assert!(matches!(status, ExitStatus::Lost(_)));
    assert_eq!(begin.elapsed().as_secs(), 3 * 40 + 61);
}

#[tokio::test(start_paused = true)]
async fn a_status_without_a_close_is_enough() {
    let begin = Instant::now();
    let frames = stream::iter([frame(1, "x"), frame(3, r#"{"status":"Success"}"#)]).chain(stream::pending());
    assert_eq!(read_all(frames).await, (vec![out("x")], ExitStatus::Code(0)));
    assert!(begin.elapsed() < Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_stops_the_reading() {
    let taken = std::cell::Cell::new(0);
    let frames = stream::repeat_with(|| {
        taken.set(taken.get() + 1);
        frame(1, &"x".repeat(1_000))
    });
    let mut consumer = async |_| std::future::pending::<()>().await;
    let reading = read::read(Box::pin(frames), &mut consumer);
    assert!(timeout(Duration::from_secs(5), reading).await.is_err());
    assert_eq!(taken.get(), 1);
}

const TERMINAL: write::Session = write::Session { stdin: true, tty: true, redraw: false, can_close: true };

/// The messages that come of `inputs` within `wait`, pings as they are.
async fn written(inputs: Vec<Input>, session: write::Session, wait: Duration) -> Vec<Message> {
    let (sender, receiver) = mpsc::channel(64);
    for input in inputs {
        sender.send(input).await.expect("there is room");
    }
    let sent = RefCell::new(Vec::new());
    let sink = sink::unfold((), async |(), message| {
        sent.borrow_mut().push(message);
        Ok::<(), Error>(())
    });
    let writing = write::write(Box::pin(sink), receiver, session);
    assert!(timeout(wait, writing).await.is_err(), "writing goes on");
    drop(sender);
    sent.into_inner()
}

fn size(cols: u16, rows: u16) -> Input {
    Input::Resize { cols, rows }
}

#[tokio::test(start_paused = true)]
async fn the_last_size_wins_and_input_keeps_its_order() {
    let inputs = vec![size(1, 1), Input::Bytes(b"l".to_vec()), size(2, 2), Input::Bytes(b"s".to_vec()), size(80, 24)];
    let sent = written(inputs, TERMINAL, Duration::from_secs(1)).await;
    assert_eq!(sent, [frame::resize(80, 24), frame::stdin(b"ls")]);
}

#[tokio::test(start_paused = true)]
async fn attaching_makes_the_program_draw_again() {
    let session = write::Session { redraw: true, ..TERMINAL };
    let sent = written(vec![size(80, 24)], session, Duration::from_secs(1)).await;
    assert_eq!(sent, [frame::resize(81, 25), frame::resize(80, 24)]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_input_is_told_where_it_can_be() {
    let inputs = vec![Input::Bytes(b"x".to_vec()), Input::Eof, Input::Bytes(b"never".to_vec())];
    let sent = written(inputs.clone(), TERMINAL, Duration::from_secs(1)).await;
    assert_eq!(sent, [frame::stdin(b"x"), frame::close_stdin()]);
    let old = write::Session { can_close: false, ..TERMINAL };
    assert_eq!(written(inputs.clone(), old, Duration::from_secs(1)).await, [frame::stdin(b"x")]);
    let output_only = write::Session { stdin: false, tty: false, ..TERMINAL };
    assert_eq!(written(inputs, output_only, Duration::from_secs(1)).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_large_paste_is_cut_and_pings_go_on_after_the_end() {
    let paste = Input::Bytes(vec![b'x'; 100_000]);
    let sent = written(vec![paste, Input::Eof], TERMINAL, Duration::from_secs(11)).await;
    let sizes: Vec<_> = sent.iter().map(Message::len).collect();
    assert_eq!(sizes, [32_769, 32_769, 32_769, 1_697, 2, 0, 0], "input, its end, two pings");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_blocks_does_not_stop_the_reading() {
    let (sender, receiver) = mpsc::channel(4);
    sender.send(Input::Bytes(b"x".to_vec())).await.expect("there is room");
    let blocked = sink::unfold((), async |(), _: Message| std::future::pending::<Result<(), Error>>().await);
    let frames = stream::iter([Duration::from_secs(10); 9]).then(async |pause| {
        sleep(pause).await;
        frame(1, "tick")
    });
    let ticks = std::cell::Cell::new(0);
    let mut consumer = async |_| ticks.set(ticks.get() + 1);
    let status = tokio::select! {
        status = read::read(Box::pin(frames), &mut consumer) => status,
        status = write::write(Box::pin(blocked), receiver, TERMINAL) => status,
    };
    assert_eq!(status, ExitStatus::Lost("the server took no input for 60 s".to_owned()));
    assert!(ticks.get() >= 5, "{}", ticks.get());
}

#[tokio::test(start_paused = true)]
async fn a_broken_write_leaves_the_verdict_to_the_reading() {
    let (sender, receiver) = mpsc::channel(4);
    sender.send(Input::Bytes(b"x".to_vec())).await.expect("there is room");
    let broken = sink::unfold((), async |(), _: Message| Err::<(), Error>(Error::ConnectionClosed));
    let writing = write::write(Box::pin(broken), receiver, TERMINAL);
    assert!(timeout(Duration::from_secs(300), writing).await.is_err());
}

fn request(target: &str, command: &[&str], tty: bool) -> ExecRequest {
    let mut parts = target.split('/').map(str::to_owned);
    ExecRequest {
        namespace: parts.next().expect("a namespace"),
        pod: parts.next().expect("a pod"),
        container: parts.next(),
        command: command.iter().map(ToString::to_string).collect(),
        tty,
        stdin: true,
        attach: false,
    }
}

#[test]
fn only_what_is_true_is_asked_for() {
    let tty = http_request(&request("ns/pod", &["sh", "-c", "echo a&b"], true)).expect("a request");
    let query = "stdin=true&stdout=true&tty=true&command=sh&command=-c&command=echo+a%26b";
    assert_eq!(tty.uri().to_string(), format!("/api/v1/namespaces/ns/pods/pod/exec?&{query}"));
    let attach =
        ExecRequest { attach: true, stdin: false, container: Some("c".into()), ..request("ns/pod", &[], false) };
    let attach = http_request(&attach).expect("a request");
    assert_eq!(attach.uri().to_string(), "/api/v1/namespaces/ns/pods/pod/attach?&stdout=true&stderr=true&container=c");
}

/// Runs a session in which each input is sent when the text beside it has been printed since the input before,
/// as a person types. What was printed, and how it ended.
async fn session(request: ExecRequest, steps: Vec<(&str, Input)>) -> Result<(String, ExitStatus), Refusal> {
    let client = kube::Client::try_default().await.expect("a kubeconfig");
    let (sender, receiver) = mpsc::channel(64);
    let mut printed = String::new();
    let mut steps = steps.into_iter().peekable();
    let (mut seen, mut ended) = (0, None);
    run(client, request, receiver, |output| {
        match output {
            Output::Open => {}
            Output::Stdout(bytes) | Output::Stderr(bytes) => printed.push_str(&String::from_utf8_lossy(&bytes)),
            Output::Exit(status) => ended = Some(status),
        }
        while let Some((_, input)) = steps.next_if(|(expected, _)| printed[seen..].contains(expected)) {
            seen = printed.len();
            sender.try_send(input).expect("there is room");
        }
        std::future::ready(())
    })
    .await?;
    Ok((printed, ended.expect("an exit comes last")))
}

fn target(name: &str) -> String {
    std::env::var(name).expect("NAMESPACE/POD or NAMESPACE/POD/CONTAINER")
}

fn typed(text: &str) -> Input {
    Input::Bytes(text.as_bytes().to_vec())
}

/// `EXEC_POD=ns/pod` names a running pod with busybox (or `ns/pod/container`), `EXEC_NO_SHELL=ns/pod` one whose image has no shell.
#[tokio::test]
#[ignore = "needs a cluster: KUBECONFIG, EXEC_POD, EXEC_NO_SHELL"]
async fn a_real_cluster() {
    let (pod, no_shell) = (target("EXEC_POD"), target("EXEC_NO_SHELL"));

    let steps = vec![("", size(80, 24)), ("# ", typed("echo $((6*7)); stty size\r")), ("# ", typed("exit 3\r"))];
    let (text, status) = session(request(&pod, &["sh"], true), steps).await.expect("a session");
    assert!(text.contains("\r\n42\r\n24 80\r\n"), "{text:?}");
    assert_eq!(status, ExitStatus::Code(3));

    let cat = session(request(&pod, &["cat"], false), vec![("", typed("a\nb\n")), ("b", Input::Eof)]).await;
    assert_eq!(cat.expect("a session"), ("a\nb\n".to_owned(), ExitStatus::Code(0)));

    let shells: Vec<String> = shell_command(&["no-such-shell", "ash", "sh"], false);
    let shells: Vec<&str> = shells.iter().map(String::as_str).collect();
    let steps = vec![("# ", typed("echo $0\r")), ("# ", typed("exit\r"))];
    let (text, status) = session(request(&pod, &shells, true), steps).await.expect("a session");
    assert!(text.contains("\r\nash\r\n"), "{text:?}");
    assert_eq!(status, ExitStatus::Code(0));

    let big = request(&pod, &["sh", "-c", "seq 1 500000 | tee /dev/stderr | tail -n 1 >/dev/null"], false);
    let (text, _) = session(big, vec![]).await.expect("a session");
    assert_eq!(text.lines().count(), 500_000, "nothing is missing");

    let (_, status) = session(request(&no_shell, &["sh"], true), vec![]).await.expect("the upgrade succeeds");
    assert!(is_shell_missing(&status), "{status:?}");

    let refused = session(request("default/no-such-pod", &["sh"], true), vec![]).await;
    assert!(matches!(&refused, Err(Refusal::Api { code: 404, .. })), "{refused:?}");

    let steps = vec![
        ("", size(80, 24)),
        ("1/1", typed("ihello from vi")),
        ("from vi", typed("\x1b")),
        ("[Modified]", typed(":q!\r")),
    ];
    let (text, status) = session(request(&pod, &["vi", "/etc/hostname"], true), steps).await.expect("a session");
    assert!(text.contains("\x1b[?1049h") && text.contains("hello from vi"), "{text:?}");
    assert_eq!(status, ExitStatus::Code(0));
}

/// `EXEC_ATTACH=ns/pod/container` names a container whose process is a shell with a terminal; it is ended.
#[tokio::test]
#[ignore = "needs a cluster: KUBECONFIG, EXEC_ATTACH"]
async fn attaching_to_a_real_container() {
    let request = ExecRequest { attach: true, ..request(&target("EXEC_ATTACH"), &[], true) };
    let steps = vec![("", size(100, 30)), ("", typed("stty size\r")), ("30 100\r\n", typed("exit 4\r"))];
    let (text, status) = session(request, steps).await.expect("a session");
    assert!(text.contains("exit 4"), "{text:?}");
    assert_eq!(status, ExitStatus::Code(0), "attaching does not tell the code");
}

/// Compiles only if the runtime may spawn a session.
#[expect(dead_code, reason = "a check of types")]
fn a_session_can_be_spawned(client: kube::Client, receiver: mpsc::Receiver<Input>, sender: mpsc::Sender<Output>) {
    fn spawnable(_: impl Future<Output = Result<(), Refusal>> + Send + 'static) {}
    spawnable(run(client, request("ns/pod", &["sh"], true), receiver, move |output| {
        let sender = sender.clone();
        async move {
            let _ = sender.send(output).await;
        }
    }));
}
