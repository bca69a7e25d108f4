//! What is asked of logs and what they have to say: plain data, which the application sees through
//! `cluster::api`. Start with [`LogRequest`] and [`LogUpdate`] for one container, [`LogsRequest`] and
//! [`LogsUpdate`] for many.

use std::time::Duration;

use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::model::kind::ObjectKey;
use crate::model::pod::ContainerKind;

/// Whose log is wanted. Names only; a container is always named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LogRequest {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The pod's UID, where no other pod of that name is meant; empty: whichever has the name.
    pub uid: String,
    /// The container, of whatever sort.
    pub container: String,
    /// The run before the present one, read to its end instead of followed.
    pub previous: bool,
    /// Read what is there, instead of following.
    pub once: bool,
    /// Begin with this many lines of the past; `None` is all of them.
    pub tail_lines: Option<u32>,
    /// Begin at this time (whole seconds); [`Stamp::NONE`] is no bound.
    pub since: Stamp,
    /// Begin so many seconds ago by the server's clock, with no other bound of time; `None` is no bound.
    pub since_seconds: Option<u64>,
    /// Read so many bytes at most; only for what is read once.
    pub limit_bytes: Option<u64>,
    /// Do not let the server check who the kubelet is.
    pub insecure_backend: bool,
}

/// A line of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogLine {
    /// When the container's runtime took it; [`Stamp::NONE`] when the node said no time.
    pub at: Stamp,
    /// Nanoseconds beyond the microseconds of `at`.
    pub nanos: u16,
    /// The text without its line break: whatever the container wrote, broken UTF-8 replaced.
    pub text: Box<str>,
    /// How many bytes the line had, where only the beginning of it was kept; otherwise 0.
    pub cut_from: u64,
}

/// How a container's run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerExit {
    /// The exit code.
    pub code: i32,
    /// The kubelet's word: `Error`, `OOMKilled`, `Completed`.
    pub reason: String,
}

/// Why lines may be missing at a place of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogGap {
    /// The connection was lost, and the line that was last seen did not come again.
    LastLineNotFound,
    /// The container was restarted while the connection was lost: the old run's end was not seen.
    EndOfRun,
    /// The container was restarted more than once meanwhile: whole runs were not seen.
    WholeRuns,
    /// The node began a new file while it sent: what was written in that moment may not have been sent.
    Rotated,
}

/// Why a log is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEnd {
    /// The run before the present one, to its end.
    Previous,
    /// What there was, where no more was asked for.
    Once,
    /// The container ended and will not be started again.
    Exited(ContainerExit),
    /// The pod does not exist any more.
    PodGone,
    /// Another pod has the same name now, and was not asked for.
    PodReplaced,
}

/// What a followed log has to say, its lines in a form of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogUpdate<L = Vec<LogLine>> {
    /// The node sends, or would if the container wrote something.
    Opened,
    /// The next lines.
    Lines(L),
    /// There is no log yet, in the kubelet's words; it is asked again.
    Waiting(String),
    /// What follows was written by a new run of the container.
    Restarted {
        /// How often the container has been restarted by now.
        restarts: u32,
        /// How the run before it ended, if that is known.
        exit: Option<ContainerExit>,
    },
    /// What follows was written in a new pod of the same name.
    Replaced {
        /// The new pod's UID.
        uid: String,
    },
    /// Some lines may be missing.
    Gap {
        /// Why.
        why: LogGap,
        /// The time of the last line before the gap, if there was one.
        from: Stamp,
        /// The time of the first line behind it, or for the end of a run that was not seen the time by which that
        /// run was over; [`Stamp::NONE`]: whatever comes next. With [`LogGap::Rotated`], which is noticed afterwards,
        /// lines up to then and later ones have been handed over already, so that the gap belongs before the first
        /// line that is not older than `to`.
        to: Stamp,
    },
    /// The connection broke or could not be made; it is tried again.
    Outage(Problem),
    /// Nothing more will come.
    Ended(LogEnd),
    /// Nothing more will come, because it was refused.
    Trouble(Problem),
}

/// What was written before the first line that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// The lines, oldest first; they end just before the first known one.
    pub lines: Vec<LogLine>,
    /// Whether the node has nothing before them.
    pub is_start: bool,
    /// Whether the known line was not found: the node has begun a new file since, and the lines between may be missing.
    pub has_gap: bool,
}

/// The logs of many containers as one stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogsRequest {
    /// Whose pods.
    pub selection: LogSelection,
    /// Only pods whose name matches one of these expressions; empty: any.
    pub pods: Vec<String>,
    /// No pods whose name matches one of these.
    pub exclude_pods: Vec<String>,
    /// Which containers of a pod.
    pub containers: ContainerChoice,
    /// Begin with this many lines of the past of each container; `None` is all. Pods that come later are read from
    /// their first line.
    pub tail_lines: Option<u32>,
    /// Begin at this time (whole seconds); [`Stamp::NONE`] is no bound.
    pub since: Stamp,
    /// Read so many bytes of each container at most; only for what is read once.
    pub limit_bytes: Option<u64>,
    /// The run before the present one of each container, read to its end.
    pub previous: bool,
    /// Read what is there, instead of following.
    pub once: bool,
    /// So many containers are read at once; the others wait for a place.
    pub at_once: usize,
    /// How long the pods may be out of reach before they have been listed once; `None`: as long as it takes.
    pub patience: Option<Duration>,
}

impl LogsRequest {
    /// All regular, init and ephemeral containers of a selection, followed from their last `tail_lines` on.
    pub fn new(selection: LogSelection, tail_lines: Option<u32>) -> Self {
        Self {
            selection,
            pods: Vec::new(),
            exclude_pods: Vec::new(),
            containers: ContainerChoice::default(),
            tail_lines,
            since: Stamp::NONE,
            limit_bytes: None,
            previous: false,
            once: false,
            at_once: 200,
            patience: None,
        }
    }
}

/// Whose pods.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LogSelection {
    /// These pods: namespace and name.
    Pods(Vec<(String, String)>),
    /// Those of a workload (Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob, …) or behind a Service.
    Owner(ObjectKey),
    /// Those with these labels, in a namespace or in all (`None`). An empty selector is every pod.
    Labels {
        /// The namespace.
        namespace: Option<String>,
        /// As the API reads it.
        selector: String,
    },
}

/// Which containers of a pod. The default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ContainerChoice {
    /// Only the one that kubectl would take by itself.
    pub first_only: bool,
    /// Only those whose name matches this expression; empty: any.
    pub include: String,
    /// Not those whose name matches this; empty: none.
    pub exclude: String,
    /// Leave out init containers; sidecars stay.
    pub no_init: bool,
    /// Leave out ephemeral containers.
    pub no_ephemeral: bool,
    /// Only those in one of these states; empty: any.
    pub states: Vec<RunState>,
}

/// What a container does, for [`ContainerChoice::states`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunState {
    /// It runs.
    Running,
    /// It has not started.
    Waiting,
    /// It ended.
    Terminated,
}

/// Names a container's log within one stream of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A container whose log is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSource {
    /// What its lines carry.
    pub id: SourceId,
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The pod's UID.
    pub uid: String,
    /// The container.
    pub container: String,
    /// Which list of the spec it stands in.
    pub kind: ContainerKind,
    /// The node; empty until there is one.
    pub node: String,
    /// When the pod was created.
    pub created: Stamp,
    /// Whether it came after the stream had begun: a rollout, a debug container.
    pub is_new: bool,
}

/// Comings and goings of sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceChange {
    /// It is read from now on.
    Added(LogSource),
    /// Nothing more comes of it; why was said in a [`LogsUpdate::Notice`].
    Ended(SourceId),
    /// So many more containers wait for a place among those that are read at once.
    Waiting(usize),
}

/// A line and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcedLine {
    /// The source.
    pub source: SourceId,
    /// The line.
    pub line: LogLine,
    /// Whether a line with a later time was handed over before it.
    pub late: bool,
}

/// What many logs have to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogsUpdate {
    /// Sources that came or went, in order.
    Sources(Vec<SourceChange>),
    /// The next lines, in the order of time but for those that are late; of each source in its own order.
    Lines(Vec<SourcedLine>),
    /// What one source has to say besides lines; it stands behind the lines of that source that came before.
    Notice(SourceId, LogUpdate),
    /// Every source there was has ended, and no other is known: so many pods match. Where logs are followed, more may
    /// come; where not, nothing comes after.
    Idle {
        /// Pods that match.
        pods: usize,
    },
    /// The pods cannot be watched just now; what is read goes on, new ones are not seen.
    Outage(Problem),
    /// The pods are watched again, after an outage.
    Watching,
    /// Nothing will come, because it was refused or makes no sense.
    Trouble(Problem),
}
