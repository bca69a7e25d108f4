//! Logs of panes: one task for what a pane follows, one for what it reads of the past.

use super::perform::{Performer, Task, not_connected};
use crate::app::layout::PaneId;
use crate::app::message::Msg;
use crate::cluster::api::{LogLine, LogRequest, LogUpdate, LogsRequest, LogsUpdate};
use crate::cluster::logs;

impl Performer {
    pub(super) fn open_logs(&mut self, pane: PaneId, request: LogRequest) {
        // What was asked for belongs to the log before.
        self.end(Task::EarlierLines(pane));
        self.end_shelf(pane);
        let connection = self.connected();
        let out = self.outbox(move |update| Msg::Logs(pane, update));
        self.spawn(Task::Pane(pane), out.closer(), async move {
            if let Some(connection) = connection {
                logs::follow(connection, request, &out).await;
            } else {
                let tried = format!("read the log of {}/{}", request.pod, request.container);
                let _gone = out.send(LogUpdate::Trouble(not_connected(tried))).await;
            }
        });
    }

    pub(super) fn open_many_logs(&mut self, pane: PaneId, request: LogsRequest) {
        self.end(Task::EarlierLines(pane));
        self.end_shelf(pane);
        let connection = self.connected();
        let out = self.outbox(move |update| Msg::ManyLogs(pane, update));
        self.spawn(Task::Pane(pane), out.closer(), async move {
            if let Some(connection) = connection {
                logs::many(connection, request, &out).await;
            } else {
                let problem = not_connected("read the logs".to_owned());
                let _gone = out.send(LogsUpdate::Trouble(problem)).await;
            }
        });
    }

    pub(super) fn read_earlier(&mut self, pane: PaneId, request: LogRequest, known: Vec<LogLine>, wanted: usize) {
        let connection = self.connected();
        let out = self.outbox(move |found| Msg::EarlierLines(pane, found));
        self.spawn(Task::EarlierLines(pane), out.closer(), async move {
            let tried = format!("read earlier lines of {}/{}", request.pod, request.container);
            let found = match connection.map(|connection| connection.borrow().clone()) {
                Some(connection) => {
                    let read = logs::earlier(&connection, &request, &known, wanted).await;
                    read.map_err(|error| error.problem(&tried))
                }
                None => Err(not_connected(tried)),
            };
            let _gone = out.send(found).await;
        });
    }
}
