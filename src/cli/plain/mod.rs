//! Commands without a screen: pods, nodes, events, describe, YAML, logs and any other kind as plain text; exec, attach,
//! debugging.
//!
//! What they print is what the panes show, from the same code, in the layout of kubectl 1.37; so they work on a pipe,
//! and whoever doubts a pane can compare. A command is one future that reads, prints and ends; nothing spawns. Start with
//! [`run`], then `list`; `table`, `tabs` and `documents` are pure but for the writer, `fetch` reads.

pub mod args;
mod bundle;
mod debug;
mod describing;
mod documents;
mod events;
mod failure;
mod fetch;
mod guard;
mod list;
mod logs;
mod pods;
mod rows;
mod server;
mod session;
mod sessions;
mod streams;
mod table;
mod tabs;
mod target;
mod triage;
mod watching;

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;

use super::args::Place;
use super::screen::source;
use crate::app::LogsAsked;
use crate::app::Tile;
use crate::app::panes::shell::Purpose;
use crate::runtime::Place as Ledgers;
use crate::runtime::Source;
use crate::terminal;
use args::{Command, Listing, Named, Objects, Output};
use failure::{Failure, Failures, report};
use guard::Guard;
use session::Session;

/// What a shell reports of a program that `SIGPIPE` ended, as it ends kubectl.
const BROKEN_PIPE: u8 = 141;

/// So much is written at once.
const BUFFER: usize = 64 << 10;

/// What a tile of the full screen shows instead on a terminal, where there is one for the command.
pub fn logs_asked(command: &Command) -> Option<LogsAsked> {
    match command {
        Command::Logs(logs) => logs::tile::asked(logs),
        _ => None,
    }
}

/// Whether a person sees what is printed, and can press keys.
pub fn has_terminal() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// Runs a plain command: 0 when all went well, 1 when not; `triage` has a status for what it found. The error is a sentence
/// for the person.
pub fn run(command: Command, outer: &Place) -> Result<ExitCode, String> {
    let failed = if matches!(command, Command::Triage(_)) { triage::Verdict::Unknown.code() } else { 1 };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("could not start: {error}"))?;
    let mut out = BufWriter::with_capacity(BUFFER, output(has_colours(&command)));
    let mut server = String::new();
    let done: Result<u8, Failures> = runtime.block_on(async {
        if let Some(id) = explained(&command) {
            triage::explain(id, &mut out)?;
            return Ok(0);
        }
        let place = command.place().clone().within(outer);
        let source = source(&place).map_err(Failure::Usage)?;
        let ledgers = Ledgers::usual(&source);
        let session = Session::open(&source, &place, guarded(io::stderr())).await?;
        server.clone_from(&session.connection.info.server);
        perform(&session, &ledgers, command, &mut out).await
    });
    // Tasks that wait for a server must not hold up the end.
    runtime.shutdown_background();
    let done = done.and_then(|code| Ok(out.flush().map(|()| code).map_err(Failure::from)?));
    Ok(match done {
        Ok(code) => ExitCode::from(code),
        Err(Failures(failures)) if failures.iter().any(Failure::is_broken_pipe) => ExitCode::from(BROKEN_PIPE),
        Err(Failures(failures)) => {
            // Where even this cannot be written, there is nobody to tell.
            let _ = guarded(io::stderr()).write_all(report(&failures, &server).as_bytes());
            failures.iter().find_map(Failure::exit_code).unwrap_or(failed).into()
        }
    })
}

/// The rule that is to be explained, which takes no cluster.
fn explained(command: &Command) -> Option<&str> {
    match command {
        Command::Triage(asked) => asked.explain.as_deref(),
        _ => None,
    }
}

/// Whether a command opens a tile of the full screen instead: where it is interactive and there is a screen.
pub fn wants_screen(command: &Command) -> bool {
    let streams = match command {
        Command::Exec(exec) => &exec.streams,
        Command::Attach(attach) => &attach.streams,
        _ => return false,
    };
    streams.stdin && streams.tty && !streams.plain && terminal::check().is_ok()
}

/// The tile that a command opens. What is wrong is said as without a screen; the error is the exit code.
pub async fn tile(command: &Command, source: &Source, place: &Place) -> Result<Tile, ExitCode> {
    let mut server = String::new();
    let found = async {
        let session = Session::open(source, place, guarded(io::stderr())).await?;
        server.clone_from(&session.connection.info.server);
        let (place, purpose) = match command {
            Command::Exec(exec) => {
                let purpose = Purpose::Command(exec.command.clone());
                (streams::place_of_exec(&session, exec).await?, purpose)
            }
            Command::Attach(attach) => (streams::place_of_attach(&session, attach).await?, Purpose::Attach),
            _ => return Err(Failure::Usage("there is no tile for this command".to_owned())),
        };
        Ok(Tile { key: place.key(), container: place.container, purpose })
    };
    let found: Result<Tile, Failure> = found.await;
    found.map_err(|failure| {
        // Where even this cannot be written, there is nobody to tell.
        let _ = guarded(io::stderr()).write_all(report(&[failure], &server).as_bytes());
        ExitCode::FAILURE
    })
}

/// Standard output. On a pipe without the buffer of the standard library, which would look for lines in what is written.
fn output(has_colours: bool) -> Box<dyn Write> {
    let stdout = io::stdout();
    match stdout.as_fd().try_clone_to_owned() {
        Ok(pipe) if !stdout.is_terminal() => Box::new(File::from(pipe)),
        _ if has_colours && stdout.is_terminal() => Box::new(Guard::with_colours(stdout.lock())),
        _ => guarded(stdout.lock()),
    }
}

/// What runs in containers may colour what it writes; what is found has the colours of its severity.
fn has_colours(command: &Command) -> bool {
    matches!(command, Command::Logs(_) | Command::Exec(_) | Command::Attach(_) | Command::Triage(_))
}

/// A terminal is guarded; on a pipe every byte is kubectl's.
fn guarded(stream: impl Write + IsTerminal + 'static) -> Box<dyn Write> {
    if stream.is_terminal() { Box::new(Guard::new(stream)) } else { Box::new(stream) }
}

/// Does it; the exit status of what went well.
async fn perform(session: &Session, ledgers: &Ledgers, command: Command, out: &mut dyn Write) -> Result<u8, Failures> {
    let done = match command {
        Command::Triage(asked) => return Ok(triage::run(session, &asked, out).await?.code()),
        Command::Bundle(asked) => bundle::run(session, &asked, out).await.map_err(Failures::from),
        Command::Pods(Named { names, listing }) => list::run(session, &listing, &of_kind("pods", names), out).await,
        Command::Nodes(Named { names, listing }) => list::run(session, &listing, &of_kind("nodes", names), out).await,
        Command::Get(Objects { objects, listing }) => list::run(session, &listing, &objects, out).await,
        Command::Yaml(Objects { objects, listing }) => {
            let listing = Listing { output: listing.output.or(Some(Output::Yaml)), ..listing };
            list::run(session, &listing, &objects, out).await
        }
        Command::Events(events) => events::run(session, &events, out).await,
        Command::Describe(describing) => describing::run(session, &describing, out).await,
        Command::Debug(asked) => debug::run(session, ledgers, &asked, out).await,
        Command::Logs(logs) => logs::run(session, &logs, out).await,
        Command::Sessions(sessions) => sessions::run(session, ledgers, &sessions, out).await,
        Command::Exec(exec) => streams::exec(session, &exec, out).await,
        Command::Attach(attach) => streams::attach(session, &attach, out).await,
    };
    done.map(|()| 0)
}

/// The arguments that name objects of a kind.
fn of_kind(kind: &str, mut names: Vec<String>) -> Vec<String> {
    names.insert(0, kind.to_owned());
    names
}
