//! The ledger as a whole: any sequence of writes, deaths and answers leaves nothing unknown.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::mark::Mark;
use super::super::node::MANAGED_BY;
use super::found::{Owner, Stands, found_in, is_debugging, unseen};
use super::journal::{compact, line, read};
use super::judge::{STALE, Sight, judge};
use super::*;
use crate::model::pod::{CREATED_BY, PodRow};
use crate::model::row::{Interner, WireRow};

fn at(seconds: i64) -> Stamp {
    Stamp::from_seconds(1_700_000_000 + seconds)
}

fn id(number: u32) -> EntryId {
    EntryId::of("run", number)
}

fn row(pod: Value) -> PodRow {
    PodRow::from_wire(serde_json::from_value(pod).expect("a pod"), &mut Interner::default())
}

fn entry(made: Made, name: &str) -> Entry {
    Entry {
        made,
        pod: PodRef { namespace: "shop".into(), name: name.into(), uid: <_>::default() },
        container: if made == Made::Ephemeral { "debugger-x".into() } else { <_>::default() },
        source: "pod/web".to_owned(),
        context: "dev".to_owned(),
        user: "ann".to_owned(),
        ..Entry::default()
    }
}

fn note(number: u32, event: Event) -> Note {
    Note { id: id(number), at: at(i64::from(number)), event }
}

fn intended(number: u32, entry: Entry) -> Note {
    note(number, Event::Intended(Box::new(entry)))
}

fn copy(uid: &str, extra: &Value) -> PodRow {
    let mut pod = json!({
        "metadata": {"name": "copy", "namespace": "shop", "uid": uid, "creationTimestamp": at(5).rfc3339()},
        "spec": {"nodeName": "node-a", "containers": [{"name": "app"}]}, "status": {"phase": "Running",
            "containerStatuses": [{"name": "app", "ready": true, "state": {"running": {}}}]},
    });
    for (field, value) in extra.as_object().into_iter().flatten() {
        pod["metadata"][field] = value.clone();
    }
    row(pod)
}

/// What a pod says that somebody made.
fn marked(user: &str, seconds: i64) -> Value {
    let mark = Mark { user: user.to_owned(), time: at(seconds), source: "pod/web".to_owned() };
    let mut pod = json!({"kind": "Pod"});
    crate::debug::mark::mark(&mut pod, &mark);
    json!({"annotations": pod["metadata"]["annotations"]})
}

fn with_container(uid: &str, state: &Value) -> PodRow {
    row(json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": uid},
        "spec": {"containers": [{"name": "app"}], "ephemeralContainers": [{"name": "debugger-x", "image": "busybox"}]},
        "status": {"phase": "Running", "ephemeralContainerStatuses": [{"name": "debugger-x", "state": state}]},
    }))
}

#[test]
fn a_file_reads_as_it_was_written_and_what_is_over_is_left_out_of_a_new_one() {
    let notes = vec![
        intended(1, entry(Made::Copy, "copy")),
        note(1, Event::Sent),
        note(1, Event::Known("u1".into())),
        note(1, Event::Kept),
        intended(2, Entry { ttl: Some(60), ..entry(Made::Ephemeral, "web") }),
        note(2, Event::Refused("no".to_owned())),
        intended(3, entry(Made::NodePod, "node-debugger-a-x")),
        note(3, Event::Gone),
    ];
    let text: String = notes.iter().map(line).collect();
    let back = read(text.as_bytes());
    assert_eq!((&back.notes, back.unreadable), (&notes, 0));
    let ledger = Ledger::fold(notes);
    let record = ledger.get(&id(1)).expect("an entry");
    assert_eq!((record.state, record.kept, &*record.entry.pod.uid), (State::Known, true, "u1"));
    let shorter = Ledger::fold(read(compact(&ledger).as_bytes()).notes);
    assert_eq!(shorter.records().count(), 1, "the others are over");
    assert_eq!(shorter.get(&id(1)), Some(record));
}

#[test]
fn what_cannot_be_read_costs_only_its_own_line() {
    let torn = line(&intended(1, entry(Made::Copy, "a")));
    let text = [&torn[..torn.len() / 2], &line(&intended(2, entry(Made::Copy, "b"))), "{\"id\":7}\n", "\u{0}"].concat();
    let back = read(text.as_bytes());
    assert_eq!((back.notes.len(), back.unreadable), (1, 3));
    assert_eq!(Ledger::fold(back.notes).living().count(), 1);
    assert_eq!(read(b"\xff\xfe").unreadable, 1);
}

/// What is tried, what was noted, what is seen, after how many seconds, and what that comes to.
type Case = (&'static str, Vec<Event>, Sight<'static>, i64, Option<Event>);

#[test]
fn nothing_is_gone_on_a_guess() {
    let cases: [Case; 9] = [
        ("nobody looked", vec![Event::Sent], Sight::Unknown, 900, None),
        ("it may be on its way", vec![Event::Sent], Sight::Missing, 60, None),
        ("it never came", vec![Event::Sent], Sight::Missing, 900, Some(Event::Gone)),
        ("announced and not sent", vec![], Sight::Missing, 900, Some(Event::Gone)),
        ("the watch is behind", vec![Event::Known("u".into())], Sight::Missing, 60, None),
        ("somebody deleted it", vec![Event::Known("u".into())], Sight::Missing, 900, Some(Event::Gone)),
        ("ours went", vec![Event::Known("u".into()), Event::Cleaning], Sight::Missing, 2, Some(Event::Gone)),
        ("refused", vec![Event::Refused(String::new())], Sight::Missing, 900, None),
        ("over", vec![Event::Gone], Sight::Missing, 900, None),
    ];
    for (what, events, sight, later, verdict) in cases {
        let mut ledger = Ledger::fold([intended(1, entry(Made::Copy, "copy"))]);
        for event in events {
            ledger.apply(note(1, event));
        }
        let record = ledger.get(&id(1)).expect("an entry");
        assert_eq!(judge(record, sight, false, at(later)), verdict, "{what}");
    }
}

#[test]
fn a_pod_is_ours_when_it_says_so_or_came_after_it_was_announced() {
    let announced = Entry { marked: Some(at(1)), ..entry(Made::Copy, "copy") };
    let ledger = Ledger::fold([intended(1, announced), note(1, Event::Sent)]);
    let record = ledger.get(&id(1)).expect("an entry");
    let verdict = |pod: &PodRow| judge(record, Sight::Seen(pod), false, at(10));
    let known = Some(Event::Known("u1".into()));
    assert_eq!(verdict(&copy("u1", &json!({}))), known, "it came after it was announced");
    let before = json!({"creationTimestamp": at(-500).rfc3339()});
    assert_eq!(verdict(&copy("u0", &before)), None, "it was there before: ours may still come");
    assert_eq!(judge(record, Sight::Seen(&copy("u0", &before)), false, at(900)), Some(Event::Gone));
    assert_eq!(verdict(&copy("u1", &marked("ann", 1))), known);
    assert_eq!(verdict(&copy("u1", &marked("bob", 1))), None, "somebody else's of the same name");
    assert_eq!(verdict(&copy("u1", &marked("ann", 9))), None, "ours, but another one");
    let answered = judge(record, Sight::Seen(&copy("u1", &marked("bob", 1))), true, at(10));
    assert_eq!(answered, Some(Event::Gone), "the server has refused it");
    let seen = Ledger::fold([intended(1, entry(Made::Copy, "copy")), note(1, Event::Known("u1".into()))]);
    let verdict = judge(seen.get(&id(1)).expect("an entry"), Sight::Missing, true, at(10));
    assert_eq!(verdict, Some(Event::Gone), "it was seen before");
}

#[test]
fn an_ephemeral_container_is_told_by_its_pod_and_its_name() {
    let mut ledger = Ledger::fold([intended(1, entry(Made::Ephemeral, "web"))]);
    let pod = with_container("u1", &json!({"running": {}}));
    let verdict = |ledger: &Ledger, pod: &PodRow, later| {
        judge(ledger.get(&id(1)).expect("an entry"), Sight::Seen(pod), false, at(later))
    };
    assert_eq!(verdict(&ledger, &pod, 10), Some(Event::Known("u1".into())));
    let bare = row(json!({"metadata": {"name": "web", "namespace": "shop", "uid": "u1"}}));
    assert_eq!(verdict(&ledger, &bare, 10), None, "it may be on its way");
    assert_eq!(verdict(&ledger, &bare, 900), Some(Event::Gone));
    ledger.apply(note(1, Event::Known("u1".into())));
    assert_eq!(verdict(&ledger, &pod, 10), None);
    let other = with_container("u2", &json!({"running": {}}));
    assert_eq!(verdict(&ledger, &other, 10), Some(Event::Gone), "its pod went, another has the name");
}

#[test]
fn what_a_process_was_ending_when_it_was_killed_can_be_ended_again() {
    let mut ledger = Ledger::fold([
        intended(1, entry(Made::Ephemeral, "web")),
        note(1, Event::Known("u1".into())),
        note(1, Event::Cleaning),
    ]);
    let pod = with_container("u1", &json!({"running": {}}));
    let can_be_cleaned = |ledger: &Ledger| found_in(&pod, ledger)[0].can_be_cleaned();
    ledger.take_over(|ending| *ending == id(1));
    assert!(!can_be_cleaned(&ledger), "this process is at it");
    ledger.take_over(|_| false);
    assert!(can_be_cleaned(&ledger));
    let ended = with_container("u1", &json!({"terminated": {"exitCode": 0}}));
    assert!(found_in(&ended, &ledger)[0].is_over());
}

#[test]
fn what_is_found_says_whose_it_is_and_how_it_stands() {
    let ledger = Ledger::fold([
        intended(1, entry(Made::Ephemeral, "web")),
        note(1, Event::Known("u1".into())),
        intended(2, entry(Made::Copy, "copy")),
        note(2, Event::Known("u2".into())),
    ]);
    let told = |pod: &PodRow, ledger: &Ledger| -> Vec<_> {
        assert!(is_debugging(pod) || ledger.living().next().is_some());
        found_in(pod, ledger).iter().map(|found| (found.made.name(), found.state(), found.whose())).collect()
    };
    let texts = |made: &'static str, state: &str, whose: &str| vec![(made, state.to_owned(), whose.to_owned())];
    let nobodys = Ledger::default();
    let running = with_container("u1", &json!({"running": {}}));
    assert_eq!(told(&running, &ledger), texts("debug container", "running", "ours"));
    assert_eq!(told(&running, &nobodys), texts("debug container", "running", "kubectl's"));
    let waits = with_container("u1", &json!({"waiting": {"reason": "ImagePullBackOff"}}));
    assert_eq!(told(&waits, &ledger), texts("debug container", "waiting: ImagePullBackOff", "ours"));
    let ended = with_container("u1", &json!({"terminated": {"exitCode": 3}}));
    assert_eq!(told(&ended, &ledger), texts("debug container", "ended, exit 3", "ours"));
    assert!(found_in(&ended, &ledger)[0].is_over() && !found_in(&ended, &ledger)[0].can_be_cleaned());
    assert_eq!(told(&copy("u2", &json!({})), &ledger), texts("debug copy", "running", "ours"));
    assert_eq!(found_in(&copy("other", &json!({})), &ledger), [], "another one of the same name");
    let kubectl = json!({"name": "node-debugger-node-a-x", "labels": {MANAGED_BY: "kubectl-debug"}});
    let found = found_in(&copy("u9", &kubectl), &ledger);
    assert_eq!((&found[0].owner, found[0].source.as_str()), (&Owner::Kubectl, "node/node-a"));
    assert_eq!(told(&copy("u9", &marked("bob", 1)), &ledger), texts("debug copy", "running", "bob's"));
    let broken = json!({"annotations": {CREATED_BY: "not JSON"}});
    assert_eq!(told(&copy("u9", &broken), &ledger), texts("debug copy", "running", "another podtriage's"));
    assert!(!is_debugging(&copy("u9", &json!({}))));
    let stands: Vec<_> = unseen(&ledger, |known| *known == id(1)).map(|found| found.stands).collect();
    assert_eq!(stands, [Stands::NotSeen]);
}

#[test]
fn a_removed_pod_comes_back_without_what_the_server_wrote() {
    let token = json!({"name": "kube-api-access-x", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"});
    let removed = json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "1", "labels": {"a": "b"}},
        "spec": {"nodeName": "n", "containers": [{"name": "app", "volumeMounts": [token, {"name": "data"}]}],
            "volumes": [{"name": "kube-api-access-x"}, {"name": "data"}], "ephemeralContainers": [{"name": "d"}]},
        "status": {"phase": "Running"},
    });
    assert_eq!(
        restore::body(&removed),
        Ok(json!({
            "metadata": {"name": "web", "namespace": "shop", "labels": {"a": "b"}},
            "spec": {"containers": [{"name": "app", "volumeMounts": [{"name": "data"}]}], "volumes": [{"name": "data"}]},
        }))
    );
    let mut owned = removed;
    owned["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "name": "web-1", "controller": true}]);
    assert!(restore::body(&owned).is_err_and(|said| said.contains("ReplicaSet web-1")));
    assert!(restore::body(&json!([])).is_err());
}

#[test]
fn a_removed_pod_can_be_brought_back_until_it_is_there_again() {
    let web = |uid: &str| row(json!({"metadata": {"name": "web", "namespace": "shop", "uid": uid}}));
    let removed =
        Entry { pod: PodRef { uid: "u1".into(), ..entry(Made::Replaced, "web").pod }, ..entry(Made::Replaced, "web") };
    let mut ledger = Ledger::fold([intended(1, removed), note(1, Event::Sent)]);
    let verdict = |ledger: &Ledger, sight: Sight<'_>, later| {
        judge(ledger.get(&id(1)).expect("an entry"), sight, false, at(later))
    };
    let there = Some(Event::Known(String::new()));
    assert_eq!(verdict(&ledger, Sight::Seen(&web("u1")), 10), None, "it is about to be removed");
    assert_eq!(verdict(&ledger, Sight::Seen(&web("u1")), 900), Some(Event::Gone), "it never was");
    assert_eq!(verdict(&ledger, Sight::Missing, 10), there);
    assert_eq!(verdict(&ledger, Sight::Seen(&web("u2")), 10), there, "another has its name");
    ledger.apply(note(1, Event::Known(String::new())));
    assert_eq!(ledger.get(&id(1)).map(|record| &*record.entry.pod.uid), Some("u1"));
    assert_eq!(verdict(&ledger, Sight::Missing, 9_000), None, "for as long as it takes");
    assert_eq!(unseen(&ledger, |_| false).map(|found| found.stands).collect::<Vec<_>>(), [Stands::Removed]);
    ledger.apply(note(1, Event::Cleaning));
    assert_eq!(verdict(&ledger, Sight::Seen(&web("u3")), 10), Some(Event::Gone), "it was restored");
}

#[test]
fn a_time_to_live_counts_from_the_beginning() {
    let ledger = Ledger::fold([intended(1, Entry { ttl: Some(60), ..entry(Made::Copy, "copy") })]);
    assert_eq!(ledger.get(&id(1)).map(Record::ends_at), Some(at(61)));
}

/// What a cluster and a person can do about one entry, in any order.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The program is killed, and the file is cut after so many bytes of the last line.
    Die(usize),
    /// The next thing on the entry's way happens.
    Go,
    /// The request arrives at the cluster, if it was sent.
    Arrive,
    /// Somebody deletes the pod.
    Vanish,
    /// The program looks, so many seconds later.
    Look(i64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0usize..400).prop_map(Step::Die),
        Just(Step::Go),
        Just(Step::Go),
        Just(Step::Arrive),
        Just(Step::Vanish),
        (1i64..400).prop_map(Step::Look),
    ]
}

/// One copy, a program that writes before it sends, a file, and a cluster.
#[derive(Default)]
struct World {
    file: Vec<u8>,
    /// Bytes of the file that are on the disk for good.
    durable: usize,
    sent: bool,
    sent_at: i64,
    announced: i64,
    there: bool,
    gone: bool,
    now: i64,
    /// When the pod was made.
    arrived: i64,
    /// How far the program has come.
    reached: usize,
}

impl World {
    fn write(&mut self, event: Event) {
        let note = Note { id: id(1), at: at(self.now), event };
        self.file.extend(line(&note).bytes());
    }

    fn announce(&mut self) {
        self.announced = self.now;
        self.write(Event::Intended(Box::new(entry(Made::Copy, "copy"))));
    }

    fn ledger(&self) -> Ledger {
        Ledger::fold(read(&self.file).notes)
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Die(cut) => {
                self.file.truncate(self.file.len().saturating_sub(cut).max(self.durable));
                // The next one does not go on where this one was.
                self.reached = self.reached.max(9);
            }
            Step::Go => {
                match self.reached {
                    0 => self.announce(),
                    1 => self.durable = self.file.len(),
                    // What is sent must not be announced too long ago.
                    2 if self.now - self.announced > STALE / 1_000_000 => {
                        self.announce();
                        self.durable = self.file.len();
                        self.reached -= 1;
                    }
                    2 => (self.sent, self.sent_at) = (true, self.now),
                    3 => self.write(Event::Sent),
                    4 if self.there => self.write(Event::Known("u1".into())),
                    _ => {}
                }
                self.reached += 1;
            }
            // A request that is on its way for longer than a server lets one be does not arrive any more.
            Step::Arrive if self.sent && !self.gone && !self.there && self.now < self.sent_at + 60 => {
                (self.there, self.arrived) = (true, self.now);
            }
            Step::Arrive => {}
            Step::Vanish => {
                self.gone |= self.there;
                self.there = false;
            }
            Step::Look(seconds) => {
                self.now += seconds;
                self.look();
            }
        }
    }

    fn look(&mut self) {
        let ledger = self.ledger();
        let Some(record) = ledger.get(&id(1)) else { return };
        let pod = copy("u1", &json!({"creationTimestamp": at(self.arrived).rfc3339()}));
        let sight = if self.there { Sight::Seen(&pod) } else { Sight::Missing };
        if let Some(event) = judge(record, sight, false, at(self.now)) {
            self.write(event);
        }
    }
}

proptest! {
    /// What is in the cluster is in the ledger, not over, at every moment; and once somebody has looked late enough,
    /// the ledger says exactly what is there.
    #[test]
    fn nothing_that_is_there_is_unknown(steps in prop::collection::vec(any_step(), 0..24)) {
        let mut world = World::default();
        for step in steps {
            world.step(step);
            let ledger = world.ledger();
            let known = ledger.get(&id(1)).map(|record| record.state);
            if world.there {
                prop_assert!(known.is_some_and(|state| !state.is_over()), "{:?} after {:?}", known, step);
            }
        }
        world.step(Step::Look(10_000));
        let known = world.ledger().get(&id(1)).map(|record| record.state);
        let may_be_there = known.is_some_and(|state| !state.is_over());
        prop_assert_eq!(may_be_there, world.there, "{:?}", known);
    }

    /// A file that is cut anywhere still says everything that stood before the cut.
    #[test]
    fn a_cut_costs_the_last_line_alone(count in 1u32..12, cut in 0usize..4_000) {
        let notes: Vec<_> = (0..count).map(|number| intended(number, entry(Made::Copy, "copy"))).collect();
        let lines: Vec<_> = notes.iter().map(line).collect();
        let mut text = lines.concat();
        let cut = cut.min(text.len());
        text.truncate(cut);
        let mut whole = 0;
        let kept = lines.iter().take_while(|line| { whole += line.len(); whole <= cut + 1 }).count();
        // What is added afterwards is read whatever the file ends with.
        text += &line(&note(99, Event::Gone));
        let back = read(text.as_bytes());
        prop_assert_eq!(back.notes.len(), kept + 1);
        prop_assert_eq!(&back.notes[..kept], &notes[..kept]);
    }

    /// Notes that come twice change nothing.
    #[test]
    fn a_note_counts_once(events in prop::collection::vec(any_event(), 0..10)) {
        let notes = |twice: bool| {
            let first = std::iter::once(intended(1, entry(Made::Copy, "copy")));
            let notes = first.chain(events.iter().cloned().map(|event| note(1, event)));
            notes.flat_map(|note| std::iter::repeat_n(note, if twice { 2 } else { 1 })).collect::<Vec<_>>()
        };
        prop_assert_eq!(Ledger::fold(notes(false)), Ledger::fold(notes(true)));
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Sent),
        Just(Event::Known("u1".into())),
        Just(Event::Refused("no".to_owned())),
        Just(Event::Cleaning),
        Just(Event::Kept),
        Just(Event::Gone),
    ]
}
