//! The log of the run before, offered where that run ended badly.
//!
//! Said in the line below the rows, with the key that shows it; nothing moves and nothing is focused by itself. Who has
//! looked is not asked again until the next restart.

use super::LogPane;
use crate::base::age::age;
use crate::base::stamp::Stamp;
use crate::cluster::api::ContainerExit;
use crate::model::pod::{ContainerRow, State};

/// A run that ended badly, and is not the one that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    code: i32,
    reason: String,
    finished: Stamp,
    /// How often the container had been restarted after it.
    restarts: u32,
}

impl LogPane {
    /// Takes in what the container does, as it is listed. Of the runs that are over a node keeps the last one: while the
    /// container does not run, that is the one that is shown, and there is nothing to offer.
    pub fn take_state(&mut self, container: &ContainerRow) {
        if self.offer.as_ref().is_some_and(|offer| offer.restarts > container.restarts) {
            // The stream was told sooner than the list.
            return;
        }
        let ended_badly = container.last_end.as_deref().filter(|end| end.exit_code != 0);
        let is_other = matches!(container.state, State::Running(_));
        self.offer = ended_badly.filter(|_| is_other).map(|end| Offer {
            code: end.exit_code,
            reason: end.reason.to_string(),
            finished: end.finished,
            restarts: container.restarts,
        });
    }

    /// The same of a restart that the stream tells of: the list may not know it yet, or not have the pod.
    pub(super) fn take_restart(&mut self, restarts: u32, exit: Option<&ContainerExit>) {
        self.offer = exit.filter(|exit| exit.code != 0).map(|exit| Offer {
            code: exit.code,
            reason: exit.reason.clone(),
            finished: self.clock.now,
            restarts,
        });
    }

    /// Whoever looks at the run before is not offered it again.
    pub(super) fn accept_offer(&mut self) {
        self.accepted = self.offer.as_ref().map(|offer| offer.restarts).or(self.accepted);
    }

    /// `p: the run before: exit 137, OOMKilled, 12s ago`.
    pub(super) fn offer_words(&self) -> Option<String> {
        let is_new = |offer: &&Offer| self.accepted.is_none_or(|accepted| accepted < offer.restarts);
        let Offer { code, reason, finished, .. } = self.offer.as_ref().filter(is_new)?;
        if self.target.is_previous() || self.keys.other_run.is_empty() {
            return None;
        }
        let reason = if reason.is_empty() { String::new() } else { format!(", {reason}") };
        let ago = if finished.is_set() && self.clock.now.is_set() {
            format!(", {} ago", age(*finished, self.clock.now))
        } else {
            String::new()
        };
        Some(format!("{}: the run before: exit {code}{reason}{ago}", self.keys.other_run))
    }
}
