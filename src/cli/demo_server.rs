//! The demo cluster on a loopback port, for kubectl and other clients.

use std::process::ExitCode;

use tokio::net::TcpListener;

use super::screen::DEMO_SEED;
use crate::demo::{self, DemoCluster, DemoOptions};
use crate::runtime::now;

/// Serves until it is interrupted. The error is a sentence for the person.
pub fn run(port: u16, kubeconfig: Option<&str>, scenario: Option<String>) -> Result<ExitCode, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("could not start: {error}"))?;
    runtime.block_on(async {
        let options = DemoOptions { seed: DEMO_SEED, scenario, now: now() };
        let cluster = DemoCluster::start(options).map_err(|unknown| unknown.to_string())?;
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .map_err(|error| format!("could not listen on 127.0.0.1:{port}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let token = token()?;
        tell(&demo::kubeconfig(address, &token), kubeconfig)?;
        tokio::select! {
            () = cluster.serve(listener, &token) => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Hands out the kubeconfig: as a file that only its owner can read, or printed.
#[expect(clippy::print_stdout, reason = "this command has no screen")]
fn tell(text: &str, path: Option<&str>) -> Result<(), String> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let Some(path) = path else {
        println!("{text}");
        return Ok(());
    };
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("could not write {path}: {error}"))?;
    println!("serving the demo cluster; kubectl --kubeconfig {path} get pods -A");
    Ok(())
}

/// A token that nobody guesses.
fn token() -> Result<String, String> {
    use std::fmt::Write as _;
    use std::io::Read as _;
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .map_err(|error| format!("could not make a token: {error}"))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
