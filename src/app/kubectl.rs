//! `K`: the kubectl commands that show or do the same, to be copied.

use super::App;
use super::message::{Effect, Notice};
use super::modal::{Chooses, Modal};
use super::panes::logs::LogTarget;
use super::panes::object::ObjectView;
use super::panes::shell::Purpose;
use super::panes::{Identity, Pane};
use super::picker::{Choice, Picker};
use super::view::View;
use crate::cluster::api::{LogSelection, LogsRequest};
use crate::model::kind::{Kind, ObjectKey};
use crate::model::kubectl::Kubectl;

/// Small, and with a shell.
const DEBUG_IMAGE: &str = "busybox";

impl App {
    /// Lists the commands for what has the focus; the chosen one is copied.
    pub(super) fn show_commands(&mut self) {
        let commands = match (self.focused_pane(), self.target()) {
            (Some((_, pane)), _) => commands_of_pane(pane),
            (None, _) if self.view == View::Sessions => self.session_commands(),
            (None, Some(key)) => self.commands_of(&key),
            (None, None) => Vec::new(),
        };
        if commands.is_empty() {
            self.notify(Notice::error("there is no object under the cursor"));
            return;
        }
        let context = self.session.chosen_context().unwrap_or_default();
        let choice = |(about, command): (&str, Kubectl)| Choice {
            text: command.context(&context).to_string(),
            about: about.to_owned(),
        };
        let mut picker = Picker::new("kubectl", commands.into_iter().map(choice).collect());
        "enter copies".clone_into(&mut picker.note);
        self.modal = Some(Modal::Picker(Chooses::Kubectl, picker));
    }

    pub(super) fn copy_command(&mut self, command: String) {
        self.notify(Notice::info(format!("copied {command}")));
        self.effects.push(Effect::Copy(command));
    }

    fn commands_of(&self, key: &ObjectKey) -> Vec<(&'static str, Kubectl)> {
        let mut commands = vec![("describe", describe(key)), ("yaml", yaml(key)), ("events", events(key))];
        if key.is(Kind::Pod) {
            let container = self.chosen_container().unwrap_or_default();
            commands.push(("logs", logs(key, &container, false)));
            commands.push(("previous logs", logs(key, &container, true)));
            commands.push(("shell", shell(key, &container)));
            commands.push(("attach", attach(key, &container)));
            commands.push(("debug container", debug(key, &container)));
        }
        if key.is(Kind::Node) {
            commands.push(("cordon", Kubectl::new(["cordon"]).word(&*key.name)));
            commands.push(("uncordon", Kubectl::new(["uncordon"]).word(&*key.name)));
            commands.push(("drain", Kubectl::new(["drain"]).word(&*key.name).word("--ignore-daemonsets")));
        }
        commands.push(("delete", Kubectl::new(["delete"]).on(key)));
        commands
    }
}

fn commands_of_pane(pane: &Pane) -> Vec<(&'static str, Kubectl)> {
    if let Pane::Debug(pane) = pane {
        return pane.command().map(|command| ("debug", command)).into_iter().collect();
    }
    match pane.identity() {
        Identity::Object(ObjectView::Describe, key) => vec![("describe", describe(&key))],
        Identity::Object(ObjectView::Yaml, key) => vec![("yaml", yaml(&key))],
        Identity::Logs(LogTarget::One(request)) => {
            let key = ObjectKey::new(Kind::Pod, &request.namespace, &request.pod);
            vec![("logs", logs(&key, &request.container, request.previous))]
        }
        Identity::Logs(LogTarget::Many(request)) => many_logs(&request).into_iter().map(|one| ("logs", one)).collect(),
        Identity::Shell(Purpose::Attach, key, container) => vec![("attach", attach(&key, &container))],
        Identity::Shell(Purpose::Command(words), key, container) => {
            vec![("command", exec(&key, &container).running(words.iter().map(String::as_str)))]
        }
        Identity::Shell(Purpose::Shell, key, container) => {
            vec![("shell", shell(&key, &container)), ("debug container", debug(&key, &container))]
        }
        Identity::Run(key, container, line) => vec![("command", run(&key, &container, &line))],
        Identity::Edit(key) => vec![("edit", edit(&key))],
        // What it does stands in its form.
        Identity::Debug(_) => Vec::new(),
    }
}

fn describe(key: &ObjectKey) -> Kubectl {
    Kubectl::new(["describe"]).on(key)
}

fn yaml(key: &ObjectKey) -> Kubectl {
    Kubectl::new(["get"]).on(key).word("-o").word("yaml")
}

fn edit(key: &ObjectKey) -> Kubectl {
    Kubectl::new(["edit"]).on(key)
}

fn events(key: &ObjectKey) -> Kubectl {
    Kubectl::new(["events", "--for"]).slashed(key)
}

fn logs(key: &ObjectKey, container: &str, previous: bool) -> Kubectl {
    let how = if previous { "--previous" } else { "-f" };
    Kubectl::new(["logs"]).word(&*key.name).word("-c").word(container).namespace(&key.namespace).word(how)
}

/// The commands that come nearest to a stream of many logs: kubectl has no expressions, and no order of time.
fn many_logs(request: &LogsRequest) -> Vec<Kubectl> {
    let bare = || Kubectl::new(["logs"]);
    let commands = match &request.selection {
        LogSelection::Pods(pods) => {
            pods.iter().map(|(namespace, pod)| bare().word(pod).namespace(namespace)).collect::<Vec<_>>()
        }
        LogSelection::Owner(owner) => vec![bare().slashed(owner).word("--all-pods")],
        LogSelection::Labels { namespace, selector } => {
            let namespace = namespace.as_deref().unwrap_or_default();
            vec![bare().word("-l").word(selector).namespace(namespace).word("--prefix")]
        }
    };
    let how = if request.previous { "--previous" } else { "-f" };
    let most = format!("--max-log-requests={}", request.at_once);
    commands.into_iter().map(|command| command.word("--all-containers").word(how).word(&*most)).collect()
}

fn shell(key: &ObjectKey, container: &str) -> Kubectl {
    exec(key, container).running(["sh"])
}

/// As it was typed; what is sent may need a shell of the container, as it would here.
fn run(key: &ObjectKey, container: &str, line: &str) -> Kubectl {
    let command = Kubectl::new(["exec"]).word(&*key.name).word("-c").word(container).namespace(&key.namespace);
    command.running(["sh", "-c", line])
}

fn exec(key: &ObjectKey, container: &str) -> Kubectl {
    let command = Kubectl::new(["exec", "-it"]).word(&*key.name).word("-c").word(container);
    command.namespace(&key.namespace)
}

fn attach(key: &ObjectKey, container: &str) -> Kubectl {
    let command = Kubectl::new(["attach", "-it"]).word(&*key.name).word("-c").word(container);
    command.namespace(&key.namespace)
}

/// A container with a shell beside one that may have none.
fn debug(key: &ObjectKey, container: &str) -> Kubectl {
    let command = Kubectl::new(["debug", "-it"]).word(&*key.name).word(format!("--image={DEBUG_IMAGE}"));
    command.word(format!("--target={container}")).namespace(&key.namespace)
}
