//! What is wrong with a form before anything is sent: kubectl's refusals, in its order and words, each at its field.
//!
//! Source: kubectl `debug.go`, `Validate`. Start with [`check`]. The command says the first and ends; the form shows
//! each where it belongs.

use serde_json::Value;

use super::custom::NOT_MODIFIABLE;
use super::edit;
use super::form::Form;
use super::image::is_reference;
use crate::base::golang::quoted;
use crate::base::json;

/// A place in the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The object that is debugged.
    Object,
    /// [`Form::image`].
    Image,
    /// [`Form::container`].
    Container,
    /// [`Form::target`].
    Target,
    /// [`Form::pull_policy`].
    PullPolicy,
    /// [`Form::command`].
    Command,
    /// [`Form::profile`].
    Profile,
    /// [`Form::custom`].
    Custom,
    /// [`Form::tty`].
    Tty,
    /// [`Form::attach`].
    Attach,
    /// The name of the copy.
    CopyTo,
    /// Whether the original goes.
    Replace,
    /// Whether the copy stays on the node.
    SameNode,
    /// The images of the copy.
    SetImage,
}

/// Why a form makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where it is.
    pub field: Field,
    /// kubectl's sentence, without a prefix.
    pub said: String,
}

/// What is known of the object.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// None was named.
    Missing,
    /// It was not read yet, or it is a node.
    Unread,
    /// The pod.
    Pod(&'a Value),
}

impl Refusal {
    pub(super) fn new(field: Field, said: impl Into<String>) -> Self {
        Self { field, said: said.into() }
    }
}

/// Everything that is wrong; nothing if it may be sent. The server may still find more.
pub fn check(form: &Form, subject: Subject<'_>) -> Vec<Refusal> {
    let mut found = Vec::new();
    if form.attach == Some(true) && form.image.is_empty() && form.container.is_empty() {
        let said = "you must specify --container or create a new container using --image in order to attach.";
        found.push(Refusal::new(Field::Attach, said));
    }
    found.extend(if form.copy.to.is_empty() { without_copy(form) } else { of_copy(form) });
    if !form.image.is_empty() && !is_reference(&form.image) {
        let said = format!("invalid image name {}: invalid reference format", quoted(&form.image));
        found.push(Refusal::new(Field::Image, said));
    }
    if matches!(subject, Subject::Missing) {
        found.push(Refusal::new(Field::Object, "NAME or filename is required for debug"));
    }
    if !matches!(form.pull_policy.as_str(), "" | "Always" | "IfNotPresent" | "Never") {
        found.push(Refusal::new(Field::PullPolicy, format!("invalid image pull policy: {}", form.pull_policy)));
    }
    for (container, image) in form.copy.set_image.iter().filter(|(_, image)| !is_reference(image)) {
        let (image, container) = (quoted(image), quoted(container));
        let said = format!("invalid image name {image} for container {container}: invalid reference format");
        found.push(Refusal::new(Field::SetImage, said));
    }
    found.extend(behind_target(form));
    if let Subject::Pod(pod) = subject {
        found.extend(in_pod(form, pod));
    }
    found
}

/// What kubectl prints of `--target`: before the last checks, so that it stands before their refusals too.
pub fn targeting(form: &Form, first: Option<&Refusal>) -> Option<String> {
    let is_reached = first.is_none_or(|refusal| matches!(refusal.field, Field::Tty | Field::Custom));
    (is_reached && !form.quiet && !form.target.is_empty()).then(|| {
        format!(
            "Targeting container {}. If you don't see processes from this container it may be because the container \
             runtime doesn't support this feature.",
            quoted(&form.target)
        )
    })
}

fn of_copy(form: &Form) -> Option<Refusal> {
    let has_command = !form.command.is_empty();
    if form.image.is_empty() && form.copy.set_image.is_empty() && !has_command {
        return Some(Refusal::new(Field::Image, "you must specify --image, --set-image or command arguments."));
    }
    let nowhere = has_command && form.container.is_empty() && form.image.is_empty();
    nowhere.then(|| {
        let said = "you must specify an existing container or a new image when specifying args.";
        Refusal::new(Field::Container, said)
    })
}

fn without_copy(form: &Form) -> Option<Refusal> {
    let only = |field, flag| Some(Refusal::new(field, format!("{flag} may only be used with --copy-to.")));
    match &form.copy {
        copy if copy.replace => only(Field::Replace, "--replace"),
        copy if copy.same_node => only(Field::SameNode, "--same-node"),
        copy if !copy.set_image.is_empty() => only(Field::SetImage, "--set-image"),
        _ if form.image.is_empty() => {
            Some(Refusal::new(Field::Image, "you must specify --image when not using --copy-to."))
        }
        _ => None,
    }
}

fn behind_target(form: &Form) -> Vec<Refusal> {
    let mut found = Vec::new();
    if !form.target.is_empty() && !form.copy.to.is_empty() {
        let said = "--target is incompatible with --copy-to. Use --share-processes instead.";
        found.push(Refusal::new(Field::Target, said));
    }
    if form.tty && !form.stdin {
        found.push(Refusal::new(Field::Tty, "-i/--stdin is required for containers with -t/--tty=true"));
    }
    if form.custom.as_ref().is_some_and(|custom| !custom.refused().is_empty()) {
        found.push(Refusal::new(Field::Custom, NOT_MODIFIABLE));
    }
    found
}

/// What the server would refuse, found before it is asked.
fn in_pod(form: &Form, pod: &Value) -> Vec<Refusal> {
    let mut found = Vec::new();
    if form.copy.to.is_empty() {
        found.extend(name_taken(form, pod));
        let knows = |list| json::list(&pod["spec"], list).iter().any(|one| one["name"] == form.target.as_str());
        if !form.target.is_empty() && !knows("/containers") && !knows("/initContainers") {
            found.push(Refusal::new(Field::Target, format!("the pod has no container {}", quoted(&form.target))));
        }
    } else if pod["metadata"]["name"] == form.copy.to.as_str() {
        found.push(Refusal::new(Field::CopyTo, "the copy needs another name than the pod"));
    }
    found
}

/// An ephemeral container needs a name of its own. kubectl looks no further, and gives the profile to the container
/// that has the name.
pub(super) fn name_taken(form: &Form, pod: &Value) -> Option<Refusal> {
    let (list, _) = edit::find(pod, &form.container)?;
    let kind = match list {
        "initContainers" => "init container",
        "containers" => "container",
        _ => "ephemeral container",
    };
    let said = format!("the pod has {kind} {} already: choose another name", quoted(&form.container));
    Some(Refusal::new(Field::Container, said))
}
