//! Logs of containers, followed through broken connections, restarts and replaced pods.
//!
//! [`follow()`] is one container ([`follow_bytes()`]: the same for a pipe), [`mod@many`] is a changing set of them merged in the order of time, [`mod@earlier`] is
//! what was written before; [`raw`](raw::raw) is one answer as it comes. The first three always ask with time stamps,
//! which are what a broken stream is taken up by ([`overlap`]). When a stream ends in order, the container ended or
//! somebody on the way closed it: the pod tells which, and whether another run will come ([`pod`]). Whatever may be
//! missing is said as a [`LogGap`](data::LogGap).
//!
//! Traps that shape this:
//! - an idle container's answer does not even begin before its first line, and a dead connection is silent for ever;
//! - a pod's status lags a second or two behind its containers, and a kubelet that was restarted does not know its
//!   pods at first;
//! - a server that loses its node in the middle of a line ends the answer in order, so the last line is not to be
//!   believed where it has no end;
//! - the node changes files under a reader ([`rotation`]).

pub mod data;
pub mod earlier;
mod follow;
pub mod lines;
pub mod many;
pub mod merge;
pub mod overlap;
pub mod pace;
pub mod pod;
pub mod raw;
pub mod rotation;
mod run;
pub mod select;
pub mod split;
mod stream;
pub mod words;

pub use earlier::earlier;
pub use follow::{follow, follow_bytes};
pub use many::many;

use std::time::Duration;

use crate::base::stamp::Stamp;

/// As kubectl asks.
const ACCEPT: &str = "application/json, */*";

const NANOS: i64 = 1_000_000_000;

/// The time of so many nanoseconds since the epoch.
fn stamp(nanos: i64) -> Stamp {
    Stamp::from_parts(nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS) as i32)
}

/// The first wait, doubled so many times, up to the longest.
fn doubled((first, longest): (Duration, Duration), times: u32) -> Duration {
    first.saturating_mul(1 << times.min(10)).min(longest)
}

#[cfg(test)]
mod tests;
