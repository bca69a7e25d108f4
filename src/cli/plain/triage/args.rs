//! Flags of `triage`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::super::super::args::{Place, duration};
use crate::diagnosis::finding::Severity;

/// What is to be judged, and what is printed of it.
#[derive(Clone, Debug, Args)]
pub struct Triage {
    /// Only these, with all that belongs to them: a pod's name, or KIND/NAME (pod/web-0, deploy/web, node/node-a)
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Only pods with these labels
    #[arg(short = 'l', long, value_name = "LABELS")]
    pub selector: Option<String>,
    /// How to print
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
    pub output: Form,
    /// What counts as a problem: what is broken, or what is degraded as well
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = FailOn::Degraded)]
    pub fail_on: FailOn,
    /// Go on, and print what begins and what is over
    #[arg(short, long, conflicts_with_all = ["wait", "explain"])]
    pub watch: bool,
    /// Wait so long at most until all is well and every rollout is through; ends earlier where waiting cannot help
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "explain")]
    pub wait: Option<Duration>,
    /// Print what the rule of this id means, how it is known and what to do (`list`: all ids)
    #[arg(long, value_name = "ID", conflicts_with_all = ["targets", "selector"])]
    pub explain: Option<String>,
    /// Where to look
    #[command(flatten)]
    pub place: Place,
}

/// The form in which findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For a person
    Text,
    /// For programs: docs/triage.schema.json
    Json,
    /// The same as YAML
    Yaml,
    /// For an incident's ticket
    Markdown,
}

/// What counts as a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// What does not work
    Broken,
    /// What works in part, too
    Degraded,
}

impl FailOn {
    /// The least severity that counts.
    pub fn least(self) -> Severity {
        match self {
            Self::Broken => Severity::Broken,
            Self::Degraded => Severity::Degraded,
        }
    }
}
