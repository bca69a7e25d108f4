//! Listening on this machine, by kubectl's rules (client-go, `listenOnPort`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use futures::future::select_all;
use tokio::net::{TcpListener, TcpStream};

use crate::model::forward::LOCALHOST;

/// The listeners of one local port.
pub(super) struct Listeners(Vec<TcpListener>);

/// Why nothing listens.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error("`{0}` is no IP address")]
    Address(String),
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Failed {
    /// What to do.
    pub(super) fn advice(&self) -> &'static str {
        let Self::System(error) = self else { return "Give an address of this machine, or `localhost`" };
        match error.kind() {
            io::ErrorKind::AddrInUse => {
                "Another program has this port: name another before the colon, or none for a free one"
            }
            io::ErrorKind::PermissionDenied => {
                "Ports below 1024 are root's: name another before the colon, or none for a free one"
            }
            io::ErrorKind::AddrNotAvailable => "This machine does not have that address",
            _ => "",
        }
    }
}

impl Listeners {
    /// Listens on a port, 0 being one that is free. `localhost` is `127.0.0.1` and `::1`, of which one is enough: not every
    /// machine has both.
    pub(super) async fn bind(address: &str, port: u16) -> Result<Self, Failed> {
        if address != LOCALHOST {
            let address: IpAddr = address.parse().map_err(|_| Failed::Address(address.to_owned()))?;
            return Ok(Self(vec![TcpListener::bind(SocketAddr::new(address, port)).await?]));
        }
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        // A free port has to be the same on both.
        let port = first.as_ref().ok().and_then(|listener| listener.local_addr().ok()).map_or(port, |addr| addr.port());
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await;
        match (first, second) {
            (Err(error), Err(_)) => Err(error.into()),
            (first, second) => Ok(Self(first.into_iter().chain(second).collect())),
        }
    }

    /// Where they listen.
    pub(super) fn addresses(&self) -> Vec<String> {
        self.0.iter().filter_map(|listener| Some(listener.local_addr().ok()?.to_string())).collect()
    }

    /// The next connection of any of them.
    pub(super) async fn accept(&self) -> io::Result<TcpStream> {
        let all = self.0.iter().map(|listener| Box::pin(listener.accept()));
        let (accepted, _, _) = select_all(all).await;
        Ok(accepted?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(listeners: &Listeners) -> u16 {
        listeners.0[0].local_addr().expect("an address").port()
    }

    #[tokio::test]
    async fn a_free_port_is_the_same_on_both_addresses() {
        let listeners = Listeners::bind(LOCALHOST, 0).await.expect("a free port");
        let port = port(&listeners);
        assert!(port > 0);
        assert!(listeners.addresses().iter().all(|address| address.ends_with(&format!(":{port}"))));
        let (socket, accepted) = tokio::join!(TcpStream::connect(("127.0.0.1", port)), listeners.accept());
        assert!(socket.is_ok() && accepted.is_ok());
    }

    #[tokio::test]
    async fn a_taken_port_is_said_with_what_to_do() {
        let taken = Listeners::bind("127.0.0.1", 0).await.expect("a free port");
        let failed = Listeners::bind("127.0.0.1", port(&taken)).await.err().expect("it is taken");
        assert!(failed.to_string().contains("in use"), "{failed}");
        assert!(failed.advice().contains("name another"));
        // kubectl takes one of the two for enough.
        assert!(Listeners::bind("nowhere", 0).await.is_err_and(|failed| failed.to_string().contains("nowhere")));
    }
}
