//! What the loop is told, and what it answers.
//!
//! A [`Msg`] comes in, [`Effect`]s go out: plain data both, without closures or channels, so that tests
//! compare them and the last ones can be listed when something went wrong. An effect carries its target; it
//! never means "what is selected when somebody gets round to it".

use crate::base::input::InputEvent;
use crate::base::problem::Problem;
use crate::cluster::api::{
    ConnectionInfo, CopyRequest, CopyUpdate, DebugTarget, Earlier, ForwardRequest, ForwardUpdate, LogLine, LogRequest,
    LogUpdate, LogsRequest, LogsUpdate, SessionRequest, ShellUpdate, Subject, WriteUpdate,
};
use crate::model::around::ObjectDetails;
use crate::model::change::{AnyChange, Change};
use crate::model::discovery::Discovery;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::links::Links;
use crate::model::lookup::{Answer, Lookup};
use crate::model::resource::Resource;
use crate::model::write::{Access, Need, Write};

use super::content::Content;
use super::layout::PaneId;
use super::panes::logs::{Order, ShelfAnswer};
use super::writes::JobId;
use crate::cluster::api::Looked;
use crate::debug::ledger::Note;

/// Counts connections and namespace switches. Messages of an earlier one are thrown away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u32);

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// A key, the mouse, a paste, a new size.
    Input(InputEvent),
    /// The time that was asked for has come.
    Wake,
    /// The connection stands; nothing has been asked of the server yet.
    Connected(Epoch, ConnectionInfo),
    /// There is no connection.
    NotConnected(Epoch, Problem),
    /// The server's version.
    Version(Epoch, String),
    /// A watched kind changed.
    Watched(Epoch, AnyChange),
    /// Something was looked up for a rule: the place of the reading, what, and what came of it.
    LookedUp(Epoch, usize, Box<(Lookup, Answer)>),
    /// The names of all namespaces.
    Namespaces(Epoch, Result<Vec<String>, Problem>),
    /// What the server serves.
    Discovered(Epoch, Result<Discovery, Problem>),
    /// What an object says of others, for whoever follows that.
    Links(Epoch, ObjectKey, Link, Result<Links, Problem>),
    /// The object that a pane shows.
    Object(PaneId, Result<Box<ObjectDetails>, Problem>),
    /// Something from the log of a pane.
    Logs(PaneId, LogUpdate),
    /// Something from the logs of many containers, of a pane.
    ManyLogs(PaneId, LogsUpdate),
    /// What stands before the first line of a pane's log.
    EarlierLines(PaneId, Result<Earlier, Problem>),
    /// Something from the file with older lines of a pane's log.
    Shelf(PaneId, ShelfAnswer),
    /// Something from the shell of a pane.
    Shell(PaneId, ShellUpdate),
    /// The ports of what may be forwarded to, those of its first container first.
    Ports(JobId, Vec<u16>),
    /// Something from a port-forward.
    Forward(JobId, ForwardUpdate),
    /// Something from a copy.
    Copied(JobId, CopyUpdate),
    /// What a write would be about.
    Subject(JobId, Result<Box<Subject>, Problem>),
    /// What a form is about.
    DebugTarget(PaneId, Result<Box<DebugTarget>, Problem>),
    /// The text of the file that a form's custom part is to be read from.
    Part(PaneId, Result<FileText, Problem>),
    /// Something from a write.
    Write(JobId, WriteUpdate),
    /// What the person may do.
    Access(Epoch, Vec<(Need, Access)>),
    /// The file that keeps a pane's text while it is sent.
    EditKept(PaneId, Result<String, Problem>),
    /// What the person's own editor made of a pane's text.
    EditedOutside(PaneId, Result<Edited, Problem>),
    /// Something of the ledger of what debugging made.
    Ledger(Epoch, LedgerUpdate),
    /// Something for the message line.
    Notice(Notice),
}

/// What comes of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub enum LedgerUpdate {
    /// It is open, or can not be.
    Opened(Box<Opened>),
    /// Whether what a job waits for is on the disk.
    Noted(JobId, Result<(), Problem>),
    /// Something was not noted that nobody waits for.
    Lost(Problem),
    /// What was seen of pods that nobody watches.
    Looked(Vec<(ObjectKey, Looked)>),
    /// What was kept of a removed pod.
    Manifest(JobId, Result<String, Problem>),
}

impl LedgerUpdate {
    /// Whether it is true whatever became of the connection: jobs of another cluster are not known any more.
    pub fn is_of_job(&self) -> bool {
        matches!(self, Self::Noted(..))
    }
}

/// A cluster's ledger as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// Who we are in the cluster.
    pub user: String,
    /// What it says.
    pub notes: Vec<Note>,
    /// Lines of it that cannot be read.
    pub unreadable: usize,
    /// Why nothing can be noted.
    pub problem: Option<Problem>,
    /// Images that were used for debugging in this cluster, the last one first.
    pub images: Vec<String>,
}

/// What stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    /// The text.
    pub text: String,
    /// Where the file is.
    pub file: String,
}

/// A text that another program has edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The text.
    pub text: String,
    /// The file that it is in.
    pub file: String,
}

/// What is followed from an object to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// To what owns it.
    Owner,
    /// To its pods.
    Pods,
}

/// A line for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The text.
    pub text: String,
    /// Whether something went wrong.
    pub is_error: bool,
}

impl Notice {
    /// Something worked.
    pub fn info(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: false }
    }

    /// Something did not.
    pub fn error(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: true }
    }
}

/// Something to do in the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Connect to a context (`None`: as the command line says), ending everything that the last connection had.
    Connect {
        /// The connection's epoch.
        epoch: Epoch,
        /// The context.
        context: Option<String>,
    },
    /// List and watch a kind, instead of what is watched of it now.
    Watch {
        /// The epoch of its messages.
        epoch: Epoch,
        /// The kind.
        kind: Kind,
        /// The namespace; `None` is all.
        namespace: Option<String>,
    },
    /// List and watch the objects of a kind as a table, instead of the table that is watched now.
    WatchTable {
        /// The epoch of its messages.
        epoch: Epoch,
        /// The kind.
        resource: Resource,
        /// The namespace; `None` is all.
        namespace: Option<String>,
    },
    /// Look something up for a rule, instead of what is looked up at this place.
    LookUp {
        /// The epoch of the answer.
        epoch: Epoch,
        /// Which of the readings that are under way at once it is.
        place: usize,
        /// What.
        lookup: Lookup,
    },
    /// List the namespaces.
    ListNamespaces(Epoch),
    /// Ask what the server serves.
    Discover(Epoch),
    /// Read what an object says of others.
    ReadLinks {
        /// The epoch of the answer.
        epoch: Epoch,
        /// The object.
        key: ObjectKey,
        /// What is followed.
        link: Link,
    },
    /// Read an object for a pane. A later one for the same pane takes the place of one that waits.
    ReadObject {
        /// The pane.
        pane: PaneId,
        /// The object.
        key: ObjectKey,
        /// Whether its surroundings (events, lease) are read as well.
        surroundings: bool,
        /// Not sooner than after this many milliseconds.
        delay: u64,
    },
    /// Follow a log, instead of what the pane follows now.
    OpenLogs(PaneId, LogRequest),
    /// Follow the logs of many containers, instead of what the pane follows now.
    OpenManyLogs(PaneId, Box<LogsRequest>),
    /// Read what stands before the first line of a pane's log.
    ReadEarlier {
        /// The pane.
        pane: PaneId,
        /// Whose log.
        request: LogRequest,
        /// The first lines that are known.
        known: Vec<LogLine>,
        /// So many lines.
        wanted: usize,
    },
    /// Write older lines of a pane's log to its file, or read them again.
    Shelve(PaneId, Order),
    /// Begin a shell or a command, or attach; wait for the container first, if that is asked for.
    OpenShell {
        /// The pane.
        pane: PaneId,
        /// What to run, and where.
        request: SessionRequest,
        /// Columns and rows of its screen.
        size: (u16, u16),
    },
    /// Send bytes to a pane's shell.
    ShellInput(PaneId, Vec<u8>),
    /// Tell a pane's shell its size: columns and rows.
    ShellSize(PaneId, (u16, u16)),
    /// End everything that a pane had running.
    ClosePane(PaneId),
    /// Read what a write would be about: the workload that owns the object, or the object itself.
    ReadSubject {
        /// The job that it is for.
        job: JobId,
        /// The object under the cursor.
        key: ObjectKey,
        /// Its UID, as it is listed.
        uid: String,
        /// Whether its earlier revisions are read as well.
        history: bool,
    },
    /// Read which ports an object's pods declare.
    ReadPorts(JobId, ObjectKey),
    /// Forward a port, until the job is ended.
    Forward(JobId, ForwardRequest),
    /// Copy files.
    CopyFiles(JobId, CopyRequest),
    /// Change something.
    Write(JobId, Box<Write>),
    /// Ask the server what would come of a change, without making it.
    TryWrite(JobId, Box<Write>),
    /// Read what a form is about.
    ReadDebugTarget {
        /// The pane.
        pane: PaneId,
        /// The pod or node.
        key: ObjectKey,
        /// The namespace that a pod would be changed or made in.
        namespace: String,
        /// Not sooner than after this many milliseconds.
        delay: u64,
    },
    /// Read the file that a form's custom part is to come from; `~/` is the home directory.
    ReadPart(PaneId, String),
    /// Keep which image was used for debugging in the present cluster.
    KeepImage(String),
    /// End a job wherever it is.
    EndJob(JobId),
    /// Find out which cluster this is, and open its ledger of what debugging made.
    OpenLedger(Epoch),
    /// Note something in it. Notes are written in the order in which they are asked for.
    Note {
        /// The epoch of the answer.
        epoch: Epoch,
        /// Who waits until it is on the disk.
        job: Option<JobId>,
        /// What.
        notes: Vec<Note>,
        /// What keeps a pod that is about to be removed: the file's name, the pod as JSON.
        manifest: Option<(String, String)>,
    },
    /// Read what was kept of a removed pod.
    ReadManifest(Epoch, JobId, String),
    /// Remove what was kept of a removed pod.
    ForgetManifest(String),
    /// Look for pods that nobody watches.
    LookFor(Epoch, Vec<ObjectKey>),
    /// Ask the server what the person may do, after this many milliseconds, instead of what was to be asked before.
    ReviewAccess {
        /// The epoch of the answer.
        epoch: Epoch,
        /// What to ask about.
        needs: Vec<Need>,
        /// Milliseconds.
        delay: u64,
    },
    /// Show text in the person's own pager, which has the terminal meanwhile.
    Page {
        /// What to call it.
        name: String,
        /// The text, as it came.
        text: Content,
    },
    /// Put text on the clipboard.
    Copy(String),
    /// Write text to a new file; an existing one is not overwritten.
    Save {
        /// The path, as typed; `~/` is the home directory.
        path: String,
        /// The text.
        text: Content,
    },
    /// Write the text of a pane to a new file of our own, that only its owner may read.
    KeepEdit {
        /// The pane.
        pane: PaneId,
        /// What the file's name begins with.
        name: String,
        /// The text.
        text: String,
    },
    /// Remove a file with an edited text: it is not needed any more.
    ForgetEdit(String),
    /// Let the person's own editor have the terminal and a file with the text of a pane.
    EditOutside {
        /// The pane.
        pane: PaneId,
        /// What is edited, for the file's name.
        name: String,
        /// The text.
        text: String,
    },
    /// Repaint everything.
    Redraw,
    /// Stop as a shell job.
    Suspend,
    /// End the program.
    Quit,
}

impl Msg {
    /// One short line without contents: keys typed into a shell and log lines may be secrets.
    pub fn brief(&self) -> String {
        match self {
            // Which key it was may be a letter of a password, typed into a shell.
            Self::Input(InputEvent::Key(_)) => "key".to_owned(),
            Self::Input(InputEvent::Paste(text)) => format!("paste of {} bytes", text.len()),
            Self::Input(event) => format!("{event:?}"),
            Self::Watched(epoch, change) => format!("{epoch:?} {}", brief_change(change)),
            Self::LookedUp(epoch, _, found) => {
                let (lookup, answer) = &**found;
                format!("{epoch:?} looked up {}: {}", lookup.path(), brief_answer(answer))
            }
            Self::Namespaces(epoch, found) => {
                format!("{epoch:?} namespaces: {:?}", found.as_ref().map(Vec::len).map_err(ToString::to_string))
            }
            Self::Discovered(epoch, found) => {
                let found = found.as_ref().map(|found| found.resources.len()).map_err(ToString::to_string);
                format!("{epoch:?} resources: {found:?}")
            }
            Self::Logs(pane, LogUpdate::Lines(lines)) => format!("{pane:?} log: {} lines", lines.len()),
            Self::ManyLogs(pane, LogsUpdate::Lines(lines)) => format!("{pane:?} logs: {} lines", lines.len()),
            Self::EarlierLines(pane, found) => {
                let found = found.as_ref().map(|found| found.lines.len()).map_err(ToString::to_string);
                format!("{pane:?} earlier lines: {found:?}")
            }
            Self::Shelf(pane, ShelfAnswer::Read(pages)) => format!("{pane:?} file: {} pages", pages.len()),
            Self::Shell(pane, ShellUpdate::Output(bytes) | ShellUpdate::Errors(bytes) | ShellUpdate::Log(bytes)) => {
                format!("{pane:?} shell: {} bytes", bytes.len())
            }
            Self::Object(pane, found) => {
                format!("{pane:?} object: {:?}", found.as_ref().map(|_| "read").map_err(ToString::to_string))
            }
            Self::DebugTarget(pane, found) => {
                format!("{pane:?} debug target: {:?}", found.as_ref().map(|_| "read").map_err(ToString::to_string))
            }
            Self::Ledger(epoch, LedgerUpdate::Opened(opened)) => {
                format!("{epoch:?} ledger: {} notes, {:?}", opened.notes.len(), opened.problem)
            }
            Self::Ledger(epoch, LedgerUpdate::Manifest(job, _)) => format!("{epoch:?} manifest for {job:?}"),
            Self::Part(pane, found) => {
                format!(
                    "{pane:?} file: {:?}",
                    found.as_ref().map(|found| found.text.len()).map_err(ToString::to_string)
                )
            }
            // Objects may hold what nobody should find in a report.
            Self::Subject(job, found) => {
                format!("{job:?} subject: {:?}", found.as_ref().map(|_| "read").map_err(ToString::to_string))
            }
            Self::Write(job, WriteUpdate::Done { said, .. }) => format!("{job:?} done: {said}"),
            // A refusal may repeat a value of the object.
            Self::Write(job, WriteUpdate::Failed(problem)) => format!("{job:?} could not {}", problem.tried),
            Self::Write(job, WriteUpdate::Conflict { problem, .. }) => format!("{job:?} conflict: {}", problem.tried),
            Self::EditedOutside(pane, edited) => {
                format!("{pane:?} edited outside: {:?}", edited.as_ref().map(|edited| edited.text.len()))
            }
            Self::Notice(notice) => format!("notice: {}", notice.text),
            message => format!("{message:?}"),
        }
    }
}

fn brief_answer(answer: &Answer) -> &'static str {
    match answer {
        Answer::Object(_) | Answer::Lines(_) => "read",
        Answer::Missing => "missing",
        Answer::Forbidden(_) => "forbidden",
        Answer::Failed(_) => "failed",
    }
}

fn brief_change(change: &AnyChange) -> String {
    fn brief<R>(what_of: &str, change: &Change<R>) -> String {
        let what = match change {
            Change::Listing => "listing".to_owned(),
            Change::Columns(columns) => format!("{} columns", columns.len()),
            Change::Total(total) => format!("about {total}"),
            Change::Rows(rows) => format!("{} rows", rows.len()),
            Change::Listed { unreadable } => format!("listed, {unreadable} unreadable"),
            Change::Deltas(deltas) => format!("{} changes", deltas.len()),
            Change::Live => "live".to_owned(),
            Change::Outage(outage) => format!("outage: {}", outage.problem),
        };
        format!("{what_of}: {what}")
    }
    match change {
        AnyChange::Pods(change) => brief("pods", change),
        AnyChange::Nodes(change) => brief("nodes", change),
        AnyChange::Events(change) => brief("events", change),
        AnyChange::Objects(change) => brief("objects", change),
    }
}
