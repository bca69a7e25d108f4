//! Exec credential plugins, run by us and not by the client library.
//!
//! The library runs a plugin three times for one client, blocks while it does, and lets it write to the
//! terminal. Here it runs once, its input is closed, its output is kept: a plugin can never garble the screen,
//! and what it complained of is shown. Contract: `client.authentication.k8s.io` `ExecCredential`.

use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, ExecConfig};
use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

use crate::base::problem::Problem;
use crate::base::stamp::Stamp;

/// Plugins may ask a browser; more than this is a hang.
const PLUGIN_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct ExecCredential {
    status: Option<CredentialStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialStatus {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

/// Runs the plugin that `auth` names, if any, and puts its token or certificate in its place. Returns when the
/// credential expires; [`Stamp::NONE`] when it does not say, or there is no plugin.
pub async fn resolve(auth: &mut AuthInfo) -> Result<Stamp, Problem> {
    let Some(exec) = auth.exec.take() else { return Ok(Stamp::NONE) };
    let name = exec.command.clone().unwrap_or_default();
    let output = run(&exec, &name).await?;
    let failed =
        |said: String| Problem::new(format!("use the credential plugin {name}"), said, "Run it by hand to see");
    // The parser's own words may quote the output, and the output is a secret.
    let credential: ExecCredential = serde_json::from_slice(&output)
        .or_else(|_| serde_yaml::from_slice(&output))
        .map_err(|_| failed(format!("it printed {} bytes that are no ExecCredential", output.len())))?;
    let status = credential.status.ok_or_else(|| failed("its ExecCredential has no status".to_owned()))?;
    if status.token.is_none() && status.client_certificate_data.is_none() {
        return Err(failed("its ExecCredential has neither a token nor a certificate".to_owned()));
    }
    auth.token = status.token.map(Into::into);
    if let (Some(certificate), Some(key)) = (status.client_certificate_data, status.client_key_data) {
        auth.client_certificate_data = Some(STANDARD.encode(certificate));
        auth.client_key_data = Some(STANDARD.encode(key).into());
    }
    Ok(status.expiration_timestamp.map_or(Stamp::NONE, |at| Stamp::parse(&at)))
}

async fn run(exec: &ExecConfig, name: &str) -> Result<Vec<u8>, Problem> {
    let tried = format!("run the credential plugin {name}");
    let hint = exec.install_hint.clone().unwrap_or_else(|| "Is it installed and on PATH?".to_owned());
    let mut command = Command::new(name);
    command
        .args(exec.args.iter().flatten())
        .env("KUBERNETES_EXEC_INFO", exec_info(exec))
        .stdin(Stdio::null())
        // A job of its own, in the background: one that reads the terminal is stopped by the system instead of
        // taking the person's keys.
        .process_group(0)
        .kill_on_drop(true);
    for variable in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    let output = timeout(PLUGIN_TIMEOUT, command.output())
        .await
        .map_err(|_| {
            Problem::new(&tried, format!("no answer within {} s", PLUGIN_TIMEOUT.as_secs()), "Run it by hand")
        })?
        .map_err(|error| Problem::new(&tried, error.to_string(), hint))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let words = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: String = format!("{}: {words}", output.status).chars().take(400).collect();
    Err(Problem::new(tried, said, "Run it by hand to see, or log in again"))
}

/// `KUBERNETES_EXEC_INFO`: says that nobody can answer questions, and the cluster where it is asked for.
fn exec_info(exec: &ExecConfig) -> String {
    let version = exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1");
    let mut spec = serde_json::json!({"interactive": false});
    if let Some(cluster) = exec.cluster.as_ref().and_then(|cluster| serde_json::to_value(cluster).ok()) {
        spec["cluster"] = cluster;
    }
    serde_json::json!({"kind": "ExecCredential", "apiVersion": version, "spec": spec}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn plugin(script: &str) -> Result<(AuthInfo, Stamp), String> {
        let exec = ExecConfig {
            command: Some("sh".to_owned()),
            args: Some(vec!["-c".to_owned(), script.to_owned()]),
            ..ExecConfig::default()
        };
        let mut auth = AuthInfo { exec: Some(exec), ..AuthInfo::default() };
        let expires = resolve(&mut auth).await.map_err(|problem| problem.to_string())?;
        Ok((auth, expires))
    }

    #[tokio::test]
    async fn a_token_takes_the_place_of_the_plugin() {
        let script = r#"cat; case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 9;; esac
            echo '{"status":{"token":"t0k","expirationTimestamp":"2030-01-01T00:00:00Z"}}'"#;
        let (auth, expires) = plugin(script).await.expect("a token");
        assert!(auth.token.is_some() && auth.exec.is_none());
        assert_eq!(expires.rfc3339(), "2030-01-01T00:00:00Z");
    }

    #[tokio::test]
    async fn a_failing_plugin_is_quoted_and_a_secret_is_not() {
        let said = plugin("echo 'session expired' >&2; exit 3").await.expect_err("fails");
        assert!(said.contains("session expired") && said.contains('3'), "{said}");
        let said = plugin("echo s3cr3t").await.expect_err("no credential");
        assert!(said.contains("no ExecCredential") && !said.contains("s3cr3t"), "{said}");
    }

    #[tokio::test]
    async fn a_missing_plugin_shows_its_install_hint() {
        let exec = ExecConfig {
            command: Some("no-such-plugin-here".to_owned()),
            install_hint: Some("brew install it".to_owned()),
            ..ExecConfig::default()
        };
        let mut auth = AuthInfo { exec: Some(exec), ..AuthInfo::default() };
        let said = resolve(&mut auth).await.expect_err("missing").to_string();
        assert!(said.contains("no-such-plugin-here") && said.contains("brew install it"), "{said}");
    }
}
