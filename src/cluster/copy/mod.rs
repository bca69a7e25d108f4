//! Files into and out of a container, as `kubectl cp` does it: `tar` runs in the container, over exec.
//!
//! [`run`] is one future; dropping it cancels the copy. Nothing blocks: archives are read and written piece by piece
//! (`archive`, `pack`), and files through tokio. The rules are those of kubectl's `cp.go`, in `paths`, `pack` and
//! `unpack`; where ours differ, it is to lose less: modes and hard links come out as they are, a file goes into a directory that
//! is there, a download whose connection broke is resumed by itself. Start with [`run`].

mod archive;
mod command;
mod pack;
mod paths;
mod status;
mod unpack;

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::connect::Connection;
use super::error::Error;
use super::http::get_json;
use super::outbox::Outbox;
use crate::base::quote;
use crate::model::copy::{CopyRequest, Direction};
use crate::model::kind::{Kind, ObjectKey};
use command::Place;
use status::Failure;
pub use status::{CopyStatus, CopyUpdate};
use unpack::Unpacker;

/// The least time between two reports.
const REPORT_EVERY: Duration = Duration::from_millis(200);
/// How long `test` may take in the container. kubectl's value.
const TEST_WITHIN: Duration = Duration::from_secs(30);
/// How often a download whose connection broke is resumed.
const RESUMPTIONS: u32 = 3;
/// Pieces of an archive that wait to be sent.
const WAITING: usize = 4;

/// Copies to the end. What happens is told through `out`, at most a few times a second.
pub async fn run<M>(connection: Connection, request: CopyRequest, out: &Outbox<CopyUpdate, M>) {
    let (status, seen) = watch::channel(CopyStatus::default());
    let result = tokio::select! {
        result = copy(&connection, &request, &status) => result,
        _gone = out.follow(seen, REPORT_EVERY, CopyUpdate::Status) => return,
    };
    let status = status.borrow().clone();
    let last = match result {
        Ok(()) => CopyUpdate::Done(status),
        Err(failure) => {
            let problem = failure.problem(&format!("copy {request}"), &what_is_there(request.direction, &status));
            CopyUpdate::Failed(status, problem)
        }
    };
    let _gone = out.send(last).await;
}

async fn copy(
    connection: &Connection,
    request: &CopyRequest,
    status: &watch::Sender<CopyStatus>,
) -> Result<(), Failure> {
    let local = local_path(&request.local)?;
    let container = container(connection, request).await?;
    let place = Place::new(connection.client.clone(), request, container);
    match request.direction {
        Direction::Into => upload(&place, request, local, status).await,
        Direction::OutOf => download(&place, request, local, status).await,
    }
}

/// What a copy that failed has left.
fn what_is_there(direction: Direction, status: &CopyStatus) -> String {
    let files = match status.files {
        0 => return String::new(),
        1 => "1 file is".to_owned(),
        files => format!("{files} files are"),
    };
    match direction {
        Direction::OutOf => format!("{files} complete; the one under way was removed"),
        Direction::Into => format!("{files} in the container already; {} may be incomplete there", status.current),
    }
}

fn local_path(typed: &str) -> Result<PathBuf, Failure> {
    match typed.strip_prefix("~/") {
        Some(rest) => Ok(etcetera::home_dir().map_err(|error| Failure::File(error.to_string()))?.join(rest)),
        None => Ok(PathBuf::from(typed)),
    }
}

/// The container that is meant: the one named, the pod's own choice, or its first, as for kubectl.
async fn container(connection: &Connection, request: &CopyRequest) -> Result<String, Error> {
    if let Some(name) = &request.container {
        return Ok(name.clone());
    }
    let path = ObjectKey::new(Kind::Pod, &request.namespace, &request.pod).path();
    let pod = get_json(&connection.client, &path, connection.request_timeout).await?;
    let chosen = pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"].as_str();
    let containers = pod["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut names = containers.iter().filter_map(|container| container["name"].as_str());
    let found = chosen.filter(|name| names.clone().any(|known| known == *name)).or_else(|| names.next());
    Ok(found.unwrap_or_default().to_owned())
}

async fn download(
    place: &Place,
    request: &CopyRequest,
    local: PathBuf,
    status: &watch::Sender<CopyStatus>,
) -> Result<(), Failure> {
    let remote = without_slash(&request.remote);
    let mut unpacker = Unpacker::new(remote, local, status.clone());
    let mut resumed = 0;
    loop {
        let taken = unpacker.taken();
        let rest = format!("tar cf - {} | tail -c+{}", quote::single(remote), taken + 1);
        let command = if taken == 0 { ["tar", "cf", "-", remote].to_vec() } else { ["sh", "-c", &rest].to_vec() };
        let mut result = place.run(&command, None, Some(&mut unpacker)).await;
        if result.is_ok() && !unpacker.is_complete() {
            // A proxy that closes in the usual way looks like an end.
            result = Err(Failure::Lost("the connection was closed before the end".to_owned()));
        }
        match result {
            Err(Failure::Lost(_) | Failure::Request(Error::Transport(_)))
                if taken < unpacker.taken() || resumed > 0 =>
            {
                if unpacker.is_complete() {
                    return Ok(());
                }
                resumed += 1;
                if resumed > RESUMPTIONS {
                    return result;
                }
                let note = format!("the connection was lost; resumed at {} bytes", unpacker.taken());
                status.send_modify(|status| status.warning = Some(note));
                sleep(Duration::from_secs(1)).await;
            }
            result => return result,
        }
    }
}

async fn upload(
    place: &Place,
    request: &CopyRequest,
    local: PathBuf,
    status: &watch::Sender<CopyStatus>,
) -> Result<(), Failure> {
    let mut remote = without_slash(&request.remote).to_owned();
    if !tokio::fs::try_exists(&local).await.unwrap_or(false) {
        return Err(Failure::File(format!("{} doesn't exist on this machine", local.display())));
    }
    if is_directory(place, &remote).await?
        && let Some(name) = local.file_name()
    {
        remote = paths::join(&remote, &name.to_string_lossy());
    }
    let items = pack::items(&local, &paths::base(&paths::clean(&remote))).await?;
    let total = items.iter().map(pack::Item::size).sum();
    status.send_modify(|status| status.total = Some(total));
    let folder = paths::dir(&remote);
    let (sender, input) = mpsc::channel(WAITING);
    let command = ["tar", "-xmf", "-", "-C", &folder];
    let extracting = place.run(&command, Some(input), None);
    let sending = async {
        match pack::send(&items, &sender, status).await {
            // The command has all of it; it says how it went.
            Ok(()) => std::future::pending().await,
            Err(failure) => failure,
        }
    };
    tokio::select! {
        result = extracting => result,
        failure = sending => Err(failure),
    }
}

/// Whether a path of the container is a directory. Whatever else comes of the question means that it is not.
async fn is_directory(place: &Place, path: &str) -> Result<bool, Failure> {
    let asked = timeout(TEST_WITHIN, place.run(&["test", "-d", path], None, None)).await;
    match asked {
        Ok(Ok(())) => Ok(true),
        Ok(Err(Failure::Request(error))) => Err(error.into()),
        Ok(Err(_)) => Ok(false),
        Err(_) => Err(Error::TimedOut(TEST_WITHIN).into()),
    }
}

fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failed_copy_left_is_said() {
        let status = CopyStatus { files: 2, current: "b".to_owned(), ..CopyStatus::default() };
        assert!(what_is_there(Direction::Into, &status).contains("b may be incomplete"));
        assert!(what_is_there(Direction::OutOf, &status).contains("2 files are complete"));
        assert_eq!(what_is_there(Direction::OutOf, &CopyStatus::default()), "");
        let said = Failure::NoTar.problem("copy a", "").to_string();
        assert!(said.contains("no `tar`") && said.contains("debug container"), "{said}");
    }

    #[test]
    fn one_slash_at_the_end_means_nothing() {
        for (path, expected) in [("/tmp/", "/tmp"), ("/", "/"), ("a", "a")] {
            assert_eq!(without_slash(path), expected);
        }
    }
}
