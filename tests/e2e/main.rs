//! The real binary, in a pseudo-terminal, against a real cluster.
//!
//! ```text
//! KUBECONFIG=… cargo test --test e2e -- --ignored --test-threads=2
//! ```
//!
//! Any cluster will do that can run `busybox:1.28` and `registry.k8s.io/pause:3.9`; `kubectl` (or what `KUBECTL`
//! names) must be able to talk to it as its administrator. Each test makes a namespace `podtriage-e2e-…` and
//! deletes it. Tests that look at a pod of the scenarios, or need one of the variables below, say SKIPPED and
//! why where there is none.
//!
//! | variable | what is tried with it |
//! |---|---|
//! | `PODTRIAGE_E2E_PROXY` | a program that misbehaves between us and the server: `PROXY proxy` prints `export KUBECONFIG=…`, `PROXY proxy-refuse 8` and `PROXY proxy-stall 60` break it for that many seconds, `PROXY proxy-stop` ends it |
//! | `PODTRIAGE_E2E_VIEWER` | a kubeconfig that may get, list and watch pods, their logs and events in `default` and nothing else |
//! | `PODTRIAGE_E2E_EXEC` | a kubeconfig whose user is an exec credential plugin |

#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test says what went wrong and ends")]

mod acting;
mod cluster;
mod copy;
mod forward;
mod kinds;
mod lists;
mod logs;
mod odd;
mod page_walk;
mod reach;
mod rows;
mod sessions;
mod shells;
#[path = "../support/mod.rs"]
mod support;
mod triage;
mod triage_walk;
mod waiting;
mod wire;
