//! Running `tar` (and `test`) in the container.

use bytes::Bytes;
use kube::Client;
use tokio::sync::mpsc;

use super::status::Failure;
use super::unpack::Unpacker;
use crate::cluster::exec::{self, ExecRequest, ExitStatus, Input, Output, is_shell_missing};
use crate::model::copy::CopyRequest;

/// Of what a command complains about, the end is kept.
const COMPLAINTS: usize = 4 << 10;

/// Where commands run.
pub(super) struct Place {
    pub(super) client: Client,
    pub(super) namespace: String,
    pub(super) pod: String,
    pub(super) container: String,
}

impl Place {
    /// The container of a copy.
    pub(super) fn new(client: Client, request: &CopyRequest, container: String) -> Self {
        Self { client, namespace: request.namespace.clone(), pod: request.pod.clone(), container }
    }

    /// Runs a command to its end; its output goes to `unpacker`, its complaints are what comes back.
    ///
    /// # Errors
    ///
    /// It did not run, failed, or what it wrote could not be unpacked.
    pub(super) async fn run(
        &self,
        command: &[&str],
        input: Option<mpsc::Receiver<Input>>,
        mut unpacker: Option<&mut Unpacker>,
    ) -> Result<(), Failure> {
        let stdin = input.is_some();
        let request = ExecRequest {
            namespace: self.namespace.clone(),
            pod: self.pod.clone(),
            container: Some(self.container.clone()),
            command: command.iter().map(ToString::to_string).collect(),
            tty: false,
            stdin,
            attach: false,
        };
        // One that nobody sends to, where nothing is sent: the end of input is no end of the session.
        let (_nobody, nothing) = mpsc::channel(1);
        let (pieces, mut received) = mpsc::channel(1);
        let deliver = move |output| {
            let pieces = pieces.clone();
            async move {
                let _gone = pieces.send(output).await;
            }
        };
        let running = exec::run(self.client.clone(), request, input.unwrap_or(nothing), deliver);
        let taking = async {
            let mut complaints = Vec::new();
            while let Some(output) = received.recv().await {
                match (output, &mut unpacker) {
                    (Output::Stdout(bytes), Some(unpacker)) => unpacker.take(&bytes).await?,
                    (Output::Stderr(bytes), _) => complain(&mut complaints, &bytes),
                    (Output::Exit(status), _) => return Ok(Some((status, complaints))),
                    (Output::Open | Output::Stdout(_), _) => {}
                }
            }
            Ok::<_, Failure>(None)
        };
        tokio::pin!(running, taking);
        let ended = tokio::select! {
            refused = &mut running => match refused {
                Err(error) => return Err(error.into()),
                // The last pieces may still be on their way.
                Ok(()) => taking.await?,
            },
            ended = &mut taking => ended?,
        };
        ended.map_or(Ok(()), |(status, complaints)| verdict(status, &complaints))
    }
}

fn complain(complaints: &mut Vec<u8>, bytes: &Bytes) {
    complaints.extend_from_slice(bytes);
    let surplus = complaints.len().saturating_sub(COMPLAINTS);
    complaints.drain(..surplus);
}

/// What the end of a command means.
fn verdict(status: ExitStatus, complaints: &[u8]) -> Result<(), Failure> {
    if is_shell_missing(&status) {
        return Err(Failure::NoTar);
    }
    match status {
        ExitStatus::Code(0) => Ok(()),
        ExitStatus::Code(code) => Err(Failure::Tar(words(complaints, code))),
        ExitStatus::Error { message, .. } => Err(Failure::Tar(message)),
        ExitStatus::Lost(why) => Err(Failure::Lost(why)),
    }
}

/// The last thing that a command complained of, before it says that it gives up.
fn words(complaints: &[u8], code: i32) -> String {
    let text = String::from_utf8_lossy(complaints);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let telling =
        lines().rfind(|line| !line.contains("Exiting with failure status") && !line.contains("error exit delayed"));
    telling.or_else(|| lines().next_back()).map_or_else(|| format!("exit code {code}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_telling_complaint_is_shown() {
        let gnu = b"tar: /nope: Cannot stat: No such file or directory\ntar: Exiting with failure status due to previous errors\n";
        assert_eq!(words(gnu, 2), "tar: /nope: Cannot stat: No such file or directory");
        assert_eq!(
            words(b"tar: can't open 'x'\ntar: error exit delayed from previous errors\n", 1),
            "tar: can't open 'x'"
        );
        assert_eq!(words(b"", 3), "exit code 3");
    }

    #[test]
    fn only_an_image_without_tar_lacks_it() {
        let missing = ExitStatus::Error {
            reason: String::new(),
            message: "exec: \"tar\": executable file not found in $PATH".to_owned(),
        };
        assert!(matches!(verdict(missing, b""), Err(Failure::NoTar)));
        assert!(matches!(verdict(ExitStatus::Code(2), b"tar: no"), Err(Failure::Tar(said)) if said == "tar: no"));
        assert!(matches!(verdict(ExitStatus::Lost("cut".into()), b""), Err(Failure::Lost(_))));
        assert!(verdict(ExitStatus::Code(0), b"a warning").is_ok());
    }
}
