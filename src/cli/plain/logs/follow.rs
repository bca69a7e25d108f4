//! One log that is followed through what breaks, byte for byte: the reader is that of the log panes
//! (`cluster::logs::follow_bytes`). What is no line of the log goes to standard error.
//!
//! Where the log does not begin, kubectl's rules hold: a refusal ends it, and a container that has not started, or a
//! server that is not reached, is waited for as long as `--pod-running-timeout` says.

use std::future::pending;
use std::pin::Pin;

use tokio::sync::{mpsc, watch};
use tokio::time::{Sleep, sleep};

use super::args::Logs;
use super::choose::Source;
use super::lines::Lines;
use super::{Out, notice, options};
use crate::cli::plain::failure::Failure;
use crate::cli::plain::session::Session;
use crate::cluster::connect::Connection;
use crate::cluster::error::Error;
use crate::cluster::logs::data::{LogEnd, LogUpdate};
use crate::cluster::logs::follow_bytes;
use crate::cluster::logs::lines::LogBytes;
use crate::cluster::outbox::Outbox;

/// Prints a log until nothing more can come.
pub async fn print(
    session: &Session,
    asked: &Logs,
    source: &Source,
    lines: &mut Lines,
    out: &Out<'_>,
) -> Result<(), Failure> {
    let (connection, latest) = watch::channel(session.connection.clone());
    let follow = Follow { session, asked, source, lines, out, connection, begun: false, patience: None };
    if asked.timestamps { follow.print::<true>(latest).await } else { follow.print::<false>(latest).await }
}

struct Follow<'a, 'o> {
    session: &'a Session,
    asked: &'a Logs,
    source: &'a Source,
    lines: &'a mut Lines,
    out: &'a Out<'o>,
    connection: watch::Sender<Connection>,
    /// Whether the log stood once.
    begun: bool,
    /// How long it may still be waited for.
    patience: Option<Pin<Box<Sleep>>>,
}

impl Follow<'_, '_> {
    async fn print<const TIMES: bool>(mut self, latest: watch::Receiver<Connection>) -> Result<(), Failure> {
        let (queue, mut updates) = mpsc::unbounded_channel();
        let outbox = Outbox::new(queue, |update: LogUpdate<LogBytes<TIMES>>| update);
        let reading = follow_bytes(latest, options::request(self.asked, self.source), &outbox);
        tokio::pin!(reading);
        loop {
            tokio::select! {
                biased;
                Some(parcel) = updates.recv() => {
                    let (update, _untaken) = parcel.open();
                    self.take(update, updates.is_empty()).await?;
                }
                end = &mut reading => {
                    while let Ok(parcel) = updates.try_recv() {
                        self.take(parcel.message, false).await?;
                    }
                    return end.map_or(Ok(()), |end| self.end(end));
                }
                () = over(&mut self.patience) => return Err(Failure::Usage("context deadline exceeded".to_owned())),
            }
        }
    }

    /// `is_last`: nothing else has come by now, so that what there is should be seen.
    async fn take<const TIMES: bool>(
        &mut self,
        update: LogUpdate<LogBytes<TIMES>>,
        is_last: bool,
    ) -> Result<(), Failure> {
        match &update {
            LogUpdate::Lines(LogBytes { data, cut }) => {
                let mut out = self.out.borrow_mut();
                self.lines.push(data, &mut **out)?;
                if is_last {
                    out.flush()?;
                }
                drop(out);
                if *cut > 0 {
                    self.say(&format!("{cut} lines were longer than 64 MiB and are not whole"))?;
                }
                return Ok(());
            }
            LogUpdate::Opened => {
                self.begun = true;
                self.patience = None;
            }
            LogUpdate::Waiting(said) if !self.begun => {
                if self.asked.ignore_errors {
                    return Err(Failure::Server(waiting(said, self.source)));
                }
                self.wait();
            }
            LogUpdate::Outage(_) => {
                if !self.begun {
                    self.wait();
                }
                // The credential may have run out meanwhile, or the kubeconfig names another server now.
                if let Ok(connection) = self.session.reconnect().await {
                    self.connection.send_replace(connection);
                }
            }
            LogUpdate::Restarted { .. } | LogUpdate::Replaced { .. } => {
                self.lines.end_line(&mut **self.out.borrow_mut())?;
            }
            LogUpdate::Waiting(_) | LogUpdate::Gap { .. } | LogUpdate::Ended(_) | LogUpdate::Trouble(_) => {}
        }
        match notice::of(&update, &self.source.pod, &self.source.container) {
            Some(said) => {
                // Where both go to one place, what was read stands before what is said of it.
                self.out.borrow_mut().flush()?;
                self.session.say(&said)
            }
            None => Ok(()),
        }
    }

    fn wait(&mut self) {
        let patience = self.asked.pod_running_timeout;
        self.patience.get_or_insert_with(|| Box::pin(sleep(patience)));
    }

    fn end(&mut self, end: Result<LogEnd, Error>) -> Result<(), Failure> {
        let mut out = self.out.borrow_mut();
        self.lines.finish(&mut **out)?;
        match end {
            Ok(end) => {
                drop(out);
                notice::end(&end).map_or(Ok(()), |said| self.say(&said))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn say(&self, said: &str) -> Result<(), Failure> {
        self.out.borrow_mut().flush()?;
        self.session.say(&notice::about(&self.source.pod, &self.source.container, said))
    }
}

/// The kubelet's refusal again, of which the reader makes a state.
fn waiting(said: &str, Source { pod, container, .. }: &Source) -> Error {
    let message = format!("container \"{container}\" in pod \"{pod}\" is {said}");
    Error::Api { code: 400, reason: "BadRequest".to_owned(), message }
}

async fn over(patience: &mut Option<Pin<Box<Sleep>>>) {
    match patience {
        Some(patience) => patience.await,
        None => pending().await,
    }
}
