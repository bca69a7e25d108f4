//! Shells, commands and attached processes: one task a pane, and what is typed on its way to it.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::perform::{Performer, Task, not_connected};
use crate::app::layout::PaneId;
use crate::app::message::Msg;
use crate::cluster::api::{SessionRequest, ShellUpdate};
use crate::cluster::exec::{self, Input};

/// Keys and sizes that wait for a shell which does not read; more are refused.
const TYPED_AHEAD: usize = 1_024;

impl Performer {
    pub(super) fn open_shell(&mut self, pane: PaneId, request: SessionRequest, size: (u16, u16)) {
        let out = Arc::new(self.outbox(move |update| Msg::Shell(pane, update)));
        let connection = self.connected();
        let (input, from_person) = mpsc::channel(TYPED_AHEAD);
        self.shells.insert(pane, input);
        self.pass_to_shell(pane, Input::Resize { cols: size.0, rows: size.1 });
        self.spawn(Task::Pane(pane), out.closer(), async move {
            if let Some(connection) = connection {
                exec::session(connection, request, from_person, out).await;
            } else {
                let problem = not_connected(request.tried());
                let _gone = out.send(ShellUpdate::Refused(problem)).await;
            }
        });
    }

    pub(super) fn pass_to_shell(&mut self, pane: PaneId, input: Input) {
        let Some(shell) = self.shells.get(&pane) else { return };
        if let Err(TrySendError::Full(_)) = shell.try_send(input) {
            self.notice_error("the shell does not take input; what was typed is lost".to_owned());
        }
    }
}
