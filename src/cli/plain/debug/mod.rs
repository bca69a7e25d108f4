//! `debug`: what `kubectl debug` does, with its flags, refusals and words; `--dry-run` and `-o` are ours.
//!
//! What is sent is built by `crate::debug`. Each object is read, built and sent in its turn, and the first failure ends
//! the command. Start with [`run`].

pub mod args;
mod input;
mod noting;
mod pairs;

use std::io::Write;

use serde_json::Value;

use super::args::Output;
use super::documents::{self, Documents};
use super::failure::{Failure, Failures};
use super::session::Session;
use super::streams::How;
use super::streams::started::attach_when_started;
use super::target;
use crate::base::golang::quoted;
use crate::base::json;
use crate::cluster::error::Error;
use crate::cluster::http::{self, ACCEPT_JSON};
use crate::cluster::pages::{self, Answer};
use crate::debug::{self, Form, Names, Plan, Style, Subject, check};
use crate::describe::json::Keys;
use crate::model::kind::Kind;
use crate::model::write::{Debug, Request};
use crate::runtime::{self, Book, Place as Ledgers};
use args::{Debugging, DryRun};

/// What is named on the command line.
enum Named {
    /// To be read.
    Object(String, String),
    /// From a file.
    Given(Value),
}

/// Debugs what `asked` names.
pub async fn run(session: &Session, ledgers: &Ledgers, asked: &Debugging, out: &mut dyn Write) -> Result<(), Failures> {
    let form = asked.form()?;
    validate(session, asked, &form, out)?;
    let book = if asked.dry_run == DryRun::None { noting::open(session, ledgers).await? } else { None };
    let mut work = Work { session, asked, form: &form, names: Names::seeded(runtime::chance()), book };
    for named in named(session, asked)? {
        let (kind, object) = work.read(named).await?;
        work.debug(kind, &object, out).await?;
    }
    Ok(())
}

/// Refuses what makes no sense, before anything is read.
fn validate(session: &Session, asked: &Debugging, form: &Form, out: &mut dyn Write) -> Result<(), Failure> {
    let is_named = !asked.objects.is_empty() || !asked.filename.is_empty();
    let refusal = check(form, if is_named { Subject::Unread } else { Subject::Missing }).into_iter().next();
    if let Some(said) = check::targeting(form, refusal.as_ref()) {
        notice(session, asked, &said, out)?;
    }
    if let Some(refusal) = refusal {
        return Err(Failure::Usage(refusal.said));
    }
    if let Some(said) = debug::warn::legacy(form) {
        session.say(said)?;
    }
    Ok(())
}

/// What is named; a word without a slash is a pod's name.
fn named(session: &Session, asked: &Debugging) -> Result<Vec<Named>, Failure> {
    if asked.filename.is_empty() {
        let pair = |text: &String| {
            if text.contains('/') { target::pair(text) } else { Ok(("pods".to_owned(), text.clone())) }
        };
        let pairs = asked.objects.iter().map(pair).collect::<Result<Vec<_>, _>>().map_err(Failure::Usage)?;
        return Ok(pairs.into_iter().map(|(kind, name)| Named::Object(kind, name)).collect());
    }
    if !asked.objects.is_empty() {
        let said = "resource/name arguments cannot be provided when a path is specified";
        return Err(Failure::Usage(said.to_owned()));
    }
    let typed = asked.place.namespace.as_deref().filter(|namespace| !namespace.is_empty());
    let mut found = Vec::new();
    for file in &asked.filename {
        found.extend(input::objects(session, file, typed)?.into_iter().map(Named::Given));
    }
    Ok(found)
}

/// What kubectl prints on standard output; beside a document it would spoil it.
fn notice(session: &Session, asked: &Debugging, said: &str, out: &mut dyn Write) -> Result<(), Failure> {
    match asked.output {
        None => Ok(writeln!(out, "{said}")?),
        Some(_) => session.say(said),
    }
}

/// A command at work.
struct Work<'a> {
    session: &'a Session,
    asked: &'a Debugging,
    form: &'a Form,
    names: Names,
    /// Where what is made is noted; `None` where nothing is.
    book: Option<Book>,
}

impl Work<'_> {
    /// The object, which must be a pod or a node.
    async fn read(&self, named: Named) -> Result<(Kind, Value), Failure> {
        let object = match named {
            Named::Given(object) => object,
            Named::Object(kind, name) => {
                let key = self.session.key(&self.session.resource(&kind).await?, &name)?;
                self.session.heard(pages::value(&self.session.connection, &key, ACCEPT_JSON).await?)?
            }
        };
        let (version, kind) = (json::text(&object, "/apiVersion"), json::text(&object, "/kind"));
        match (version, kind) {
            ("v1", "Pod") => Ok((Kind::Pod, object)),
            ("v1", "Node") => Ok((Kind::Node, object)),
            _ => {
                let version = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
                let kind = quoted(&format!("{version}, Kind={kind}"));
                Err(Failure::Usage(format!("{kind} not supported by debug")))
            }
        }
    }

    async fn debug(&mut self, kind: Kind, object: &Value, out: &mut dyn Write) -> Result<(), Failure> {
        let plan = debug::build(self.form, kind, object, &self.session.namespace, &mut self.names);
        let plan = plan.map_err(|refusal| Failure::Usage(refusal.said))?;
        if let Some(said) = plan.notice().filter(|_| !self.form.quiet) {
            notice(self.session, self.asked, &said, out)?;
        }
        for warning in plan.warnings().into_iter().filter(|warning| warning.is_of_kubectl()) {
            self.session.say(&format!("Warning: {}", warning.text()))?;
        }
        let made = match self.asked.dry_run {
            DryRun::Client => would_send(&plan),
            DryRun::Server => self.send(&plan, Request::dry_run).await?,
            DryRun::None => {
                let noted = noting::announce(self.session, self.book.as_mut(), &plan, object).await?;
                let made = self.send(&plan, |request| request).await;
                noting::conclude(self.session, self.book.as_mut(), noted, &made).await?;
                let made = made?;
                if let Some(book) = self.book.as_ref().filter(|_| !self.form.image.is_empty()) {
                    book.keep_image(&self.form.image).await;
                }
                made
            }
        };
        self.print(&plan, made, out)?;
        if self.form.attaches() && self.asked.dry_run == DryRun::None && !plan.container.is_empty() {
            let how = How::of_debug(self.form.stdin, self.form.tty, self.form.quiet);
            attach_when_started(self.session, &plan.pod_key(), &plan.container, &how, out).await?;
        }
        Ok(())
    }

    /// Sends the requests; the answer is that to the first.
    async fn send(&self, plan: &Plan, form: impl Fn(Request) -> Request) -> Result<Value, Failure> {
        let mut first = None;
        for request in plan.requests() {
            let connection = &self.session.connection;
            let (warnings, answer) = http::send(&connection.client, &form(request), connection.request_timeout).await;
            self.session.heard(Answer { content: (), warnings })?;
            let answer = answer.map_err(|error| failure(plan, error))?;
            first.get_or_insert(answer);
        }
        Ok(first.unwrap_or_default())
    }

    /// Prints what was made, if that was asked for; of a dry run at least what would be.
    fn print(&self, plan: &Plan, made: Value, out: &mut dyn Write) -> Result<(), Failure> {
        let form = match self.asked.output {
            Some(Output::Json) => documents::Form::Json,
            Some(Output::Name) => documents::Form::Name,
            Some(Output::Yaml | Output::Wide) => documents::Form::Yaml,
            None => {
                let how = match self.asked.dry_run {
                    DryRun::None => return Ok(()),
                    DryRun::Client => "dry run",
                    DryRun::Server => "server dry run",
                };
                return Ok(writeln!(out, "{} ({how})", plan.write(self.form).said())?);
            }
        };
        if form == documents::Form::Name {
            return Ok(writeln!(out, "{}", plan.pod_key())?);
        }
        Ok(Documents::new(out, form, false).document(made, Keys::Sorted)?)
    }
}

/// What is sent, as a document that can be sent by others: a pod says its namespace.
fn would_send(plan: &Plan) -> Value {
    let mut body = plan.body().clone();
    if plan.style == Style::Node {
        debug::edit_namespace(&mut body, &plan.namespace);
    }
    body
}

fn failure(plan: &Plan, error: Error) -> Failure {
    match &error {
        Error::Api { code: 404, message, .. } if plan.style == Style::Ephemeral => {
            match Debug::disabled(message, &plan.target.name) {
                Some(said) => Failure::Usage(said),
                None => error.into(),
            }
        }
        _ => error.into(),
    }
}
