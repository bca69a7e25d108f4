//! The streams of a log of many containers: what stands before their lines, and how each of them stands.
//!
//! A name, once given, stays: whoever reads has learned it. It is the shortest that tells the streams apart now and
//! later: without what the pods' names begin with in common, and with the container only where its pod has several.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::target::LogTarget;
use crate::base::sgr::{Color, Style};
use crate::base::width::{visible, width};
use crate::cluster::api::{LogSelection, LogSource, SourceId};

/// The widest name before lines, in cells.
const WIDEST: usize = 28;
/// Colours of pods, in turn; red is for what is wrong.
const COLORS: [u8; 10] = [6, 2, 5, 4, 3, 14, 10, 13, 12, 11];
/// A pod's own part of its name is at least so long, where there is more.
const LEAST: usize = 3;
/// Of what the name of a template's hash consists, as Kubernetes writes it: no vowels, nothing that looks alike.
const HASH: &str = "bcdfghjklmnpqrstvwxz2456789";

/// How a stream stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SourceState {
    /// It was asked for.
    #[default]
    Asked,
    /// Its lines come.
    Open,
    /// There is no log yet, and why.
    Waiting(String),
    /// It broke and is tried again, and why.
    Broken(String),
    /// Nothing more comes of it, and why.
    Ended(String),
    /// It was refused, and why.
    Refused(String),
}

/// One of the streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Whose it is.
    pub of: LogSource,
    /// What stands before its lines.
    pub name: String,
    /// In which colour.
    pub style: Style,
    /// How it stands.
    pub state: SourceState,
}

impl Source {
    /// `web-0/app`, with the namespace where `namespaces` are told apart.
    pub fn full_name(&self, namespaces: bool) -> String {
        let LogSource { namespace, pod, container, .. } = &self.of;
        if namespaces { format!("{namespace}/{pod}/{container}") } else { format!("{pod}/{container}") }
    }
}

/// A pod of which containers are read.
#[derive(Clone, Debug, Default)]
struct Pod {
    color: usize,
    /// How many of its containers are, or were.
    containers: usize,
    /// What tells it from other pods.
    name: String,
}

/// How many streams stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Of all that were begun.
    pub all: usize,
    /// Those of which lines come.
    pub open: usize,
    /// Those whose log does not exist yet.
    pub waiting: usize,
    /// Those that are tried again.
    pub broken: usize,
    /// Those of which nothing more comes.
    pub ended: usize,
}

impl Counts {
    /// Whether some wait or are tried again.
    pub fn is_troubled(self) -> bool {
        self.waiting + self.broken > 0
    }
}

/// All streams of a pane.
#[derive(Debug, Default)]
pub struct Sources {
    list: BTreeMap<SourceId, Source>,
    /// What is left out of the beginning of pods' names; `None` until it is known.
    prefix: Option<String>,
    /// Whether there is one pod and no other can come.
    is_of_one_pod: bool,
    /// Whether namespaces are told apart.
    pub namespaces: bool,
    /// Pods by UID.
    pods: FxHashMap<String, Pod>,
    width: usize,
    /// Containers that wait for a place.
    pub beyond: usize,
}

impl Sources {
    /// None yet, of this target.
    pub fn new(target: &LogTarget) -> Self {
        let LogTarget::Many(request) = target else { return Self::default() };
        let (prefix, is_of_one_pod) = match &request.selection {
            LogSelection::Owner(owner) if owner.resource.kind != "Service" => (Some(format!("{}-", owner.name)), false),
            LogSelection::Pods(pods) => (Some(common(pods.iter().map(|(_, pod)| pod.as_str()))), pods.len() == 1),
            LogSelection::Owner(_) | LogSelection::Labels { .. } => (None, false),
        };
        Self { prefix, is_of_one_pod, namespaces: target.spans_namespaces(), ..Self::default() }
    }

    /// Takes in streams that begin together.
    pub fn add(&mut self, begun: Vec<LogSource>) {
        let prefix = self.prefix.take().unwrap_or_else(|| common(begun.iter().map(|source| source.pod.as_str())));
        for source in &begun {
            let (color, name) = (self.pods.len(), self.pod_name(&prefix, source));
            let pod = self.pods.entry(source.uid.clone()).or_insert(Pod { color, containers: 0, name });
            pod.containers += 1;
        }
        for of in begun {
            let Some(Pod { color, containers, name }) = self.pods.get(&of.uid) else { continue };
            let name = match containers {
                _ if self.is_of_one_pod => of.container.clone(),
                ..=1 => name.clone(),
                _ => format!("{name}/{}", of.container),
            };
            self.width = self.width.max(width(&visible(&name))).min(WIDEST);
            let mut style = Style::default();
            style.fg = Color::Indexed(COLORS[color % COLORS.len()]);
            self.list.insert(of.id, Source { of, name, style, state: SourceState::Asked });
        }
        self.prefix = Some(prefix);
    }

    /// What tells a pod from others, those that are gone as well.
    fn pod_name(&self, prefix: &str, of: &LogSource) -> String {
        let namespace = if self.namespaces { format!("{}/", of.namespace) } else { String::new() };
        let whole = format!("{namespace}{}", own_part(prefix, &of.pod));
        let short = format!("{namespace}{}", own_part(prefix, &without_hash(&of.pod)));
        let is_taken = self.pods.values().any(|pod| pod.name == short);
        if is_taken { whole } else { short }
    }

    /// A stream.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(&id)
    }

    /// A stream, to be changed.
    pub fn get_mut(&mut self, id: SourceId) -> Option<&mut Source> {
        self.list.get_mut(&id)
    }

    /// All streams, in the order in which they began.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Source> {
        self.list.values()
    }

    /// Cells of the names before lines; none as long as there is one stream.
    pub fn width(&self) -> usize {
        if self.list.len() > 1 { self.width } else { 0 }
    }

    /// How many stand how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { all: self.list.len(), ..Counts::default() };
        for source in self.list.values() {
            match source.state {
                SourceState::Open => counts.open += 1,
                SourceState::Asked => {}
                SourceState::Waiting(_) => counts.waiting += 1,
                SourceState::Broken(_) => counts.broken += 1,
                SourceState::Ended(_) | SourceState::Refused(_) => counts.ended += 1,
            }
        }
        counts
    }
}

/// With what all names begin, up to a hyphen and without the hash that only the pods of one template have.
fn common<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names = names.map(without_hash);
    let Some(first) = names.next() else { return String::new() };
    let shared = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let len = names.fold(first.len(), |len, name| len.min(shared(&first, &name)));
    // Names are ASCII, but nobody has to believe that.
    let common = first.get(..len).unwrap_or_default();
    common.rfind('-').map_or_else(String::new, |hyphen| common[..=hyphen].to_owned())
}

/// `web-abcde` for `web-5d4f8c9b7-abcde`: a Deployment's pods are told apart by the end of their names.
fn without_hash(pod: &str) -> String {
    let is_made = |part: &str, len: std::ops::RangeInclusive<usize>| {
        len.contains(&part.len()) && part.chars().all(|c| HASH.contains(c))
    };
    let parts: Vec<_> = pod.rsplitn(3, '-').collect();
    match parts[..] {
        [own, hash, name] if is_made(own, 5..=5) && is_made(hash, 6..=10) => format!("{name}-{own}"),
        _ => pod.to_owned(),
    }
}

/// What tells a pod from others whose names begin with `prefix`.
fn own_part(prefix: &str, pod: &str) -> String {
    match pod.strip_prefix(prefix) {
        Some(rest) if rest.len() >= LEAST || prefix.is_empty() => rest.to_owned(),
        Some(rest) if !rest.is_empty() => {
            let before = prefix.trim_end_matches('-').rsplit('-').next().unwrap_or_default();
            format!("{before}-{rest}")
        }
        _ => pod.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::api::LogsRequest;
    use crate::model::kind::ObjectKey;
    use crate::model::resource::tests::deployments;

    fn source(id: u32, pod: &str, container: &str) -> LogSource {
        LogSource {
            id: SourceId(id),
            namespace: "shop".into(),
            pod: pod.into(),
            uid: format!("uid-{pod}"),
            container: container.into(),
            kind: crate::model::pod::ContainerKind::Regular,
            node: "node-a".into(),
            created: crate::base::stamp::Stamp::NONE,
            is_new: false,
        }
    }

    fn of(selection: LogSelection) -> Sources {
        Sources::new(&LogsRequest::new(selection, None).into())
    }

    fn names(sources: &Sources) -> Vec<&str> {
        sources.iter().map(|source| source.name.as_str()).collect()
    }

    fn labels() -> LogSelection {
        LogSelection::Labels { namespace: Some("shop".into()), selector: "app=web".into() }
    }

    #[test]
    fn the_names_of_a_rollout_stay_and_align() {
        for selection in [LogSelection::Owner(ObjectKey::new(deployments(), "shop", "web")), labels()] {
            let mut sources = of(selection);
            sources.add(vec![source(0, "web-5d4f8c9b7-bcdfg", "app"), source(1, "web-5d4f8c9b7-hjklm", "app")]);
            assert_eq!(names(&sources), ["bcdfg", "hjklm"]);
            let before: Vec<_> = sources.iter().cloned().collect();
            let (other, twin) = ("web-77c9d8b6f-npqrs", "web-77c9d8b6f-bcdfg");
            sources.add(vec![source(2, other, "app"), source(3, "web-5d4f8c9b7-bcdfg", "debugger")]);
            sources.add(vec![source(4, twin, "app")]);
            assert_eq!(names(&sources)[2..], ["npqrs", "bcdfg/debugger", "77c9d8b6f-bcdfg"]);
            assert!(sources.iter().zip(&before).all(|(now, before)| now == before));
        }
    }

    #[test]
    fn the_container_stands_there_where_there_are_several() {
        let mut sources = of(labels());
        sources.add(vec![source(0, "db-0", "app"), source(1, "db-0", "proxy"), source(2, "db-1", "app")]);
        assert_eq!(names(&sources), ["db-0/app", "db-0/proxy", "db-1"]);
        let mut sources = of(LogSelection::Pods(vec![("shop".into(), "db-0".into())]));
        sources.add(vec![source(0, "db-0", "app"), source(1, "db-0", "proxy")]);
        assert_eq!((names(&sources), sources.width()), (vec!["app", "proxy"], 5), "the pod is in the title");
    }

    #[test]
    fn colours_are_of_pods_and_namespaces_are_told_apart() {
        let mut sources = of(LogSelection::Labels { namespace: None, selector: String::new() });
        sources.add(vec![source(0, "api-0", "a"), source(1, "api-0", "b"), source(2, "web-0", "a")]);
        assert_eq!(names(&sources), ["shop/api-0/a", "shop/api-0/b", "shop/web-0"]);
        let colors: Vec<_> = sources.iter().map(|source| source.style.fg).collect();
        assert!(colors[0] == colors[1] && colors[1] != colors[2], "{colors:?}");
    }

    #[test]
    fn what_pods_have_in_common() {
        let common = |names: &[&str]| common(names.iter().copied());
        assert_eq!(common(&["web-5d4f8c9b7-bcdfg"]), "web-", "another template may come");
        assert_eq!(common(&["my-web-api-0", "my-web-db-0"]), "my-web-");
        assert_eq!(common(&["web-1", "web-10"]), "web-");
        assert_eq!(common(&["api-0", "web-0"]), "");
        assert_eq!(common(&[]), "");
        assert_eq!(own_part("my-db-", "my-db-0"), "db-0");
        assert_eq!(own_part("web-", "other"), "other");
        assert_eq!(own_part("", "a"), "a");
        assert_eq!(without_hash("web-5d4f8c9b7-bcdfg"), "web-bcdfg");
        for name in ["web-0", "my-cache-x7k2p", "a-b-c", "fluent-x7k2p", "tidy-29399160-x7k2p"] {
            assert_eq!(without_hash(name), name);
        }
    }
}
