//! A small shell in a container of the world: what `exec` and `attach` run.
//!
//! It acts on the container's own state and on nothing else: files, environment, processes, the world's
//! services. Start with [`exec`].

mod commands;
mod edit;
mod files;
mod io;
mod network;
mod node;
mod parse;
mod place;
mod screen;
mod session;
mod tar;
mod text;
mod who;

pub use io::Io;
pub use place::Place;
use session::Session;

use super::world::tools;

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran; its exit code.
    Exit(i64),
    /// The runtime could not start it; the runtime's sentence.
    Refused(String),
}

/// Runs a command in a container until it ends, or the container does.
pub async fn exec(place: Place, mut io: Io, command: &[String]) -> Outcome {
    let name = command.first().map(String::as_str).unwrap_or_default();
    if !tools::has(&place.base(), name) {
        return Outcome::Refused(format!("OCI runtime exec failed: exec failed: {}", tools::not_found(name)));
    }
    let mut session = Session::new(place.clone());
    tokio::select! {
        biased;
        code = session.command(&mut io, command) => Outcome::Exit(code),
        // The first process of a container takes the others with it.
        () = place.end() => Outcome::Exit(137),
    }
}

/// Runs a container's own first process; its exit code, unless the container was ended from outside.
pub async fn first(place: Place, mut io: Io, command: &[String]) -> Option<i64> {
    let mut session = Session::new(place.clone());
    tokio::select! {
        biased;
        code = session.command(&mut io, command) => Some(code),
        () = place.end() => None,
    }
}
