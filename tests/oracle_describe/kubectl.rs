//! kubectl as a child process, and the cluster's API through its proxy.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use podtriage::model::around::{Answer, Request};
use serde_json::Value;

fn program() -> String {
    std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned())
}

/// What `kubectl ARGS` prints, or what it complains about.
pub fn kubectl(args: &[&str]) -> Result<String, String> {
    let output = Command::new(program()).args(args).output().map_err(|error| format!("{}: {error}", program()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The API server, without a process for every request. Ends with the value.
pub struct Proxy {
    child: Child,
    address: String,
}

impl Proxy {
    /// Starts `kubectl proxy` on a free port.
    pub fn start() -> Self {
        let mut command = Command::new(program());
        let mut child = command.args(["proxy", "--port=0"]).stdout(Stdio::piped()).spawn().expect("kubectl starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says its address");
        let address = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        Self { child, address }
    }

    /// The JSON at a path, or what the server says instead.
    pub fn get(&self, path: &str) -> Result<Value, String> {
        let mut stream = TcpStream::connect(&self.address).map_err(|error| error.to_string())?;
        let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n");
        stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response).map_err(|error| error.to_string())?;
        let response = String::from_utf8_lossy(&response);
        let (head, body) = response.split_once("\r\n\r\n").ok_or("no response")?;
        let value: Value = serde_json::from_str(body).map_err(|error| format!("{path}: {error}: {body}"))?;
        if head.split(' ').nth(1) == Some("200") {
            return Ok(value);
        }
        Err(value["message"].as_str().unwrap_or(body).to_owned())
    }

    /// The items of a list.
    pub fn items(&self, path: &str) -> Result<Vec<Value>, String> {
        Ok(self.get(path)?["items"].as_array().cloned().unwrap_or_default())
    }

    /// What is answered to a request for something around an object.
    pub fn answer(&self, request: &Request) -> Answer {
        if request.what.is_single() {
            self.get(&request.path).map(|object| vec![object])
        } else {
            self.items(&request.path)
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
