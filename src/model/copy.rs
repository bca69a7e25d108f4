//! Copying files into and out of a container, as a value, and the kubectl command that does the same.
//!
//! Nothing here touches a file; `cluster::copy` does. Start with [`CopyRequest::parse`].

use std::fmt;

use super::kubectl::Kubectl;
use crate::base::quote;

/// One copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRequest {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container; `None` is the pod's default one.
    pub container: Option<String>,
    /// Which way.
    pub direction: Direction,
    /// The path in the container.
    pub remote: String,
    /// The path on this machine; `~/` is the home directory.
    pub local: String,
}

/// Which way files go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From this machine into the container.
    Into,
    /// Out of the container to this machine.
    OutOf,
}

/// One side of a copy: `[[NAMESPACE/]POD:]PATH`.
struct Side {
    namespace: Option<String>,
    pod: Option<String>,
    path: String,
}

impl CopyRequest {
    /// Reads kubectl's form, `SOURCE DESTINATION`, of which one is `[[NAMESPACE/]POD:]PATH` (`extractFileSpec`).
    /// Words may be quoted. `namespace` is what a pod without one is in.
    ///
    /// # Errors
    ///
    /// What of it cannot be meant, as a sentence.
    pub fn parse(text: &str, namespace: &str) -> Result<Self, String> {
        let words = quote::split(text)?;
        let [source, destination] = words.as_slice() else {
            return Err(
                "a copy needs a source and a destination: `web-0:/path ./here` or `./here web-0:/path`".to_owned()
            );
        };
        let (source, destination) = (Side::parse(source)?, Side::parse(destination)?);
        let (direction, inside, local) = match (&source.pod, &destination.pod) {
            (Some(_), None) => (Direction::OutOf, source, destination),
            (None, Some(_)) => (Direction::Into, destination, source),
            (Some(_), Some(_)) => return Err("one side has to be a path on this machine".to_owned()),
            (None, None) => return Err("one side has to name a pod: `web-0:/path`".to_owned()),
        };
        Ok(Self {
            namespace: inside.namespace.unwrap_or_else(|| namespace.to_owned()),
            pod: inside.pod.unwrap_or_default(),
            container: None,
            direction,
            remote: inside.path,
            local: local.path,
        })
    }

    /// The kubectl command that does the same.
    pub fn kubectl(&self) -> Kubectl {
        let inside = format!("{}/{}:{}", self.namespace, self.pod, self.remote);
        let (source, destination) = match self.direction {
            Direction::Into => (self.local.clone(), inside),
            Direction::OutOf => (inside, self.local.clone()),
        };
        let command = Kubectl::new(["cp"]).word(source).word(destination);
        self.container.iter().fold(command, |command, name| command.word("-c").word(name))
    }
}

impl Side {
    fn parse(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is neither a path nor `[[NAMESPACE/]POD:]PATH`");
        let (pod, path) = text.split_once(':').map_or((None, text), |(pod, path)| (Some(pod), path));
        if path.is_empty() {
            return Err(format!("`{text}` names no path"));
        }
        let (namespace, pod) = match pod.map(|pod| pod.split('/').collect::<Vec<_>>()).as_deref() {
            None => (None, None),
            Some([pod]) if !pod.is_empty() => (None, Some((*pod).to_owned())),
            Some([namespace, pod]) if !pod.is_empty() && !namespace.is_empty() => {
                (Some((*namespace).to_owned()), Some((*pod).to_owned()))
            }
            Some(_) => return Err(form()),
        };
        Ok(Self { namespace, pod, path: path.to_owned() })
    }
}

/// `./here to web-0:/path`.
impl fmt::Display for CopyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.direction {
            Direction::Into => write!(f, "{} to {}:{}", self.local, self.pod, self.remote),
            Direction::OutOf => write!(f, "{}:{} to {}", self.pod, self.remote, self.local),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_kubectls() {
        use Direction::{Into, OutOf};
        let cases = [
            ("web-0:/etc/app ./here", OutOf, "shop", "web-0", "/etc/app", "./here"),
            ("./here web-0:/path", Into, "shop", "web-0", "/path", "./here"),
            ("prod/web-0:logs .", OutOf, "prod", "web-0", "logs", "."),
            ("'my file' web-0:'/a b'", Into, "shop", "web-0", "/a b", "my file"),
            ("web-0:/a:b c", OutOf, "shop", "web-0", "/a:b", "c"),
        ];
        for (text, direction, namespace, pod, remote, local) in cases {
            let found = CopyRequest::parse(text, "shop").expect(text);
            assert_eq!(found.direction, direction, "{text}");
            assert_eq!(
                (&*found.namespace, &*found.pod, &*found.remote, &*found.local),
                (namespace, pod, remote, local),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let cases = [
            ("", "a source and a destination"),
            ("web-0:/a", "a source and a destination"),
            ("a b c", "a source and a destination"),
            ("a b", "has to name a pod"),
            ("web-0:/a web-1:/b", "on this machine"),
            (":/a b", "neither"),
            ("a/b/c:/d e", "neither"),
            ("/b:/d e", "neither"),
            ("web-0: here", "no path"),
            ("'' web-0:/a", "no path"),
            ("'a web-0:/a", "quote"),
        ];
        for (text, expected) in cases {
            let said = CopyRequest::parse(text, "shop").expect_err(text);
            assert!(said.contains(expected), "{text}: {said}");
        }
    }

    #[test]
    fn kubectl_does_the_same() {
        let mut copy = CopyRequest::parse("'my file' web-0:/tmp", "shop").expect("a copy");
        assert_eq!(copy.kubectl().to_string(), "kubectl cp 'my file' shop/web-0:/tmp");
        copy.container = Some("app".to_owned());
        copy.direction = Direction::OutOf;
        assert_eq!(copy.kubectl().to_string(), "kubectl cp shop/web-0:/tmp 'my file' -c app");
        assert_eq!(copy.to_string(), "web-0:/tmp to my file");
    }
}
