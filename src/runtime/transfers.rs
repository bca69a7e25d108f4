//! Port-forwards and copies: one task a job.

use super::perform::{Performer, Task, not_connected};
use crate::app::message::Msg;
use crate::app::writes::JobId;
use crate::cluster::api::{CopyRequest, CopyStatus, CopyUpdate, ForwardRequest, ForwardUpdate};
use crate::cluster::{copy, forward};
use crate::model::kind::ObjectKey;

impl Performer {
    pub(super) fn read_ports(&mut self, job: JobId, key: ObjectKey) {
        let Some(connection) = self.connected() else { return };
        let out = self.outbox(move |ports| Msg::Ports(job, ports));
        self.spawn(Task::Job(job), out.closer(), async move {
            let connection = connection.borrow().clone();
            // Ports are only offered: whoever cannot read them types them.
            let ports = forward::declared(&connection, &key).await.unwrap_or_default();
            let _gone = out.send(ports).await;
        });
    }

    pub(super) fn forward(&mut self, job: JobId, request: ForwardRequest) {
        let connection = self.connected();
        let out = self.outbox(move |update| Msg::Forward(job, update));
        self.spawn(Task::Job(job), out.closer(), async move {
            if let Some(connection) = connection {
                forward::run(connection, request, &out).await;
            } else {
                let problem = not_connected(format!("forward {} of {}", request.port, request.target));
                let _gone = out.send(ForwardUpdate::Ended(problem)).await;
            }
        });
    }

    pub(super) fn copy_files(&mut self, job: JobId, request: CopyRequest) {
        let connection = self.connected();
        let out = self.outbox(move |update| Msg::Copied(job, update));
        self.spawn(Task::Job(job), out.closer(), async move {
            if let Some(connection) = connection.map(|connection| connection.borrow().clone()) {
                copy::run(connection, request, &out).await;
            } else {
                let problem = not_connected(format!("copy {request}"));
                let _gone = out.send(CopyUpdate::Failed(CopyStatus::default(), problem)).await;
            }
        });
    }
}
