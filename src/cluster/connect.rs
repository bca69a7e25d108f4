//! From flags and files to a client.

use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig, KubeconfigError};
use std::time::Duration;

use super::api::{ConnectOptions, ConnectionInfo};
use super::error::chain;
use super::http::ANSWER_TIMEOUT;
use super::{credential, kubeconfig};
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;

/// A client, and what is known of where it leads.
#[derive(Clone)]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// Names for the screen.
    pub info: ConnectionInfo,
    /// When the credential expires; [`Stamp::NONE`] when it does not.
    pub valid_until: Stamp,
    /// How long a request that is no stream may take.
    pub request_timeout: Duration,
}

/// Reads the kubeconfig (or what a pod in the cluster has), runs the credential plugin, builds a client.
/// Nothing is sent to the server yet.
pub async fn connect(options: &ConnectOptions) -> Result<Connection, Problem> {
    let Some(kubeconfig) = kubeconfig::read(options.kubeconfig.as_deref())? else {
        return in_cluster(options);
    };
    let choice = KubeConfigOptions {
        context: options.context.clone(),
        cluster: options.cluster.clone(),
        user: options.user.clone(),
    };
    let contexts: Vec<String> = kubeconfig.contexts.iter().map(|context| context.name.clone()).collect();
    let name = options.context.clone().or_else(|| kubeconfig.current_context.clone());
    let missing_user = missing_user(&kubeconfig, options);
    let mut config =
        Config::from_custom_kubeconfig(kubeconfig, &choice).await.map_err(|error| unusable(&error, &contexts))?;
    if let Some(problem) = missing_user {
        return Err(problem);
    }
    let valid_until = credential::resolve(&mut config.auth_info).await?;
    build(config, name.unwrap_or_default(), contexts, valid_until, options)
}

fn in_cluster(options: &ConnectOptions) -> Result<Connection, Problem> {
    let nowhere = |_| {
        let tried = format!("find a cluster: no kubeconfig at {} and not inside a cluster", kubeconfig::looked_for());
        Problem::new(
            tried,
            "there is nothing to connect to",
            "Set KUBECONFIG or --kubeconfig, or look around with `podtriage --demo`",
        )
    };
    if options.context.is_some() {
        return Err(Problem::new(
            format!("use context {}", options.context.as_deref().unwrap_or_default()),
            format!("no kubeconfig at {}", kubeconfig::looked_for()),
            "Set KUBECONFIG or --kubeconfig",
        ));
    }
    let config = Config::incluster().map_err(nowhere)?;
    build(config, "in-cluster".to_owned(), Vec::new(), Stamp::NONE, options)
}

fn build(
    mut config: Config,
    context: String,
    contexts: Vec<String>,
    valid_until: Stamp,
    options: &ConnectOptions,
) -> Result<Connection, Problem> {
    // The library would repeat 429 and 503 for four and a half minutes before it says a word.
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(10));
    let auth = &mut config.auth_info;
    if options.impersonate.is_some() {
        auth.impersonate.clone_from(&options.impersonate);
    }
    if !options.impersonate_groups.is_empty() {
        auth.impersonate_groups = Some(options.impersonate_groups.clone());
    }
    if options.impersonate_uid.is_some() {
        auth.impersonate_uid.clone_from(&options.impersonate_uid);
    }
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    let info = ConnectionInfo { context, server, namespace: config.default_namespace.clone(), contexts };
    let client = Client::try_from(config).map_err(|error| {
        let tried = format!("use context {}", info.context);
        Problem::new(tried, chain(&error), "Check this context's cluster and user in the kubeconfig")
    })?;
    let request_timeout = options.request_timeout.unwrap_or(ANSWER_TIMEOUT);
    Ok(Connection { client, info, valid_until, request_timeout })
}

/// A client over any service that answers HTTP: the demo's, or a test's.
pub fn over<S, B>(service: S, info: ConnectionInfo) -> Connection
where
    S: tower::Service<http::Request<kube::client::Body>, Response = http::Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<tower::BoxError>,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<tower::BoxError>,
{
    let client = Client::new(service, info.namespace.clone());
    Connection { client, info, valid_until: Stamp::NONE, request_timeout: ANSWER_TIMEOUT }
}

/// The library takes a user that does not exist for nobody at all; kubectl says so when it was asked for.
fn missing_user(kubeconfig: &Kubeconfig, options: &ConnectOptions) -> Option<Problem> {
    let user = options.user.as_ref()?;
    let known = kubeconfig.auth_infos.iter().any(|named| named.name == *user);
    let names: Vec<_> = kubeconfig.auth_infos.iter().map(|named| named.name.as_str()).collect();
    (!known).then(|| Problem::new(format!("use user {user}"), "the kubeconfig has no such user", one_of(&names)))
}

fn unusable(error: &KubeconfigError, contexts: &[String]) -> Problem {
    let names: Vec<_> = contexts.iter().map(String::as_str).collect();
    match error {
        KubeconfigError::CurrentContextNotSet => Problem::new(
            "choose a context",
            "the kubeconfig names no current context",
            format!("Name one with --context. {}", one_of(&names)),
        ),
        KubeconfigError::LoadContext(name) => {
            Problem::new(format!("use context {name}"), "the kubeconfig has no such context", one_of(&names))
        }
        KubeconfigError::LoadClusterOfContext(name) => Problem::new(
            format!("use cluster {name}"),
            "the kubeconfig has no such cluster",
            "Check --cluster, or the context's cluster in the kubeconfig",
        ),
        error => Problem::new("use the kubeconfig", chain(error), "Check this context's cluster and user"),
    }
}

/// `It has a, b, c`, cut after a few.
fn one_of(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    match names.len() {
        0 => "It has none".to_owned(),
        count if count > SHOWN => format!("It has {} and {} more", names[..SHOWN].join(", "), count - SHOWN),
        _ => format!("It has {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
apiVersion: v1
kind: Config
current-context: dev
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:6443', tls-server-name: api}}]
contexts:
- {name: dev, context: {cluster: c, user: u, namespace: shop}}
- {name: lost, context: {cluster: nowhere, user: u}}
users: [{name: u, user: {token: t}}]
";

    async fn with(options: ConnectOptions) -> Result<ConnectionInfo, String> {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("config");
        std::fs::write(&path, CONFIG).expect("a file");
        let kubeconfig = Some(path.to_string_lossy().into_owned());
        let connection = connect(&ConnectOptions { kubeconfig, ..options }).await;
        connection.map(|connection| connection.info).map_err(|problem| problem.to_string())
    }

    #[tokio::test]
    async fn the_current_context_and_its_namespace() {
        let info = with(ConnectOptions::default()).await.expect("connects");
        assert_eq!((info.context.as_str(), info.namespace.as_str()), ("dev", "shop"));
        assert_eq!(info.contexts, ["dev", "lost"]);
        assert_eq!(info.server, "https://127.0.0.1:6443");
    }

    #[tokio::test]
    async fn what_the_kubeconfig_lacks_is_named() {
        let named = |text: &str| Some(text.to_owned());
        let cases = [
            (ConnectOptions { context: named("prod"), ..<_>::default() }, "use context prod", "dev, lost"),
            (ConnectOptions { context: named("lost"), ..<_>::default() }, "use cluster nowhere", "cluster"),
            (ConnectOptions { cluster: named("x"), ..<_>::default() }, "use cluster x", "--cluster"),
            (ConnectOptions { user: named("x"), ..<_>::default() }, "use user x", "It has u"),
        ];
        for (options, tried, next) in cases {
            let said = with(options).await.expect_err(tried);
            assert!(said.contains(tried) && said.contains(next), "{said}");
        }
    }
}
