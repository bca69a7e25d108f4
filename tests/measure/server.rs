//! The cluster beside the program: how many pods it has, and how long its list takes with `curl`.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, Client};
use serde_json::Value;
use tokio::runtime::Runtime;

/// What `KUBECONFIG` names, in absolute paths: the program runs in another folder.
pub fn kubeconfig() -> OsString {
    let named = std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty());
    let named = named.expect("KUBECONFIG is not set: see the top of tests/measure/main.rs");
    let paths = std::env::split_paths(&named).map(|path| std::path::absolute(path).expect("a path"));
    std::env::join_paths(paths).expect("paths")
}

/// What kubectl prints for a command, which reads `input`; it must succeed.
pub fn kubectl(line: &str, input: &str) -> String {
    let mut command = Command::new("kubectl");
    command.env("KUBECONFIG", kubeconfig()).args(line.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("kubectl starts");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "kubectl {line}");
    String::from_utf8(output.stdout).expect("text")
}

/// How many pods there are, by a list of one and how many remain.
pub fn pods() -> usize {
    let list = runtime().block_on(async {
        let client = Client::try_default().await.expect("a cluster");
        Api::<Pod>::all(client).list(&ListParams::default().limit(1)).await.expect("pods")
    });
    list.metadata.remaining_item_count.unwrap_or(0) as usize + list.items.len()
}

/// What requests of this process run on.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Whether a program can be started.
pub fn exists(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The list of all pods as `curl` fetches it.
pub struct Curl {
    url: String,
    args: Vec<String>,
    _files: tempfile::TempDir,
}

/// One list: when its last byte was there, and how many there were.
pub struct Fetched {
    pub time: Duration,
    pub bytes: u64,
}

impl Curl {
    /// With the credentials of the kubeconfig: certificates or a token. `None` where there is no `curl`.
    pub fn new() -> Option<Self> {
        exists("curl", "--version").then_some(())?;
        let config: Value = serde_json::from_str(&kubectl("config view --raw --minify --flatten -o json", "")).ok()?;
        let (cluster, user) = (&config["clusters"][0]["cluster"], &config["users"][0]["user"]);
        let files = tempfile::tempdir().expect("a directory");
        let mut args = vec!["-sSf".to_owned()];
        let data = [
            ("--cacert", &cluster["certificate-authority-data"]),
            ("--cert", &user["client-certificate-data"]),
            ("--key", &user["client-key-data"]),
        ];
        for (option, data) in data {
            args.extend(in_file(files.path(), option, data).into_iter().flatten());
        }
        if let Some(token) = user["token"].as_str() {
            args.extend(["-H".to_owned(), format!("Authorization: Bearer {token}")]);
        }
        let url = format!("{}/api/v1/pods?resourceVersion=0", cluster["server"].as_str()?);
        Some(Self { url, args, _files: files })
    }

    /// Fetches it once in one form, and drops it.
    pub fn fetch(&self, accept: &str) -> Fetched {
        let mut command = Command::new("curl");
        // Another name than its own: for curl the server lays JSON out for people, which is more bytes.
        command.args(&self.args).args(["-A", "measure", "-o", "/dev/null", "-w", "%{time_total} %{size_download}"]);
        command.args(["-H", &format!("Accept: {accept}"), &self.url]);
        let output = command.output().expect("curl starts");
        assert!(output.status.success(), "curl: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        let (time, bytes) = text.split_once(' ').expect("two numbers");
        let time = Duration::from_secs_f64(time.parse().expect("seconds"));
        Fetched { time, bytes: bytes.parse().expect("bytes") }
    }
}

/// An option of curl that takes a file, with the data of the kubeconfig in one.
fn in_file(folder: &Path, option: &str, data: &Value) -> Option<[String; 2]> {
    let data = STANDARD.decode(data.as_str()?).expect("base64");
    let path = folder.join(option.trim_start_matches('-'));
    std::fs::write(&path, data).expect("written");
    Some([option.to_owned(), path.to_string_lossy().into_owned()])
}
