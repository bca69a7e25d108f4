//! `exec` and `attach`: the streams of a process in a container are those of this one. Rules: kubectl of 1.37.
//!
//! Start with [`exec`] and [`attach`]; `choose` finds pod and container, `local` is this end of the streams. What
//! `debug` does with a container that it has just made is in `started`.

pub mod args;
mod choose;
mod detach;
mod local;
pub mod started;

use std::io::Write;

use serde_json::Value;

use super::failure::{Failure, Failures};
use super::pods;
use super::session::Session;
use super::target;
use crate::cluster::api::{ExecRequest, ExitStatus};
use crate::cluster::exec::streams;
use crate::cluster::http::ACCEPT_JSON;
use crate::cluster::pages;
use crate::model::kind::{Kind, ObjectKey};
use args::{Attach, Exec, Streams};
use choose::Chosen;
use detach::DetachKeys;
use local::{Ended, Local};

/// The pod and the container that are meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The pod.
    pub pod: Value,
    /// The container.
    pub container: String,
}

impl Place {
    /// The pod's key.
    pub fn key(&self) -> ObjectKey {
        let text = |field: &str| self.pod["metadata"][field].as_str().unwrap_or_default();
        ObjectKey::new(Kind::Pod, text("namespace"), text("name"))
    }
}

/// Runs a command; its exit code becomes ours.
pub async fn exec(session: &Session, asked: &Exec, out: &mut dyn Write) -> Result<(), Failures> {
    let place = place_of_exec(session, asked).await?;
    let has_terminal = local::input_is_terminal();
    let raw = asked.streams.stdin && asked.streams.tty && has_terminal;
    if asked.streams.stdin && asked.streams.tty && !has_terminal {
        tell(session, &asked.streams, "Unable to use a TTY - input is not a terminal or the right kind of file")?;
    }
    let request = request(&place, &asked.command, asked.streams.stdin, raw);
    let local = Local { raw, keys: None };
    match local.run(&session.connection, request, out).await? {
        Ended::Itself(status) => Ok(verdict(status)?),
        Ended::Detached | Ended::Signal => Err(Failure::Signal.into()),
    }
}

/// Attaches to what a container runs.
pub async fn attach(session: &Session, asked: &Attach, out: &mut dyn Write) -> Result<(), Failures> {
    let place = place_of_attach(session, asked).await?;
    let how = How {
        stdin: asked.streams.stdin,
        tty: asked.streams.tty,
        quiet: asked.streams.quiet,
        keys: DetachKeys::parse(&asked.detach_keys).map_err(Failure::Usage)?,
    };
    match attach_to(session, &place, &how, out).await? {
        Ended::Itself(status) => verdict(status)?,
        Ended::Detached => {}
        Ended::Signal => return Err(Failure::Signal.into()),
    }
    say_how_to_come_back(&place, &how, out)?;
    Ok(())
}

/// How one is attached.
#[derive(Clone, Debug)]
pub struct How {
    /// The input is passed on.
    pub stdin: bool,
    /// A terminal is wanted.
    pub tty: bool,
    /// Nothing is said but what the session says.
    pub quiet: bool,
    /// The keys that leave the process alone.
    pub keys: DetachKeys,
}

/// Attaches, to the end of the streams.
async fn attach_to(session: &Session, place: &Place, how: &How, out: &mut dyn Write) -> Result<Ended, Failure> {
    let has = streams(&place.pod, &place.container);
    let note = |line: &str| if how.quiet { Ok(()) } else { session.say(line) };
    if how.tty && !has.tty {
        note(&format!("error: Unable to use a TTY - container {} did not allocate one", place.container))?;
    } else if how.stdin && has.tty && !local::input_is_terminal() {
        note("Unable to use a TTY - input is not a terminal or the right kind of file")?;
    }
    let raw = how.stdin && has.tty && local::input_is_terminal();
    note(
        "All commands and output from this session will be recorded in container logs, including credentials and \
         sensitive information passed through the command prompt.",
    )?;
    note("If you don't see a command prompt, try pressing enter.")?;
    // A process with a terminal has one stream, whether or not this end is a terminal.
    let request = ExecRequest { attach: true, ..request(place, &[], how.stdin, has.tty) };
    let local = Local { raw, keys: raw.then(|| how.keys.clone()) };
    local.run(&session.connection, request, out).await
}

/// That the process goes on, where that was an interactive session.
fn say_how_to_come_back(place: &Place, how: &How, out: &mut dyn Write) -> Result<(), Failure> {
    let raw = how.stdin && streams(&place.pod, &place.container).tty && local::input_is_terminal();
    if !how.quiet && raw {
        writeln!(out, "{}", way_back(place))?;
        out.flush()?;
    }
    Ok(())
}

/// The command that attaches again.
fn way_back(place: &Place) -> String {
    let (key, container) = (place.key(), &place.container);
    let again = format!("podtriage attach {} -c {container} -n {} -i -t", key.name, key.namespace);
    let mut ephemeral = place.pod["spec"]["ephemeralContainers"].as_array().into_iter().flatten();
    if ephemeral.any(|one| one["name"] == **container) {
        return format!(
            "Session ended, the ephemeral container will not be restarted but may be reattached using '{again}' if it \
             is still running"
        );
    }
    format!("Session ended, resume using '{again}' command")
}

fn request(place: &Place, command: &[String], stdin: bool, tty: bool) -> ExecRequest {
    let key = place.key();
    ExecRequest {
        namespace: key.namespace.to_string(),
        pod: key.name.to_string(),
        container: Some(place.container.clone()),
        command: command.to_vec(),
        tty,
        stdin,
        attach: false,
    }
}

/// What kubectl makes of how a process ended.
fn verdict(status: ExitStatus) -> Result<(), Failure> {
    match status {
        ExitStatus::Code(0) => Ok(()),
        ExitStatus::Code(code) => Err(Failure::Exit(code)),
        ExitStatus::Error { message, .. } => Err(Failure::Usage(message)),
        ExitStatus::Lost(why) => Err(Failure::Usage(format!("the connection to the container was lost: {why}"))),
    }
}

fn tell(session: &Session, streams: &Streams, line: &str) -> Result<(), Failure> {
    if streams.quiet { Ok(()) } else { session.say(line) }
}

/// Where a command is to be run.
pub async fn place_of_exec(session: &Session, asked: &Exec) -> Result<Place, Failure> {
    check_exec(asked).map_err(Failure::Usage)?;
    let (kind, name) = named(&asked.target).map_err(Failure::Usage)?;
    let pod = pod(session, &kind, &name, &asked.streams).await?;
    if let Some(phase) = choose::over(&pod) {
        let text = format!("cannot exec into a container in a completed pod; current phase is {phase}");
        return Err(Failure::Usage(text));
    }
    container(session, pod, &asked.streams).map_err(Failure::Usage)
}

/// What is to be attached to.
pub async fn place_of_attach(session: &Session, asked: &Attach) -> Result<Place, Failure> {
    check_attach(asked).map_err(Failure::Usage)?;
    let (kind, name) = named(&asked.target).map_err(Failure::Usage)?;
    let pod = pod(session, &kind, &name, &asked.streams).await?;
    if let Some(phase) = choose::over(&pod) {
        let text = format!("cannot attach a container in a completed pod; current phase is {phase}");
        return Err(Failure::Usage(text));
    }
    container(session, pod, &asked.streams)
        .map_err(|said| Failure::Usage(format!("cannot attach to the container: {said}")))
}

/// What makes no sense, in the order in which kubectl finds it.
fn check_exec(asked: &Exec) -> Result<(), String> {
    const SEE: &str = "\nSee 'podtriage exec -h' for help and examples";
    // Behind the dashes all is the command; before them there is one target.
    if asked.target.len() > 1 {
        return Err(format!("exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead{SEE}"));
    }
    if asked.streams.pod_running_timeout.is_zero() {
        return Err(format!("--pod-running-timeout must be higher than zero{SEE}"));
    }
    if asked.target.is_empty() {
        return Err("pod, type/name or --filename must be specified".to_owned());
    }
    if asked.command.is_empty() {
        return Err("you must specify at least one command for the container".to_owned());
    }
    Ok(())
}

fn check_attach(asked: &Attach) -> Result<(), String> {
    let words = asked.target.len();
    if asked.streams.pod_running_timeout.is_zero() {
        let see = "See 'podtriage attach -h' for help and examples";
        return Err(format!("--pod-running-timeout must be higher than zero\n{see}"));
    }
    match words {
        0 => Err("at least 1 argument is required for attach".to_owned()),
        1 | 2 => Ok(()),
        _ => Err(format!(
            "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {words}: [{}]",
            asked.target.join(" ")
        )),
    }
}

/// Kind and name of what is named.
fn named(words: &[String]) -> Result<(String, String), String> {
    match words {
        [name] if !name.contains('/') => Ok(("pods".to_owned(), name.clone())),
        [pair] => target::pair(pair),
        [kind, name, ..] => Ok((kind.clone(), name.clone())),
        [] => Err("pod, type/name or --filename must be specified".to_owned()),
    }
}

/// The pod of that name, or the one of a workload that is most alive.
async fn pod(session: &Session, kind: &str, name: &str, asked: &Streams) -> Result<Value, Failure> {
    let resource = session.resource(kind).await?;
    let key = session.key(&resource, name)?;
    let object = session.heard(pages::value(&session.connection, &key, ACCEPT_JSON).await?)?;
    if resource.watched() == Some(Kind::Pod) {
        return Ok(object);
    }
    let selector = pods::selector(&resource, &object, "attach to")?;
    let (mut found, version) = pods::list(session, &selector).await?;
    if found.is_empty() {
        return pods::first(session, &selector, version, asked.pod_running_timeout).await;
    }
    found.sort_by_cached_key(choose::best_first);
    Ok(found.swap_remove(0))
}

/// The container that is meant; says which was taken where nobody named one.
fn container(session: &Session, pod: Value, asked: &Streams) -> Result<Place, String> {
    let Chosen { container, note } = choose::container(&pod, asked.container.as_deref())?;
    if let Some(note) = note.filter(|_| !asked.quiet) {
        // Where this cannot be said, the session itself can still be had.
        let _ = session.say(&note);
    }
    Ok(Place { pod, container })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        exec: Exec,
    }

    fn read(line: &str) -> Exec {
        Line::parse_from(["exec"].into_iter().chain(line.split_whitespace())).exec
    }

    #[test]
    fn x11_the_command_stands_behind_dashes() {
        for (line, said) in [
            ("web-0", "you must specify at least one command for the container"),
            ("web-0 ls", "exec [POD] [COMMAND] is not supported anymore"),
            ("web-0 sh -- ls", "exec [POD] [COMMAND] is not supported anymore"),
            ("-- ls", "pod, type/name or --filename must be specified"),
            ("--pod-running-timeout=0 web-0 -- ls", "--pod-running-timeout must be higher than zero"),
        ] {
            let refused = check_exec(&read(line)).expect_err(line);
            assert!(refused.starts_with(said), "{line}: {refused}");
        }
        let exec = read("-it web-0 -c app -- sh -c x");
        assert_eq!((check_exec(&exec), exec.command.as_slice()), (Ok(()), &["sh", "-c", "x"].map(String::from)[..]));
        assert!(exec.streams.stdin && exec.streams.tty);
    }

    #[test]
    fn x01_x03_how_it_ended_is_handed_on() {
        let said = |status| super::super::failure::report(&[verdict(status).expect_err("a failure")], "");
        assert!(verdict(ExitStatus::Code(0)).is_ok());
        assert_eq!(said(ExitStatus::Code(42)), "command terminated with exit code 42\n");
        assert_eq!(verdict(ExitStatus::Code(42)).expect_err("42").exit_code(), Some(42));
        let error = ExitStatus::Error { reason: "InternalError".into(), message: "boom".into() };
        assert_eq!(said(error), "error: boom\n");
    }

    #[test]
    fn what_is_named() {
        let of = |words: &str| named(&words.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(of("web-0"), Ok(("pods".into(), "web-0".into())));
        assert_eq!(of("deploy/web"), Ok(("deploy".into(), "web".into())));
        assert_eq!(of("deploy web"), Ok(("deploy".into(), "web".into())));
        assert!(of("deploy/").is_err());
    }
}
