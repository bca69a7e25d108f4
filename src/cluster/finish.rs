//! Ending what runs in an ephemeral container: `model::write::finish` says how, here it is done and looked at.
//!
//! First gently, then not, then as its user would. Whether it worked is what the pod says, never what was sent. Start
//! with [`run`].

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::api::{ExecRequest, WriteUpdate};
use super::exec::{self, Input};
use super::write::{Done, Ending, Job, Outcome};
use crate::base::problem::Problem;
use crate::model::write::finish::{Ephemeral, Phase, TO_PIPE, TO_TERMINAL, ending_script};

/// How long a command in the container may take.
const COMMAND: Duration = Duration::from_secs(10);
/// How long is waited for what was sent to have an effect that the pod shows.
const EFFECT: Duration = Duration::from_secs(4);
/// How often is looked meanwhile.
const LOOK: Duration = Duration::from_millis(400);

/// Ends the job's container.
pub(super) async fn run<M>(job: &Job<'_, M>, container: &str) -> Outcome {
    let pod = job.read(&job.write.target.path()).await?;
    job.write.check_uid(&pod).map_err(Ending::Refused)?;
    let Some(found) = Ephemeral::of(&pod, container) else {
        return Err(Ending::Refused(format!("{} has no ephemeral container {container}", job.write.target)));
    };
    match found.phase {
        Phase::Ended => return Ok(ended(job, pod)),
        Phase::Waiting => {
            return Err(Ending::Refused("it was not started yet, and there is nothing to end".to_owned()));
        }
        Phase::Running => {}
    }
    for signal in ["TERM", "KILL"] {
        job.tell(WriteUpdate::Progress(format!("{container}: {signal} to its processes"))).await;
        let is_refused = command(job, container, &ending_script(signal)).await.is_err();
        if let Some(pod) = has_ended(job, container).await? {
            return Ok(ended(job, pod));
        }
        // Without a shell there is nothing to send a second signal with.
        if is_refused {
            break;
        }
    }
    if found.stdin {
        job.tell(WriteUpdate::Progress(format!("{container}: the end of its input"))).await;
        type_end(job, container, found.tty).await;
        if let Some(pod) = has_ended(job, container).await? {
            return Ok(ended(job, pod));
        }
    }
    Err(Ending::Trouble(cannot(job)))
}

fn ended<M>(job: &Job<'_, M>, pod: Value) -> Done {
    Done { said: job.write.said(), object: Some(pod) }
}

fn cannot<M>(job: &Job<'_, M>) -> Problem {
    let said = "its main process takes no signal from inside, and is no shell that could be told to exit";
    Problem::new(job.write.to_string(), said, "It ends when its pod is deleted")
}

/// Runs a command in the container. The error: it was not run, or did not end.
async fn command<M>(job: &Job<'_, M>, container: &str, script: &str) -> Result<(), ()> {
    let words = ["sh", "-c", script].map(str::to_owned).to_vec();
    let request = ExecRequest { command: words, tty: false, stdin: false, attach: false, ..request(job, container) };
    // Its end is that of the channel: kept until the command is over.
    let (_input, from_us) = mpsc::channel(1);
    let mut is_run = false;
    let session = exec::run(job.connection.client.clone(), request, from_us, |output| {
        // A shell that ended, however it did, was one.
        is_run |= matches!(output, exec::Output::Exit(exec::ExitStatus::Code(code)) if code < 126);
        is_run |= matches!(output, exec::Output::Exit(exec::ExitStatus::Lost(_)));
        std::future::ready(())
    });
    let ran = timeout(COMMAND, session).await;
    if is_run || ran.is_err() { Ok(()) } else { Err(()) }
}

/// Types what ends a shell.
async fn type_end<M>(job: &Job<'_, M>, container: &str, tty: bool) {
    let request = ExecRequest { tty, stdin: true, attach: true, ..request(job, container) };
    let (input, from_us) = mpsc::channel(4);
    let keys = if tty { TO_TERMINAL } else { TO_PIPE };
    // The channel has room for both.
    let _sent = input.send(Input::Resize { cols: 80, rows: 24 }).await;
    let _sent = input.send(Input::Bytes(keys.to_vec())).await;
    let session = exec::run(job.connection.client.clone(), request, from_us, |_output| std::future::ready(()));
    // It ends with the process, or not at all; what came of it is looked at.
    let _ran = timeout(EFFECT, session).await;
}

fn request<M>(job: &Job<'_, M>, container: &str) -> ExecRequest {
    ExecRequest {
        namespace: job.write.target.namespace.to_string(),
        pod: job.write.target.name.to_string(),
        container: Some(container.to_owned()),
        command: Vec::new(),
        tty: false,
        stdin: false,
        attach: false,
    }
}

/// The pod, once it says that the container has ended.
async fn has_ended<M>(job: &Job<'_, M>, container: &str) -> Result<Option<Value>, Ending> {
    let until = Instant::now() + EFFECT;
    loop {
        let pod = job.read(&job.write.target.path()).await?;
        if Ephemeral::of(&pod, container).is_some_and(|found| found.phase == Phase::Ended) {
            return Ok(Some(pod));
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        sleep(LOOK).await;
    }
}
