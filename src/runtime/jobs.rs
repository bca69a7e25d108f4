//! Changes of the cluster, and what is asked before them: one task a job.

use std::sync::Arc;
use std::time::Duration;

use super::now;
use super::perform::{Performer, Task, not_connected};
use crate::app::layout::PaneId;
use crate::app::message::{Epoch, Msg};
use crate::app::writes::JobId;
use crate::cluster::api::WriteUpdate;
use crate::cluster::{access, debugging, subject, write};
use crate::model::kind::ObjectKey;
use crate::model::write::{Need, Operation, Write};

impl Performer {
    pub(super) fn read_subject(&mut self, job: JobId, key: ObjectKey, uid: String, history: bool) {
        let connection = self.connected();
        let out = self.outbox(move |found| Msg::Subject(job, found));
        self.spawn(Task::Job(job), out.closer(), async move {
            let tried = format!("read what owns {key}");
            let found = match connection.map(|connection| connection.borrow().clone()) {
                Some(connection) => {
                    let read = subject::read(&connection, &key, &uid, history).await;
                    read.map(Box::new).map_err(|error| error.problem(&tried))
                }
                None => Err(not_connected(tried)),
            };
            let _gone = out.send(found).await;
        });
    }

    pub(super) fn write(&mut self, job: JobId, change: Write) {
        let connection = self.connected();
        let out = self.outbox(move |update| Msg::Write(job, update));
        let gate = Arc::clone(&self.writes);
        self.spawn(Task::Job(job), out.closer(), async move {
            // A drain takes as long as its pods do; others must not wait for it. The gate is never closed.
            let _permit = match change.operation {
                Operation::Drain(_) => None,
                _ => gate.acquire().await.ok(),
            };
            if let Some(connection) = connection.map(|connection| connection.borrow().clone()) {
                write::perform(&connection, change, now(), &out).await;
            } else {
                let _gone = out.send(WriteUpdate::Failed(not_connected(change.to_string()))).await;
            }
        });
    }

    /// Sends a change so that the server only says what would come of it.
    pub(super) fn try_write(&mut self, job: JobId, change: Write) {
        let connection = self.connected();
        let out = self.outbox(move |update| Msg::Write(job, update));
        self.spawn(Task::Job(job), out.closer(), async move {
            if let Some(connection) = connection.map(|connection| connection.borrow().clone()) {
                write::attempt(&connection, change, now(), &out).await;
            } else {
                let _gone = out.send(WriteUpdate::Failed(not_connected(change.to_string()))).await;
            }
        });
    }

    pub(super) fn read_debug_target(&mut self, pane: PaneId, key: ObjectKey, namespace: String, delay: u64) {
        let connection = self.connected();
        let out = self.outbox(move |found| Msg::DebugTarget(pane, found));
        self.spawn(Task::Pane(pane), out.closer(), async move {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            let tried = format!("read {key}");
            let found = match connection.map(|connection| connection.borrow().clone()) {
                Some(connection) => {
                    let read = debugging::read(&connection, &key, &namespace).await;
                    read.map(Box::new).map_err(|error| error.problem(&tried))
                }
                None => Err(not_connected(tried)),
            };
            let _gone = out.send(found).await;
        });
    }

    /// A later question takes the place of one that was not sent yet: whoever only moves through a list asks nothing.
    pub(super) fn review_access(&mut self, epoch: Epoch, needs: Vec<Need>, delay: u64) {
        let Some(connection) = self.connected() else { return };
        let out = self.outbox(move |answers| Msg::Access(epoch, answers));
        self.spawn(Task::Access, out.closer(), async move {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            let connection = connection.borrow().clone();
            let _gone = out.send(access::review(&connection, needs).await).await;
        });
    }
}
