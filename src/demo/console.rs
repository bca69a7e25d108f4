//! The first processes of containers that read what is typed: one shell each, whoever looks at it.
//!
//! A world knows that such a process runs; what it does happens here, beside the world, for as long as the
//! container lives. Clients join and leave ([`Console::join`]); what is written goes to all of them and to
//! the container's log. Start with [`Consoles::begin`] and [`drive`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::{mpsc, watch};

use super::shared::Shared;
use super::shell::{self, Io, Place};
use super::world::Live;

/// Bytes of a stream, by its number.
type Output = (u8, Vec<u8>);

/// The consoles of all running containers that have one, by the id of the run.
#[derive(Debug)]
pub struct Consoles {
    open: Mutex<BTreeMap<String, Arc<Console>>>,
    begun: mpsc::UnboundedSender<Begun>,
    waiting: Mutex<Option<mpsc::UnboundedReceiver<Begun>>>,
}

/// A process that is to run.
#[derive(Debug)]
struct Begun {
    live: Live,
    console: Arc<Console>,
    input: mpsc::Receiver<Vec<u8>>,
}

/// One container's console.
#[derive(Debug)]
pub struct Console {
    /// Columns and rows of who looked last.
    pub size: watch::Sender<(u16, u16)>,
    typed: Mutex<Option<mpsc::Sender<Vec<u8>>>>,
    viewers: Mutex<Vec<mpsc::Sender<Output>>>,
    /// Whether the process has a terminal.
    pub tty: bool,
    /// Whether its input ends with the first client's.
    once: bool,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Consoles {
    /// None yet.
    pub fn new() -> Self {
        let (begun, waiting) = mpsc::unbounded_channel();
        Self { open: Mutex::default(), begun, waiting: Mutex::new(Some(waiting)) }
    }

    /// Opens a console for a process that has begun, and has it run.
    pub fn begin(&self, live: Live) {
        let (typed, input) = mpsc::channel(64);
        let console = Arc::new(Console {
            size: watch::Sender::new((0, 0)),
            typed: Mutex::new(live.stdin.then_some(typed)),
            viewers: Mutex::default(),
            tty: live.tty,
            once: live.stdin_once,
        });
        held(&self.open).insert(live.run.clone(), Arc::clone(&console));
        // Without a driver the cluster is gone, and nobody can look.
        let _ = self.begun.send(Begun { live, console, input });
    }

    /// The console of a run.
    pub fn get(&self, run: &str) -> Option<Arc<Console>> {
        held(&self.open).get(run).cloned()
    }
}

impl Console {
    /// Lets somebody look: what is written from now on. It ends with the process.
    pub fn join(&self) -> mpsc::Receiver<Output> {
        let (viewer, seen) = mpsc::channel(64);
        held(&self.viewers).push(viewer);
        seen
    }

    /// Where what is typed goes; nothing when the process has no input, or no more.
    pub fn input(&self) -> Option<mpsc::Sender<Vec<u8>>> {
        held(&self.typed).clone()
    }

    /// A client has no more to type: whether that is the end of the input, and not only of the client.
    pub fn input_ended(&self) -> bool {
        let ends = self.once && !self.tty;
        if ends {
            held(&self.typed).take();
        }
        ends
    }

    fn end(&self) {
        held(&self.typed).take();
        held(&self.viewers).clear();
    }

    /// Shows what the process writes to who looks, and logs it by lines.
    async fn show(&self, mut output: mpsc::Receiver<Output>, place: &Place) {
        let mut line = Vec::new();
        while let Some((stream, bytes)) = output.recv().await {
            let viewers = held(&self.viewers).clone();
            for viewer in viewers {
                // A viewer that is slow slows the process, as in a real container; one that has left does not.
                let _ = viewer.send((stream, bytes.clone())).await;
            }
            held(&self.viewers).retain(|viewer| !viewer.is_closed());
            line.extend(bytes);
            let whole = line.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let done: Vec<u8> = line.drain(..whole).collect();
            if !done.is_empty() {
                place.log(String::from_utf8_lossy(&done).lines().map(str::to_owned));
            }
        }
        if !line.is_empty() {
            place.log([String::from_utf8_lossy(&line).into_owned()]);
        }
    }
}

/// Runs the processes of all consoles, for ever.
pub async fn drive(shared: Arc<Shared>) {
    let Some(mut waiting) = held(&shared.consoles.waiting).take() else { return };
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            begun = waiting.recv() => match begun {
                Some(begun) => running.push(run(Arc::clone(&shared), begun)),
                None => return,
            },
            Some(()) = running.next(), if !running.is_empty() => {}
        }
    }
}

async fn run(shared: Arc<Shared>, begun: Begun) {
    let Begun { live, console, input } = begun;
    let (output, seen) = mpsc::channel(64);
    let io = Io::new(input, output, console.size.subscribe(), live.tty);
    let place = Place {
        shared: Arc::clone(&shared),
        namespace: live.namespace,
        pod: live.pod,
        container: live.container,
        run: live.run.clone(),
        is_first: true,
        root: String::new(),
    };
    let (code, ()) = tokio::join!(shell::first(place.clone(), io, &live.command), console.show(seen, &place));
    if let Some(code) = code {
        place.end_container(code);
    }
    held(&shared.consoles.open).remove(&live.run);
    console.end();
}
