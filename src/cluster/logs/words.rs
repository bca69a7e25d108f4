//! What to say of a log that there is not, or not any more: the kubelet's words, and what can be done. Pure.
//!
//! The kubelet's rules and texts: `validateContainerLogStatus`. It says them as a refusal (400), and for a container that
//! was removed as the body of an answer.

use super::data::{ContainerExit, LogEnd};

/// Why there is no log of a pod that was not scheduled.
pub const NO_NODE: &str = "the pod has no node yet";

/// What the kubelet says of a container that has no log yet, without the names that the person knows; `None` when it
/// speaks of something else, which waiting does not change.
pub fn waiting(message: &str) -> Option<&str> {
    if message.contains("is not available") {
        return Some("the container is not available");
    }
    Some(&message[message.find("waiting to start")?..])
}

/// What the kubelet says of a reason to wait.
pub fn of_reason(reason: &str) -> &str {
    match reason {
        "ErrImagePull" => "image can't be pulled",
        "ImagePullBackOff" => "trying and failing to pull image",
        reason => reason,
    }
}

/// Words of [`waiting`] with what can be done about it.
pub fn waiting_with_advice(words: &str) -> String {
    match advice(words) {
        "" => words.to_owned(),
        advice => format!("{words}. {advice}"),
    }
}

/// What can be done when a log is refused with this sentence; empty when nothing sensible can be said.
pub fn advice(said: &str) -> &'static str {
    let table = [
        ("image can't be pulled", "The pod's events say why; it is tried again"),
        ("trying and failing to pull image", "The pod's events say why; it is tried again"),
        (
            "CreateContainerConfigError",
            "A Secret or ConfigMap that it names may be missing; the pod's events say which",
        ),
        ("CreateContainerError", "The pod's events say why; it is tried again"),
        ("InvalidImageName", "The name of the image cannot be read; mend it in the pod's template"),
        ("PodInitializing", "Its init containers run first; their logs say how far they are"),
        ("ContainerCreating", "Volumes and the network come first; if it lasts, the pod's events say why"),
        ("no node yet", "The pod's events say why it is not scheduled"),
        ("is not available", "The node knows of no run of it; the pod's status and events say why"),
        ("is terminated", "It ended before it ran; the pod's status and events say why"),
        (
            "previous terminated container",
            "It has not been restarted, or the node has removed that run; leave out previous",
        ),
        ("is not valid for pod", "Choose one of its containers"),
        ("unable to retrieve container logs", "The node has removed the container and its log"),
    ];
    table.iter().find(|(words, _)| said.contains(words)).map_or("", |(_, advice)| advice)
}

/// How a container's run ended: `it ended with exit code 137 (OOMKilled)`.
pub fn exit(ContainerExit { code, reason }: &ContainerExit) -> String {
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    format!("it ended with exit code {code}{reason}")
}

/// Why nothing more comes; empty where there is nothing to say beyond the log.
pub fn end(end: &LogEnd) -> String {
    match end {
        LogEnd::Previous | LogEnd::Once => String::new(),
        LogEnd::Exited(how) => exit(how),
        LogEnd::PodGone => "the pod was deleted".to_owned(),
        LogEnd::PodReplaced => "the pod was deleted, and another has its name now".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_the_kubelet_has_its_advice() {
        for (said, words) in [
            ("waiting to start: image can't be pulled", "events"),
            ("waiting to start: trying and failing to pull image", "events"),
            ("waiting to start: ContainerCreating", "Volumes"),
            ("waiting to start: PodInitializing", "init containers"),
            ("waiting to start: CreateContainerConfigError", "Secret"),
        ] {
            let message = format!("container \"app\" in pod \"web-0\" is {said}");
            assert_eq!(waiting(&message), Some(said));
            assert!(waiting_with_advice(said).starts_with(said) && advice(&message).contains(words), "{said}");
        }
        let evicted = waiting("container \"app\" in pod \"web-0\" is not available").map(waiting_with_advice);
        assert!(evicted.is_some_and(|said| said.starts_with("the container is not available. ")));
        assert_eq!(waiting_with_advice("waiting to start - no logs yet"), "waiting to start - no logs yet");
        assert_eq!(waiting("previous terminated container \"app\" in pod \"web-0\" not found"), None);
        assert!(advice("container \"app\" in pod \"web-0\" is terminated").contains("before it ran"));
        assert!(advice("previous terminated container \"app\" in pod \"web-0\" not found").contains("previous"));
    }

    #[test]
    fn an_end_is_said_unless_the_log_says_it_all() {
        let killed = ContainerExit { code: 137, reason: "OOMKilled".to_owned() };
        assert_eq!(end(&LogEnd::Exited(killed)), "it ended with exit code 137 (OOMKilled)");
        assert_eq!((end(&LogEnd::Once).as_str(), end(&LogEnd::PodGone).as_str()), ("", "the pod was deleted"));
    }
}
