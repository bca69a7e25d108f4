//! When the next frame is drawn. Knows nothing of what is on it; [`Loop`](super::Loop) asks and draws.
//!
//! Frames that only follow the cluster are [`FRAME`] apart. One that answers a person needs only [`ANSWER`]: behind a
//! list in motion there is always a fresh frame, and its key would wait for most of [`FRAME`].

use std::time::Duration;

use tokio::time::Instant;

/// How old the last frame must be before the next is drawn.
const FRAME: Duration = Duration::from_millis(16);
/// The same for a frame that shows what a key did. Above zero, so that a wheel or a held key does not draw more
/// frames than anybody can see.
const ANSWER: Duration = Duration::from_millis(4);

/// What there is to draw, and since when.
#[derive(Default)]
pub struct Pace {
    /// Something changed since the last frame.
    dirty: bool,
    /// Something that a person did is part of it.
    answers: bool,
    drawn: Option<Instant>,
}

impl Pace {
    /// Something changed; whether a person did it.
    pub fn changed(&mut self, by_person: bool) {
        self.dirty = true;
        self.answers |= by_person;
    }

    /// A frame was drawn: there is nothing more to show.
    pub fn drawn(&mut self, at: Instant) {
        *self = Self { drawn: Some(at), ..Self::default() };
    }

    /// The earliest time of the next frame; `None` while there is nothing new. At once where there was none yet.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let age = if self.answers { ANSWER } else { FRAME };
        self.dirty.then(|| self.drawn.map_or(now, |at| at + age))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_key_waits_less_than_a_change() {
        let begun = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.due(begun), None);
        pace.changed(false);
        assert_eq!(pace.due(begun), Some(begun), "the first frame waits for nothing");

        pace.drawn(begun);
        assert_eq!(pace.due(begun), None);
        pace.changed(false);
        assert_eq!(pace.due(begun), Some(begun + FRAME));
        pace.changed(true);
        assert_eq!(pace.due(begun), Some(begun + ANSWER));
        pace.changed(false);
        assert_eq!(pace.due(begun), Some(begun + ANSWER), "a change takes nothing from the key before it");

        pace.drawn(begun + ANSWER);
        pace.changed(false);
        assert_eq!(pace.due(begun), Some(begun + ANSWER + FRAME), "the next frame is an ordinary one");
    }
}
