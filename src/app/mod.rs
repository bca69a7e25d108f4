//! State and update: everything that happens goes through [`App::update`], which answers with effects.
//!
//! Synchronous; it never waits, reads no clock (the time comes with the message) and touches nothing outside.
//! Start with [`App`], then `message` for what comes in and goes out, `action` for what a person can do.

pub mod action;
pub mod columns;
mod commands;
pub mod content;
mod debugging;
mod edits;
mod events;
mod help;
pub mod inspector;
pub mod keymap;
mod keys;
mod kinds;
mod kubectl;
pub mod layout;
mod links;
pub mod list;
mod log_targets;
mod logs;
pub mod message;
pub mod modal;
mod objects;
pub mod panes;
mod perform;
pub mod picker;
pub mod prompt;
pub mod question;
mod runs;
pub mod screen;
pub mod session;
pub mod sessions;
mod settle;
mod shell_input;
mod shells;
mod table;
mod texts;
mod tiles;
pub mod triage;
pub mod view;
mod views;
mod watched;
pub mod writes;

use std::collections::{BTreeMap, VecDeque};

use crate::base::key::Key;
use crate::base::stamp::Stamp;
use crate::config::Config;
use crate::model::discovery::find_kind;
use crate::model::event::EventRow;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;
use crate::model::resource::Resource;
use crate::model::row::Row as _;
use crate::model::table::ObjectRow;
use crate::model::write::Need;
use crate::store::Store;

pub use debugging::form_parts;
use inspector::Inspector;
use keymap::KeyMap;
use kinds::Wanted;
use layout::{Layout, PaneId, Slot};
use list::List;
pub use log_targets::{ContainersAsked, LogsAsked, LogsOf};
use message::{Effect, Msg, Notice};
use modal::Modal;
use panes::shell::Purpose;
use panes::{Identity, Pane};
use runs::Runs;
use session::{Link, Scope, Session};
use sessions::{SessionRow, Sessions};
use triage::{Triage, TriageRow};
pub use view::View;
use view::on_list;
use writes::{Job, JobId, Preparing};

/// How many messages are kept for `:messages`.
const MESSAGES: usize = 200;

/// What the program begins with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The settings.
    pub config: Config,
    /// The context that the command line names.
    pub context: Option<String>,
    /// The namespaces that the command line names.
    pub scope: Scope,
    /// The kind whose list the command line names, as typed.
    pub view: Option<String>,
    /// The object that the command line names: its kind as typed, and its name.
    pub object: Option<(String, String)>,
    /// The logs that the command line asks for.
    pub logs: Option<LogsAsked>,
    /// The tile that the command line asks for.
    pub tile: Option<Tile>,
    /// Whether changes are refused.
    pub read_only: bool,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Seconds by which the person's clock is ahead of UTC.
    pub utc_offset: i32,
    /// Sentences about the config file.
    pub warnings: Vec<String>,
    /// What this run of the program is called, unlike any other: entries of the ledger are named after it.
    pub run: String,
}

/// A session to begin with, alone on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The pod.
    pub key: ObjectKey,
    /// The container.
    pub container: String,
    /// What runs in it.
    pub purpose: Purpose,
}

/// The whole state of the program.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// Which key does what.
    pub keys: KeyMap,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// The window of the terminal has the focus; one that does not tell always has it.
    window_focused: bool,
    /// Seconds by which the person's clock is ahead of UTC.
    pub utc_offset: i32,
    /// The time of the last message.
    pub now: Stamp,
    /// The time of the last key, or whatever else a person does.
    touched: Stamp,
    /// Which cluster, which namespace.
    pub session: Session,
    /// What is known of the cluster.
    pub store: Store,
    /// What is listed.
    pub view: View,
    /// What is wrong, and why.
    pub triage: Triage,
    /// The list of it.
    pub triage_list: List<TriageRow>,
    /// The list of pods.
    pub pods: List<PodRow>,
    /// The list of nodes.
    pub nodes: List<NodeRow>,
    /// The list of events.
    pub events: List<EventRow>,
    /// The list of objects of any other kind.
    pub objects: List<ObjectRow>,
    /// Which kind that is; `None` until one is chosen.
    pub resource: Option<Resource>,
    /// What of ours runs.
    pub sessions: Sessions,
    /// The list of it.
    pub session_list: List<SessionRow>,
    /// Commands that are run in containers.
    runs: Runs,
    /// The inspector's state.
    pub inspector: Inspector,
    /// Where the tiles are.
    pub layout: Layout,
    /// What is in them.
    pub panes: BTreeMap<PaneId, Pane>,
    /// What lies over the tiles and has all keys.
    pub modal: Option<Modal>,
    /// The message that is shown, and since when.
    pub notice: Option<(Notice, Stamp)>,
    /// Past messages, oldest first.
    pub messages: VecDeque<(Stamp, Notice)>,
    /// The first key of a sequence.
    pub prefix: Option<Key>,
    /// The leader was pressed in a shell: the next key is the program's.
    pub leading: bool,
    /// Whether the screen is another than at the last [`App::update`].
    pub dirty: bool,
    /// Writes that are on their way.
    pub jobs: BTreeMap<JobId, Job>,
    /// The change that is being prepared.
    preparing: Option<Preparing>,
    debugging: debugging::Debugging,
    /// The rights that were asked about last.
    rights_asked: Vec<Need>,
    next_job: u32,
    /// What the command line named, until it is seen or known to be missing.
    sought: Option<(View, String)>,
    /// What the command line asked for, until there is a connection.
    tile: Option<Tile>,
    /// What waits until it is known what the server serves.
    wanted: Option<Wanted>,
    /// Logs that were asked for in words, until it is known what they mean.
    logs_asked: Option<LogsAsked>,
    next_pane: u32,
    effects: Vec<Effect>,
}

impl App {
    /// The program at its start, and the first effects.
    pub fn new(mut start: Start, now: Stamp) -> (Self, Vec<Effect>) {
        start.config.read_only |= start.read_only;
        let bindings = start.config.keys.iter().map(|(name, binding)| (name.as_str(), binding.keys.as_slice()));
        let (keys, unknown) = KeyMap::with(bindings);
        let mut warnings = start.warnings;
        warnings.extend(unknown.iter().map(|name| {
            let line = start.config.keys.get(*name).map_or(0, |binding| binding.line);
            format!("config line {line}: there is no action `{name}`")
        }));
        let session = Session::new(start.context.clone(), start.scope, start.config.read_only);
        let view = start.config.view.into();
        let mut app = Self {
            keys,
            size: start.size,
            window_focused: true,
            utc_offset: start.utc_offset,
            now,
            touched: now,
            view,
            session,
            store: Store::default(),
            triage: Triage::default(),
            triage_list: List::default(),
            pods: List::default(),
            nodes: List::default(),
            events: List::default(),
            objects: List::default(),
            resource: None,
            sessions: Sessions::new(start.run),
            session_list: List::default(),
            runs: Runs::default(),
            inspector: Inspector::default(),
            layout: Layout::new(),
            panes: BTreeMap::new(),
            modal: None,
            notice: None,
            messages: VecDeque::new(),
            prefix: None,
            leading: false,
            dirty: true,
            jobs: BTreeMap::new(),
            preparing: None,
            debugging: debugging::Debugging::default(),
            rights_asked: Vec::new(),
            next_job: 0,
            sought: None,
            tile: start.tile,
            wanted: None,
            logs_asked: start.logs,
            next_pane: 1,
            effects: Vec::new(),
            config: start.config,
        };
        for warning in warnings {
            app.notify(Notice::error(warning));
        }
        app.effects.push(Effect::Connect { epoch: app.session.epoch, context: start.context });
        if let Some(kind) = start.view {
            app.go_to_kind(&kind, None, None);
        }
        if let Some((kind, name)) = start.object {
            app.go_to_kind(&kind, Some(name), None);
        }
        app.settle();
        let effects = std::mem::take(&mut app.effects);
        (app, effects)
    }

    /// Takes in a message that came at `now`; says what is to be done.
    pub fn update(&mut self, message: Msg, now: Stamp) -> Vec<Effect> {
        self.now = now;
        self.dirty = true;
        match message {
            Msg::Input(event) => self.on_input(event),
            Msg::Wake => {}
            Msg::Connected(epoch, info) if epoch == self.session.link_epoch => self.on_connected(info),
            Msg::NotConnected(epoch, problem) if epoch == self.session.link_epoch => {
                self.session.link = Link::Down(problem);
            }
            Msg::Version(epoch, version) if epoch == self.session.link_epoch => self.session.version = version,
            Msg::LookedUp(epoch, place, found) if epoch == self.session.epoch => {
                let (lookup, answer) = *found;
                self.on_looked_up(place, lookup, answer);
            }
            Msg::Watched(epoch, change) if epoch == self.session.epoch => self.on_watched(change),
            Msg::Namespaces(epoch, found) if epoch == self.session.epoch => self.on_namespaces(found),
            Msg::Discovered(epoch, found) if epoch == self.session.link_epoch => self.on_discovered(found),
            Msg::Links(epoch, key, link, found) if epoch == self.session.epoch => self.on_links(&key, link, found),
            Msg::Object(pane, found) => self.on_object(pane, found),
            Msg::Logs(pane, update) => self.on_logs(pane, update),
            Msg::ManyLogs(pane, update) => self.on_many_logs(pane, update),
            Msg::EarlierLines(pane, found) => self.on_earlier_lines(pane, found),
            Msg::Shelf(pane, answer) => self.on_shelf(pane, answer),
            Msg::Shell(pane, update) => self.on_shell(pane, update),
            Msg::Ports(job, ports) => self.on_ports(job, &ports),
            Msg::Forward(job, update) => self.on_forward(job, update),
            Msg::Copied(job, update) => self.on_copied(job, update),
            Msg::EditKept(pane, kept) => self.on_edit_kept(pane, kept),
            Msg::EditedOutside(pane, edited) => self.on_edited_outside(pane, edited),
            Msg::Subject(job, found) => self.on_subject(job, found),
            Msg::DebugTarget(pane, found) => self.on_debug_target(pane, found),
            Msg::Part(pane, found) => self.on_part(pane, found),
            Msg::Write(job, update) => self.on_write(job, update),
            Msg::Access(epoch, answers) if epoch == self.session.epoch => self.on_access(answers),
            Msg::Ledger(epoch, update) if epoch == self.session.link_epoch || update.is_of_job() => {
                self.on_ledger(update);
            }
            Msg::Notice(notice) => self.notify(notice),
            // What belongs to an earlier connection or namespace came late.
            Msg::Connected(..)
            | Msg::NotConnected(..)
            | Msg::Version(..)
            | Msg::Watched(..)
            | Msg::Namespaces(..)
            | Msg::Access(..)
            | Msg::Ledger(..)
            | Msg::Discovered(..)
            | Msg::LookedUp(..)
            | Msg::Links(..) => {}
        }
        self.settle();
        std::mem::take(&mut self.effects)
    }

    /// Shows a message and keeps it.
    pub fn notify(&mut self, notice: Notice) {
        if self.messages.len() == MESSAGES {
            self.messages.pop_front();
        }
        self.messages.push_back((self.now, notice.clone()));
        self.notice = Some((notice, self.now));
    }

    /// The key of the object under the cursor of the list.
    pub fn selected(&self) -> Option<ObjectKey> {
        let resource = self.listed()?;
        on_list!(self, self.view, |list, feed| Some(list.selected(&feed.table)?.meta().key(resource)))
    }

    /// The object that actions in the list mean: for an event the one that it is about, where its kind is known.
    pub fn target(&self) -> Option<ObjectKey> {
        match self.view {
            View::Triage => return self.object_key(&self.aimed()?),
            View::Events => {}
            _ => return self.selected(),
        }
        let event = self.events.selected(&self.store.events.table)?;
        let watched = Kind::parse(&event.object_kind).map(Resource::from);
        let resource = watched.or_else(|| find_kind(&self.session.resources, "", &event.object_kind).cloned())?;
        // Some recorders name a namespace even for a node.
        let namespace = if resource.namespaced { event.object_namespace.clone() } else { "".into() };
        Some(ObjectKey { resource, namespace, name: event.object_name.clone() })
    }

    /// The pod of a key, as far as it is listed.
    pub fn pod(&self, key: &ObjectKey) -> Option<&PodRow> {
        if key.is(Kind::Pod) { self.store.pods.table.row(&key.namespace, &key.name) } else { None }
    }

    /// Number of rows that pass the filter, and of all, in the present view.
    pub fn counts(&self) -> (usize, usize) {
        on_list!(self, self.view, |list, feed| (list.len(), feed.table.listed()))
    }

    /// The pane that has the focus.
    pub fn focused_pane(&self) -> Option<(PaneId, &Pane)> {
        match self.layout.focused() {
            Slot::Pane(id) => Some((id, self.panes.get(&id)?)),
            _ => None,
        }
    }

    /// Focuses the pane that is this already, or gives the number for a new one.
    fn pane_for(&mut self, identity: &Identity) -> Result<PaneId, PaneId> {
        let known = self.panes.iter().find(|(_, pane)| pane.identity() == *identity).map(|(id, _)| *id);
        if let Some(id) = known {
            self.layout.focus(Slot::Pane(id));
            return Err(id);
        }
        let id = PaneId(self.next_pane);
        self.next_pane += 1;
        Ok(id)
    }

    fn open_pane(&mut self, id: PaneId, pane: Pane) {
        self.panes.insert(id, pane);
        self.layout.open(id);
    }

    fn close_pane(&mut self, id: PaneId) {
        if self.panes.remove(&id).is_some() {
            self.layout.close(Slot::Pane(id));
            self.effects.push(Effect::ClosePane(id));
        }
    }
}

#[cfg(test)]
mod tests;
