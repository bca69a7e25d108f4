//! `podtriage exec` and `attach` of the real program, against a server that answers from a script and keeps what it was
//! sent: queries, frames, sizes. Cases X01-X14 that need no server are in `src/cli/plain/streams`.

#![expect(clippy::expect_used, reason = "a test says what went wrong and ends")]

use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use podtriage::demo::kubeconfig;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::{Value, json};

const PODTRIAGE: &str = env!("CARGO_BIN_EXE_podtriage");

/// What the server was sent.
#[derive(Default)]
struct Seen {
    /// Queries of exec and attach, with the path's last word before them.
    queries: Vec<String>,
    /// Binary messages, as they came.
    frames: Vec<Vec<u8>>,
}

type Shared = Arc<Mutex<Seen>>;

fn pod(name: &str) -> Option<Value> {
    let phase = if name == "done" { "Succeeded" } else { "Running" };
    let annotations =
        if name == "bad" { json!({"kubectl.kubernetes.io/default-container": "gone"}) } else { json!({}) };
    let containers = match name {
        "web-0" | "bad" => json!([{"name": "app"}, {"name": "second"}]),
        "tty-0" => json!([{"name": "app", "stdin": true, "tty": true}]),
        "done" | "old-0" => json!([{"name": "app", "stdin": true}]),
        _ => return None,
    };
    Some(json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "default",
        "annotations": annotations}, "spec": {"nodeName": "a", "containers": containers}, "status": {"phase": phase}}))
}

async fn read(Path(name): Path<String>) -> Response {
    let Some(pod) = pod(&name) else {
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound",
            "message": format!("pods \"{name}\" not found")});
        return (StatusCode::NOT_FOUND, status.to_string()).into_response();
    };
    pod.to_string().into_response()
}

async fn stream(
    Path((name, sub)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    State(seen): State<Shared>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let query = query.unwrap_or_default().trim_start_matches('&').to_owned();
    seen.lock().expect("unharmed").queries.push(format!("{sub}?{query}"));
    let protocols: &[&str] = if name == "old-0" { &["v4.channel.k8s.io"] } else { &["v5.channel.k8s.io"] };
    upgrade.protocols(protocols.iter().copied()).on_upgrade(move |socket| play(socket, query, seen)).into_response()
}

/// Does what the command in the query says.
async fn play(mut socket: WebSocket, query: String, seen: Shared) {
    let command = query.split('&').find_map(|pair| pair.strip_prefix("command=")).unwrap_or("attach");
    let success = r#"{"status":"Success"}"#;
    let answers: &[(u8, &str)] = match command {
        "both" => &[(1, "out\n"), (2, "err\n"), (3, success)],
        "code" => &[(
            3,
            r#"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"42"}]}}"#,
        )],
        "boom" => &[(3, r#"{"status":"Failure","reason":"InternalError","message":"Internal error occurred: boom"}"#)],
        "cut" => &[(1, "half")],
        _ => &[],
    };
    let ends = !answers.is_empty() || listen(&mut socket, command, &seen).await;
    for (channel, text) in answers {
        send(&mut socket, *channel, text.as_bytes()).await;
    }
    if answers.is_empty() && ends {
        send(&mut socket, 3, success.as_bytes()).await;
    }
    if command != "cut" {
        let close = CloseFrame { code: 1000, reason: "".into() };
        // A client that is gone already has heard enough.
        let _ = socket.send(Message::Close(Some(close))).await;
    }
}

/// Keeps what comes and echoes input, until the input ends, or says `exit`.
async fn listen(socket: &mut WebSocket, command: &str, seen: &Shared) -> bool {
    send(socket, 1, b"ready\r\n").await;
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Binary(bytes) = message else { continue };
        seen.lock().expect("unharmed").frames.push(bytes.to_vec());
        match bytes.split_first() {
            Some((255, [0])) => return true,
            Some((0, b"exit")) => return true,
            Some((0, typed)) => send(socket, 1, typed).await,
            Some((4, size)) if command == "size" => send(socket, 1, size).await,
            _ => {}
        }
    }
    false
}

async fn send(socket: &mut WebSocket, channel: u8, bytes: &[u8]) {
    let frame = [&[channel], bytes].concat();
    // A client that is gone already has heard enough.
    let _ = socket.send(Message::Binary(frame.into())).await;
}

/// The server, on a port of its own, for as long as the test lives.
struct Server {
    kubeconfig: tempfile::NamedTempFile,
    seen: Shared,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let seen = Shared::default();
        let pods = "/token/api/v1/namespaces/default/pods/{name}";
        let router = Router::new().route(pods, get(read)).route(&format!("{pods}/{{sub}}"), get(stream));
        let router = router.with_state(Arc::clone(&seen));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move { axum::serve(listener, router).await });
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let text = kubeconfig(address, "token").replace("namespace: shop", "namespace: default");
        file.write_all(text.as_bytes()).expect("written");
        Self { kubeconfig: file, seen, _runtime: runtime }
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(PODTRIAGE);
        command.args(words.split_whitespace()).arg("--namespace=default");
        command.env("KUBECONFIG", self.kubeconfig.path()).stdin(Stdio::null());
        command
    }

    /// Runs a command; flags of ours stand before the dashes.
    fn run(&self, words: &str, command: &[&str], input: Option<&str>) -> Output {
        let mut process = self.command(words);
        if !command.is_empty() {
            process.arg("--").args(command);
        }
        process.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::piped());
        let mut child = process.spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.unwrap_or_default().as_bytes()).expect("written");
        drop(stdin);
        child.wait_with_output().expect("it ends")
    }

    fn query(&self) -> String {
        self.seen.lock().expect("unharmed").queries.last().cloned().unwrap_or_default()
    }

    fn frames(&self) -> Vec<Vec<u8>> {
        self.seen.lock().expect("unharmed").frames.clone()
    }

    /// Runs a command on a terminal of 100 by 40; what is typed once `ready` was printed. What was printed, and the exit
    /// code.
    fn on_a_terminal(&self, words: &[&str], typed: &[u8]) -> (String, u32) {
        let size = PtySize { rows: 40, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(PODTRIAGE);
        command.args(words);
        command.env("KUBECONFIG", self.kubeconfig.path());
        command.env("TERM", "xterm");
        let mut child = pair.slave.spawn_command(command).expect("it starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let mut writer = pair.master.take_writer().expect("its input");
        let (mut printed, mut buffer) = (Vec::new(), [0; 1_024]);
        let mut typed = Some(typed);
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            printed.extend_from_slice(&buffer[..count]);
            if String::from_utf8_lossy(&printed).contains("ready")
                && let Some(typed) = typed.take()
            {
                writer.write_all(typed).expect("typed");
            }
        }
        let code = child.wait().expect("it ends").exit_code();
        (String::from_utf8_lossy(&printed).into_owned(), code)
    }
}

fn said(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

const DEFAULTED: &str = "Defaulted container \"app\" out of: app, second\n";

#[test]
fn x01_the_exit_code_is_handed_on() {
    let server = Server::start();
    let (out, errors, code) = said(&server.run("exec -i web-0 -c app", &["code"], None));
    assert_eq!((out.as_str(), errors.as_str(), code), ("", "command terminated with exit code 42\n", Some(42)));
}

#[test]
fn x02_output_and_errors_keep_apart() {
    let server = Server::start();
    let (out, errors, code) = said(&server.run("exec web-0", &["both", "a b"], None));
    assert_eq!((out.as_str(), errors, code), ("out\n", format!("{DEFAULTED}err\n"), Some(0)));
    assert_eq!(server.query(), "exec?stdout=true&stderr=true&container=app&command=both&command=a+b");
    let (_, errors, _) = said(&server.run("exec -q web-0", &["both"], None));
    assert_eq!(errors, "err\n");
}

#[test]
fn x03_what_could_not_be_started_is_an_error() {
    let server = Server::start();
    let (_, errors, code) = said(&server.run("exec web-0 -c app", &["boom"], None));
    assert_eq!((errors.as_str(), code), ("error: Internal error occurred: boom\n", Some(1)));
    let (out, errors, code) = said(&server.run("exec web-0 -c app", &["cut"], None));
    assert_eq!((out.as_str(), code), ("half", Some(1)));
    assert!(errors.starts_with("error: the connection to the container was lost"), "{errors}");
}

#[test]
fn x04_the_end_of_the_input_is_told() {
    let server = Server::start();
    let (out, errors, code) = said(&server.run("exec -i web-0 -c app", &["cat"], Some("one\n")));
    assert_eq!((out.as_str(), errors.as_str(), code), ("ready\r\none\n", "", Some(0)));
    assert_eq!(server.frames(), [b"\x00one\n".to_vec(), b"\xff\x00".to_vec()]);
}

#[test]
fn x05_a_terminal_is_the_process_own_with_its_size() {
    let server = Server::start();
    let words = ["exec", "-it", "--plain", "-n", "default", "web-0", "-c", "app", "--", "size"];
    let (printed, code) = server.on_a_terminal(&words, b"exit");
    assert_eq!(code, 0, "{printed}");
    assert_eq!(server.query(), "exec?stdin=true&stdout=true&tty=true&container=app&command=size");
    assert!(printed.contains("{\"Width\":100,\"Height\":40}"), "{printed}");
    assert_eq!(server.frames().last().map(Vec::as_slice), Some(b"\x00exit".as_slice()), "keys are not echoed here");
}

#[test]
fn x06_attaching_sends_two_sizes_and_is_left_by_its_keys() {
    let server = Server::start();
    let words = ["attach", "-it", "--plain", "-n", "default", "tty-0"];
    let (printed, code) = server.on_a_terminal(&words, b"a\x10\x11");
    assert_eq!(code, 0, "{printed}");
    assert_eq!(server.query(), "attach?stdin=true&stdout=true&tty=true&container=app");
    let frames = server.frames();
    let first: [&[u8]; 2] = [b"\x04{\"Width\":101,\"Height\":41}\n", b"\x04{\"Width\":100,\"Height\":40}\n"];
    assert_eq!(frames[..2], first);
    assert!(frames.contains(&b"\x00a".to_vec()), "{frames:?}");
    assert!(printed.contains("All commands and output from this session will be recorded"), "{printed}");
    let back = "Session ended, resume using 'podtriage attach tty-0 -c app -n default -i -t' command";
    assert!(printed.contains(back), "{printed}");
}

#[test]
fn x07_a_container_without_a_terminal_is_attached_to_without() {
    let server = Server::start();
    let (out, errors, code) = said(&server.run("attach -it web-0 -c app", &[], Some("exit")));
    assert_eq!((out.as_str(), code), ("ready\r\n", Some(0)));
    assert!(errors.starts_with("error: Unable to use a TTY - container app did not allocate one\n"), "{errors}");
    assert_eq!(server.query(), "attach?stdin=true&stdout=true&stderr=true&container=app");
    assert!(!server.frames().iter().any(|frame| frame.first() == Some(&4)), "no sizes");
    let (_, errors, _) = said(&server.run("attach -itq web-0 -c app", &[], Some("exit")));
    assert_eq!(errors, "");
}

#[test]
fn the_older_protocol_is_spoken_where_there_is_no_other() {
    let server = Server::start();
    let (out, errors, code) = said(&server.run("exec -i old-0", &["cat"], Some("exit")));
    assert_eq!((out.as_str(), errors.as_str(), code), ("ready\r\n", "", Some(0)));
    assert!(!server.frames().contains(&b"\xff\x00".to_vec()), "it cannot say that input has ended");
}

#[test]
fn x10_a_pod_that_is_over_is_refused_before_anything_is_asked() {
    let server = Server::start();
    let (_, errors, code) = said(&server.run("exec done", &["ls"], None));
    let completed = "container in a completed pod; current phase is Succeeded\n";
    assert_eq!((errors, code), (format!("error: cannot exec into a {completed}"), Some(1)));
    let (_, errors, code) = said(&server.run("attach done", &[], None));
    assert_eq!((errors, code), (format!("error: cannot attach a {completed}"), Some(1)));
    assert_eq!(server.query(), "");
}

#[test]
fn x12_without_a_terminal_here_there_is_none_there() {
    let server = Server::start();
    let (_, errors, code) = said(&server.run("exec -it web-0 -c app", &["both"], None));
    let unable = "Unable to use a TTY - input is not a terminal or the right kind of file\n";
    assert_eq!((errors, code), (format!("{unable}err\n"), Some(0)));
    assert_eq!(server.query(), "exec?stdin=true&stdout=true&stderr=true&container=app&command=both");
    let (_, errors, _) = said(&server.run("exec -t web-0 -c app", &["both"], None));
    assert_eq!(errors, "err\n", "-t alone is silently off");
    assert_eq!(server.query(), "exec?stdout=true&stderr=true&container=app&command=both");
}

#[test]
fn x13_x14_containers_that_are_not_there() {
    let server = Server::start();
    let (_, errors, code) = said(&server.run("exec bad", &["ls"], None));
    let not_valid =
        |name: &str, pod: &str| format!("container {name} is not valid for pod {pod} out of: app, second\n");
    assert_eq!((errors, code), (format!("error: {}", not_valid("gone", "bad")), Some(1)));
    let (_, errors, _) = said(&server.run("exec web-0 -c zz", &["ls"], None));
    assert_eq!(errors, format!("error: {}", not_valid("zz", "web-0")));
    let (_, errors, _) = said(&server.run("attach web-0 -c zz", &[], None));
    assert_eq!(errors, format!("error: cannot attach to the container: {}", not_valid("zz", "web-0")));
    let (_, errors, code) = said(&server.run("exec nope", &["ls"], None));
    assert_eq!((errors.as_str(), code), ("Error from server (NotFound): pods \"nope\" not found\n", Some(1)));
    assert_eq!(server.query(), "");
}

#[test]
fn an_interactive_command_opens_its_tile() {
    let server = Server::start();
    let words = ["exec", "-it", "-n", "default", "web-0", "-c", "app", "--", "sh"];
    // The leader and `q` leave the shell; then the program asks, and `y` it is.
    let (printed, code) = server.on_a_terminal(&words, b"\x07:quit\ry");
    assert_eq!(code, 0, "{printed}");
    // Only cells that change are written: the end of the title may have been there.
    assert!(printed.contains("\u{1b}[?1049h") && printed.contains("exec web-0/"), "{printed}");
    assert_eq!(server.query(), "exec?stdin=true&stdout=true&tty=true&container=app&command=sh");
    let wrong = ["exec", "-it", "-n", "default", "web-0", "-c", "zz", "--", "sh"];
    let (printed, code) = server.on_a_terminal(&wrong, b"");
    assert_eq!(code, 1);
    assert!(printed.starts_with("error: container zz is not valid") && !printed.contains("1049h"), "{printed}");
}
