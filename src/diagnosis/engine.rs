//! All findings of a cluster, kept while it changes: only what changed is judged again.
//!
//! Whoever owns the rows calls [`Engine::put`] with what [`super::judge`] says of each thing that changed. Groups are put
//! together when they are asked for and something is different. What is over stays for ten minutes, marked as cleared.

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::finding::Subject;
use super::groups::{Group, merge};
use super::judge::Judged;
use crate::base::stamp::Stamp;

/// How long what is over is kept, in microseconds.
const REMEMBERED: i64 = 10 * 60 * 1_000_000;

/// What is judged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A pod, by its UID.
    Pod(CompactString),
    /// A node, by its name.
    Node(CompactString),
    /// Another object.
    Object(Subject),
}

/// The findings, and the groups that they make.
#[derive(Debug, Default)]
pub struct Engine {
    judged: FxHashMap<Key, Box<[Judged]>>,
    groups: Vec<Group>,
    cleared: Vec<Group>,
    is_stale: bool,
}

impl Engine {
    /// Takes what is said of one thing now, in place of what was said before. Whether that is something else.
    pub fn put(&mut self, key: Key, judged: Vec<Judged>) -> bool {
        let is_same = match self.judged.get(&key) {
            Some(before) => **before == *judged,
            None => judged.is_empty(),
        };
        if is_same {
            return false;
        }
        if judged.is_empty() {
            self.judged.remove(&key);
        } else {
            self.judged.insert(key, judged.into());
        }
        self.is_stale = true;
        true
    }

    /// Drops everything, history included: after a change of cluster or namespace.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// What is said of one thing.
    pub fn of(&self, key: &Key) -> &[Judged] {
        self.judged.get(key).map_or(&[], |judged| judged)
    }

    /// Takes back what is said of things that are gone.
    pub fn forget(&mut self, is_gone: impl Fn(&Key) -> bool) {
        let before = self.judged.len();
        self.judged.retain(|key, _| !is_gone(key));
        self.is_stale |= self.judged.len() != before;
    }

    /// Brings the groups up to date. Whether anything is different.
    pub fn settle(&mut self, now: Stamp) -> bool {
        let remembered = self.cleared.len();
        let is_recent = |group: &Group| now.micros_since(group.cleared).is_some_and(|micros| micros < REMEMBERED);
        self.cleared.retain(is_recent);
        if !std::mem::take(&mut self.is_stale) {
            return self.cleared.len() != remembered;
        }
        let groups = merge(self.judged.values().flatten());
        let before = std::mem::replace(&mut self.groups, groups);
        let goes_on = |gone: &Group| self.groups.iter().any(|group| group.key() == gone.key());
        self.cleared.retain(|group| !goes_on(group));
        // What is said in other words, because more is known of it now, is not over.
        let told: FxHashSet<Subject> = self.groups.iter().flat_map(subjects).collect();
        let is_told = |gone: &Group| subjects(gone).any(|subject| told.contains(&subject));
        let over = before.into_iter().filter(|group| !goes_on(group) && !is_told(group));
        self.cleared.retain(|group| !is_told(group));
        self.cleared.extend(over.map(|group| Group { cleared: now, ..group }));
        self.cleared.sort_by_key(|group| std::cmp::Reverse(group.cleared));
        true
    }

    /// What is the matter, worst first, as of the last [`Engine::settle`].
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// What is over since less than ten minutes, the newest first.
    pub fn cleared(&self) -> &[Group] {
        &self.cleared
    }
}

/// What a group says something of: its pods; where it has none, the object that it is about; and what it explains.
fn subjects(group: &Group) -> impl Iterator<Item = Subject> {
    let object = group.pods.is_empty().then(|| group.finding.subject.object());
    let explained = group.explains.iter().map(|(_, subject)| subject.object());
    group.pods.iter().cloned().chain(object).chain(explained)
}

#[cfg(test)]
mod tests {
    use super::super::finding::{Finding, Severity};
    use super::super::rules;
    use super::*;

    /// A pod of the owner that something is the matter with.
    fn judged(pod: &str, owner: &str, since: i64) -> (Key, Vec<Judged>) {
        let owner = Subject::new("Deployment", "shop", owner);
        let rule = rules::find("image.not-found").expect("a rule");
        let finding = rule.finding(Subject::new("Pod", "shop", pod), "no such image").root(owner.clone());
        let finding = finding.since(Stamp::from_seconds(since));
        (Key::Pod(pod.into()), vec![Judged { finding, owner, explains: Vec::new() }])
    }

    fn put(engine: &mut Engine, (key, judged): (Key, Vec<Judged>)) -> bool {
        engine.put(key, judged)
    }

    fn names(groups: &[Group]) -> Vec<(&str, usize)> {
        groups.iter().map(|group| (&*group.subject.name, group.pods.len())).collect()
    }

    #[test]
    fn pods_with_one_cause_are_one_group_and_more_stand_before_fewer() {
        let mut engine = Engine::default();
        put(&mut engine, judged("a", "web", 50));
        for (pod, since) in [("b", 20), ("c", 10)] {
            put(&mut engine, judged(pod, "db", since));
        }
        assert!(engine.settle(Stamp::from_seconds(100)));
        assert_eq!(names(engine.groups()), [("db", 2), ("web", 1)]);
        assert_eq!(engine.groups()[0].since, Stamp::from_seconds(10));
        assert!(!put(&mut engine, judged("a", "web", 50)), "the same again");
        assert!(!engine.settle(Stamp::from_seconds(101)), "nothing is different");
    }

    #[test]
    fn what_is_over_is_kept_for_ten_minutes_and_forgotten_when_it_comes_back() {
        let mut engine = Engine::default();
        put(&mut engine, judged("a", "web", 50));
        engine.settle(Stamp::from_seconds(100));
        engine.put(Key::Pod("a".into()), Vec::new());
        assert!(engine.settle(Stamp::from_seconds(200)));
        assert_eq!((names(engine.groups()), names(engine.cleared())), (vec![], vec![("web", 1)]));
        assert_eq!(engine.cleared()[0].cleared, Stamp::from_seconds(200));
        put(&mut engine, judged("b", "web", 300));
        engine.settle(Stamp::from_seconds(300));
        assert_eq!((names(engine.groups()), names(engine.cleared())), (vec![("web", 1)], vec![]));
        engine.put(Key::Pod("b".into()), Vec::new());
        engine.settle(Stamp::from_seconds(400));
        assert!(!engine.settle(Stamp::from_seconds(999)));
        assert!(engine.settle(Stamp::from_seconds(1_000)), "ten minutes later it is gone");
        assert!(engine.cleared().is_empty());
    }

    #[test]
    fn what_is_said_in_other_words_is_not_over() {
        let mut engine = Engine::default();
        put(&mut engine, judged("a", "web", 50));
        put(&mut engine, judged("b", "db", 50));
        engine.settle(Stamp::from_seconds(100));
        let (key, mut better) = judged("a", "web", 50);
        better[0].finding.id = "image.unauthorized".into();
        engine.put(key, better);
        engine.put(Key::Pod("b".into()), Vec::new());
        engine.settle(Stamp::from_seconds(200));
        assert_eq!(engine.groups().len(), 1);
        assert_eq!(names(engine.cleared()), [("db", 1)], "more is known of the one, the other is well");
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let mut engine = Engine::default();
        put(&mut engine, judged("a", "web", 50));
        put(&mut engine, judged("b", "db", 50));
        engine.settle(Stamp::from_seconds(100));
        engine.forget(|key| *key == Key::Pod("a".into()));
        assert!(engine.settle(Stamp::from_seconds(200)));
        assert_eq!(names(engine.groups()), [("db", 1)]);
    }

    #[test]
    fn what_is_said_of_an_owner_goes_below_what_explains_it() {
        let mut engine = Engine::default();
        put(&mut engine, judged("a", "web", 50));
        let owner = Subject::new("Deployment", "shop", "web");
        let rule = rules::find("image.not-found").expect("a rule");
        let finding =
            |id: &'static str| Finding { id: id.into(), ..rule.finding(owner.clone(), "it does not progress") };
        for id in ["owner.progress-deadline", "owner.quota"] {
            let judged = Judged { finding: finding(id), owner: owner.clone(), explains: Vec::new() };
            engine.put(Key::Object(Subject::new("Deployment", "shop", id)), vec![judged]);
        }
        engine.settle(Stamp::from_seconds(100));
        let ids: Vec<_> = engine.groups().iter().map(|group| &*group.finding.id).collect();
        assert_eq!(ids, ["image.not-found", "owner.quota"]);
        assert_eq!(engine.groups()[0].explains, [("owner.progress-deadline".into(), owner)]);
        assert_eq!(engine.groups()[0].finding.severity, Severity::Broken);
    }
}
