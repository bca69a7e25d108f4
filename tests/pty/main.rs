//! The real binary in a pseudo-terminal, without a cluster: how it begins and ends and what it leaves behind
//! (`life`), the person's own editor (`edits`), what it says when something is missing or broken (`trouble`), what it writes (`looks`), and its demo
//! cluster for other clients (`server`).

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a test says what went wrong and ends")]

mod edits;
mod life;
mod looks;
mod server;
#[path = "../support/mod.rs"]
mod support;
mod trouble;

use support::terminal::{PODTRIAGE, Run, Screen, Terminal};

/// The program on its demo cluster.
fn demo() -> Run {
    Run::new(PODTRIAGE, ["--demo", "--view", "pods"])
}

/// The same, started, with its pods on the screen.
fn living_demo() -> Terminal {
    let terminal = demo().start();
    terminal.until("the pods of the demo", lists_pods);
    terminal
}

/// The list of the demo's own namespace stands and is live.
fn lists_pods(screen: &Screen) -> bool {
    screen.is_alternate() && screen.has("● live") && screen.has("Pods · ") && screen.has("web-")
}
