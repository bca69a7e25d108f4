//! kubectl command lines: the words of one, and how a shell must be given them.

use std::fmt;

use super::kind::ObjectKey;
use crate::base::quote;

/// A kubectl command line. Shown, it can be pasted into a shell as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kubectl {
    words: Vec<String>,
    /// What stands behind `--`, for the container.
    behind: Vec<String>,
}

impl Kubectl {
    /// `kubectl` and these words.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self { words: words.into_iter().map(str::to_owned).collect(), behind: Vec::new() }
    }

    /// With one more word.
    #[must_use]
    pub fn word(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    /// With more words.
    #[must_use]
    pub fn words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words.extend(words.into_iter().map(Into::into));
        self
    }

    /// With the object as two words (`pod web-0`), and its namespace.
    #[must_use]
    pub fn on(self, key: &ObjectKey) -> Self {
        self.word(key.resource.to_string()).word(&*key.name).namespace(&key.namespace)
    }

    /// With the object as one word (`deployment.apps/web`), and its namespace.
    #[must_use]
    pub fn slashed(self, key: &ObjectKey) -> Self {
        self.word(key.to_string()).namespace(&key.namespace)
    }

    /// With `-n`, where there is a namespace.
    #[must_use]
    pub fn namespace(self, namespace: &str) -> Self {
        if namespace.is_empty() { self } else { self.word("-n").word(namespace) }
    }

    /// With `--context`, where one is known.
    #[must_use]
    pub fn context(self, context: &str) -> Self {
        if context.is_empty() { self } else { self.word("--context").word(context) }
    }

    /// With `--` and what a container shall run.
    #[must_use]
    pub fn running<'a>(mut self, command: impl IntoIterator<Item = &'a str>) -> Self {
        self.behind = command.into_iter().map(str::to_owned).collect();
        self
    }
}

impl fmt::Display for Kubectl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("kubectl")?;
        for word in &self.words {
            write!(f, " {}", quote::word(word))?;
        }
        if !self.behind.is_empty() {
            f.write_str(" --")?;
        }
        for word in &self.behind {
            write!(f, " {}", quote::word(word))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;
    use crate::model::resource::tests::deployments;

    #[test]
    fn commands_can_be_pasted_into_a_shell() {
        let pod = ObjectKey::new(Kind::Pod, "shop", "web-0");
        let command = Kubectl::new(["exec", "-it"]).word("web-0").namespace("shop").context("it's mine");
        assert_eq!(
            command.running(["sh", "-c", "echo $HOME"]).to_string(),
            r"kubectl exec -it web-0 -n shop --context 'it'\''s mine' -- sh -c 'echo $HOME'"
        );
        assert_eq!(Kubectl::new(["delete"]).on(&pod).to_string(), "kubectl delete pod web-0 -n shop");
        let web = ObjectKey::new(deployments(), "shop", "web");
        let scale = Kubectl::new(["scale"]).slashed(&web).word("--replicas=3");
        assert_eq!(scale.to_string(), "kubectl scale deployment.apps/web -n shop --replicas=3");
        let node = ObjectKey::new(Kind::Node, "", "n");
        assert_eq!(Kubectl::new(["cordon"]).word(&*node.name).context("").to_string(), "kubectl cordon n");
    }
}
