//! What is wrong and why: judging what changes, and the rows of the Triage view.
//!
//! ```text
//! Store::apply ──> work (what is to be judged) ──> engine (findings by cause) ──> ranking ──> rows of the list
//!                      │  what a rule would like to know          ^
//!                      └──> asking ──> Effect::LookUp ──> Msg::LookedUp
//! ```
//!
//! Nothing here reads anything; what rules ask for goes out as an effect. Judging goes on in slices, behind the keys
//! ([`App::judge`]). What the inspector says of a finding is in `tell`, what a key means there in `aim`. Start with
//! [`App::settle_triage`].

mod aim;
mod asking;
mod fit;
mod ranking;
mod row;
mod summary;
mod tell;
#[cfg(test)]
mod tests;
mod work;
mod workloads;

use rustc_hash::FxHashSet;

use super::App;
use super::action::Action;
use super::layout::Slot as Tile;
use super::message::Effect;
use super::session::Link;
use super::view::View;
use crate::base::json::list;
use crate::base::stamp::Stamp;
use crate::diagnosis::engine::{Engine, Key};
use crate::diagnosis::finding::{Finding, Subject};
use crate::diagnosis::groups::{Group, GroupKey};
use crate::diagnosis::known::Known;
use crate::model::kind::Kind;
use crate::model::lookup::{Answer, Lookup};
use crate::model::row::Row as _;
use crate::store::feed::{Feed, Status};
use crate::store::table::Touched;

use asking::Asking;
use ranking::Ranking;
pub use row::TriageRow;
use row::{pod_key, why};
use work::{Item, Work};
use workloads::Workloads;

/// Groups are put together again at most this often while there is much to judge, in microseconds.
const REGROUP_AFTER: i64 = 250_000;
/// Pods that are shown below a group.
const UNFOLDED: usize = 500;

/// Findings, and all that is needed to have them.
#[derive(Debug, Default)]
pub struct Triage {
    /// The rows.
    pub feed: Feed<TriageRow>,
    /// What is said of everything.
    engine: Engine,
    /// What was looked up.
    known: Known,
    work: Work,
    asking: Asking,
    workloads: Workloads,
    ranking: Ranking,
    unfolded: FxHashSet<GroupKey>,
    /// Something was said that the groups do not show yet.
    is_stale: bool,
    grouped: Stamp,
    /// The action that is performed now: what is under the cursor means something else to each.
    aiming: Option<Action>,
}

impl Triage {
    /// The finding of this rule about a pod.
    fn of_pod(&self, key: &Key, group: &GroupKey) -> Option<&Finding> {
        let said = self.engine.of(key).iter().map(|judged| &judged.finding);
        said.into_iter().find(|finding| finding.id == group.id && finding.root == group.root)
    }

    /// The group of this key, whether or not it is over.
    fn group(&self, key: &GroupKey) -> Option<&Group> {
        self.groups().find(|group| group.key() == *key)
    }

    /// Every group, those that are over last.
    fn groups(&self) -> impl Iterator<Item = &Group> {
        self.engine.groups().iter().chain(self.engine.cleared())
    }
}

impl App {
    /// Notes what a change of the store means for what is judged.
    pub(super) fn follow_triage(&mut self, change: View, rows: &Touched) {
        let (store, triage) = (&self.store, &mut self.triage);
        match change {
            View::Pods => triage.work.pods_changed(store, rows, &mut triage.engine),
            View::Nodes => triage.work.nodes_changed(store, rows, &mut triage.engine),
            View::Events => {
                triage.work.events_changed(store, rows);
                triage.workloads.events_changed(store, rows);
            }
            View::Triage | View::Objects | View::Sessions => {}
        }
        if change == View::Pods {
            triage.asking.pods_changed(store, rows);
        }
    }

    /// Forgets everything: for another cluster or namespace.
    pub(super) fn reset_triage(&mut self) {
        self.triage = Triage { aiming: self.triage.aiming, ..Triage::default() };
    }

    /// After every message: judges on, asks for what rules would like to know, and brings the rows up to date.
    pub(super) fn settle_triage(&mut self) {
        self.judge();
        self.ask_for_workloads();
        self.look_up();
        self.triage.feed.status = self.triage_status();
        let is_due = self.triage.work.is_empty()
            || self.now.micros_since(self.triage.grouped).is_none_or(|since| since >= REGROUP_AFTER);
        let is_changed = is_due && self.regroup();
        if is_changed || self.reranks() {
            self.show_groups();
        }
    }

    /// Puts findings together anew, where something was said or is over for long. Whether anything is different.
    fn regroup(&mut self) -> bool {
        let triage = &mut self.triage;
        triage.is_stale = false;
        triage.grouped = self.now;
        triage.engine.settle(self.now)
    }

    /// Brings the rows up to date: the groups as they rank, and the pods of those that are unfolded.
    fn show_groups(&mut self) {
        let cursor = self.triage_list.selected(&self.triage.feed.table).map(|row| row.group.clone());
        let at_top = self.triage_list.cursor() == 0;
        let is_idle = self.is_idle();
        let triage = &mut self.triage;
        let (going_on, over) = (triage.engine.groups(), triage.engine.cleared());
        triage.ranking.arrange(going_on, over, cursor.as_ref().filter(|_| !at_top && !is_idle));
        let mut rows = Vec::with_capacity(going_on.len() + over.len());
        for group in going_on.iter().chain(over) {
            let key = group.key();
            let row = TriageRow::group(group, triage.ranking.place(&key), &self.store);
            let unfolded = triage.unfolded.contains(&key);
            let pods = group.pods.iter().take(if unfolded { UNFOLDED } else { 0 });
            for pod in pods {
                let finding = pod_key(&self.store, pod).and_then(|pod| triage.of_pod(&pod, &key));
                rows.push(row.pod(pod, finding));
            }
            rows.push(row);
        }
        let touched = show(&mut triage.feed, rows);
        if touched != Touched::Nothing {
            self.dirty = true;
        }
        self.triage_list.update(&self.triage.feed.table, &touched, self.now);
    }

    /// Whether rows may stand as they rank again: nobody reads below the first one.
    fn reranks(&self) -> bool {
        !self.triage.ranking.is_ranked() && (self.triage_list.cursor() == 0 || self.is_idle())
    }

    fn is_idle(&self) -> bool {
        const IDLE: i64 = 60_000_000;
        self.now.micros_since(self.touched).is_some_and(|since| since >= IDLE)
    }

    /// How far one can know what is wrong: as fresh as the pods are, then the nodes and events.
    fn triage_status(&self) -> Status {
        let pods = self.store.status(Kind::Pod);
        if *pods != Status::Live {
            return pods.clone();
        }
        let is_coming = |kind| matches!(self.store.status(kind), Status::Loading { .. } | Status::Waiting);
        if is_coming(Kind::Node) || is_coming(Kind::Event) || !self.triage.work.is_empty() {
            let left = self.triage.work.len() as u64;
            let all = self.store.pods.table.len() as u64;
            return Status::Loading { loaded: all.saturating_sub(left), total: None };
        }
        Status::Live
    }

    /// Microseconds until there is something to do without that anything happens.
    pub(super) fn triage_changes(&self) -> Option<i64> {
        let judged = self.triage.work.until_again(self.now);
        let asked = self.triage.asking.until_again(self.now);
        let read = self.triage.workloads.until_again(self.now);
        let over = self.triage.engine.cleared().last().map(|group| ranking::until_forgotten(group, self.now));
        [judged, asked, read, over].into_iter().flatten().min()
    }

    /// Whether judging goes on behind whatever a person does.
    pub(super) fn is_judging(&self) -> bool {
        !self.triage.work.is_empty()
    }

    /// The row under the cursor of the Triage view.
    pub(super) fn selected_finding(&self) -> Option<&TriageRow> {
        let is_shown = self.view == View::Triage;
        self.triage_list.selected(&self.triage.feed.table).filter(|_| is_shown)
    }

    /// Enter: unfolds the pods of a group, or folds them; goes on to the inspector where there is nothing to unfold.
    pub(super) fn enter_finding(&mut self) {
        let Some(row) = self.selected_finding() else { return };
        let key = row.group.clone();
        let has_pods = self.triage.group(&key).is_some_and(|group| group.pods.len() > 1);
        if row.pod.is_some() || !has_pods {
            self.layout.focus(Tile::Inspector);
            return;
        }
        if !self.triage.unfolded.remove(&key) {
            self.triage.unfolded.insert(key);
        }
        self.show_groups();
    }

    /// Judges what has changed: so much that a key never waits for it.
    fn judge(&mut self) {
        let (store, triage, now) = (&mut self.store, &mut self.triage, self.now);
        let Triage { work, engine, known, asking, workloads, .. } = triage;
        work.refill(store, now);
        if work.is_empty() {
            return;
        }
        let said = work::slice(work, &work::Around { store, known, workloads, now }, engine, asking);
        triage.is_stale |= said.is_changed;
        let mut touched = Vec::new();
        for (slot, why) in said.pods {
            if store.explain(slot, why) {
                touched.push(slot);
            }
        }
        if !touched.is_empty() {
            self.pods.update(&self.store.pods.table, &Touched::Slots(touched), now);
            self.dirty |= self.view == View::Pods;
        }
    }

    /// Asks for the lists of workloads that are due, once the pods are there: these come first.
    fn ask_for_workloads(&mut self) {
        if !self.store.pods.is_listed() || self.session.link != Link::Up {
            return;
        }
        let namespace = self.session.namespace.clone().unwrap_or_default();
        let triage = &mut self.triage;
        for lookup in triage.workloads.due(&namespace, triage.work.suspects() > 0, self.now) {
            triage.asking.want(lookup);
        }
    }

    /// Sends what is to be read next.
    fn look_up(&mut self) {
        if self.triage.asking.is_idle(self.now) || self.session.link != Link::Up {
            return;
        }
        let shown = self.shown_items();
        let epoch = self.session.epoch;
        let triage = &mut self.triage;
        for (place, lookup) in triage.asking.next(&mut triage.known, &shown, self.now) {
            self.effects.push(Effect::LookUp { epoch, place, lookup });
        }
    }

    /// Something was looked up: whoever has asked for it is judged again.
    pub(super) fn on_looked_up(&mut self, place: usize, lookup: Lookup, answer: Answer) {
        let Triage { asking, workloads, work, known, .. } = &mut self.triage;
        let askers = asking.answered(place, &lookup, self.now);
        if let Some(at) = Workloads::listed_by(&lookup) {
            let changed = match &answer {
                Answer::Object(found) => workloads.take(at, list(found, "/items")),
                _ => workloads.refused(at),
            };
            work.queue_all(changed.into_iter().map(Item::Object));
        }
        // A list that only serves to judge what is in it is not kept twice.
        if !askers.is_empty() || asking::is_refusal(&answer) {
            known.learn(lookup, answer, self.now);
        }
        work.queue_all(askers.into_iter());
    }

    /// What is seen, what is under the cursor first: what is asked about it is read before all else.
    fn shown_items(&self) -> Vec<Item> {
        let store = &self.store;
        let pod = |pod: &Subject| store.pods.table.find(&pod.namespace, &pod.name).map(Item::Pod);
        let item = |subject: &Subject| match &*subject.kind {
            "Pod" => pod(subject),
            "Node" => store.nodes.table.find("", &subject.name).map(Item::Node),
            _ => Some(Item::Object(subject.object())),
        };
        match self.view {
            View::Triage => {
                let table = &self.triage.feed.table;
                let seen = self.triage_list.visible(self.list_height()).filter_map(|slot| table.get(slot));
                let rows = self.triage_list.selected(table).into_iter().chain(seen);
                let subject = |row: &TriageRow| match &row.pod {
                    Some(pod) => Some(pod.clone()),
                    None => Some(self.triage.group(&row.group)?.finding.subject.clone()),
                };
                rows.filter_map(|row| item(&subject(row)?)).collect()
            }
            View::Pods => {
                let cursor = self.pods.slots().get(self.pods.cursor()).copied();
                cursor.into_iter().chain(self.pods.visible(self.list_height())).map(Item::Pod).collect()
            }
            View::Nodes => self.nodes.slots().get(self.nodes.cursor()).copied().map(Item::Node).into_iter().collect(),
            View::Events | View::Objects | View::Sessions => Vec::new(),
        }
    }
}

/// Puts these rows in place of those before; which ones changed.
fn show(feed: &mut Feed<TriageRow>, rows: Vec<TriageRow>) -> Touched {
    let table = &mut feed.table;
    let here: FxHashSet<_> = rows.iter().map(|row| &row.meta().name).collect();
    let gone: Vec<_> = table.rows().map(|row| row.meta().name.clone()).filter(|name| !here.contains(name)).collect();
    let mut touched: Vec<_> = gone.iter().filter_map(|name| table.remove("", name)).collect();
    for row in rows {
        if table.row("", &row.meta().name) != Some(&row) {
            touched.push(table.put(row));
        }
    }
    if touched.is_empty() { Touched::Nothing } else { Touched::Slots(touched) }
}
