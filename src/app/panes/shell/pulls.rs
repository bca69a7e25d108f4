//! What is said of an image that cannot be pulled: the words of the pull that failed, whatever was said of it since.
//!
//! A node says them once, then that it waits before it tries again, and after a start of its own only that it creates
//! the container. Start with [`telling`].

use crate::cluster::api::Waiting;

/// Behind this the back-off of newer kubelets repeats why the pull failed.
const CAUSE: &str = ": ErrImagePull: ";

/// Whether a reason says that an image cannot be had.
fn is_pull(reason: &str) -> bool {
    matches!(
        reason,
        "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" | "ImageInspectError"
    )
}

/// Whether a reason says no more than that somebody is at it.
fn says_nothing(waiting: &Waiting) -> bool {
    waiting.message.is_empty() && matches!(waiting.reason.as_str(), "" | "ContainerCreating" | "PodInitializing")
}

/// What a tile shows while it waits, after what it showed before.
pub(super) fn telling(before: &Waiting, now: Waiting) -> Waiting {
    if is_pull(&before.reason) && says_nothing(&now) {
        return before.clone();
    }
    if now.reason != "ImagePullBackOff" {
        return now;
    }
    let message = match now.message.split_once(CAUSE) {
        Some((_, cause)) => cause.to_owned(),
        None if is_pull(&before.reason) && !before.message.is_empty() => before.message.clone(),
        None => now.message,
    };
    Waiting { message, ..now }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(reason: &str, message: &str) -> Waiting {
        Waiting { reason: reason.to_owned(), message: message.to_owned() }
    }

    /// What is shown in the end of what the node says in turn.
    fn shown(said: &[(&str, &str)]) -> (String, String) {
        let last = said
            .iter()
            .fold(Waiting::default(), |before, (reason, message)| telling(&before, waiting(reason, message)));
        (last.reason, last.message)
    }

    #[test]
    fn d43_the_words_of_the_pull_outlast_the_back_off() {
        let pull = ("ErrImagePull", "failed to resolve x:1: not found");
        let back_off = ("ImagePullBackOff", "Back-off pulling image \"x:1\"");
        let creating = ("ContainerCreating", "");
        let told = ("ImagePullBackOff".to_owned(), pull.1.to_owned());
        assert_eq!(shown(&[creating, pull, back_off]), told);
        assert_eq!(shown(&[creating, pull, back_off, creating]), told, "the kubelet began anew");
        let whole = "Back-off pulling image \"x:1\": ErrImagePull: failed to resolve x:1: not found";
        assert_eq!(shown(&[("ImagePullBackOff", whole)]), told, "a newer kubelet repeats it");
        assert_eq!(shown(&[back_off]).1, back_off.1, "nobody has said more");
        assert_eq!(shown(&[back_off, pull]).1, pull.1);
    }

    #[test]
    fn another_reason_is_shown_as_it_comes() {
        let pull = ("ErrImagePull", "not found");
        for next in
            [("CreateContainerConfigError", "no secret"), ("ContainerCreating", "mounting"), ("Unschedulable", "")]
        {
            assert_eq!(shown(&[pull, next]), (next.0.to_owned(), next.1.to_owned()));
        }
        assert_eq!(shown(&[("PodInitializing", ""), ("ContainerCreating", "")]).0, "ContainerCreating");
    }
}
