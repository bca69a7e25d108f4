//! Any kind: from a name that was typed to the list of its objects, by what discovery says.
//!
//! What the server serves is asked for when somebody first needs it, and again when a name is not known: a custom
//! kind may be new. Until the answer comes the wish waits ([`Wanted`]); a later one takes its place.

use super::App;
use super::action::Action;
use super::layout::Inspector as Shown;
use super::list::List;
use super::message::{Effect, Notice};
use super::modal::{Chooses, Modal};
use super::panes::Pane;
use super::picker::Choice;
use super::table::table_columns;
use super::view::View;
use crate::base::problem::Problem;
use crate::model::discovery::{Discovery, find};
use crate::model::kind::Kind;
use crate::model::resource::Resource;

/// What waits for discovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The kind, as it was typed.
    kind: String,
    /// The object to put the cursor on.
    name: Option<String>,
    /// What was chosen from the palette, in case that what was typed is no kind's name.
    chosen: Option<String>,
}

/// Kinds that stand first where kinds are chosen, the most usual before all.
const USUAL: [&str; 13] = [
    "deployments.apps",
    "services",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "cronjobs.batch",
    "replicasets.apps",
    "configmaps",
    "secrets",
    "persistentvolumeclaims",
    "ingresses.networking.k8s.io",
    "horizontalpodautoscalers.autoscaling",
    "namespaces",
];

impl App {
    /// Lists a kind by any of its names, and puts the cursor on one of its objects. What is no kind's name stands for
    /// what was `chosen` by it.
    pub(super) fn go_to_kind(&mut self, kind: &str, name: Option<String>, chosen: Option<&str>) {
        let named = [View::Triage, View::Sessions].into_iter().find(|view| view.name().eq_ignore_ascii_case(kind));
        if let Some(kind) = Kind::parse(kind) {
            self.show_kind(kind, name);
        } else if let Some(view) = named.filter(|_| name.is_none()) {
            self.show(view);
        } else if let Some(resource) = find(&self.session.resources, kind).cloned() {
            self.show_resource(resource, name);
        } else if self.session.resources.is_empty() || chosen.is_none_or(|chosen| !self.choose(chosen)) {
            self.wanted = Some(Wanted { kind: kind.to_owned(), name, chosen: chosen.map(str::to_owned) });
            self.discover();
        }
    }

    /// Does what was chosen from the palette, an action or a kind; false where it is neither.
    fn choose(&mut self, chosen: &str) -> bool {
        if let Some(action) = Action::parse(chosen) {
            self.perform(action);
        } else if let Some(resource) = find(&self.session.resources, chosen).cloned() {
            self.show_resource(resource, None);
        } else {
            return false;
        }
        true
    }

    fn show_kind(&mut self, kind: Kind, name: Option<String>) {
        self.show(View::of(kind));
        if let Some(name) = name {
            self.seek(name);
        }
    }

    /// Lists the objects of a resource.
    pub(super) fn show_resource(&mut self, resource: Resource, name: Option<String>) {
        if let Some(kind) = resource.watched() {
            self.show_kind(kind, name);
            return;
        }
        if self.resource.as_ref() != Some(&resource) {
            let wide = self.objects.wide;
            self.objects = List::default();
            self.objects.wide = wide;
            self.store.objects = <_>::default();
            let before = self.resource.replace(resource);
            self.mark_many_namespaces();
            self.watch_resource();
            self.read_panes_of(before.as_ref());
        }
        self.show(View::Objects);
        if let Some(name) = name {
            self.seek(name);
        }
    }

    /// Reads what panes show of a kind that is watched no longer, and from then on now and then.
    fn read_panes_of(&mut self, resource: Option<&Resource>) {
        let shows = |pane: &Pane| matches!(pane, Pane::Object(pane) if Some(&pane.key.resource) == resource);
        let panes: Vec<_> = self.panes.iter().filter(|(_, pane)| shows(pane)).map(|(id, _)| *id).collect();
        for pane in panes {
            self.read_again(pane);
        }
    }

    /// The cursor goes to an object of the present list as soon as it comes. By name alone: the namespace of the
    /// context is known only after connecting, and `-A` names none.
    fn seek(&mut self, name: String) {
        self.layout.set_inspector(Shown::Open);
        self.sought = Some((self.view, name));
        self.look_for_sought(self.view);
    }

    /// Begins the watch of the resource that is listed, in the present epoch.
    pub(super) fn watch_resource(&mut self) {
        if let Some(resource) = self.resource.clone() {
            let namespace = self.session.namespace.clone().filter(|_| resource.namespaced);
            self.effects.push(Effect::WatchTable { epoch: self.session.epoch, resource, namespace });
        }
    }

    /// Asks what the server serves, unless somebody did and the answer is on its way.
    pub(super) fn discover(&mut self) {
        if !self.session.discovering {
            self.session.discovering = true;
            self.effects.push(Effect::Discover(self.session.link_epoch));
        }
    }

    /// Asks what the server serves, where it is not known yet.
    pub(super) fn need_resources(&mut self) {
        if self.session.resources.is_empty() {
            self.discover();
        }
    }

    pub(super) fn on_discovered(&mut self, found: Result<Discovery, Problem>) {
        self.session.discovering = false;
        match found {
            Ok(found) => {
                if found.missing != self.session.missing && !found.missing.is_empty() {
                    let groups = found.missing.join(", ");
                    self.notify(Notice::error(format!(
                        "the API server of {groups} does not answer: its kinds are missing"
                    )));
                }
                (self.session.resources, self.session.missing) = (found.resources, found.missing);
            }
            Err(problem) => self.notify(Notice::error(problem.to_string())),
        }
        if let Some(wanted) = self.wanted.take() {
            self.grant(wanted);
        }
        self.look_for_logs();
        let choices = self.command_choices();
        if let Some(Modal::Picker(Chooses::Command, picker)) = &mut self.modal {
            picker.set_choices(choices);
        }
    }

    /// Does what waited, now that everything is known that can be.
    fn grant(&mut self, wanted: Wanted) {
        let Wanted { kind, name, chosen } = wanted;
        if let Some(resource) = find(&self.session.resources, &kind).cloned() {
            self.show_resource(resource, name);
        } else if !chosen.is_some_and(|chosen| self.choose(&chosen)) && !self.session.resources.is_empty() {
            // Where nothing is known at all, why was said already.
            self.notify(Notice::error(format!("there is no command `{kind}`, and the server has no such kind")));
        }
    }

    /// The kinds to choose from, the most usual first.
    pub(super) fn kind_choices(&self) -> Vec<Choice> {
        let listed =
            self.session.resources.iter().filter(|resource| resource.can("list") && resource.watched().is_none());
        let mut kinds: Vec<_> = listed.map(|resource| (resource.full_name(), resource)).collect();
        kinds.sort_by_key(|(name, _)| USUAL.iter().position(|usual| usual == name).unwrap_or(USUAL.len()));
        kinds.into_iter().map(|(name, resource)| self.kind_choice(&name, resource)).collect()
    }

    fn kind_choice(&self, name: &str, resource: &Resource) -> Choice {
        let is_meant = find(&self.session.resources, &resource.plural) == Some(resource);
        let short = if resource.short.is_empty() { String::new() } else { format!("  {}", resource.short.join(" ")) };
        Choice {
            text: if is_meant { resource.plural.clone() } else { name.to_owned() },
            about: format!("{} {}{short}", resource.kind, resource.api_version()),
        }
    }

    /// After the columns of the table have changed.
    pub(super) fn take_columns(&mut self) {
        let feed = &self.store.objects;
        self.objects.set_columns(table_columns(&feed.columns), &feed.table, self.now);
    }

    /// The views that there are: objects only once their kind was chosen.
    pub fn views(&self) -> impl Iterator<Item = View> + use<> {
        let any_kind = self.resource.is_some();
        View::ALL.into_iter().filter(move |view| *view != View::Objects || any_kind)
    }

    /// The name of a view, for its tab and its tile: `Pods`, `Deployments.apps`.
    pub fn view_name(&self, view: View) -> String {
        match (view, &self.resource) {
            (View::Objects, Some(resource)) => title(resource),
            _ => view.name().to_owned(),
        }
    }

    /// What is listed, in the plural: `pods`.
    pub fn noun(&self) -> &str {
        match (self.view, self.view.kind(), &self.resource) {
            (View::Triage, ..) => "problems",
            (View::Sessions, ..) => "sessions",
            (_, Some(kind), _) => kind.plural(),
            (_, None, Some(resource)) => &resource.plural,
            (_, None, None) => "objects",
        }
    }

    /// What the present list lists; sessions are no objects of the cluster.
    pub fn listed(&self) -> Option<Resource> {
        if self.view == View::Objects { self.resource.clone() } else { self.view.kind().map(Resource::from) }
    }
}

/// `ReplicaSets.apps`: the plural in the capitals of the kind.
fn title(resource: &Resource) -> String {
    let name = resource.full_name();
    let same = |(a, b): &(char, char)| a.to_ascii_lowercase() == *b;
    let common = resource.kind.chars().zip(name.chars()).take_while(same).count();
    resource.kind.chars().take(common).chain(name.chars().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Names;

    #[test]
    fn a_title_is_the_plural_in_the_capitals_of_the_kind() {
        let titled = |kind: &str, plural: &str, group: &str| {
            let (group, kind, plural) = (group.to_owned(), kind.to_owned(), plural.to_owned());
            title(&Resource::new(Names { group, kind, plural, ..Names::default() }))
        };
        assert_eq!(titled("ReplicaSet", "replicasets", "apps"), "ReplicaSets.apps");
        assert_eq!(
            titled("NetworkPolicy", "networkpolicies", "networking.k8s.io"),
            "NetworkPolicies.networking.k8s.io"
        );
        assert_eq!(titled("Service", "services", ""), "Services");
        assert_eq!(titled("", "things", "x"), "things.x");
    }
}
