//! A place in the cluster for what a measurement needs.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::server::{kubeconfig, kubectl};

/// A namespace that is deleted with what is in it.
pub struct Namespace(pub String);

impl Namespace {
    /// A new one.
    pub fn new() -> Self {
        // One that is being deleted still has its name.
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("podtriage-measure-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        kubectl(&format!("create namespace {name}"), "");
        Self(name)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let mut command = Command::new("kubectl");
        command.env("KUBECONFIG", kubeconfig()).args(["delete", "namespace", &self.0, "--wait=false"]);
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}
