//! Many logs, filtered, merged in the order of time, each line in a form of its own; the engine is that of the log
//! panes (`cluster::logs::many`). What is no line goes to standard error.

use std::io::{IsTerminal, Write};

use futures::try_join;
use regex::{Regex, RegexSet};
use rustc_hash::FxHashMap;
use tokio::sync::{mpsc, watch};

use super::super::failure::Failure;
use super::super::session::Session;
use super::args::{Colour, ContainerState, Logs};
use super::options::{self, Target};
use super::template::{Extras, Template};
use crate::base::stamp::Stamp;
use crate::cluster::logs::data::{
    LogSelection, LogSource, LogUpdate, LogsRequest, LogsUpdate, RunState, SourceChange, SourceId, SourcedLine,
};
use crate::cluster::logs::many;
use crate::cluster::outbox::Outbox;
use crate::model::kind::Kind;
use crate::runtime::now;

/// So many logs are read at once, if nobody says otherwise.
const AT_ONCE: usize = 200;

/// Prints what `asked` names until all is read, or for ever.
pub async fn print(session: &Session, asked: &Logs, out: &mut dyn Write) -> Result<(), Failure> {
    options::check_first(asked).and_then(|()| options::check(asked)).map_err(Failure::Usage)?;
    let mut printer = Printer::new(session, asked, out)?;
    let request = request(session, asked).await?;
    let (_kept, connection) = watch::channel(session.connection.clone());
    let (queue, mut updates) = mpsc::unbounded_channel();
    let reading = async move {
        let outbox = Outbox::new(queue, |update| update);
        many(connection, request, &outbox).await;
        Ok(())
    };
    let printing = async {
        while let Some(parcel) = updates.recv().await {
            let (update, _untaken) = parcel.open();
            printer.take(update)?;
            if updates.is_empty() {
                printer.out.flush()?;
            }
        }
        Ok::<_, Failure>(())
    };
    try_join!(reading, printing).map(|_| ())
}

async fn request(session: &Session, asked: &Logs) -> Result<LogsRequest, Failure> {
    let namespace = (!session.all_namespaces).then(|| session.namespace.clone());
    let target = options::target(asked).map_err(Failure::Usage)?;
    let mut pods = Vec::new();
    let selection = match target {
        Target::Labels(selector) => LogSelection::Labels { namespace, selector },
        Target::Object(_, expression) if !asked.target[0].contains('/') => {
            pods.push(expression);
            LogSelection::Labels { namespace, selector: String::new() }
        }
        Target::Object(kind, name) => {
            let key = session.key(&session.resource(&kind).await?, &name)?;
            match key.resource.watched() {
                Some(Kind::Pod) => LogSelection::Pods(vec![(session.namespace.clone(), name)]),
                _ => LogSelection::Owner(key),
            }
        }
    };
    let tail = options::tail(asked).map(|lines| u32::try_from(lines).unwrap_or(u32::MAX));
    let mut request = LogsRequest::new(selection, tail);
    request.pods = pods;
    request.exclude_pods.clone_from(&asked.many.exclude_pod);
    request.containers.include = options::container(asked).unwrap_or_default().to_owned();
    request.containers.states = states(&asked.many.container_state);
    request.since = since(asked);
    request.previous = asked.previous;
    request.once = !asked.follow;
    request.at_once = asked.max_log_requests.unwrap_or(AT_ONCE);
    Ok(request)
}

pub(super) fn since(asked: &Logs) -> Stamp {
    match (asked.since.filter(|since| since.0 > 0), &asked.since_time) {
        (Some(since), _) => now().plus_micros(-since.0.saturating_mul(1_000)),
        (None, Some(time)) => Stamp::parse(time),
        (None, None) => Stamp::NONE,
    }
}

/// The states that are meant; none is any.
pub(super) fn states(asked: &[ContainerState]) -> Vec<RunState> {
    if asked.contains(&ContainerState::All) {
        return Vec::new();
    }
    let state = |state: &ContainerState| match state {
        ContainerState::Running => Some(RunState::Running),
        ContainerState::Waiting => Some(RunState::Waiting),
        ContainerState::Terminated => Some(RunState::Terminated),
        ContainerState::All => None,
    };
    asked.iter().filter_map(state).collect()
}

struct Printer<'a> {
    session: &'a Session,
    out: &'a mut dyn Write,
    template: Template,
    include: Option<RegexSet>,
    exclude: RegexSet,
    sources: FxHashMap<SourceId, LogSource>,
}

impl<'a> Printer<'a> {
    fn new(session: &'a Session, asked: &Logs, out: &'a mut dyn Write) -> Result<Self, Failure> {
        let usage = |error: regex::Error| Failure::Usage(error.to_string());
        let many = &asked.many;
        let colours = match many.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        };
        let highlight = many.highlight.iter().map(|text| Regex::new(text)).collect::<Result<_, _>>().map_err(usage)?;
        let extras = Extras { colours, timestamps: asked.timestamps, namespaces: session.all_namespaces };
        let layout = many.output.unwrap_or_default();
        let template = Template::new(layout, many.template.as_deref(), highlight, extras).map_err(Failure::Usage)?;
        let include = RegexSet::new(&many.include).map_err(usage)?;
        let exclude = RegexSet::new(&many.exclude).map_err(usage)?;
        let include = (!include.is_empty()).then_some(include);
        Ok(Self { session, out, template, include, exclude, sources: FxHashMap::default() })
    }

    fn take(&mut self, update: LogsUpdate) -> Result<(), Failure> {
        match update {
            LogsUpdate::Sources(changes) => {
                for change in changes {
                    self.change(change);
                }
                Ok(())
            }
            LogsUpdate::Lines(lines) => lines.iter().try_for_each(|line| self.line(line)),
            LogsUpdate::Notice(source, notice) => self.notice(source, notice),
            LogsUpdate::Idle { pods: 0 } => self.session.say(&self.session.nothing_found(true)),
            LogsUpdate::Idle { .. } | LogsUpdate::Watching => Ok(()),
            LogsUpdate::Outage(problem) => self.session.say(&problem.to_string()),
            LogsUpdate::Trouble(problem) => Err(Failure::Connect(problem)),
        }
    }

    fn change(&mut self, change: SourceChange) {
        match change {
            SourceChange::Added(source) => {
                self.sources.insert(source.id, source);
            }
            SourceChange::Ended(source) => {
                self.sources.remove(&source);
            }
            SourceChange::Waiting(_) => {}
        }
    }

    fn line(&mut self, SourcedLine { source, line, .. }: &SourcedLine) -> Result<(), Failure> {
        let is_meant = self.include.as_ref().is_none_or(|include| include.is_match(&line.text))
            && !self.exclude.is_match(&line.text);
        match self.sources.get(source) {
            Some(source) if is_meant => Ok(self.out.write_all(self.template.print(source, line).as_bytes())?),
            _ => Ok(()),
        }
    }

    fn notice(&self, source: SourceId, notice: LogUpdate) -> Result<(), Failure> {
        let Some(source) = self.sources.get(&source) else { return Ok(()) };
        let said = match notice {
            LogUpdate::Waiting(said) => said,
            LogUpdate::Restarted { restarts, .. } => format!("restarted, {restarts} times by now"),
            LogUpdate::Replaced { .. } => "another pod has its name now".to_owned(),
            LogUpdate::Gap { from, to, .. } => {
                format!("lines may be missing between {} and {}", from.rfc3339(), to.rfc3339())
            }
            LogUpdate::Outage(problem) | LogUpdate::Trouble(problem) => problem.to_string(),
            LogUpdate::Opened | LogUpdate::Lines(_) | LogUpdate::Ended(_) => return Ok(()),
        };
        self.session.say(&format!("[pod/{}/{}] {said}", source.pod, source.container))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_states_are_no_choice() {
        assert_eq!(states(&[ContainerState::Running, ContainerState::All]), []);
        assert_eq!(states(&[ContainerState::Running]), [RunState::Running]);
    }
}
