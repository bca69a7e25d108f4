//! Flags of `logs`, as kubectl and stern name them.

use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use super::super::super::args::{Place, duration};

/// Whose logs, and what of them.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Logs {
    /// POD or KIND/NAME, and the container
    #[arg(value_name = "TARGET")]
    pub target: Vec<String>,
    /// The pods with these labels (app=web,tier!=db)
    #[arg(short = 'l', long, value_name = "LABELS")]
    pub selector: Option<String>,
    /// The container
    #[arg(short, long, value_name = "NAME")]
    pub container: Option<String>,
    /// Go on with what is written from now on
    #[arg(short, long)]
    pub follow: bool,
    /// The run before the present one
    #[arg(short, long)]
    pub previous: bool,
    /// Only what is newer than this: 5s, 2m, 1h30m
    #[arg(long, value_name = "DURATION", value_parser = signed, allow_hyphen_values = true)]
    pub since: Option<Millis>,
    /// Only what is newer than this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub since_time: Option<String>,
    /// So many of the last lines; -1 is all of them, which is the default but with -l, where it is 10
    #[arg(long, value_name = "LINES", allow_hyphen_values = true)]
    pub tail: Option<i64>,
    /// So many bytes at most
    #[arg(long, value_name = "BYTES", default_value_t = 0, hide_default_value = true, allow_hyphen_values = true)]
    pub limit_bytes: i64,
    /// The time before every line
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub timestamps: bool,
    /// All containers of a pod: init, regular and ephemeral ones
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub all_containers: bool,
    /// All pods of a workload, each line with its prefix
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub all_pods: bool,
    /// The pod and the container before every line
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub prefix: bool,
    /// Print errors among the logs and go on
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub ignore_errors: bool,
    /// Do not check who the kubelet is
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub insecure_skip_tls_verify_backend: bool,
    /// With -f: so many logs at once (5), more are an error
    #[arg(long, value_name = "NUMBER")]
    pub max_log_requests: Option<usize>,
    /// How long to wait for a pod, and with -f for its log
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = duration)]
    pub pod_running_timeout: Duration,
    /// Print, also on a terminal
    #[arg(long)]
    pub plain: bool,
    /// Reading many at once
    #[command(flatten)]
    pub many: Many,
    /// Where to look
    #[command(flatten)]
    pub place: Place,
}

/// What stern has and kubectl has not. With any of these that choose or lay out lines, a target without a slash is an
/// expression for names of pods, `--container` one for names of containers, and all are merged in the order of time.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Many logs in the order of time (TARGET and --container are regular expressions then)")]
pub struct Many {
    /// Only lines that match; can be given more than once
    #[arg(short, long, value_name = "REGEX")]
    pub include: Vec<String>,
    /// No lines that match; can be given more than once
    #[arg(short, long, value_name = "REGEX")]
    pub exclude: Vec<String>,
    /// Mark what matches; can be given more than once
    #[arg(short = 'H', long, value_name = "REGEX")]
    pub highlight: Vec<String>,
    /// No pods of such names; can be given more than once
    #[arg(long, value_name = "REGEX")]
    pub exclude_pod: Vec<String>,
    /// Only containers in these states
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub container_state: Vec<ContainerState>,
    /// How to print a line
    #[arg(short, long, value_name = "FORM")]
    pub output: Option<Layout>,
    /// A line's form, with `{{.Message}}`, `{{.PodName}}`, `{{.ContainerName}}`, `{{.Namespace}}`, `{{.NodeName}}` and
    /// `{{.Timestamp}}`
    #[arg(long, value_name = "TEXT")]
    pub template: Option<String>,
    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Colour,
    /// Read what there is and end, which is the default
    #[arg(long, conflicts_with = "follow")]
    pub no_follow: bool,
}

impl Many {
    /// Whether something was asked for that kubectl does not have.
    pub fn is_asked_for(&self) -> bool {
        let expressions = [&self.include, &self.exclude, &self.highlight, &self.exclude_pod];
        expressions.iter().any(|list| !list.is_empty())
            || !self.container_state.is_empty()
            || self.output.is_some()
            || self.template.is_some()
    }
}

/// What a container does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ContainerState {
    /// It runs
    Running,
    /// It has not started
    Waiting,
    /// It ended
    Terminated,
    /// Any
    All,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// Pod, container, text
    #[default]
    Default,
    /// The text alone
    Raw,
    /// A JSON object
    Json,
    /// A JSON object; a text that is JSON is part of it
    Extjson,
}

/// Whether there are colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal
    #[default]
    Auto,
    /// Also on a pipe
    Always,
    /// None
    Never,
}

/// A duration that may be below zero, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Millis(pub i64);

fn signed(text: &str) -> Result<Millis, String> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let millis = i64::try_from(duration(rest)?.as_millis()).map_err(|error| error.to_string())?;
    Ok(Millis(sign * millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_may_be_below_zero() {
        assert_eq!(signed("-5s"), Ok(Millis(-5_000)));
        assert_eq!(signed("1500ms"), Ok(Millis(1_500)));
        assert!(signed("--5s").is_err());
    }
}
