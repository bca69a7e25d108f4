//! Whose logs are meant: by a key, by the palette, by the command line.
//!
//! A key means what is marked or under the cursor ([`App::open_logs`]). Words ([`LogsAsked`]) may name a kind that is not
//! known yet, or a pod whose containers are not: they wait until they can be understood ([`App::look_for_logs`]).

use super::App;
use super::action::Action;
use super::message::Notice;
use super::panes::logs::LogTarget;
use super::session::Link;
use super::view::View;
use crate::base::age;
use crate::base::search::Pattern;
use crate::base::stamp::Stamp;
use crate::cluster::api::{ContainerChoice, LogRequest, LogSelection, LogsRequest, RunState};
use crate::model::discovery::find;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::resource::Resource;
use crate::store::feed::Status;

/// Groups whose kinds have no pods of their own, but for the kinds in [`WITH_PODS`].
const BUILT_IN: [&str; 4] = ["", "apps", "batch", "policy"];
/// Kubernetes' own kinds that have pods.
const WITH_PODS: [&str; 8] =
    ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController", "Service"];

/// Logs that were asked for in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogsAsked {
    /// Whose.
    pub of: LogsOf,
    /// Which containers.
    pub containers: ContainersAsked,
    /// The run before the present one.
    pub previous: bool,
    /// How many lines of the past, `Some(None)` is all; `None`: as the settings say.
    pub tail: Option<Option<u32>>,
    /// From this time on; not set is no bound.
    pub since: Stamp,
    /// No pods whose name matches one of these expressions.
    pub not_pods: Vec<String>,
    /// Only containers in one of these states; empty: any.
    pub states: Vec<RunState>,
    /// How many are read at once; `None`: as the settings say.
    pub at_once: Option<usize>,
    /// The filter of the tile.
    pub filter: String,
    /// What to colour.
    pub highlights: Vec<Pattern>,
    /// Whether times are shown.
    pub timestamps: bool,
    /// Whether the tile stands alone at first.
    pub alone: bool,
}

/// Which containers' logs, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ContainersAsked {
    /// Of one pod the default one, of many pods all.
    #[default]
    Default,
    /// All, of one pod as well.
    All,
    /// The one of this name; what is no name is an expression.
    Like(String),
}

impl ContainersAsked {
    /// An expression for their names; empty for all.
    fn expression(&self) -> String {
        let Self::Like(name) = self else { return String::new() };
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !name.is_empty();
        if is_name { format!("^{name}$") } else { name.clone() }
    }
}

/// Whose logs, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogsOf {
    /// An object: its kind as typed, and its name.
    Object(String, String),
    /// A pod of this name, or those whose names match it as an expression.
    Pods(String),
    /// Those with these labels, in the namespace that is listed; an empty selector is all.
    Labels(String),
}

impl Default for LogsOf {
    fn default() -> Self {
        Self::Labels(String::new())
    }
}

impl LogsAsked {
    /// Reads what is typed behind `logs`: `POD`, `KIND/NAME`, `-l LABELS` or `--all`; with `-c`, `-p`, `--since`, `--tail`.
    /// The error is a sentence for the person.
    pub fn parse(typed: &str, now: Stamp) -> Result<Self, String> {
        let mut asked = Self::default();
        let mut target = None;
        let mut words = typed.split_whitespace();
        while let Some(word) = words.next() {
            let (flag, inline) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with('-') => (flag, Some(value)),
                _ => (word, None),
            };
            let mut value = || inline.or_else(|| words.next()).ok_or_else(|| format!("`{flag}` needs a value"));
            let given = match flag {
                "-l" | "--selector" => Some(LogsOf::Labels(value()?.to_owned())),
                "--all" | "all" => Some(LogsOf::default()),
                "-c" | "--container" => {
                    asked.containers = ContainersAsked::Like(value()?.to_owned());
                    None
                }
                "-p" | "--previous" => {
                    asked.previous = true;
                    None
                }
                "-f" | "--follow" => None,
                "--since" => {
                    let (typed, wrong) = (value()?, "`--since` takes 90s, 10m, 2h or 1d");
                    let seconds = age::seconds(typed).ok_or(wrong)?;
                    asked.since = now.plus_micros(-seconds.saturating_mul(1_000_000));
                    asked.tail = asked.tail.or(Some(None));
                    None
                }
                "--tail" => {
                    let lines: i64 = value()?.parse().map_err(|_| "`--tail` takes a number of lines".to_owned())?;
                    asked.tail = Some(u32::try_from(lines).ok());
                    None
                }
                _ if flag.starts_with('-') => return Err(format!("`logs` has no flag `{flag}` here")),
                _ => Some(match word.split_once('/') {
                    Some((kind, name)) => LogsOf::Object(kind.to_owned(), name.to_owned()),
                    None => LogsOf::Pods(word.to_owned()),
                }),
            };
            if given.is_some() && std::mem::replace(&mut target, given).is_some() {
                return Err("`logs` takes one target".to_owned());
            }
        }
        asked.of = target.ok_or("whose logs? POD, KIND/NAME, -l LABELS or --all")?;
        Ok(asked)
    }

    fn request(&self, selection: LogSelection, app: &App) -> LogsRequest {
        let logs = &app.config.logs;
        LogsRequest {
            exclude_pods: self.not_pods.clone(),
            containers: ContainerChoice {
                include: self.containers.expression(),
                states: self.states.clone(),
                ..ContainerChoice::default()
            },
            since: self.since,
            previous: self.previous,
            at_once: self.at_once.unwrap_or(logs.max_streams),
            ..LogsRequest::new(selection, self.tail.unwrap_or(Some(logs.tail_lines)))
        }
    }
}

impl App {
    /// Opens the log of what is marked or under the cursor: one container's, or those of many.
    pub(super) fn open_logs(&mut self, previous: bool) {
        match self.logs_meant() {
            Ok(target) => self.open_log(target.of_run(previous)),
            Err(sentence) => self.notify(Notice::error(sentence)),
        }
    }

    fn logs_meant(&self) -> Result<LogTarget, String> {
        let targets = self.targets();
        let Some(first) = targets.first().map(|target| &target.key) else {
            return Err("there is no object under the cursor".to_owned());
        };
        if targets.len() > 1 && first.is(Kind::Pod) {
            let pods = targets.iter().map(|one| (one.key.namespace.to_string(), one.key.name.to_string()));
            return Ok(self.many(LogSelection::Pods(pods.collect())).into());
        }
        if targets.len() > 1 {
            return Err(format!("logs of several {} at once: mark their pods", first.resource.plural));
        }
        if !first.is(Kind::Pod) {
            return self.logs_of_owner(first);
        }
        // In an event's or a single marked row's place, the container that is chosen for the cursor's pod is none of it.
        let is_here = self.target().as_ref() == Some(first);
        let chosen = self.chosen_container().filter(|_| is_here);
        let default = || Some(self.pod(first)?.first_container()?.name.to_string());
        let container = chosen.or_else(default).ok_or("logs need a pod with a container under the cursor")?;
        Ok(self.one_log(&first.namespace, &first.name, container).into())
    }

    pub(super) fn one_log(&self, namespace: &str, pod: &str, container: String) -> LogRequest {
        LogRequest {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container,
            tail_lines: Some(self.config.logs.tail_lines),
            ..LogRequest::default()
        }
    }

    fn many(&self, selection: LogSelection) -> LogsRequest {
        LogsAsked::default().request(selection, self)
    }

    fn logs_of_owner(&self, owner: &ObjectKey) -> Result<LogTarget, String> {
        if !may_have_pods(&owner.resource) {
            return Err(format!("{owner} has no logs: pods have, and what owns pods"));
        }
        Ok(self.many(LogSelection::Owner(owner.clone())).into())
    }

    /// Opens the logs of all pods of what owns the object under the cursor; who that is must be read.
    pub(super) fn open_owner_logs(&mut self) {
        self.read_owner(Action::OwnerLogs);
    }

    pub(super) fn open_logs_of_owner(&mut self, owner: &ObjectKey) {
        if owner.is(Kind::Pod) {
            self.notify(Notice::info(format!("{owner} has no owner; l opens its own log")));
            return;
        }
        match self.logs_of_owner(owner) {
            Ok(target) => self.open_log(target),
            Err(sentence) => self.notify(Notice::error(sentence)),
        }
    }

    /// Opens what is typed behind `logs` in the palette.
    pub(super) fn ask_for_logs(&mut self, typed: &str) {
        match LogsAsked::parse(typed, self.now) {
            Ok(asked) => {
                self.logs_asked = Some(asked);
                self.look_for_logs();
            }
            Err(sentence) => self.notify(Notice::error(sentence)),
        }
    }

    /// Opens the logs that were asked for in words, once it is known what is meant.
    pub(super) fn look_for_logs(&mut self) {
        if self.session.link != Link::Up {
            return;
        }
        let Some(asked) = self.logs_asked.take() else { return };
        match self.understand(&asked) {
            Understood::As(target) => {
                self.open_log(target);
                self.set_up_log(&asked);
            }
            Understood::NotYet => self.logs_asked = Some(asked),
            Understood::Not(sentence) => self.notify(Notice::error(sentence)),
        }
    }

    fn understand(&mut self, asked: &LogsAsked) -> Understood {
        let namespace = self.session.namespace.clone();
        let labels =
            |selector: &str| LogSelection::Labels { namespace: namespace.clone(), selector: selector.to_owned() };
        match &asked.of {
            LogsOf::Labels(selector) => Understood::As(asked.request(labels(selector), self).into()),
            LogsOf::Object(kind, name) if Kind::parse(kind) != Some(Kind::Pod) => {
                self.understand_owner(asked, kind, name)
            }
            LogsOf::Object(_, name) | LogsOf::Pods(name) => {
                if let Some(target) = self.of_pod(asked, name) {
                    return Understood::As(target);
                }
                match self.status_of(View::Pods) {
                    Status::Waiting | Status::Loading { .. } => Understood::NotYet,
                    // Who may not list the pods may read their logs all the same.
                    Status::Stale { .. } if !self.store.pods.is_listed() => {
                        let pod = (self.own_namespace(), name.clone());
                        Understood::As(asked.request(LogSelection::Pods(vec![pod]), self).into())
                    }
                    Status::Live | Status::Stale { .. } => {
                        let pods = self.store.pods.table.rows();
                        let is_like = regex::Regex::new(name).ok().filter(|_| matches!(asked.of, LogsOf::Pods(_)));
                        match is_like {
                            Some(like) if pods.into_iter().any(|pod| like.is_match(&pod.meta.name)) => {
                                let request = asked.request(labels(""), self);
                                Understood::As(LogsRequest { pods: vec![name.clone()], ..request }.into())
                            }
                            _ => Understood::Not(format!("there is no pod `{name}` in {}", self.session.scope_name())),
                        }
                    }
                }
            }
        }
    }

    /// The log of a listed pod: of one container, unless more are wanted.
    fn of_pod(&self, asked: &LogsAsked, name: &str) -> Option<LogTarget> {
        let pod = self.store.pods.table.rows().find(|pod| pod.meta.name.as_str() == name)?;
        let namespace = &pod.meta.namespace;
        let container = match &asked.containers {
            ContainersAsked::Default => pod.first_container(),
            ContainersAsked::Like(name) => pod.container(name),
            ContainersAsked::All => None,
        };
        let Some(container) = container else {
            // All, or what is no container's name: an expression.
            let selection = LogSelection::Pods(vec![(namespace.to_string(), name.to_owned())]);
            return Some(asked.request(selection, self).into());
        };
        let request = self.one_log(namespace, name, container.name.to_string());
        let tail_lines = asked.tail.unwrap_or(request.tail_lines);
        Some(LogRequest { tail_lines, since: asked.since, previous: asked.previous, ..request }.into())
    }

    fn understand_owner(&mut self, asked: &LogsAsked, kind: &str, name: &str) -> Understood {
        let known = Kind::parse(kind).map(Resource::from).or_else(|| find(&self.session.resources, kind).cloned());
        match known {
            Some(resource) if !may_have_pods(&resource) => {
                Understood::Not(format!("{resource}/{name} has no logs: pods have, and what owns pods"))
            }
            Some(resource) => {
                let owner = LogSelection::Owner(ObjectKey::new(resource, &self.own_namespace(), name));
                Understood::As(asked.request(owner, self).into())
            }
            None if self.session.resources.is_empty() => {
                self.need_resources();
                Understood::NotYet
            }
            None => Understood::Not(format!("the server has no kind `{kind}`")),
        }
    }

    /// The namespace that is listed; where all are, that of the context.
    fn own_namespace(&self) -> String {
        self.session.namespace.clone().unwrap_or_else(|| self.session.info.namespace.clone())
    }

    /// What else was asked for of the log that has just been opened.
    fn set_up_log(&mut self, asked: &LogsAsked) {
        let Some((_, pane)) = self.focused_log() else { return };
        let filtered = pane.filter(&asked.filter);
        pane.highlight(&asked.highlights);
        if asked.timestamps {
            pane.show_times();
        }
        if let Err(sentence) = filtered {
            self.notify(Notice::error(sentence));
        }
        if asked.alone && !self.layout.is_zoomed() {
            self.layout.zoom();
        }
    }
}

/// What words mean.
enum Understood {
    As(LogTarget),
    /// Something must be known first.
    NotYet,
    /// Nothing; a sentence for the person.
    Not(String),
}

/// Whether objects of a kind may have pods of their own.
fn may_have_pods(resource: &Resource) -> bool {
    let is_known = BUILT_IN.contains(&resource.group.as_str()) || resource.group.ends_with(".k8s.io");
    resource.namespaced && (!is_known || WITH_PODS.contains(&resource.kind.as_str()))
}

#[cfg(test)]
mod tests;
