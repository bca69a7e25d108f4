//! Images: pulled, refused, put off.

use super::super::World;
use super::super::image::{Image, Pull, full_name, invalid_name};
use super::super::runtime::State;
use super::Step;
use crate::demo::json::{list, text};

impl World {
    /// Begins with the image.
    pub(super) fn pull(&mut self, uid: &str, index: usize) {
        let Some((spec, _)) = self.container_spec(uid, index) else { return };
        let Some(node) = self.pods.get(uid).map(|pod| pod.node.clone()) else { return };
        let image = text(&spec, "/image").to_owned();
        if let Some(error) = invalid_name(&image) {
            return self.no_image_name(uid, index, error);
        }
        let present = self.nodes.get(&node).is_some_and(|kubelet| kubelet.images.contains(&image));
        match text(&spec, "/imagePullPolicy") {
            "Never" if !present => self.never_pull(uid, index, &image),
            "Always" => self.start_pull(uid, index, &image, present),
            _ if present => {
                let message =
                    format!("Container image {image:?} already present on machine and can be accessed by the pod");
                self.container_event(uid, index, false, "Pulled", message);
                self.create_container(uid, index);
            }
            _ => self.start_pull(uid, index, &image, false),
        }
    }

    fn no_image_name(&mut self, uid: &str, index: usize, error: String) {
        self.container_event(uid, index, true, "InspectFailed", error.clone());
        self.container_event(uid, index, true, "Failed", "Error: InvalidImageName".to_owned());
        self.wait_for(uid, index, "InvalidImageName", error);
        self.plan(uid, index, 13.0, Step::Begin);
    }

    fn start_pull(&mut self, uid: &str, index: usize, image: &str, present: bool) {
        if let Some(missing) = self.missing_pull_secrets(uid) {
            let message = format!(
                "Unable to retrieve some image pull secrets ({missing}); attempting to pull the image may not succeed."
            );
            if let Some(object) = self.pod_object(uid) {
                self.pod_event(&object, "", true, "FailedToRetrieveImagePullSecret", message);
            }
        }
        self.container_event(uid, index, false, "Pulling", format!("Pulling image {image:?}"));
        let seconds = match self.images.find(image) {
            Pull::Found(_) if present => 0.4,
            Pull::Found(known) => known.pull,
            Pull::Denied(known) if self.has_pull_secret(uid) => known.pull,
            _ => 1.2,
        };
        self.plan(uid, index, seconds, Step::Pulled);
    }

    fn never_pull(&mut self, uid: &str, index: usize, image: &str) {
        let message = format!("Container image {image:?} is not present with pull policy of Never");
        self.container_event(uid, index, true, "ErrImageNeverPull", message.clone());
        self.container_event(uid, index, true, "Failed", "Error: ErrImageNeverPull".to_owned());
        self.wait_for(uid, index, "ErrImageNeverPull", message);
        self.plan(uid, index, 14.0, Step::Begin);
    }

    /// The registry has answered.
    pub(super) fn pulled(&mut self, uid: &str, index: usize) {
        let Some((spec, _)) = self.container_spec(uid, index) else { return };
        let image = text(&spec, "/image").to_owned();
        let full = full_name(&image);
        let failed = format!("failed to pull and unpack image {full:?}: failed to resolve reference {full:?}");
        let fits = |known: &Image| known.platforms.is_empty() || known.platforms.contains(&self.architecture(uid));
        let error = match self.images.find(&image) {
            Pull::Found(known) if !fits(known) => format!(
                "rpc error: code = NotFound desc = failed to pull and unpack image {full:?}: no match for platform in \
                 manifest: not found"
            ),
            Pull::Found(known) => {
                let (took, size) = (format!("{}s", known.pull), known.size);
                return self.pull_done(uid, index, &image, &took, size);
            }
            Pull::Denied(known) if self.has_pull_secret(uid) => {
                let (took, size) = (format!("{}s", known.pull), known.size);
                return self.pull_done(uid, index, &image, &took, size);
            }
            Pull::Broken(why) => format!("{failed}: {why}"),
            Pull::Denied(_) => format!(
                "{failed}: pull access denied, repository does not exist or may require \
                authorization: server message: insufficient_scope: authorization failed: 401 Unauthorized"
            ),
            Pull::NotFound => format!("rpc error: code = NotFound desc = {failed}: {full}: not found"),
            Pull::NoHost(host) => format!(
                "{failed}: failed to do request: Head \"https://{host}/v2/\": dial tcp: \
                lookup {host} on 10.96.0.10:53: no such host"
            ),
        };
        self.container_event(uid, index, true, "Failed", format!("Failed to pull image {image:?}: {error}"));
        self.container_event(uid, index, true, "Failed", "Error: ErrImagePull".to_owned());
        self.wait_for(uid, index, "ErrImagePull", error);
        if let Some(container) = self.container_mut(uid, index) {
            container.pull_failures += 1;
            // 10 s, doubled each time, up to five minutes.
            container.backoff = (5.0 * 2f64.powi(container.pull_failures.min(7) as i32)).min(300.0);
        }
        self.plan(uid, index, 2.0, Step::PullBackOff);
    }

    /// The pull secrets that a pod names and that are not there, as the kubelet lists them.
    fn missing_pull_secrets(&self, uid: &str) -> Option<String> {
        let object = self.pod_object(uid)?;
        let namespace = text(&object, "/metadata/namespace");
        let names = list(&object, "/spec/imagePullSecrets").iter().map(|secret| text(secret, "/name"));
        let missing: Vec<&str> = names.filter(|name| self.store.get("secrets", namespace, name).is_none()).collect();
        (!missing.is_empty()).then(|| missing.join(", "))
    }

    /// Whether a pod says who it is to registries: one that gives out its images only to those lets it in.
    fn has_pull_secret(&self, uid: &str) -> bool {
        self.pod_object(uid).is_some_and(|object| {
            let namespace = text(&object, "/metadata/namespace");
            let mut names = list(&object, "/spec/imagePullSecrets").iter().map(|secret| text(secret, "/name"));
            names.any(|name| self.store.get("secrets", namespace, name).is_some())
        })
    }

    /// The architecture of the machine that a pod is on.
    pub(super) fn architecture(&self, uid: &str) -> String {
        let node = self.pods.get(uid).and_then(|pod| self.store.get("nodes", "", &pod.node));
        node.map(|node| text(&node, "/status/nodeInfo/architecture").to_owned()).unwrap_or_default()
    }

    fn pull_done(&mut self, uid: &str, index: usize, image: &str, took: &str, size: u64) {
        let message = format!(
            "Successfully pulled image {image:?} in {took} ({took} including waiting). Image size: {size} bytes."
        );
        self.container_event(uid, index, false, "Pulled", message);
        if let Some(container) = self.container_mut(uid, index) {
            container.pull_failures = 0;
            container.backoff = 0.0;
        }
        if let Some(kubelet) = self.pods.get(uid).and_then(|pod| self.nodes.get_mut(&pod.node)) {
            kubelet.images.insert(image.to_owned());
        }
        self.create_container(uid, index);
    }

    /// Says that it waits; tries again when the wait is over.
    pub(super) fn pull_back_off(&mut self, uid: &str, index: usize) {
        let Some((spec, _)) = self.container_spec(uid, index) else { return };
        let Some(container) = self.container_mut(uid, index) else { return };
        if container.backoff <= 0.0 {
            return self.pull(uid, index);
        }
        container.backoff -= 14.0;
        let wait = if container.backoff > 0.0 { 14.0 } else { 14.0 + container.backoff };
        let error = match &container.state {
            State::Waiting { reason, message } if reason == "ErrImagePull" => Some(message.clone()),
            _ => None,
        };
        let put_off = format!("Back-off pulling image {:?}", text(&spec, "/image"));
        self.container_event(uid, index, false, "BackOff", put_off.clone());
        self.container_event(uid, index, true, "Failed", "Error: ImagePullBackOff".to_owned());
        if let Some(error) = error {
            self.wait_for(uid, index, "ImagePullBackOff", format!("{put_off}: ErrImagePull: {error}"));
        }
        self.plan(uid, index, wait.max(1.0), Step::PullBackOff);
    }

    /// The container waits, for a reason and with a message.
    pub(super) fn wait_for(&mut self, uid: &str, index: usize, reason: &str, message: String) {
        if let Some(container) = self.container_mut(uid, index) {
            container.epoch += 1;
            container.state = State::waiting(reason, message);
        }
    }
}
