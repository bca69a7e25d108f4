//! Readings that rules of diagnosis ask for: a few at once, each at a place of its own.

use super::perform::{Performer, Task};
use crate::app::message::{Epoch, Msg};
use crate::cluster::lookup;
use crate::model::lookup::{Answer, Lookup};

impl Performer {
    /// Reads one thing; whatever comes of it is an answer.
    pub(super) fn look_up(&mut self, epoch: Epoch, place: usize, asked: Lookup) {
        let connection = self.connected();
        let out = self.outbox(move |found: Box<(Lookup, Answer)>| Msg::LookedUp(epoch, place, found));
        self.spawn(Task::LookUp(place), out.closer(), async move {
            let answer = match connection.map(|connection| connection.borrow().clone()) {
                Some(connection) => lookup::read(&connection, &asked).await,
                None => Answer::Failed("there is no connection".into()),
            };
            let _gone = out.send(Box::new((asked, answer))).await;
        });
    }
}
