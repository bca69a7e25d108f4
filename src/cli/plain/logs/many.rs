//! Many logs, filtered, merged in the order of time, each line in a form of its own; the engine is that of the log
//! panes (`cluster::logs::many`). What is no line goes to standard error.

use std::io::{IsTerminal, Write};

use futures::try_join;
use regex::{Regex, RegexSet};
use rustc_hash::FxHashMap;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::super::failure::Failure;
use super::super::session::Session;
use super::args::{Colour, ContainerState, Logs};
use super::notice;
use super::options::{self, Target};
use super::template::{Extras, Named, Template};
use crate::base::stamp::Stamp;
use crate::cluster::connect::Connection;
use crate::cluster::http;
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
    if asked.follow && asked.limit_bytes > 0 {
        let said = "--limit-bytes cannot be used with -f and a flag that chooses or lays out lines";
        return Err(Failure::Usage(said.to_owned()));
    }
    let mut printer = Printer::new(session, asked, out)?;
    let request = request(session, asked).await?;
    let (_kept, connection) = watch::channel(session.connection.clone());
    let (queue, mut updates) = mpsc::unbounded_channel();
    let reading = async move {
        let outbox = Outbox::new(queue, |update| update);
        many(connection, request, &outbox).await;
        Ok(())
    };
    let printer = &mut printer;
    let printing = async {
        while let Some(parcel) = updates.recv().await {
            let (update, _untaken) = parcel.open();
            printer.take(update).await?;
            if updates.is_empty() {
                printer.out.flush()?;
            }
        }
        Ok::<_, Failure>(())
    };
    try_join!(reading, printing)?;
    let (refused, all) = (printer.refused, printer.count);
    if refused == 0 || asked.ignore_errors {
        return Ok(());
    }
    Err(Failure::Usage(format!("{refused} of {all} logs could not be read")))
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
    request.limit_bytes = u64::try_from(asked.limit_bytes).ok().filter(|bytes| *bytes > 0);
    request.patience = Some(asked.pod_running_timeout);
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
    sources: FxHashMap<SourceId, Named>,
    /// How many sources there were, and how many of them were refused.
    count: usize,
    refused: usize,
    /// Whole pods by their UID, where a line needs them.
    pods: FxHashMap<String, Value>,
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
        let (timestamps, namespaces) = (asked.timestamps, session.all_namespaces);
        let extras = Extras { colours, timestamps, namespaces, prefix: asked.prefix || asked.all_pods };
        let layout = many.output.unwrap_or_default();
        let template = Template::new(layout, many.template.as_deref(), highlight, extras).map_err(Failure::Usage)?;
        let include = RegexSet::new(&many.include).map_err(usage)?;
        let exclude = RegexSet::new(&many.exclude).map_err(usage)?;
        let include = (!include.is_empty()).then_some(include);
        Ok(Self {
            session,
            out,
            template,
            include,
            exclude,
            sources: FxHashMap::default(),
            pods: FxHashMap::default(),
            count: 0,
            refused: 0,
        })
    }

    async fn take(&mut self, update: LogsUpdate) -> Result<(), Failure> {
        match update {
            LogsUpdate::Sources(changes) => {
                for change in changes {
                    self.change(change).await;
                }
                Ok(())
            }
            LogsUpdate::Lines(lines) => lines.iter().try_for_each(|line| self.line(line)),
            LogsUpdate::Notice(source, notice) => self.notice(source, &notice),
            LogsUpdate::Idle { pods: 0 } => self.session.say(&self.session.nothing_found(true)),
            LogsUpdate::Idle { .. } | LogsUpdate::Watching => Ok(()),
            LogsUpdate::Outage(problem) => self.session.say(&problem.to_string()),
            LogsUpdate::Trouble(problem) => Err(Failure::Connect(problem)),
        }
    }

    async fn change(&mut self, change: SourceChange) {
        match change {
            SourceChange::Added(source) => {
                let pod = if self.template.wants_pods() { self.pod(&source).await } else { Value::Null };
                self.count += 1;
                self.sources.insert(source.id, self.template.name(source, &pod));
            }
            SourceChange::Ended(source) => {
                self.sources.remove(&source);
            }
            SourceChange::Waiting(_) => {}
        }
    }

    /// The pod of a source, each read once; without it a line has neither labels nor annotations.
    async fn pod(&mut self, source: &LogSource) -> Value {
        if !self.pods.contains_key(&source.uid) {
            let path = format!("/api/v1/namespaces/{}/pods/{}", source.namespace, source.pod);
            let Connection { client, request_timeout, .. } = &self.session.connection;
            let pod = http::get_json(client, &path, *request_timeout).await.unwrap_or_default();
            self.pods.insert(source.uid.clone(), pod);
        }
        self.pods.get(&source.uid).cloned().unwrap_or_default()
    }

    fn line(&mut self, SourcedLine { source, line, .. }: &SourcedLine) -> Result<(), Failure> {
        let is_meant = self.include.as_ref().is_none_or(|include| include.is_match(&line.text))
            && !self.exclude.is_match(&line.text);
        match self.sources.get(source) {
            Some(source) if is_meant => Ok(self.template.write(source, line, self.out)?),
            _ => Ok(()),
        }
    }

    fn notice(&mut self, source: SourceId, notice: &LogUpdate) -> Result<(), Failure> {
        self.refused += usize::from(matches!(notice, LogUpdate::Trouble(_)));
        let Some(Named { source, .. }) = self.sources.get(&source) else { return Ok(()) };
        notice::of(notice, &source.pod, &source.container).map_or(Ok(()), |said| self.session.say(&said))
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
