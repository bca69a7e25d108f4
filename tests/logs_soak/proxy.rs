//! A TCP proxy on loopback that cuts connections and makes them half open.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An open connection, seen from the client and from the server.
struct Pair {
    client: TcpStream,
    /// Nothing is passed on any more, and nobody is told.
    deaf: Arc<Mutex<bool>>,
}

/// Passes connections on to an address.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    open: Arc<Mutex<Vec<Pair>>>,
}

impl Proxy {
    /// Starts one; it ends with the process.
    pub fn start(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let open = Arc::new(Mutex::new(Vec::new()));
        let pairs = Arc::clone(&open);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A server that is down refuses; so does the proxy.
                let Ok(server) = TcpStream::connect(&target) else { continue };
                let deaf = Arc::new(Mutex::new(false));
                pump(client.try_clone().expect("a handle"), server.try_clone().expect("a handle"), Arc::clone(&deaf));
                pump(server, client.try_clone().expect("a handle"), Arc::clone(&deaf));
                pairs.lock().expect("unbroken").push(Pair { client, deaf });
            }
        });
        Self { address, open }
    }

    /// Ends every open connection at once, wherever it is.
    pub fn cut(&self) {
        for pair in self.open.lock().expect("unbroken").drain(..) {
            *pair.deaf.lock().expect("unbroken") = true;
            let _ = pair.client.shutdown(Shutdown::Both);
        }
    }

    /// Every open connection passes nothing on from now on, and stays open.
    pub fn half_open(&self) {
        for pair in self.open.lock().expect("unbroken").iter() {
            *pair.deaf.lock().expect("unbroken") = true;
        }
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, deaf: Arc<Mutex<bool>>) {
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = from.read(&mut buffer).unwrap_or(0);
            if *deaf.lock().expect("unbroken") {
                // Held, so that neither side learns of it.
                std::thread::sleep(Duration::from_secs(600));
                return;
            }
            if count == 0 || to.write_all(&buffer[..count]).is_err() {
                let _ = to.shutdown(Shutdown::Both);
                return;
            }
        }
    });
}
