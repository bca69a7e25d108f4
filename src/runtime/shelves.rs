//! The files with pages of logs for which memory has no more room: one a pane, with a task that owns it.
//!
//! A file has no name from the moment that it is open, and is for its owner alone: it is gone with the pane, with the
//! program, and with the machine. What is to be written waits in a queue of its own, so that a slow disk holds nothing
//! up; when that is full, pages are lost, and the pane says so of their lines.

use std::fs::OpenOptions;
use std::io::{self, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;

use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;

use super::perform::{Performer, detach};
use crate::app::content::Content;
use crate::app::layout::PaneId;
use crate::app::message::Msg;
use crate::app::panes::logs::{Numbered, Order, Page, ShelfAnswer, Shelved};
use crate::base::problem::Problem;
use crate::cluster::outbox::{Closer, Outbox, Parcel};

/// Orders that wait for the disk: 6 MiB of pages, about.
const WAITING: usize = 64;

/// An order, and who waits for its answer beside the pane.
struct Job {
    order: Order,
    answer: Option<oneshot::Sender<ShelfAnswer>>,
}

/// How the file of a pane is reached.
pub(super) struct Shelf {
    jobs: Sender<Job>,
    stream: Closer,
}

/// How somebody else reads what a pane has in its file; as long as there is one of these, the file stays.
#[derive(Clone)]
pub(super) struct Reader(Option<Sender<Job>>);

impl Performer {
    /// Passes an order to the file of a pane, which is made with the first.
    pub(super) fn shelve(&mut self, pane: PaneId, order: Order) {
        let file = self.shelves.entry(pane).or_insert_with(|| {
            let (jobs, waiting) = mpsc::channel(WAITING);
            let out = Outbox::new(self.queue.clone(), move |answer| Msg::Shelf(pane, answer));
            let stream = out.closer();
            detach(keep(waiting, out));
            Shelf { jobs, stream }
        });
        if let Err(unsent) = file.jobs.try_send(Job { order, answer: None })
            && matches!(unsent.into_inner().order, Order::Read(_))
        {
            // The pane waits for it, so it is told that there is nothing.
            let nothing = Msg::Shelf(pane, ShelfAnswer::Read(Vec::new()));
            drop(self.queue.send(Parcel::loose(nothing)));
        }
    }

    /// What the pane has in its file is not wanted any more; it goes when nobody reads it.
    pub(super) fn end_shelf(&mut self, pane: PaneId) {
        if let Some(file) = self.shelves.remove(&pane) {
            file.stream.close();
        }
    }

    /// For whoever saves or shows what the pane has.
    pub(super) fn reader(&self, pane: Option<PaneId>) -> Reader {
        let file = pane.and_then(|pane| self.shelves.get(&pane));
        Reader(file.map(|file| file.jobs.clone()))
    }
}

impl Reader {
    /// The next piece of a text, for which pages may have to be read.
    pub(super) async fn next(&self, text: &mut Content) -> Option<String> {
        while let Some(order) = text.order() {
            text.give(self.read(order).await.unwrap_or_else(|| ShelfAnswer::Read(Vec::new())));
        }
        text.next()
    }

    async fn read(&self, order: Order) -> Option<ShelfAnswer> {
        let (answer, answered) = oneshot::channel();
        self.0.as_ref()?.send(Job { order, answer: Some(answer) }).await.ok()?;
        answered.await.ok()
    }
}

/// Does what is ordered, in order, until nobody orders any more.
async fn keep(mut jobs: Receiver<Job>, out: Outbox<ShelfAnswer, Msg>) {
    let mut file = match open() {
        Ok(file) => file,
        Err(error) => return failed(&out, &error).await,
    };
    while let Some(Job { order, answer }) = jobs.recv().await {
        match order {
            Order::Write(shelved, Numbered { number, page }) => {
                if let Err(error) = write(&mut file, shelved, &page.to_bytes(number)).await {
                    failed(&out, &error).await;
                }
            }
            Order::Read(pages) => {
                let mut read = Vec::with_capacity(pages.len());
                for shelved in pages {
                    // Another page may stand there by now; then this one is not there any more.
                    if let Ok(Some(page)) = read_one(&mut file, shelved).await {
                        read.push(Numbered { number: shelved.number, page: Arc::new(page) });
                    }
                }
                match answer {
                    // Who asked may not wait any more.
                    Some(answer) => drop(answer.send(ShelfAnswer::Read(read))),
                    None => drop(out.send(ShelfAnswer::Read(read)).await),
                }
            }
        }
    }
}

async fn failed(out: &Outbox<ShelfAnswer, Msg>, error: &io::Error) {
    let tried = format!("keep more of the log in {}", std::env::temp_dir().display());
    let problem = Problem::new(tried, error.to_string(), "the oldest lines are dropped instead");
    let _gone = out.send(ShelfAnswer::Failed(problem.to_string())).await;
}

/// A new file that only its owner may read, and that has no name any more. Both at once and not through tokio, so that
/// nothing can end in between.
fn open() -> io::Result<File> {
    let mut number = 0;
    loop {
        let path = std::env::temp_dir().join(format!("podtriage-log-{}-{number}", std::process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1_000 => number += 1,
            opened => {
                let file = opened?;
                std::fs::remove_file(&path)?;
                return Ok(File::from_std(file));
            }
        }
    }
}

async fn write(file: &mut File, shelved: Shelved, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(shelved.place)).await?;
    file.write_all(bytes).await?;
    // tokio's file says only then whether it was written.
    file.flush().await
}

async fn read_one(file: &mut File, shelved: Shelved) -> io::Result<Option<Page>> {
    let mut bytes = vec![0; shelved.bytes as usize];
    file.seek(SeekFrom::Start(shelved.place)).await?;
    file.read_exact(&mut bytes).await?;
    Ok(Page::of_bytes(&bytes, shelved.number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::message::Effect;
    use crate::app::panes::logs::{LogLimits, LogPane};
    use crate::cluster::api::{LogLine, LogRequest, LogUpdate};
    use crate::runtime::Source;

    /// A pane with more lines than it keeps in memory, whose orders are done.
    async fn filled(performer: &mut Performer, pane: &mut LogPane, inbox: &mut mpsc::UnboundedReceiver<Parcel<Msg>>) {
        for order in pane.take_orders() {
            let reads = matches!(order, Order::Read(_));
            performer.perform(Effect::Shelve(PaneId(1), order));
            // Nothing is to be lost here, so the queue must not fill.
            tokio::task::yield_now().await;
            if reads {
                let parcel = inbox.recv().await.expect("an answer");
                let Msg::Shelf(_, answer) = parcel.message else { panic!("{:?}", parcel.message) };
                pane.take_from_shelf(answer);
            }
        }
    }

    #[tokio::test]
    async fn lines_that_went_to_the_disk_come_back() {
        let (queue, mut inbox) = mpsc::unbounded_channel();
        let mut performer = Performer::new(queue, Source::Cluster(Box::default()));
        let limits = LogLimits { lines: 10_000, bytes: 64 << 10 };
        let mut pane = LogPane::new(LogRequest::default(), Vec::new(), limits);
        pane.keep_on_disk(64 << 20);
        let line = |number: usize| LogLine { text: format!("line {number}").into(), ..LogLine::default() };
        for start in (0..20_000).step_by(500) {
            pane.apply(LogUpdate::Lines((start..start + 500).map(line).collect()));
            filled(&mut performer, &mut pane, &mut inbox).await;
        }
        pane.act(crate::app::action::Action::First);
        let shown = |pane: &LogPane| {
            pane.visible().map(|row| row.into_iter().map(|span| span.text).collect::<String>()).collect::<Vec<_>>()
        };
        for _ in 0..3 {
            pane.settle(40, 3);
            filled(&mut performer, &mut pane, &mut inbox).await;
        }
        pane.settle(40, 3);
        assert_eq!(shown(&pane), ["line 0", "line 1", "line 2"]);
        performer.end_shelf(PaneId(1));
    }

    #[tokio::test]
    async fn the_file_has_no_name() {
        let file = open().expect("opens");
        let path = std::env::temp_dir().join(format!("podtriage-log-{}-0", std::process::id()));
        assert!(!path.exists());
        assert_eq!(file.metadata().await.expect("its state").len(), 0);
    }
}
