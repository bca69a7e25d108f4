//! Flags and arguments, as kubectl names them.

use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::app::session::Scope;
use crate::cluster::api::ConnectOptions;

/// A full-screen, keyboard-driven terminal program for the moment a pod is broken.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do instead of the full screen
    #[command(subcommand)]
    pub command: Option<Command>,
    /// A cluster in a box: nothing else is needed, everything works in it
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, default_missing_value = "")]
    pub demo: Option<String>,
    /// What to begin with: a pod's name, or KIND/NAME of any kind (node/node-a, deploy/web)
    #[arg(value_name = "OBJECT")]
    pub object: Option<String>,
    /// The kind to begin with: pods, nodes, events or any other, by any of its names
    #[arg(long, value_name = "KIND")]
    pub view: Option<String>,
    /// The namespace to list
    #[arg(short, long, value_name = "NAME", conflicts_with = "all_namespaces")]
    pub namespace: Option<String>,
    /// List all namespaces
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
    #[arg(long = "as-group", value_name = "GROUP", requires = "impersonate")]
    pub impersonate_groups: Vec<String>,
    /// The UID to impersonate
    #[arg(long = "as-uid", value_name = "UID", requires = "impersonate")]
    pub impersonate_uid: Option<String>,
    /// How long one request may take: 5s, 2m, or seconds; 0 is no bound of ours
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub request_timeout: Option<Duration>,
    /// Refuse everything that changes the cluster
    #[arg(long)]
    pub read_only: bool,
    /// The settings file to use instead of the usual one
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
}

/// What can be done without the full screen.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the demo cluster on a loopback port, for kubectl and others
    DemoServer {
        /// The port; 0 takes a free one
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Where to write the kubeconfig; it is printed if this is not given
        #[arg(long, value_name = "FILE")]
        kubeconfig: Option<String>,
        /// The scenario
        #[arg(value_name = "SCENARIO")]
        scenario: Option<String>,
    },
}

impl Args {
    /// How to reach the cluster.
    pub fn connect_options(&self) -> ConnectOptions {
        ConnectOptions {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
            impersonate: self.impersonate.clone(),
            impersonate_groups: self.impersonate_groups.clone(),
            impersonate_uid: self.impersonate_uid.clone(),
            request_timeout: self.request_timeout.filter(|bound| !bound.is_zero()),
        }
    }

    /// Which namespaces to list.
    pub fn scope(&self) -> Scope {
        match (&self.namespace, self.all_namespaces) {
            (_, true) => Scope::All,
            (Some(name), false) => Scope::One(name.clone()),
            (None, false) => Scope::OfContext,
        }
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

/// kubectl's durations: a number of seconds, or numbers with units (`1m30s`).
fn duration(text: &str) -> Result<Duration, String> {
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
    use clap::CommandFactory;

    use super::*;

    fn args(text: &str) -> Args {
        Args::try_parse_from(text.split_whitespace()).expect(text)
    }

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn objects_and_scopes() {
        assert_eq!(args("p web-0 -n shop").object(), Ok(Some(("pod".to_owned(), "web-0".to_owned()))));
        assert_eq!(args("p node/n1").object(), Ok(Some(("node".to_owned(), "n1".to_owned()))));
        assert_eq!(args("p deploy/web").object(), Ok(Some(("deploy".to_owned(), "web".to_owned()))));
        assert!(args("p pod/").object().is_err() && args("p /web").object().is_err());
        assert_eq!(args("p -A").scope(), Scope::All);
        assert_eq!(args("p").scope(), Scope::OfContext);
        assert!(Args::try_parse_from(["p", "-A", "-n", "x"]).is_err());
        assert!(Args::try_parse_from(["p", "--fly"]).is_err());
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
