//! A port-forward as a value: which port of what, where to listen, and the kubectl command that does the same.
//!
//! Nothing here listens; `cluster::forward` does. Start with [`ForwardRequest`].

use std::fmt;

use super::kind::ObjectKey;
use super::kubectl::Kubectl;

/// Where kubectl listens when nobody says: `127.0.0.1` and `::1`.
pub const LOCALHOST: &str = "localhost";

/// One forwarded port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardRequest {
    /// A pod, or something that has pods: a workload or a Service.
    pub target: ObjectKey,
    /// The ports at both ends.
    pub port: PortSpec,
    /// [`LOCALHOST`], or an IP address of this machine.
    pub address: String,
}

/// `[LOCAL:]REMOTE`, as kubectl reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortSpec {
    /// The port to listen on; 0 takes one that is free, `None` the same as the remote one.
    pub local: Option<u16>,
    /// The port to reach.
    pub remote: RemotePort,
}

/// A port of a pod or Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemotePort {
    /// By number; never 0.
    Number(u16),
    /// By the name that a container or Service gives it.
    Name(String),
}

impl PortSpec {
    /// Reads `8080`, `8080:80`, `:80`, `0:80`, `8443:https`, `https` (client-go, `parsePorts`).
    ///
    /// # Errors
    ///
    /// Why it is no port, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (local, remote) = match text.split_once(':') {
            None => (None, text),
            Some(("", remote)) => (Some(0), remote),
            Some((local, remote)) => {
                let local = local.parse().map_err(|_| format!("`{local}` in `{text}` is no local port"))?;
                (Some(local), remote)
            }
        };
        Ok(Self { local, remote: RemotePort::parse(remote).ok_or_else(|| format!("`{text}` names no remote port"))? })
    }
}

impl RemotePort {
    fn parse(text: &str) -> Option<Self> {
        // Names are letters, digits and dashes, with a letter among them (RFC 6335).
        let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && text.bytes().any(|byte| byte.is_ascii_alphabetic());
        match text.parse() {
            Ok(0) => None,
            Ok(number) => Some(Self::Number(number)),
            Err(_) => is_name.then(|| Self::Name(text.to_owned())),
        }
    }
}

impl ForwardRequest {
    /// Reads what a person typed: ports parted by spaces, and `--address ADDRESS` before, between or behind them.
    ///
    /// # Errors
    ///
    /// What of it cannot be meant, as a sentence.
    pub fn parse(target: &ObjectKey, text: &str) -> Result<Vec<Self>, String> {
        let (mut address, mut ports) = (LOCALHOST.to_owned(), Vec::new());
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            match word.strip_prefix("--address") {
                Some("") => words.next().ok_or("`--address` needs an address")?.clone_into(&mut address),
                Some(value) => value.trim_start_matches('=').clone_into(&mut address),
                None => ports.push(PortSpec::parse(word)?),
            }
        }
        if ports.is_empty() {
            return Err("no port was named".to_owned());
        }
        Ok(ports.into_iter().map(|port| Self { target: target.clone(), port, address: address.clone() }).collect())
    }

    /// The kubectl command that does the same.
    pub fn kubectl(&self) -> Kubectl {
        let command = Kubectl::new(["port-forward"]).slashed(&self.target).word(self.port.to_string());
        if self.address == LOCALHOST { command } else { command.word("--address").word(&*self.address) }
    }
}

impl fmt::Display for PortSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.local {
            None => write!(f, "{}", self.remote),
            Some(0) => write!(f, ":{}", self.remote),
            Some(local) => write!(f, "{local}:{}", self.remote),
        }
    }
}

impl fmt::Display for RemotePort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;
    use crate::model::resource::tests::deployments;

    #[test]
    fn ports_are_read_as_kubectl_does() {
        let number = RemotePort::Number;
        let name = |name: &str| RemotePort::Name(name.to_owned());
        let cases = [
            ("5000", None, number(5000)),
            ("8888:5000", Some(8888), number(5000)),
            ("0:5000", Some(0), number(5000)),
            (":5000", Some(0), number(5000)),
            ("8443:https", Some(8443), name("https")),
            ("https", None, name("https")),
            (":http-2", Some(0), name("http-2")),
            ("65535", None, number(65535)),
        ];
        for (text, local, remote) in cases {
            assert_eq!(PortSpec::parse(text), Ok(PortSpec { local, remote }), "{text}");
        }
        for text in ["", ":", "0", "8080:0", "8080:", "65536", "70000:80", "x:80", "1:2:3", "-1", "80 81", "a/b"] {
            assert!(PortSpec::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_line_may_name_several_and_an_address() {
        let pod = ObjectKey::new(Kind::Pod, "shop", "web-0");
        let found = ForwardRequest::parse(&pod, " 8080:80 --address 10.0.0.1  https").expect("two ports");
        let commands: Vec<_> = found.iter().map(|request| request.kubectl().to_string()).collect();
        assert_eq!(
            commands,
            [
                "kubectl port-forward pod/web-0 -n shop 8080:80 --address 10.0.0.1",
                "kubectl port-forward pod/web-0 -n shop https --address 10.0.0.1",
            ]
        );
        assert!(ForwardRequest::parse(&pod, "").is_err());
        assert!(ForwardRequest::parse(&pod, "80 --address").is_err());
        let web = ObjectKey::new(deployments(), "shop", "web");
        let found = ForwardRequest::parse(&web, ":80").expect("a port");
        assert_eq!(found[0].kubectl().to_string(), "kubectl port-forward deployment.apps/web -n shop :80");
    }
}
