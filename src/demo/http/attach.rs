//! What `pods/attach` leads to: the console of a container that has one, or what its program logs from now on.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocket;
use futures::StreamExt;
use tokio::sync::{Notify, mpsc, watch};

use super::super::console::Console;
use super::super::shell::{Outcome, Place};
use super::super::world::{World, logs};
use super::exec::{Input, read, write};
use crate::base::stamp::Stamp;

/// Joins a container's first process until it ends, or the client leaves.
pub async fn session(socket: WebSocket, place: Place, console: Option<Arc<Console>>, stdin: bool) {
    let (sender, receiver) = socket.split();
    let left = Notify::new();
    let (typed, sizes, seen) = match &console {
        Some(console) => (console.input().filter(|_| stdin), console.size.clone(), console.join()),
        None => (None, watch::Sender::new((0, 0)), mpsc::channel(1).1),
    };
    // Who attaches with an input leaves when it ends: the process goes on without, unless it was to read once.
    let ended = || {
        if console.as_ref().is_none_or(|console| !console.input_ended()) {
            left.notify_one();
        }
    };
    let run = place.run.trim_start_matches("containerd://").to_owned();
    let (output, out) = mpsc::channel(1);
    let work = async {
        if console.is_some() {
            pass(seen, output, &left).await;
        } else {
            tokio::select! {
                () = show_log(&place, output) => {}
                () = left.notified(), if stdin => {}
            }
        }
        Outcome::Exit(0)
    };
    let shown = write(sender, out, work, &run);
    tokio::select! {
        () = shown => {}
        // A client that is gone takes its view with it.
        () = read(receiver, Input { typed, sizes, ended: &ended }) => {}
    }
}

/// Hands on what is seen until there is no more, or the client has left.
async fn pass(mut seen: mpsc::Receiver<(u8, Vec<u8>)>, output: mpsc::Sender<(u8, Vec<u8>)>, left: &Notify) {
    loop {
        tokio::select! {
            biased;
            next = seen.recv() => match next {
                Some(next) => drop(output.send(next).await),
                None => return,
            },
            () = left.notified() => return,
        }
    }
}

/// Shows what a container that reads nothing writes, from now on.
async fn show_log(place: &Place, output: mpsc::Sender<(u8, Vec<u8>)>) {
    let mut cursor = place.now();
    loop {
        let (lines, next) = place.shared.with(|world| news(world, place, cursor));
        for (at, line) in lines {
            cursor = at;
            if output.send((1, format!("{line}\n").into_bytes())).await.is_err() {
                return;
            }
        }
        if place.ended() {
            return;
        }
        let wait = next
            .map_or_else(|| tokio::time::Instant::now() + Duration::from_secs(5), |at| place.shared.clock.instant(at));
        tokio::select! {
            () = tokio::time::sleep_until(wait) => {}
            () = place.end() => {}
        }
    }
}

fn news(world: &World, place: &Place, cursor: Stamp) -> (Vec<(Stamp, String)>, Option<Stamp>) {
    let container = world.container(&place.namespace, &place.pod, &place.container);
    let run = container.and_then(|(_, container)| container.instance.as_ref()).filter(|run| run.id == place.run);
    run.map_or((Vec::new(), None), |run| (logs::lines(run, cursor, world.now), logs::next_line(run, world.now)))
}
