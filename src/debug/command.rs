//! The `kubectl debug` command that does what a form does, as a line for a shell.

use super::form::{CopyForm, Form, Keep};
use super::profile::Profile;
use crate::model::kubectl::Kubectl;

impl Form {
    /// The command for an object, as kubectl names it (`web-0`, `node/node-a`). `container` is the name that was
    /// generated, so that the command makes the same one.
    pub fn kubectl(&self, object: &str, namespace: &str, container: &str) -> Kubectl {
        let mut words: Vec<String> = Vec::new();
        let talk = match (self.stdin, self.tty) {
            (true, true) => "-it",
            (true, false) => "-i",
            (false, true) => "-t",
            (false, false) => "",
        };
        let mut flag = |is_set: bool, word: String| words.extend(is_set.then_some(word));
        flag(!talk.is_empty(), talk.to_owned());
        flag(!self.image.is_empty(), format!("--image={}", self.image));
        flag(!container.is_empty(), format!("--container={container}"));
        flag(!self.target.is_empty(), format!("--target={}", self.target));
        for (name, value) in &self.env {
            flag(true, format!("--env={}", pair(name, value)));
        }
        flag(!self.pull_policy.is_empty(), format!("--image-pull-policy={}", self.pull_policy));
        flag(self.profile != Profile::default(), format!("--profile={}", self.profile));
        let custom = self.custom.as_ref().map(|custom| custom.file.as_str());
        let file = custom.filter(|file| !file.is_empty()).unwrap_or("custom.yaml");
        flag(custom.is_some(), format!("--custom={file}"));
        flag(self.arguments_only, "--arguments-only".to_owned());
        flag(self.attach.is_some(), format!("--attach={}", self.attach.unwrap_or_default()));
        flag(self.quiet, "--quiet".to_owned());
        let command = Kubectl::new(["debug"]).word(object).words(words).words(self.copy.words());
        command.namespace(namespace).running(self.command.iter().map(String::as_str))
    }
}

impl CopyForm {
    fn words(&self) -> Vec<String> {
        if self.to.is_empty() {
            return Vec::new();
        }
        let mut words = vec![format!("--copy-to={}", self.to)];
        let images = self.set_image.iter().map(|(name, image)| format!("--set-image={}", pair(name, image)));
        words.extend(images);
        words.extend(self.share_processes.map(|shares| format!("--share-processes={shares}")));
        let flags = [(self.same_node, "--same-node"), (self.replace, "--replace")];
        words.extend(
            flags.into_iter().chain(self.keep.words()).filter(|(is_set, _)| *is_set).map(|(_, word)| word.into()),
        );
        words
    }
}

impl Keep {
    fn words(self) -> [(bool, &'static str); 6] {
        [
            (self.labels, "--keep-labels"),
            (self.annotations, "--keep-annotations"),
            (self.liveness, "--keep-liveness"),
            (self.readiness, "--keep-readiness"),
            (self.startup, "--keep-startup"),
            (!self.init_containers, "--keep-init-containers=false"),
        ]
    }
}

/// A name and a value as kubectl reads them: with a second `=` in it, the whole is a line of comma-separated values.
fn pair(name: &str, value: &str) -> String {
    let text = format!("{name}={value}");
    if text.matches('=').count() > 1 && text.contains([',', '"', '\n']) || text.starts_with('"') || text.ends_with('"')
    {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_its_word() {
        let keep = Keep {
            labels: true,
            annotations: true,
            liveness: true,
            readiness: true,
            startup: true,
            init_containers: false,
        };
        let form = Form {
            image: "busybox".to_owned(),
            env: vec![("A".to_owned(), "x y".to_owned()), ("B".to_owned(), "a=b,c".to_owned())],
            pull_policy: "Never".to_owned(),
            command: vec!["sh".to_owned(), "-c".to_owned(), "echo $HOME".to_owned()],
            profile: Profile::Sysadmin,
            stdin: true,
            tty: true,
            attach: Some(false),
            quiet: true,
            copy: CopyForm {
                to: "copy".to_owned(),
                replace: true,
                same_node: true,
                set_image: vec![("*".to_owned(), "x".to_owned())],
                share_processes: Some(false),
                keep,
                always_strip: false,
            },
            ..Form::default()
        };
        assert_eq!(
            form.kubectl("web-0", "shop", "d").to_string(),
            "kubectl debug web-0 -it --image=busybox --container=d '--env=A=x y' '--env=\"B=a=b,c\"' \
             --image-pull-policy=Never --profile=sysadmin --attach=false --quiet --copy-to=copy '--set-image=*=x' \
             --share-processes=false --same-node --replace --keep-labels --keep-annotations --keep-liveness \
             --keep-readiness --keep-startup --keep-init-containers=false -n shop -- sh -c 'echo $HOME'"
        );
    }

    #[test]
    fn what_is_usual_is_not_said() {
        let form = Form { image: "busybox".to_owned(), ..Form::default() };
        assert_eq!(form.kubectl("node/n1", "", "").to_string(), "kubectl debug node/n1 --image=busybox");
    }
}
