//! Why the runtime does not start a container though its image and its settings are there.

use serde_json::Value;

use super::super::World;
use super::super::image::Image;
use super::super::logs::Instance;
use super::super::runtime::{Ending, State};
use super::super::security::number_of;
use super::super::tools;
use super::Step;
use crate::base::stamp::Stamp;
use crate::demo::json::{int, list, text};

impl World {
    /// A container that must not run as root, but would.
    pub(super) fn root_refused(&self, object: &Value, spec: &Value) -> Option<String> {
        let (own, whole) = (&spec["securityContext"], &object["spec"]["securityContext"]);
        let demanded = own.get("runAsNonRoot").or_else(|| whole.get("runAsNonRoot"));
        if demanded != Some(&Value::Bool(true)) {
            return None;
        }
        let why = match int(own, "/runAsUser").or_else(|| int(whole, "/runAsUser")) {
            Some(0) => "container's runAsUser breaks non-root policy",
            Some(_) => return None,
            None if self.images.get(text(spec, "/image")).is_some_and(|image| number_of(&image.user) != 0) => {
                return None;
            }
            None => "container has runAsNonRoot and image will run as root",
        };
        let meta = |field: &str| text(object, &format!("/metadata/{field}"));
        let whole = format!("{}_{}({})", meta("name"), meta("namespace"), meta("uid"));
        Some(format!("{why} (pod: {whole:?}, container: {})", text(spec, "/name")))
    }

    /// Why the runtime cannot start the container's command.
    pub(super) fn start_error(&self, spec: &Value) -> Option<String> {
        let image = self.images.get(text(spec, "/image"))?;
        if let Some(error) = bad_directory(image, text(spec, "/workingDir")) {
            return Some(runc(&error));
        }
        let command = list(spec, "/command").first().or_else(|| {
            // An image that is only a shell takes its arguments for a command.
            list(spec, "/args").first().filter(|_| image.program.shell)
        })?;
        let name = command.as_str()?;
        if image.files.contains_key(name) || name == "/etc/passwd" {
            return Some(runc(&format!("exec: {name:?}: permission denied")));
        }
        if tools::has(&image.base, name) || image.command.first().is_some_and(|own| own == name) {
            return None;
        }
        // What else an image contains is known where it names its own program, and of those that are made of tools.
        let known = image.program.shell || tools::is_known(name) || !image.command.is_empty();
        known.then(|| runc_failed(&tools::not_found(name)))
    }

    /// The runtime could not start it: waiting with that reason for a moment, then it has ended with code 128.
    pub(super) fn could_not_start(&mut self, uid: &str, index: usize, message: String) {
        self.container_event(uid, index, true, "Failed", format!("Error: {message}"));
        let id = format!("containerd://{}", self.random.hex(64));
        let now = self.now;
        let Some(container) = self.container_mut(uid, index) else { return };
        container.begin_run(Instance {
            id,
            started: now,
            finished: Some(now),
            program: super::super::image::Program::default(),
            extra: Vec::new(),
        });
        self.wait_for(uid, index, "RunContainerError", message);
        self.plan(uid, index, 1.5, Step::StartError);
    }

    pub(super) fn start_failed(&mut self, uid: &str, index: usize) {
        let now = self.now;
        let Some(container) = self.container_mut(uid, index) else { return };
        let State::Waiting { message, .. } = &container.state else { return };
        let (reason, message) = ("StartError".to_owned(), message.clone());
        let id = container.instance.as_ref().map(|run| run.id.clone()).unwrap_or_default();
        let ending = Ending { code: 128, reason, message, started: Stamp::from_seconds(0), finished: now, id };
        self.ended(uid, index, ending, 0);
    }
}

/// A working directory that cannot be made, for it is a file.
fn bad_directory(image: &Image, directory: &str) -> Option<String> {
    let is_file = image.files.contains_key(directory) || directory == "/etc/passwd";
    is_file.then(|| format!("error during container init: mkdir {directory}: not a directory"))
}

fn runc(why: &str) -> String {
    runc_failed(&format!("unable to start container process: {why}: unknown"))
}

fn runc_failed(why: &str) -> String {
    let task = "failed to create containerd task: failed to create shim task: OCI runtime create failed";
    format!("{task}: runc create failed: {why}")
}
