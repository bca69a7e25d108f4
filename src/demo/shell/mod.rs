//! A small shell in a container of the world: what `exec` and `attach` run.
//!
//! It acts on the container's own state and on nothing else: files, environment, processes, the world's
//! services. Start with [`exec`].

mod commands;
mod edit;
mod io;
mod network;
mod parse;
mod place;
mod screen;
mod session;
mod tar;
mod text;

pub use io::Io;
pub use place::Place;
use session::Session;

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
    let base = place.image(|image| image.base.clone()).unwrap_or_default();
    if !commands::is_there(name, &base) {
        return Outcome::Refused(not_found(name));
    }
    let mut session = Session::new(place.clone());
    let run = async {
        match name.rsplit('/').next().unwrap_or(name) {
            "sh" | "bash" | "ash" => match command.get(1).map(String::as_str) {
                Some("-c") => session.script(&mut io, command.get(2).map(String::as_str).unwrap_or_default()).await,
                _ => session.interact(&mut io).await,
            },
            _ => session.words(&mut io, command).await,
        }
    };
    tokio::select! {
        biased;
        code = run => Outcome::Exit(code),
        // The first process of a container takes the others with it.
        () = place.end() => Outcome::Exit(137),
    }
}

/// A shell that is the container's own first process: the container ends with it.
pub async fn attach(place: Place, mut io: Io) -> Outcome {
    let mut session = Session::new(place.clone());
    let code = tokio::select! {
        biased;
        code = session.interact(&mut io) => Some(code),
        () = place.end() => None,
    };
    if let Some(code) = code
        && session.exited
    {
        place.end_container(&place.container, code);
    }
    Outcome::Exit(0)
}

fn not_found(name: &str) -> String {
    let why = if name.starts_with('/') {
        format!("exec: {name:?}: stat {name}: no such file or directory")
    } else {
        format!("exec: {name:?}: executable file not found in $PATH")
    };
    format!("OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown")
}
