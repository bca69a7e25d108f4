//! Flags and arguments, as kubectl names them.

use std::ffi::OsString;
use std::time::Duration;

use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::plain::args as plain;
use crate::app::session::Scope;
use crate::cluster::api::ConnectOptions;

/// A full-screen, keyboard-driven terminal program for the moment a pod is broken.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Args {
    /// What to do instead of the full screen
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to begin with: a pod's name, or KIND/NAME of any kind (node/node-a, deploy/web)
    #[arg(value_name = "OBJECT")]
    pub object: Option<String>,
    /// The kind to begin with: pods, nodes, events or any other, by any of its names
    #[arg(long, value_name = "KIND")]
    pub view: Option<String>,
    /// Refuse everything that changes the cluster
    #[arg(long)]
    pub read_only: bool,
    /// The settings file to use instead of the usual one
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
    /// Where to look
    #[command(flatten)]
    pub place: Place,
}

/// Which cluster and which namespaces: kubectl's global flags. Before a subcommand they mean the same as behind it.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Where to look")]
pub struct Place {
    /// A cluster in a box: nothing else is needed, everything works in it
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, default_missing_value = "", long_help = demo_help())]
    pub demo: Option<String>,
    /// The namespace
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// All namespaces
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// The kubeconfig file to use instead of $KUBECONFIG or ~/.kube/config
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<String>,
    /// The kubeconfig context to use
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The kubeconfig cluster to use
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// The kubeconfig user to use
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The user to impersonate
    #[arg(long = "as", value_name = "USER")]
    pub impersonate: Option<String>,
    /// A group to impersonate; can be given more than once
    #[arg(long = "as-group", value_name = "GROUP")]
    pub impersonate_groups: Vec<String>,
    /// The UID to impersonate
    #[arg(long = "as-uid", value_name = "UID")]
    pub impersonate_uid: Option<String>,
    /// How long one request may take: 5s, 2m, or seconds; 0 is no bound of ours
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub request_timeout: Option<Duration>,
}

fn demo_help() -> String {
    format!("A cluster in a box: nothing else is needed, everything works in it. {}", scenario_help())
}

/// The scenarios of the demo cluster, each with what it shows.
fn scenario_help() -> String {
    let rows = crate::demo::scenarios().map(|(name, about)| format!("  {name:<12} {about}"));
    format!("The scenarios:\n{}", rows.collect::<Vec<_>>().join("\n"))
}

/// What can be done without the full screen.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
pub enum Command {
    /// Plain text instead of the screen
    #[command(flatten)]
    Plain(plain::Command),
    /// Serve the demo cluster on a loopback port, for kubectl and others
    DemoServer {
        /// The port; 0 takes a free one
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Where to write the kubeconfig; it is printed if this is not given
        #[arg(long, value_name = "FILE")]
        kubeconfig: Option<String>,
        /// The scenario
        #[arg(value_name = "SCENARIO", long_help = scenario_help())]
        scenario: Option<String>,
        /// The scenario, as an option
        #[arg(long = "scenario", value_name = "SCENARIO", conflicts_with = "scenario")]
        named: Option<String>,
    },
}

impl Args {
    /// Reads a command line; the first word is the program's name. Ends the process with help or with what is wrong.
    pub fn read(words: impl Iterator<Item = OsString>) -> Self {
        Self::try_read(words).unwrap_or_else(|error| error.exit())
    }

    /// The same; the error is help, or what is wrong.
    pub fn try_read(words: impl Iterator<Item = OsString>) -> Result<Self, clap::Error> {
        Self::from_arg_matches(&command().try_get_matches_from(commands_are_no_scenarios(words))?)
    }

    /// Whether something was said that only the screen has.
    pub fn is_about_the_screen(&self) -> bool {
        self.object.is_some() || self.view.is_some() || self.read_only || self.config.is_some()
    }

    /// The object to begin with: its kind as typed, and its name. A bare name is a pod's.
    pub fn object(&self) -> Result<Option<(String, String)>, String> {
        let Some(text) = &self.object else { return Ok(None) };
        let (kind, name) = text.split_once('/').unwrap_or(("pod", text));
        match (kind, name) {
            ("", _) | (_, "") => Err(format!("`{text}` names no object: write KIND/NAME")),
            (kind, name) => Ok(Some((kind.to_owned(), name.to_owned()))),
        }
    }
}

impl Place {
    /// The same, with what it does not say taken from `outer`.
    #[must_use]
    pub fn within(self, outer: &Self) -> Self {
        // As in kubectl, what is empty is not given: `-n "$UNSET"`.
        let given = |text: &String| !text.is_empty();
        let or =
            |own: Option<String>, outer: &Option<String>| own.filter(given).or_else(|| outer.clone().filter(given));
        let groups = self.impersonate_groups;
        Self {
            demo: self.demo.or_else(|| outer.demo.clone()),
            namespace: or(self.namespace, &outer.namespace),
            all_namespaces: self.all_namespaces || outer.all_namespaces,
            kubeconfig: or(self.kubeconfig, &outer.kubeconfig),
            context: or(self.context, &outer.context),
            cluster: or(self.cluster, &outer.cluster),
            user: or(self.user, &outer.user),
            impersonate: or(self.impersonate, &outer.impersonate),
            impersonate_groups: if groups.is_empty() { outer.impersonate_groups.clone() } else { groups },
            impersonate_uid: or(self.impersonate_uid, &outer.impersonate_uid),
            request_timeout: self.request_timeout.or(outer.request_timeout),
        }
    }

    /// How to reach the cluster. The error is a sentence for the person.
    pub fn connect_options(&self) -> Result<ConnectOptions, String> {
        let has_more = !self.impersonate_groups.is_empty() || self.impersonate_uid.is_some();
        if has_more && self.impersonate.is_none() {
            return Err("--as-group and --as-uid need --as, the user to impersonate".to_owned());
        }
        Ok(ConnectOptions {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
            impersonate: self.impersonate.clone(),
            impersonate_groups: self.impersonate_groups.clone(),
            impersonate_uid: self.impersonate_uid.clone(),
            request_timeout: self.request_timeout.filter(|bound| !bound.is_zero()),
        })
    }

    /// Which namespaces to list.
    pub fn scope(&self) -> Scope {
        match (self.namespace.as_deref(), self.all_namespaces) {
            (_, true) => Scope::All,
            // A variable of a script that is not set must not open every namespace.
            (None | Some(""), false) => Scope::OfContext,
            (Some(name), false) => Scope::One(name.to_owned()),
        }
    }
}

/// The command line as kubectl reads one: of a flag that is given twice the last counts, and a switch may have a value
/// (`--watch=false`).
fn command() -> clap::Command {
    switches_take_values(Args::command()).args_override_self(true)
}

fn switches_take_values(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| {
        if !matches!(arg.get_action(), ArgAction::SetTrue) {
            return arg;
        }
        let arg = arg.action(ArgAction::Set).value_name("BOOL").num_args(0..=1).require_equals(true);
        let arg = arg.default_value("false").default_missing_value("true").value_parser(clap::value_parser!(bool));
        arg.hide_default_value(true).hide_possible_values(true)
    });
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, switches_take_values))
}

/// `--demo pods` is the command, not a scenario of that name.
fn commands_are_no_scenarios(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let commands = Args::command();
    let is_command = |word: &OsString| word.to_str().is_some_and(|word| commands.find_subcommand(word).is_some());
    let mut out: Vec<OsString> = Vec::new();
    for word in words {
        match out.last_mut() {
            Some(last) if last == "--demo" && is_command(&word) => last.push("="),
            _ => {}
        }
        out.push(word);
    }
    out
}

/// kubectl's durations: a number of seconds, or numbers with units (`1m30s`).
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write 5s, 2m, 1h30m, or seconds".to_owned();
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let (mut sum, mut rest) = (Duration::ZERO, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = ["ms", "s", "m", "h"].into_iter().find(|unit| rest[digits..].starts_with(unit)).ok_or_else(wrong)?;
        let factor = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            _ => 3_600_000,
        };
        sum += Duration::from_millis(number.checked_mul(factor).ok_or_else(wrong)?);
        rest = &rest[digits + unit.len()..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(sum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Args {
        let words = text.split_whitespace().map(OsString::from);
        Args::try_read(words).expect(text)
    }

    #[test]
    fn the_flags_are_consistent() {
        command().debug_assert();
    }

    #[test]
    fn switches_take_values_and_the_last_of_two_flags_counts() {
        let listing = |text: &str| match args(text).command {
            Some(Command::Plain(plain::Command::Pods(pods))) => pods.listing,
            other => panic!("{text}: {other:?}"),
        };
        let given = listing("p pods -w -A --no-headers=true -o wide --show-labels --show-labels=false -o name");
        assert!(given.watch && given.place.all_namespaces && given.no_headers && !given.show_labels);
        assert_eq!(given.output, Some(plain::Output::Name));
        let given = listing("p pods -wA --watch=false -L a -L b web");
        assert!(!given.watch && given.place.all_namespaces);
        assert_eq!(given.label_columns, ["a", "b"], "a list grows");
        assert!(args("p --read-only=true").read_only && !args("p").read_only);
        let wrong = ["p", "pods", "--watch=maybe"].map(OsString::from);
        assert!(Args::try_read(wrong.into_iter()).is_err());
    }

    #[test]
    fn objects_and_scopes() {
        assert_eq!(args("p web-0 -n shop").object(), Ok(Some(("pod".to_owned(), "web-0".to_owned()))));
        assert_eq!(args("p node/n1").object(), Ok(Some(("node".to_owned(), "n1".to_owned()))));
        assert_eq!(args("p deploy/web").object(), Ok(Some(("deploy".to_owned(), "web".to_owned()))));
        assert!(args("p pod/").object().is_err() && args("p /web").object().is_err());
        assert_eq!(args("p -A").place.scope(), Scope::All);
        assert_eq!(args("p").place.scope(), Scope::OfContext);
        assert_eq!(args("p -A -n x").place.scope(), Scope::All, "as in kubectl, -A wins");
        let unset = args("p --namespace=").place;
        assert_eq!(unset.scope(), Scope::OfContext, "as in kubectl, an empty name is none");
        assert_eq!(unset.within(&Place::default()).namespace, None);
        assert!(Args::try_parse_from(["p", "--fly"]).is_err());
    }

    #[test]
    fn flags_before_a_command_and_behind_it_mean_the_same() {
        for text in ["p -n shop --as u --demo pods web-0", "p pods web-0 -n shop --as u --demo"] {
            let args = args(text);
            let Some(Command::Plain(plain::Command::Pods(pods))) = args.command else { panic!("{text}") };
            assert_eq!(pods.names, ["web-0"]);
            let place = pods.listing.place.within(&args.place);
            assert_eq!(place.scope(), Scope::One("shop".to_owned()));
            assert_eq!((place.demo.as_deref(), place.impersonate.as_deref()), (Some(""), Some("u")), "{text}");
        }
        let inner = args("p -n outer --context a pods -n inner");
        let Some(Command::Plain(command)) = inner.command else { panic!("a command") };
        let place = command.place().clone().within(&inner.place);
        assert_eq!((place.namespace.as_deref(), place.context.as_deref()), (Some("inner"), Some("a")));
    }

    #[test]
    fn a_command_behind_the_demo_flag_is_a_command() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let read = |text: &str| commands_are_no_scenarios(words(text).into_iter());
        assert_eq!(read("p --demo pods -A"), words("p --demo= pods -A"));
        assert_eq!(read("p --demo incident"), words("p --demo incident"));
        assert_eq!(args("p --demo= pods").place.demo.as_deref(), Some(""));
    }

    #[test]
    fn a_group_needs_a_user() {
        assert!(args("p --as-group g").place.connect_options().is_err_and(|said| said.contains("--as")));
        assert!(args("p --as u --as-group g").place.connect_options().is_ok());
    }

    #[test]
    fn what_only_the_screen_has_does_not_go_with_a_command() {
        assert!(args("p --view nodes pods").is_about_the_screen());
        assert!(!args("p -n shop pods").is_about_the_screen());
    }

    #[test]
    fn durations_as_kubectl_writes_them() {
        for (text, seconds) in [("5s", 5), ("2m", 120), ("1h30m", 5_400), ("7", 7), ("0", 0)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "5x", "s", "-1s", "99999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
