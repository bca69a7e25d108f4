//! The kubectl command that does what a write does, as a line for a shell.
//!
//! Start with [`Write::kubectl`]. `tests/writes.rs` runs these lines and compares what kubectl sends.

use super::finish::ending_script;
use super::{Drain, Grace, Operation, Write};
use crate::model::kubectl::Kubectl;

impl Write {
    /// The command: `kubectl scale deployment.apps/web --replicas=3 -n shop`. An edited object is read from standard
    /// input.
    pub fn kubectl(&self) -> Kubectl {
        let target = &self.target;
        let on = |words: &[&'static str]| Kubectl::new(words.iter().copied()).word(target.to_string());
        let node = |word| Kubectl::new([word]).word(&*target.name);
        let command = match &self.operation {
            Operation::Delete(grace) => self.deletion_command(*grace),
            Operation::Scale { replicas, expected } => on(&["scale"])
                .word(format!("--replicas={replicas}"))
                .words(expected.map(|expected| format!("--current-replicas={expected}"))),
            Operation::Restart => on(&["rollout", "restart"]),
            Operation::SetImage(container, image) => on(&["set", "image"]).word(format!("{container}={image}")),
            Operation::Pause => on(&["rollout", "pause"]),
            Operation::Resume => on(&["rollout", "resume"]),
            Operation::Undo(0) => on(&["rollout", "undo"]),
            Operation::Undo(revision) => on(&["rollout", "undo"]).word(format!("--to-revision={revision}")),
            Operation::Cordon => node("cordon"),
            Operation::Uncordon => node("uncordon"),
            Operation::Drain(flags) => node("drain").words(flags.words()),
            Operation::Replace(_) => Kubectl::new(["replace", "-f", "-"]),
            Operation::Create(_) => Kubectl::new(["create", "-f", "-"]),
            Operation::EndContainer(container) => return self.ending_command(container),
            Operation::Debug(debug) => return debug.kubectl.clone(),
        };
        command.namespace(if target.resource.namespaced { &target.namespace } else { "" })
    }

    /// The first of what is tried.
    fn ending_command(&self, container: &str) -> Kubectl {
        let command = Kubectl::new(["exec"]).word(&*self.target.name).word("-c").word(container);
        command.namespace(&self.target.namespace).running(["sh", "-c", &ending_script("TERM")])
    }

    fn deletion_command(&self, grace: Grace) -> Kubectl {
        let command = Kubectl::new(["delete"]).word(self.target.resource.to_string()).word(&*self.target.name);
        command.words(match grace {
            Grace::Own => None,
            Grace::Now => Some("--now"),
            Grace::Force => Some("--force"),
        })
    }
}

impl Drain {
    /// The flags that are set, as kubectl calls them.
    fn words(self) -> impl Iterator<Item = &'static str> {
        let flags = [
            (self.ignore_daemonsets, "--ignore-daemonsets"),
            (self.delete_emptydir_data, "--delete-emptydir-data"),
            (self.force, "--force"),
        ];
        flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, word)| word)
    }
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
            (write(Kind::Pod, Operation::Create(String::new())), "create -f - -n shop"),
        ];
        for (write, line) in cases {
            assert_eq!(write.kubectl().to_string(), format!("kubectl {line}"));
        }
    }

    #[test]
    fn w02_scale_names_the_replicas_that_were_seen_and_the_context() {
        let scale = Operation::Scale { replicas: 3, expected: Some(2) };
        assert_eq!(
            write(deployments(), scale).kubectl().context("it's dev").to_string(),
            r"kubectl scale deployment.apps/web --replicas=3 --current-replicas=2 -n shop --context 'it'\''s dev'"
        );
    }
}
