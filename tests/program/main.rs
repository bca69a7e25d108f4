//! The whole program, driven by keys, against the demo cluster.
//!
//! Each test says what a person presses and what is then on the screen; nothing sleeps, everything is waited
//! for. Every frame of every test is checked for control characters and broken wide characters.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says what went wrong and ends")]

mod bad_input;
mod debugging;
mod edits;
mod faults;
mod kinds;
mod lists;
mod logs;
mod shells;
mod texts;
mod transfers;
mod triage;

use podtriage::testing::{Program, ProgramOptions};

/// A cluster in which everything is well.
async fn healthy() -> Program {
    Program::start(ProgramOptions { scenario: "healthy", ..ProgramOptions::default() }).await
}

/// A cluster with everything that can be wrong.
async fn incident() -> Program {
    Program::start(ProgramOptions::default()).await
}

/// With a command line.
async fn with_args(args: &'static str) -> Program {
    Program::start(ProgramOptions { scenario: "healthy", args, ..ProgramOptions::default() }).await
}

/// Lists only the pods whose name has this text; the cursor is on the first of them.
async fn only(program: &mut Program, name: &str) {
    program.press("/").await;
    program.enter(&format!("name:{name}")).await;
    program.until("the pod", |screen| screen.cursor_row().is_some_and(|row| row.contains(name))).await;
}

/// The name in the row under the cursor.
fn under_cursor(program: &Program) -> String {
    let row = program.screen().cursor_row().unwrap_or_default();
    let words = row.split_whitespace();
    words.filter(|word| word.chars().count() > 1).map(str::to_owned).next().unwrap_or_default()
}

/// A pod that runs in the demo.
fn pod(name: &str) -> serde_json::Value {
    serde_json::json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "image": "busybox:1.36", "command": ["sleep", "3600"]}]},
    })
}

const PODS: &str = "/api/v1/namespaces/shop/pods";
