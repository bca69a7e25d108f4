//! `bundle`: all that another team needs to look at one thing, as one Markdown file: findings, owners and pods as YAML,
//! events, a timeline, last and previous logs; and what is in it and what was withheld.
//!
//! One text and no archive: it is read in a ticket as it is, and whoever hands it on sees what is in it. Secrets are taken
//! out by `base::redact`; Secrets and `ConfigMaps` are never read. Start with [`run`]; `collect` reads, `parts` are pure.

pub mod args;
mod collect;
mod parts;

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;

use super::failure::Failure;
use super::session::Session;
use super::triage::gather::Gatherer;
use super::triage::scope::{Inside, Scope};
use super::triage::{View, print};
use crate::base::width::visible;
use args::Bundle;
use parts::{Part, document, events, timeline};

/// Puts it together.
pub async fn run(session: &Session, asked: &Bundle, out: &mut dyn Write) -> Result<(), Failure> {
    let scope = Scope::of(session, std::slice::from_ref(&asked.target), false).await?;
    // Before anything is read: that a file cannot be written is said at once.
    let mut file = asked.output.as_deref().map(create).transpose()?;
    let text = text(session, asked, &scope).await?;
    match &mut file {
        Some(file) => {
            file.write_all(text.as_bytes())?;
            let name = asked.output.as_deref().unwrap_or_default();
            session.say(&format!("{} bytes in {}; read it before you hand it on", text.len(), visible(name)))
        }
        None => Ok(out.write_all(text.as_bytes())?),
    }
}

/// A new file for its owner alone.
fn create(path: &str) -> Result<std::fs::File, Failure> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|error| Failure::Usage(format!("could not write {path}: {error}")))
}

async fn text(session: &Session, asked: &Bundle, scope: &Scope) -> Result<String, Failure> {
    let mut gatherer = Gatherer::new(session, None);
    let found = gatherer.gather().await?;
    let view = View::new(session, scope, &gatherer, &found);
    let inside = Inside::new(scope, &found, gatherer.known(), &session.namespace);
    let ill: Vec<_> = view.groups.iter().flat_map(|group| &group.pods).collect();
    let mut pods: Vec<_> =
        found.pods.iter().filter(|pod| inside.has_object(&crate::diagnosis::finding::Subject::pod(pod))).collect();
    pods.sort_by_cached_key(|pod| {
        let is_ill = ill.iter().any(|known| *known.name == *pod.meta.name && known.namespace == pod.meta.namespace);
        (!is_ill, pod.meta.name.clone())
    });
    let left_out = pods.len().saturating_sub(asked.pods);
    pods.truncate(asked.pods);
    let replicas = print::Replicas::of(&found.pods);
    let findings = print::markdown(&view.sheet(&replicas, &|_| None));
    let mut parts = vec![Part::new("Findings", "podtriage triage", &demoted(&findings))];
    parts.extend(collect::objects(session, scope, &pods).await);
    let about: Vec<_> = found.events.iter().filter(|event| inside.has_event(event)).collect();
    parts.push(events(&about));
    parts.push(timeline(&about, &pods));
    parts.extend(collect::logs(session, &pods, asked.lines).await);
    let title = format!("{} in {} of {}", asked.target, session.namespace, session.connection.info.context);
    Ok(document(&title, found.now, left_out, &parts))
}

/// The headings of the findings below that of their part.
fn demoted(findings: &str) -> String {
    let mut is_code = false;
    let line = |line: &str| {
        is_code ^= line.starts_with("```");
        if line.starts_with('#') && !is_code { format!("#{line}\n") } else { format!("{line}\n") }
    };
    findings.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_go_one_level_down_and_comments_in_code_stay() {
        assert_eq!(demoted("## a\n```sh\n# b\n```\n### c"), "### a\n```sh\n# b\n```\n#### c\n");
    }

    #[test]
    fn a_file_is_new_and_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bundle.md");
        let file = create(&path.to_string_lossy()).expect("written");
        assert_eq!(file.metadata().expect("metadata").permissions().mode() & 0o777, 0o600);
        let again = create(&path.to_string_lossy()).expect_err("it is there already");
        assert!(again.in_words().contains("could not write"));
    }
}
