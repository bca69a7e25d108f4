//! Does what the application asks for: one task for each thing that takes time.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{Sender, UnboundedSender};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::AbortHandle;

use super::ledger::{Place, Work};
use super::saves::Saves;
use super::shelves::Shelf;
use super::source::Source;
use super::{edits, link};
use crate::app::layout::PaneId;
use crate::app::message::{Effect, Epoch, Link, Msg, Notice};
use crate::app::writes::JobId;
use crate::base::problem::Problem;
use crate::cluster::connect::Connection;
use crate::cluster::exec::Input;
use crate::cluster::outbox::{Closer, Outbox, Parcel};
use crate::cluster::{discovery, objects, watch as watching};
use crate::describe::related;
use crate::model::change::{AnyChange, Cause, Change};
use crate::model::event::EventRow;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;
use crate::model::resource::Resource;

/// What a running task is for; a new one of the same ends the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Task {
    Link,
    Watch(Kind),
    Table,
    Discovery,
    Links,
    Namespaces,
    LookUp(usize),
    Pane(PaneId),
    EarlierLines(PaneId),
    Job(JobId),
    Access,
    Ledger,
}

/// How a task is ended.
struct Running {
    handle: AbortHandle,
    stream: Closer,
}

impl Running {
    /// What it has sent and the loop has not taken must not be taken for the next one's.
    fn end(&self) {
        self.stream.close();
        self.handle.abort();
    }
}

/// Writes that are under way at once, drains aside; the others wait.
const WRITES_AT_ONCE: usize = 8;

/// Performs effects.
pub struct Performer {
    pub(super) queue: UnboundedSender<Parcel<Msg>>,
    source: Source,
    tasks: HashMap<Task, Running>,
    /// The connection of the present epoch, once it stands.
    connection: Arc<Mutex<Option<watch::Receiver<Connection>>>>,
    refused: Arc<Notify>,
    pub(super) shells: HashMap<PaneId, Sender<Input>>,
    /// Writes that may be under way at once: whoever marks a thousand pods opens no thousand connections.
    pub(super) writes: Arc<Semaphore>,
    /// Where edited texts are kept while they are sent.
    pub(super) edits: Option<PathBuf>,
    /// Where the ledgers of what debugging made are.
    pub(super) ledgers: Place,
    /// The task that writes the present one.
    pub(super) ledger: Option<UnboundedSender<Work>>,
    pub(super) saves: Saves,
    /// The files of log panes.
    pub(super) shelves: HashMap<PaneId, Shelf>,
}

impl Performer {
    /// A performer whose tasks answer into `queue`.
    pub fn new(queue: UnboundedSender<Parcel<Msg>>, source: Source) -> Self {
        Self {
            ledgers: Place::usual(&source),
            ledger: None,
            queue,
            source,
            tasks: HashMap::new(),
            connection: Arc::default(),
            refused: Arc::default(),
            shells: HashMap::new(),
            writes: Arc::new(Semaphore::new(WRITES_AT_ONCE)),
            edits: edits::usual_place(),
            saves: Saves::default(),
            shelves: HashMap::new(),
        }
    }

    /// Begins what an effect asks for; never waits.
    pub fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Connect { epoch, context } => self.connect(epoch, context),
            Effect::Watch { epoch, kind, namespace } => self.watch(epoch, kind, namespace),
            Effect::WatchTable { epoch, resource, namespace } => self.watch_table(epoch, resource, namespace),
            Effect::LookUp { epoch, place, lookup } => self.look_up(epoch, place, lookup),
            Effect::ListNamespaces(epoch) => self.list_namespaces(epoch),
            Effect::Discover(epoch) => self.discover(epoch),
            Effect::ReadLinks { epoch, key, link } => self.read_links(epoch, key, link),
            Effect::ReadObject { pane, key, surroundings, delay } => self.read(pane, key, surroundings, delay),
            Effect::OpenLogs(pane, request) => self.open_logs(pane, request),
            Effect::OpenManyLogs(pane, request) => self.open_many_logs(pane, *request),
            Effect::ReadEarlier { pane, request, known, wanted } => self.read_earlier(pane, request, known, wanted),
            Effect::Shelve(pane, order) => self.shelve(pane, order),
            Effect::OpenShell { pane, request, size } => self.open_shell(pane, request, size),
            Effect::ShellInput(pane, bytes) => self.pass_to_shell(pane, Input::Bytes(bytes)),
            Effect::ShellSize(pane, (cols, rows)) => self.pass_to_shell(pane, Input::Resize { cols, rows }),
            Effect::ClosePane(pane) => self.end_pane(pane),
            Effect::ReadSubject { job, key, uid, history } => self.read_subject(job, key, uid, history),
            Effect::ReadPorts(job, key) => self.read_ports(job, key),
            Effect::Forward(job, request) => self.forward(job, request),
            Effect::CopyFiles(job, request) => self.copy_files(job, request),
            Effect::Write(job, write) => self.write(job, *write),
            Effect::TryWrite(job, write) => self.try_write(job, *write),
            Effect::ReadDebugTarget { pane, key, namespace, delay } => {
                self.read_debug_target(pane, key, namespace, delay);
            }
            Effect::ReadPart(pane, path) => self.read_part(pane, path),
            Effect::KeepImage(image) => self.hand_to_ledger(Work::Image(image)),
            Effect::EndJob(job) => self.end(Task::Job(job)),
            Effect::ReviewAccess { epoch, needs, delay } => self.review_access(epoch, needs, delay),
            Effect::OpenLedger(epoch) => self.open_ledger(epoch),
            Effect::Note { epoch, job, notes, manifest } => {
                self.hand_to_ledger(Work::Note { epoch, job, notes, manifest });
            }
            Effect::ReadManifest(epoch, job, name) => self.hand_to_ledger(Work::Manifest(epoch, job, name)),
            Effect::ForgetManifest(name) => self.hand_to_ledger(Work::Forget(name)),
            Effect::LookFor(epoch, keys) => self.look_for(epoch, keys),
            Effect::Save { path, text } => self.save(path, text),
            Effect::KeepEdit { pane, name, text } => self.keep_edit(pane, name, text),
            Effect::ForgetEdit(file) => edits::forget(file),
            // These are the loop's own.
            Effect::EditOutside { .. }
            | Effect::Page { .. }
            | Effect::Copy(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit => {}
        }
    }

    /// Tells the person that something did not work.
    pub fn notice_error(&self, text: String) {
        // The loop is this very thread; it cannot be gone.
        drop(self.queue.send(Parcel::loose(Msg::Notice(Notice::error(text)))));
    }

    #[expect(clippy::disallowed_methods, reason = "this is the place that spawns")]
    pub(super) fn spawn(&mut self, task: Task, stream: Closer, future: impl Future<Output = ()> + Send + 'static) {
        self.end(task);
        let handle = tokio::spawn(future).abort_handle();
        self.tasks.insert(task, Running { handle, stream });
    }

    pub(super) fn end(&mut self, task: Task) {
        if let Some(running) = self.tasks.remove(&task) {
            running.end();
        }
    }

    pub(super) fn outbox<T: 'static>(&self, wrap: impl Fn(T) -> Msg + Send + Sync + 'static) -> Outbox<T, Msg> {
        Outbox::new(self.queue.clone(), wrap)
    }

    pub(super) fn connected(&self) -> Option<watch::Receiver<Connection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn connect(&mut self, epoch: Epoch, context: Option<String>) {
        // What panes have running goes on: whoever leaves a context closes its panes.
        for task in
            [Task::Namespaces, Task::Table, Task::Discovery, Task::Links].into_iter().chain(Kind::ALL.map(Task::Watch))
        {
            self.end(task);
        }
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let slot = Arc::clone(&self.connection);
        let up = move |receiver| *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(receiver);
        let out = self.outbox(|message| message);
        let (source, refused) = (self.source.clone(), Arc::clone(&self.refused));
        self.spawn(Task::Link, out.closer(), link::keep(source, context, epoch, refused, up, out));
    }

    fn watch(&mut self, epoch: Epoch, kind: Kind, namespace: Option<String>) {
        let Some(connection) = self.connected() else { return };
        let out = self.changes(epoch);
        self.spawn(Task::Watch(kind), out.closer(), async move {
            match kind {
                Kind::Pod => watching::watch::<PodRow, _>(connection, namespace, &out).await,
                Kind::Node => watching::watch::<NodeRow, _>(connection, None, &out).await,
                Kind::Event => watching::watch::<EventRow, _>(connection, namespace, &out).await,
            }
        });
    }

    fn watch_table(&mut self, epoch: Epoch, resource: Resource, namespace: Option<String>) {
        // The table before must not be taken for this one, even when there is nobody to ask.
        self.end(Task::Table);
        let Some(connection) = self.connected() else { return };
        let out = self.changes(epoch);
        self.spawn(Task::Table, out.closer(), async move {
            watching::watch_table(connection, resource, namespace, &out).await;
        });
    }

    /// Where a watch puts what it has to say; a refused credential is renewed.
    fn changes(&self, epoch: Epoch) -> Outbox<AnyChange, Msg> {
        let refused = Arc::clone(&self.refused);
        self.outbox(move |change: AnyChange| {
            if is_refused(&change) {
                refused.notify_one();
            }
            Msg::Watched(epoch, change)
        })
    }

    fn discover(&mut self, epoch: Epoch) {
        let Some(connection) = self.connected() else { return };
        let out = self.outbox(move |found| Msg::Discovered(epoch, found));
        self.spawn(Task::Discovery, out.closer(), async move {
            let connection = connection.borrow().clone();
            let found = discovery::discover(&connection).await;
            let _gone = out.send(found.map_err(|error| error.problem("ask what the server serves"))).await;
        });
    }

    fn read_links(&mut self, epoch: Epoch, key: ObjectKey, link: Link) {
        let Some(connection) = self.connected() else { return };
        let asked = key.clone();
        let out = self.outbox(move |found| Msg::Links(epoch, asked.clone(), link, found));
        self.spawn(Task::Links, out.closer(), async move {
            let connection = connection.borrow().clone();
            let found = objects::links(&connection, &key).await;
            let _gone = out.send(found.map_err(|error| error.problem(&format!("read {key}")))).await;
        });
    }

    fn list_namespaces(&mut self, epoch: Epoch) {
        let Some(connection) = self.connected() else { return };
        let out = self.outbox(move |found| Msg::Namespaces(epoch, found));
        self.spawn(Task::Namespaces, out.closer(), async move {
            let connection = connection.borrow().clone();
            let found = objects::namespaces(&connection).await.map_err(|error| error.problem("list namespaces"));
            let _gone = out.send(found).await;
        });
    }

    fn read(&mut self, pane: PaneId, key: ObjectKey, surroundings: bool, delay: u64) {
        let connection = self.connected();
        let out = self.outbox(move |found| Msg::Object(pane, found));
        self.spawn(Task::Pane(pane), out.closer(), async move {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            let tried = format!("read {key}");
            let found = match connection.map(|connection| connection.borrow().clone()) {
                Some(connection) => {
                    let read = objects::read(&connection, &key, surroundings.then_some(related)).await;
                    read.map(Box::new).map_err(|error| error.problem(&tried))
                }
                None => Err(not_connected(tried)),
            };
            let _gone = out.send(found).await;
        });
    }

    fn end_pane(&mut self, pane: PaneId) {
        self.end(Task::Pane(pane));
        self.end(Task::EarlierLines(pane));
        self.shells.remove(&pane);
        self.end_shelf(pane);
    }
}

/// Begins what ends by itself, soon, and is not ended before.
#[expect(clippy::disallowed_methods, reason = "this is the place that spawns")]
pub(super) fn detach(future: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(future);
}

pub(super) fn not_connected(tried: String) -> Problem {
    Problem::new(tried, "there is no connection", "Try again when there is one")
}

fn is_refused(change: &AnyChange) -> bool {
    fn refused<R>(change: &Change<R>) -> bool {
        matches!(change, Change::Outage(outage) if outage.cause == Cause::Unauthorized)
    }
    match change {
        AnyChange::Pods(change) => refused(change),
        AnyChange::Nodes(change) => refused(change),
        AnyChange::Events(change) => refused(change),
        AnyChange::Objects(change) => refused(change),
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::cluster::api::{LogRequest, LogUpdate};

    #[tokio::test]
    async fn what_a_log_before_had_to_say_is_not_taken_for_the_next_one() {
        let (queue, mut inbox) = mpsc::unbounded_channel();
        let mut performer = Performer::new(queue, Source::Cluster(Box::default()));
        let log = |container: &str| LogRequest { container: container.to_owned(), ..LogRequest::default() };
        performer.perform(Effect::OpenLogs(PaneId(1), log("app")));
        let first = inbox.recv().await.expect("there is no connection");
        assert!(!first.is_late());
        performer.perform(Effect::OpenLogs(PaneId(1), log("proxy")));
        assert!(first.is_late());
        let second = inbox.recv().await.expect("there is none still");
        assert!(!second.is_late());
        assert!(matches!(second.message, Msg::Logs(PaneId(1), LogUpdate::Trouble(_))), "{:?}", second.message);
    }
}
