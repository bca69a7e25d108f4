//! Port-forwards and copies: from a prompt to a job that is followed.

use super::super::modal::{Asked, Modal};
use super::super::prompt::Prompt;
use super::*;
use crate::base::count::{bytes, percent};
use crate::base::key::{Code, Key};
use crate::base::problem::Problem;
use crate::cluster::api::{CopyRequest, CopyStatus, CopyUpdate, ForwardRequest, ForwardStatus, ForwardUpdate};
use crate::model::kind::{Kind, ObjectKey};

/// How many lines that were typed are kept for a prompt.
const TYPED: usize = 50;
/// What has pods that a port can be forwarded to.
const FORWARDABLE: [&str; 8] =
    ["pods", "services", "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs"];

/// Something that was begun at a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What it does, and how it stands.
    pub work: Work,
    /// Since when.
    pub since: Stamp,
    /// In which context.
    pub context: String,
    /// How it ended, when it has: `Ok` for a copy that is complete.
    pub end: Option<Result<(), Problem>>,
}

/// What a transfer does, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A port-forward.
    Forward(ForwardRequest, ForwardStatus),
    /// A copy.
    Copy(CopyRequest, CopyStatus),
}

/// What is being asked at a prompt.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    /// Reads the ports of the target.
    job: JobId,
    target: ObjectKey,
    container: Option<String>,
}

/// What was typed at prompts, and where in it one is.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    lines: Vec<(Asked, String)>,
    back: usize,
}

impl Typed {
    fn remember(&mut self, asked: Asked, text: &str) {
        self.lines.retain(|(known, line)| (*known, line.as_str()) != (asked, text));
        self.lines.push((asked, text.to_owned()));
        if self.lines.len() > TYPED {
            self.lines.remove(0);
        }
    }

    /// The line before, or the one after.
    fn step(&mut self, asked: Asked, older: bool) -> Option<&str> {
        let lines: Vec<_> = self.lines.iter().rev().filter(|(known, _)| *known == asked).collect();
        self.back = if older { (self.back + 1).min(lines.len()) } else { self.back.saturating_sub(1) };
        match self.back.checked_sub(1) {
            Some(at) => lines.get(at).map(|(_, line)| line.as_str()),
            None => Some(""),
        }
    }
}

impl Transfer {
    /// Whether it goes on.
    pub fn is_living(&self) -> bool {
        self.end.is_none()
    }

    pub(super) fn kubectl(&self) -> Kubectl {
        match &self.work {
            Work::Forward(request, _) => request.kubectl(),
            Work::Copy(request, _) => request.kubectl(),
        }
    }

    pub(super) fn row(&self, id: JobId, context: &str) -> SessionRow {
        let kind = match &self.work {
            Work::Forward(..) => "port-forward",
            Work::Copy(..) => "copy",
        };
        let mut row = SessionRow::new(SessionId::Job(id), kind, self.since);
        match &self.work {
            Work::Forward(request, status) => {
                row.target = request.target.to_string();
                row.namespace = request.target.namespace.to_string();
                (row.state, row.health) = forward_state(status);
                row.detail = forward_detail(request, status);
                row.facts = forward_facts(status);
            }
            Work::Copy(request, status) => {
                row.target = format!("pod/{}", request.pod);
                row.namespace.clone_from(&request.namespace);
                (row.state, row.health) = copy_state(status);
                row.detail = format!("{request} · {}", copied(status));
                row.facts = vec![
                    ("files", status.files.to_string()),
                    ("bytes", bytes(status.bytes)),
                    ("now at", status.current.clone()),
                    ("warning", status.warning.clone().unwrap_or_default()),
                ];
            }
        }
        match &self.end {
            Some(Ok(())) => (row.state, row.health) = ("done".to_owned(), Health::Done),
            Some(Err(problem)) => {
                (row.state, row.health) = ("failed".to_owned(), Health::Broken);
                row.detail = problem.to_string();
                row.facts.push(("problem", problem.to_string()));
            }
            None => {}
        }
        if self.context != context {
            row.detail = format!("context {} · {}", self.context, row.detail);
        }
        row.facts.push(("kubectl", self.kubectl().to_string()));
        row
    }
}

fn forward_state(status: &ForwardStatus) -> (String, Health) {
    match (status.listening.is_empty(), &status.waiting) {
        (_, Some(_)) => ("waiting for a pod".to_owned(), Health::Degraded),
        (true, None) => ("starting".to_owned(), Health::Changing),
        (false, None) if status.trouble.is_some() => ("listening, trouble".to_owned(), Health::Degraded),
        (false, None) => ("listening".to_owned(), Health::Good),
    }
}

/// `127.0.0.1:8080 to web-0:80`
fn way(request: &ForwardRequest, status: &ForwardStatus) -> String {
    let pod = status.pod.as_deref().unwrap_or("no pod");
    match status.listening.first() {
        Some(address) => format!("{address} to {pod}:{}", status.port),
        None => format!("port {} of {pod}", request.port),
    }
}

fn forward_detail(request: &ForwardRequest, status: &ForwardStatus) -> String {
    let mut parts = vec![way(request, status)];
    if status.total > 0 {
        parts.push(format!("{} open of {}", status.open, status.total));
        parts.push(format!("{} to it, {} from it", bytes(status.sent), bytes(status.received)));
    }
    parts.extend(status.waiting.clone());
    parts.extend(status.trouble.clone());
    parts.join(" · ")
}

fn forward_facts(status: &ForwardStatus) -> Vec<(&'static str, String)> {
    vec![
        ("listens on", status.listening.join(", ")),
        ("pod", status.pod.as_ref().map(|pod| format!("{pod}, port {}", status.port)).unwrap_or_default()),
        ("open", format!("{} of {} connections", status.open, status.total)),
        ("to it", bytes(status.sent)),
        ("from it", bytes(status.received)),
        ("waiting", status.waiting.clone().unwrap_or_default()),
        ("trouble", status.trouble.clone().unwrap_or_default()),
    ]
}

fn copy_state(status: &CopyStatus) -> (String, Health) {
    let share = status.total.filter(|total| *total > 0).map(|total| percent(status.bytes, total));
    (share.unwrap_or_else(|| "copying".to_owned()), Health::Changing)
}

/// `3 files, 12 MiB`
fn copied(status: &CopyStatus) -> String {
    let files = if status.files == 1 { "1 file".to_owned() } else { format!("{} files", status.files) };
    format!("{files}, {}", bytes(status.bytes))
}

impl App {
    /// Asks for the ports to forward of what is under the cursor.
    pub(in crate::app) fn ask_for_ports(&mut self) {
        if let Err(refusal) = self.may_change(Action::Forward) {
            return self.notify(Notice::error(refusal));
        }
        let Some(target) = self.target() else {
            return self.notify(Notice::error("there is no object under the cursor"));
        };
        if !FORWARDABLE.contains(&&*target.resource.plural) {
            let text = format!("{target} has no pods to forward to: it can be a pod, a workload or a service");
            return self.notify(Notice::error(text));
        }
        if let Some(pod) = self.pod(&target)
            && matches!(&*pod.phase, "Succeeded" | "Failed")
        {
            let text = format!("{target} is over ({}); nothing listens in it", pod.phase);
            return self.notify(Notice::error(text));
        }
        let job = self.new_job();
        self.effects.push(Effect::ReadPorts(job, target.clone()));
        self.prompt(Asked::Ports, "", Asking { job, target, container: None });
    }

    /// Offers the ports that were found, where nothing was typed meanwhile.
    pub(in crate::app) fn on_ports(&mut self, job: JobId, ports: &[u16]) {
        self.effects.push(Effect::EndJob(job));
        if let (Some(Modal::Prompt(Asked::Ports, prompt)), Some(asking)) = (&mut self.modal, &self.sessions.asking)
            && asking.job == job
            && prompt.text().is_empty()
            && let Some(port) = ports.first()
        {
            *prompt = Prompt::new(&offered(*port));
        }
    }

    /// Asks what to copy, in kubectl's form.
    pub(in crate::app) fn ask_what_to_copy(&mut self) {
        if let Err(refusal) = self.may_change(Action::CopyFiles) {
            return self.notify(Notice::error(refusal));
        }
        let Some(target) = self.target().filter(|key| key.is(Kind::Pod)) else {
            return self.notify(Notice::error("copying files needs a pod under the cursor"));
        };
        let text = format!("{}:/", target.name);
        let asking = Asking { job: JobId(0), container: self.chosen_container(), target };
        self.prompt(Asked::Copy, &text, asking);
    }

    fn prompt(&mut self, asked: Asked, text: &str, asking: Asking) {
        self.sessions.asking = Some(asking);
        self.sessions.typed.back = 0;
        self.modal = Some(Modal::Prompt(asked, Prompt::new(text)));
    }

    /// What stands before what is typed.
    pub fn prompt_label(&self, asked: Asked) -> String {
        match (asked, &self.sessions.asking) {
            (Asked::Change, _) => self.change_label(),
            (Asked::Run, _) => self.run_label(),
            (Asked::Ports, Some(asking)) => format!("forward of {}, [LOCAL:]REMOTE: ", asking.target),
            _ => asked.label().to_owned(),
        }
    }

    /// Goes through what was typed at a prompt before.
    pub(in crate::app) fn recall(&mut self, asked: Asked, key: Key) -> Option<Prompt> {
        if asked == Asked::Run && matches!(key.code, Code::Up | Code::Down) {
            return self.recall_run(key.code == Code::Up);
        }
        if !matches!(asked, Asked::Ports | Asked::Copy) || !matches!(key.code, Code::Up | Code::Down) {
            return None;
        }
        self.sessions.typed.step(asked, key.code == Code::Up).map(Prompt::new)
    }

    /// Begins what was typed.
    pub(in crate::app) fn begin_transfer(&mut self, asked: Asked, text: &str) {
        let Some(asking) = self.sessions.asking.clone() else { return };
        if text.trim().is_empty() {
            return;
        }
        self.sessions.typed.remember(asked, text.trim());
        let begun = if asked == Asked::Ports {
            ForwardRequest::parse(&asking.target, text)
                .map(|found| found.into_iter().map(|request| Work::Forward(request, <_>::default())).collect())
        } else {
            CopyRequest::parse(text, &asking.target.namespace).map(|mut request| {
                let is_target = *request.pod == *asking.target.name && *request.namespace == *asking.target.namespace;
                request.container.clone_from(&asking.container);
                request.container.take_if(|_| !is_target);
                vec![Work::Copy(request, <_>::default())]
            })
        };
        match begun {
            Ok(works) => works.into_iter().for_each(|work: Work| self.begin(work)),
            Err(wrong) => {
                self.notify(Notice::error(wrong));
                self.prompt(asked, text, asking);
            }
        }
    }

    fn begin(&mut self, work: Work) {
        let job = self.new_job();
        self.effects.push(match &work {
            Work::Forward(request, _) => Effect::Forward(job, request.clone()),
            Work::Copy(request, _) => Effect::CopyFiles(job, request.clone()),
        });
        let context = self.session.context.clone();
        self.sessions.transfers.insert(job, Transfer { work, since: self.now, context, end: None });
    }

    /// How far is what takes its time: a write that says so, or a copy; of several, the one that was begun last.
    pub fn progress(&self) -> Option<String> {
        let mut jobs = self.jobs.values().rev().filter(|job| !job.progress.is_empty());
        let copies = self.sessions.transfers.values().rev().filter(|transfer| transfer.is_living());
        let mut copies = copies.filter_map(|transfer| match &transfer.work {
            Work::Copy(request, status) => {
                Some(format!("copying {request}: {}, {}", copy_state(status).0, copied(status)))
            }
            Work::Forward(..) => None,
        });
        jobs.next().map(|job| format!("{}: {}", job.write, job.progress)).or_else(|| copies.next())
    }

    /// Ends a transfer, if it has not, and begins the same again.
    pub(super) fn begin_again(&mut self, job: JobId) {
        let Some(transfer) = self.sessions.transfers.get(&job) else {
            return self.notify(Notice::error("only port-forwards and copies begin again"));
        };
        if transfer.context != self.session.context {
            let text = format!("it belongs to context {}; go there to begin it again", transfer.context);
            return self.notify(Notice::error(text));
        }
        let action = match &transfer.work {
            Work::Forward(..) => Action::Forward,
            Work::Copy(..) => Action::CopyFiles,
        };
        if let Err(refusal) = self.may_change(action) {
            return self.notify(Notice::error(refusal));
        }
        let work = match transfer.work.clone() {
            Work::Forward(request, _) => Work::Forward(request, <_>::default()),
            Work::Copy(request, _) => Work::Copy(request, <_>::default()),
        };
        self.stop(&[SessionId::Job(job)]);
        self.begin(work);
    }

    pub(in crate::app) fn on_forward(&mut self, job: JobId, update: ForwardUpdate) {
        let Some(transfer) = self.sessions.transfers.get_mut(&job) else { return };
        let Work::Forward(request, before) = &mut transfer.work else { return };
        let notice = match update {
            ForwardUpdate::Status(status) => {
                let notice = news(request, before, &status);
                *before = status;
                notice
            }
            ForwardUpdate::Ended(problem) => {
                let notice = Notice::error(problem.to_string());
                transfer.end = Some(Err(problem));
                Some(notice)
            }
        };
        if let Some(notice) = notice {
            self.notify(notice);
        }
    }

    pub(in crate::app) fn on_copied(&mut self, job: JobId, update: CopyUpdate) {
        let Some(transfer) = self.sessions.transfers.get_mut(&job) else { return };
        let Work::Copy(request, status) = &mut transfer.work else { return };
        let notice = match update {
            CopyUpdate::Status(new) => {
                *status = new;
                return;
            }
            CopyUpdate::Done(new) => {
                let warning = new.warning.as_ref().map(|text| format!(" · {text}")).unwrap_or_default();
                let text = format!("copied {request}: {}{warning}", copied(&new));
                (*status, transfer.end) = (new, Some(Ok(())));
                Notice { text, is_error: !warning.is_empty() }
            }
            CopyUpdate::Failed(new, problem) => {
                let notice = Notice::error(problem.to_string());
                (*status, transfer.end) = (new, Some(Err(problem)));
                notice
            }
        };
        self.notify(notice);
    }
}

/// The ports that are typed for a person: those below 1024 are root's on this side.
fn offered(port: u16) -> String {
    if port < 1024 { format!("{}:{port}", port + 8000) } else { port.to_string() }
}

/// What a person should be told of a forward that stands otherwise than before.
fn news(request: &ForwardRequest, before: &ForwardStatus, now: &ForwardStatus) -> Option<Notice> {
    if now.trouble != before.trouble
        && let Some(trouble) = &now.trouble
    {
        return Some(Notice::error(format!("forward of {}: {trouble}", request.target)));
    }
    if before.listening.is_empty() && !now.listening.is_empty() {
        return Some(Notice::info(format!("forwarding {}", way(request, now))));
    }
    if now.waiting.is_some() && before.waiting.is_none() {
        let why = now.waiting.as_deref().unwrap_or_default();
        return Some(Notice::error(format!("forward of {}: waiting for a pod: {why}", request.target)));
    }
    let moved = now.pod.is_some() && now.pod != before.pod && !before.listening.is_empty();
    moved.then(|| Notice::info(format!("forward of {}: now {}", request.target, way(request, now))))
}
