//! Flags of the plain commands, as kubectl names them.

use clap::{Args, Subcommand, ValueEnum};

use super::super::args::Place;
use super::bundle::args::Bundle;
use super::debug::args::Debugging;
use super::logs::args::Logs;
use super::streams::args::{Attach, Exec};
use super::triage::args::Triage;

/// What is printed.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Say what is wrong, why, and what to do
    ///
    /// Ends with 0 when nothing is wrong (see --fail-on), with 1 when something is, and with 2 when that could not be told.
    Triage(Box<Triage>),
    /// Put together what another team needs to look at something: findings, YAML, owners, events, logs, without secrets
    Bundle(Box<Bundle>),
    /// Print pods
    #[command(visible_aliases = ["pod", "po"])]
    Pods(Named),
    /// Print nodes
    #[command(visible_aliases = ["node", "no"])]
    Nodes(Named),
    /// Print events, the latest last
    #[command(visible_aliases = ["event", "ev"])]
    Events(Events),
    /// Print objects of any kind
    Get(Objects),
    /// Describe objects
    Describe(Describing),
    /// Print objects as YAML
    Yaml(Objects),
    /// Print what debugging has left in the cluster, or clean it up
    ///
    /// Ends with 0 when all went well, clean-up that finds nothing to do included, and with 1 when something went wrong,
    /// could not be cleaned up, or was not confirmed.
    Sessions(Sessions),
    /// Print the logs of containers
    #[command(visible_alias = "log")]
    Logs(Box<Logs>),
    /// Run a command in a container
    Exec(Box<Exec>),
    /// Attach to what a container runs
    Attach(Box<Attach>),
    /// Debug a pod or a node, as kubectl debug does
    Debug(Box<Debugging>),
}

impl Command {
    /// Where to look.
    pub fn place(&self) -> &Place {
        match self {
            Self::Pods(Named { listing, .. }) | Self::Nodes(Named { listing, .. }) => &listing.place,
            Self::Get(Objects { listing, .. }) | Self::Yaml(Objects { listing, .. }) => &listing.place,
            Self::Events(events) => &events.place,
            Self::Triage(triage) => &triage.place,
            Self::Bundle(bundle) => &bundle.place,
            Self::Describe(describing) => &describing.place,
            Self::Logs(logs) => &logs.place,
            Self::Sessions(sessions) => &sessions.place,
            Self::Exec(exec) => &exec.streams.place,
            Self::Attach(attach) => &attach.streams.place,
            Self::Debug(asked) => &asked.place,
        }
    }
}

/// Objects of one kind.
#[derive(Clone, Debug, Default, Args)]
pub struct Named {
    /// Only those of these names
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Which of them, and how
    #[command(flatten)]
    pub listing: Listing,
}

/// Objects of any kind.
#[derive(Clone, Debug, Default, Args)]
pub struct Objects {
    /// KIND [NAME…] or KIND/NAME…; KIND can be several (pods,services) or a category (all)
    #[arg(value_name = "OBJECT", required = true)]
    pub objects: Vec<String>,
    /// Which of them, and how
    #[command(flatten)]
    pub listing: Listing,
}

/// The form of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// The table with all columns
    Wide,
    /// JSON as the server has it, keys in order
    Json,
    /// YAML
    Yaml,
    /// KIND/NAME, one a line
    Name,
}

/// Which objects of those that are named, and how they are printed.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Listing {
    /// Only objects with these labels (app=web,tier!=db)
    #[arg(short = 'l', long, value_name = "LABELS")]
    pub selector: Option<String>,
    /// Only objects with these fields (status.phase=Running)
    #[arg(long, value_name = "FIELDS")]
    pub field_selector: Option<String>,
    /// How to print
    #[arg(short, long, value_name = "FORM")]
    pub output: Option<Output>,
    /// Go on with every change
    #[arg(short, long)]
    pub watch: bool,
    /// No headings
    #[arg(long)]
    pub no_headers: bool,
    /// One more column with all labels
    #[arg(long)]
    pub show_labels: bool,
    /// A column for each of these labels
    #[arg(short = 'L', long, value_name = "LABEL", value_delimiter = ',')]
    pub label_columns: Vec<String>,
    /// Objects that do not exist are no error
    #[arg(long)]
    pub ignore_not_found: bool,
    /// Keep managedFields in JSON and YAML
    #[arg(long)]
    pub show_managed_fields: bool,
    /// Where to look
    #[command(flatten)]
    pub place: Place,
}

/// Which events, and how they are printed.
#[derive(Clone, Debug, Default, Args)]
pub struct Events {
    /// Only events about this object
    #[arg(long = "for", value_name = "KIND/NAME")]
    pub about: Option<String>,
    /// Only events of these types: Normal, Warning
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    pub types: Vec<String>,
    /// How to print; without it a table
    #[arg(short, long, value_name = "FORM")]
    pub output: Option<Output>,
    /// Go on with every new event
    #[arg(short, long)]
    pub watch: bool,
    /// No headings
    #[arg(long)]
    pub no_headers: bool,
    /// Keep managedFields in JSON and YAML
    #[arg(long)]
    pub show_managed_fields: bool,
    /// Where to look
    #[command(flatten)]
    pub place: Place,
}

/// Which objects are described.
#[derive(Clone, Debug, Default, Args)]
pub struct Describing {
    /// KIND [NAME or its beginning…] or KIND/NAME…
    #[arg(value_name = "OBJECT", required = true)]
    pub objects: Vec<String>,
    /// Only objects with these labels
    #[arg(short = 'l', long, value_name = "LABELS")]
    pub selector: Option<String>,
    /// With their events; by default those of a single object are shown
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub show_events: Option<bool>,
    /// Where to look
    #[command(flatten)]
    pub place: Place,
}

/// What debugging has left.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Sessions {
    /// What to do with it; without it, it is listed
    #[arg(value_name = "ACTION")]
    pub action: Option<SessionAction>,
    /// How to print; without it a table
    #[arg(short, long, value_name = "FORM")]
    pub output: Option<SessionOutput>,
    /// No headings
    #[arg(long)]
    pub no_headers: bool,
    /// Clean up what still runs, too; an ephemeral container cannot be removed, its process is ended
    #[arg(long)]
    pub all: bool,
    /// Only say what would be cleaned up
    #[arg(long)]
    pub dry_run: bool,
    /// Clean up without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Where to look for what others have left; ours are found wherever they are
    #[command(flatten)]
    pub place: Place,
}

/// What to do with what debugging has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SessionAction {
    /// Remove what is ours and finished
    Clean,
}

/// The form in which sessions are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SessionOutput {
    /// JSON
    Json,
    /// YAML
    Yaml,
}
