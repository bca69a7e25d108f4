//! The kubectl command that does what a write does, as a line for a shell.
//!
//! Start with [`Write::kubectl`]. `tests/writes.rs` runs these lines and compares what kubectl sends.

use super::{Drain, Grace, Operation, Write};

impl Write {
    /// The command line: `kubectl scale deployment.apps/web --replicas=3 -n shop --context dev`. `context` is left out
    /// where there is none. An edited object is read from standard input.
    pub fn kubectl(&self, context: Option<&str>) -> String {
        let mut words = vec!["kubectl".to_owned()];
        words.extend(self.words());
        if self.target.resource.namespaced {
            words.extend(["-n".to_owned(), self.target.namespace.to_string()]);
        }
        if let Some(context) = context {
            words.extend(["--context".to_owned(), context.to_owned()]);
        }
        words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    fn words(&self) -> Vec<String> {
        let (resource, name) = (self.target.resource.to_string(), self.target.name.to_string());
        let object = self.target.to_string();
        let words: Vec<String> = match &self.operation {
            Operation::Delete(Grace::Own) => vec!["delete".into(), resource, name],
            Operation::Delete(Grace::Now) => vec!["delete".into(), resource, name, "--now".into()],
            Operation::Delete(Grace::Force) => vec!["delete".into(), resource, name, "--force".into()],
            Operation::Scale { replicas, expected } => {
                let mut words = vec!["scale".into(), object, format!("--replicas={replicas}")];
                words.extend(expected.map(|expected| format!("--current-replicas={expected}")));
                words
            }
            Operation::Restart => rollout("restart", object),
            Operation::SetImage(container, image) => {
                vec!["set".into(), "image".into(), object, format!("{container}={image}")]
            }
            Operation::Pause => rollout("pause", object),
            Operation::Resume => rollout("resume", object),
            Operation::Undo(0) => rollout("undo", object),
            Operation::Undo(revision) => {
                let mut words = rollout("undo", object);
                words.push(format!("--to-revision={revision}"));
                words
            }
            Operation::Cordon => vec!["cordon".into(), name],
            Operation::Uncordon => vec!["uncordon".into(), name],
            Operation::Drain(flags) => drain(name, *flags),
            Operation::Replace(_) => vec!["replace".into(), "-f".into(), "-".into()],
        };
        words
    }
}

fn rollout(what: &str, object: String) -> Vec<String> {
    vec!["rollout".to_owned(), what.to_owned(), object]
}

fn drain(node: String, flags: Drain) -> Vec<String> {
    let mut words = vec!["drain".to_owned(), node];
    let given = [
        (flags.ignore_daemonsets, "--ignore-daemonsets"),
        (flags.delete_emptydir_data, "--delete-emptydir-data"),
        (flags.force, "--force"),
    ];
    words.extend(given.into_iter().filter(|(on, _)| *on).map(|(_, flag)| flag.to_owned()));
    words
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%+=:,./_-".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::write;
    use super::*;
    use crate::model::kind::Kind;
    use crate::model::resource::tests::deployments;

    #[test]
    fn each_operation_has_its_command() {
        let image = || Operation::SetImage("*".into(), "nginx:1.29".into());
        let all = Drain { ignore_daemonsets: true, delete_emptydir_data: true, force: true };
        let cases = [
            (write(Kind::Pod, Operation::Delete(Grace::Own)), "delete pod web -n shop"),
            (write(Kind::Pod, Operation::Delete(Grace::Now)), "delete pod web --now -n shop"),
            (write(deployments(), Operation::Delete(Grace::Force)), "delete deployment.apps web --force -n shop"),
            (write(deployments(), Operation::Restart), "rollout restart deployment.apps/web -n shop"),
            (write(deployments(), image()), "set image deployment.apps/web '*=nginx:1.29' -n shop"),
            (write(deployments(), Operation::Undo(0)), "rollout undo deployment.apps/web -n shop"),
            (write(deployments(), Operation::Undo(7)), "rollout undo deployment.apps/web --to-revision=7 -n shop"),
            (write(Kind::Node, Operation::Cordon), "cordon node-a"),
            (write(Kind::Node, Operation::Drain(Drain::default())), "drain node-a"),
            (
                write(Kind::Node, Operation::Drain(all)),
                "drain node-a --ignore-daemonsets --delete-emptydir-data --force",
            ),
            (write(Kind::Pod, Operation::Replace(String::new())), "replace -f - -n shop"),
        ];
        for (write, line) in cases {
            assert_eq!(write.kubectl(None), format!("kubectl {line}"));
        }
    }

    #[test]
    fn w02_scale_names_the_replicas_that_were_seen_and_the_context() {
        let scale = Operation::Scale { replicas: 3, expected: Some(2) };
        assert_eq!(
            write(deployments(), scale).kubectl(Some("it's dev")),
            r"kubectl scale deployment.apps/web --replicas=3 --current-replicas=2 -n shop --context 'it'\''s dev'"
        );
    }

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for (word, shell) in [("a b", "'a b'"), ("", "''"), ("$(x)", "'$(x)'"), ("a=b:1.2/x@sha", "a=b:1.2/x@sha")] {
            assert_eq!(quoted(word), shell);
        }
    }
}
