//! A server that answers as a test says, and the program in front of it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use podtriage::demo::kubeconfig;

pub const PODTRIAGE: &str = env!("CARGO_BIN_EXE_podtriage");

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// What the server says to a request.
#[derive(Clone)]
pub struct Answer {
    pub code: u16,
    pub body: Vec<u8>,
    /// Whether the connection breaks behind it, before it is whole.
    pub breaks: bool,
}

/// A refusal with the reason of its code.
pub fn refused(code: u16, message: &str) -> (u16, String) {
    let reason = if code == 404 { "NotFound" } else { "BadRequest" };
    let status = serde_json::json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "reason": reason, "message": message});
    (code, status.to_string())
}

/// A server that keeps what it was asked for.
pub struct Script {
    dir: tempfile::TempDir,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Script {
    /// A server that answers so; paths come without the prefix of the kubeconfig.
    pub fn start(answer: impl FnMut(&str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("config"), kubeconfig(address, "token")).expect("written");
        let kept = Arc::clone(&asked);
        let answer = Arc::new(Mutex::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &kept, &*answer));
            }
        });
        Self { dir, asked }
    }

    /// What the program does, and the queries of logs that it sent.
    pub fn run(&self, line: &str) -> (Output, Vec<String>) {
        self.asked.lock().expect("a lock").clear();
        let output = Command::new(PODTRIAGE)
            .args(["logs", "-n", "default"])
            .args(line.split_whitespace())
            .arg("--kubeconfig")
            .arg(self.dir.path().join("config"))
            .output()
            .expect("it starts");
        let asked = self.asked.lock().expect("a lock");
        (output, asked.iter().filter(|path| path.contains("/log?")).cloned().collect())
    }

    pub fn said(&self, line: &str) -> (Option<i32>, String) {
        let (output, _) = self.run(line);
        (output.status.code(), text(&output.stderr))
    }
}

fn serve<F: FnMut(&str) -> Answer>(mut stream: TcpStream, kept: &Mutex<Vec<String>>, answer: &Mutex<F>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).ok()?;
        }
        let path = first.split(' ').nth(1)?.to_owned();
        let path = path.strip_prefix("/token").unwrap_or(&path).to_owned();
        let Answer { code, body, breaks } = answer.lock().ok()?(&path);
        kept.lock().ok()?.push(path);
        let length = body.len() + usize::from(breaks);
        let head = format!("HTTP/1.1 {code} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).ok()?;
        if breaks {
            return None;
        }
    }
}
