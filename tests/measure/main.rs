//! What the program costs on a real cluster, measured so that anybody can do it again.
//!
//! ```text
//! KUBECONFIG=… cargo test --release --test measure -- --ignored --nocapture --test-threads=1
//! ```
//!
//! | part | what it measures | the cluster needs |
//! |---|---|---|
//! | `start` | the first frame, the list, memory, and what an idle program uses | pods, the more the better |
//! | `updates` | what a stream of updates costs | pods that may be annotated |
//! | `keys` | how long a key takes to be seen, at rest and during updates | the same |
//! | `logs` | how long a key takes to be seen in a log tile while a gigabyte comes in | a node that runs `busybox:1.28` |
//! | `printing` | how fast `podtriage logs` prints a long log | nothing; with `PODTRIAGE_MEASURE_LOG` a pod with such a log |
//! | `shell` | how fast a shell tile takes 100 MB of output, plain and in colours | the same |
//! | `tiles` | key to echo in a shell, beside a log of 5,000 lines a second | the same |
//!
//! Each prints its figures in one line. Nothing here has a limit that could fail: a figure says something only
//! together with the machine, its load, and what was measured beside it. `updates` and `keys` write the annotation
//! `podtriage-measure` and take it away at the end; `shell`, `logs` and `tiles` make a namespace and delete it. `kubectl`
//! must be on the `PATH` for all of these and `start`; what else is put beside ours (`curl`, `tmux`) is left out where it
//! is missing.
//! `PODTRIAGE_MEASURE` may name another binary than the one of this build.

#![expect(clippy::expect_used, reason = "a measurement ends when it cannot go on")]
#![expect(clippy::print_stderr, reason = "figures are for whoever asked for them")]

mod figures;
mod keys;
mod logs;
mod namespace;
mod printing;
mod process;
mod server;
mod shell;
mod start;
#[path = "../support/mod.rs"]
mod support;
mod tiles;
mod updates;
mod writer;

use std::time::Instant;

use support::terminal::{PODTRIAGE, Run, Terminal};

/// The width of the terminal; it has 50 rows.
const COLUMNS: u16 = 200;

/// The program with these arguments on the cluster of `KUBECONFIG`.
fn podtriage<'a>(args: impl IntoIterator<Item = &'a str>) -> Run {
    let binary = std::env::var("PODTRIAGE_MEASURE").unwrap_or_else(|_| PODTRIAGE.to_owned());
    Run::new(&binary, args).env("KUBECONFIG", server::kubeconfig()).size(COLUMNS, 50)
}

/// The program with all pods of the cluster in its list.
fn all_pods(count: usize) -> Terminal {
    let terminal = podtriage(["-A", "--view", "pods"]).start();
    until_listed(&terminal, count);
    terminal
}

/// Waits until the header says that the list is whole and live, and rows are there.
fn until_listed(terminal: &Terminal, count: usize) {
    let pods = format!("pods {} ", figures::grouped(count));
    terminal.until(&pods, |screen| {
        let rows = screen.rows();
        rows[0].contains(&pods) && rows[0].contains("● live") && screen.reversed_row(2).is_some()
    });
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn now() -> Instant {
    Instant::now()
}
