//! Images that do not come: what the registry, the runtime or the kubelet says of the pull.
//!
//! The waiting reason (`ErrImagePull`, `ImagePullBackOff`, `InvalidImageName`, `ErrImageNeverPull`) says that it failed, the
//! newest `Failed` event of the container says why. `ImagePullBackOff`'s own message says only that it will try again.

use super::super::facts::ContainerFacts;
use super::super::finding::{Evidence, Finding, Severity};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};

pub(super) static RULES: &[Rule] = &[Rule {
    id: "image.not-found",
    severity: Severity::Broken,
    explains: &["ready.*", "owner.progress-deadline", "image.slow"],
    means: "The registry answers that there is no such image, or no such tag of it.",
    known_by: "The container waits with ErrImagePull or ImagePullBackOff, and the words of the pull are those of a 404.",
    remedy: "Compare the image's name and tag with what the registry has, and set the right one.",
    judge: Judge::Container(not_found),
}];

/// What a pull says where there is no such image: containerd 1.6 to 2.1.
const NOT_FOUND: &[&str] = &["not found", "manifest unknown", "does not exist"];

/// The words of the pull that failed last. The state's own message where it has more than the back-off.
fn words<'a>(facts: &ContainerFacts<'a>) -> Option<(&'a str, Option<Evidence>)> {
    let wait = facts.wait().filter(|wait| matches!(&*wait.reason, "ErrImagePull" | "ImagePullBackOff"))?;
    let failed = facts.event(&["Failed"]).filter(|event| event.message.starts_with("Failed to pull image"));
    match failed {
        Some(event) => Some((&event.message, Some(Evidence::event(event)))),
        None => Some((&wait.message, None)),
    }
}

fn not_found(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let (words, event) = words(facts)?;
    NOT_FOUND.iter().any(|pattern| words.contains(pattern)).then_some(())?;
    let cause = format!("image {} is not in its registry", facts.row.image);
    let finding = rule.in_container(facts, cause).seen(facts.state()).seen(event);
    let owner = facts.pod.owner().container(&facts.row.name);
    Some(finding.next(Next::new(Step::SetImage, &owner)).next(Next::new(Step::Events, &facts.pod.subject())))
}
