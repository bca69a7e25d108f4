//! How a task hands results to the loop, with back-pressure.
//!
//! Each stream may have one untaken parcel: sending the next waits until the loop has taken the one before.
//! So a storm of log lines slows its own socket, and never the keys.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::sleep;

/// A message on its way to the loop; the stream may send again when it is dropped.
#[derive(Debug)]
pub struct Parcel<M> {
    /// The message.
    pub message: M,
    untaken: Option<OwnedSemaphorePermit>,
}

impl<M> Parcel<M> {
    /// A message that holds up nobody.
    pub fn loose(message: M) -> Self {
        Self { message, untaken: None }
    }

    /// The message, and what holds its stream up for as long as it is kept.
    pub fn open(self) -> (M, Untaken) {
        (self.message, Untaken(self.untaken))
    }

    /// Whether its stream was ended after it was sent: the message is about something that is over.
    pub fn is_late(&self) -> bool {
        self.untaken.as_ref().is_some_and(|untaken| untaken.semaphore().is_closed())
    }
}

/// As long as it lives, the stream that it came from may send nothing more.
#[derive(Debug)]
pub struct Untaken(#[expect(dead_code, reason = "it is held, not read")] Option<OwnedSemaphorePermit>);

/// The loop is gone, or the stream was ended; the task may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody listens any more")]
pub struct Gone;

/// Ends a stream: it can send no more, and what it has sent and nobody took is late.
#[derive(Debug)]
pub struct Closer(Arc<Semaphore>);

impl Closer {
    /// Ends it, at once.
    pub fn close(&self) {
        self.0.close();
    }
}

type Wrap<T, M> = dyn Fn(T) -> M + Send + Sync;

/// Where a task puts what it has: `T` of its own becomes a message `M` of the loop.
pub struct Outbox<T, M> {
    loop_queue: mpsc::UnboundedSender<Parcel<M>>,
    untaken: Arc<Semaphore>,
    wrap: Arc<Wrap<T, M>>,
}

impl<T, M> Outbox<T, M> {
    /// An outbox that turns what it gets into messages by `wrap`.
    pub fn new(loop_queue: mpsc::UnboundedSender<Parcel<M>>, wrap: impl Fn(T) -> M + Send + Sync + 'static) -> Self {
        Self { loop_queue, untaken: Arc::new(Semaphore::new(1)), wrap: Arc::new(wrap) }
    }

    /// What ends this stream.
    pub fn closer(&self) -> Closer {
        Closer(Arc::clone(&self.untaken))
    }

    /// Puts `item` into the loop's queue, once the one before has been taken.
    pub async fn send(&self, item: T) -> Result<(), Gone> {
        let permit = Arc::clone(&self.untaken).acquire_owned().await.map_err(|_| Gone)?;
        let parcel = Parcel { message: (self.wrap)(item), untaken: Some(permit) };
        self.loop_queue.send(parcel).map_err(|_| Gone)
    }

    /// Puts each state of something into the loop's queue, at most one in `every`, until nobody listens. Never ends
    /// otherwise: whoever changes the state also says how it ended.
    pub async fn follow<S: Clone>(&self, mut seen: watch::Receiver<S>, every: Duration, wrap: impl Fn(S) -> T) -> Gone {
        while seen.changed().await.is_ok() {
            let state = seen.borrow_and_update().clone();
            if let Err(gone) = self.send(wrap(state)).await {
                return gone;
            }
            sleep(every).await;
        }
        std::future::pending().await
    }
}

impl<T, M> std::fmt::Debug for Outbox<T, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_second_parcel_waits_for_the_first() {
        let (queue, mut inbox) = mpsc::unbounded_channel();
        let outbox = Outbox::new(queue, |number: i32| number * 10);
        outbox.send(1).await.expect("somebody listens");
        let second = outbox.send(2);
        tokio::pin!(second);
        let early = tokio::time::timeout(Duration::from_secs(5), &mut second).await;
        assert!(early.is_err(), "one untaken parcel at most");
        let first = inbox.recv().await.expect("a parcel");
        assert_eq!(first.message, 10);
        drop(first);
        second.await.expect("it may go on now");
        assert_eq!(inbox.recv().await.map(|parcel| parcel.message), Some(20));
        drop(inbox);
        assert_eq!(outbox.send(3).await, Err(Gone));
    }

    #[tokio::test(start_paused = true)]
    async fn of_a_state_that_changes_often_the_last_one_is_told() {
        let (queue, mut inbox) = mpsc::unbounded_channel();
        let outbox = Outbox::new(queue, |number: i32| number);
        let (state, seen) = watch::channel(0);
        let change = async {
            for number in 1..=100 {
                state.send_replace(number);
                sleep(Duration::from_millis(1)).await;
            }
            sleep(Duration::from_secs(1)).await;
        };
        let mut told = Vec::new();
        let listen = async {
            while let Some(parcel) = inbox.recv().await {
                told.push(parcel.message);
            }
        };
        tokio::select! {
            () = change => {}
            _gone = outbox.follow(seen, Duration::from_millis(30), |number| number) => {}
            () = listen => {}
        }
        assert_eq!((told.first(), told.last()), (Some(&1), Some(&100)));
        assert!(told.len() < 10, "{told:?}");
    }

    #[tokio::test]
    async fn what_an_ended_stream_has_sent_is_late_and_nothing_follows() {
        let (queue, mut inbox) = mpsc::unbounded_channel();
        let outbox = Outbox::new(queue, |number: i32| number);
        outbox.send(1).await.expect("somebody listens");
        let parcel = inbox.recv().await.expect("a parcel");
        assert!(!parcel.is_late());
        outbox.closer().close();
        assert!(parcel.is_late());
        assert_eq!(outbox.send(2).await, Err(Gone));
        assert!(!Parcel::loose(3).is_late());
    }
}
