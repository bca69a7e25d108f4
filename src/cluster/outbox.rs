//! How a task hands results to the loop, with back-pressure.
//!
//! Each stream may have one untaken parcel: sending the next waits until the loop has taken the one before.
//! So a storm of log lines slows its own socket, and never the keys.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// A message on its way to the loop; the stream may send again when it is dropped.
#[derive(Debug)]
pub struct Parcel<M> {
    /// The message.
    pub message: M,
    _untaken: Option<OwnedSemaphorePermit>,
}

impl<M> Parcel<M> {
    /// A message that holds up nobody.
    pub fn loose(message: M) -> Self {
        Self { message, _untaken: None }
    }
}

/// The loop is gone; the task may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody listens any more")]
pub struct Gone;

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

    /// Puts `item` into the loop's queue, once the one before has been taken.
    pub async fn send(&self, item: T) -> Result<(), Gone> {
        let permit = Arc::clone(&self.untaken).acquire_owned().await.map_err(|_| Gone)?;
        let parcel = Parcel { message: (self.wrap)(item), _untaken: Some(permit) };
        self.loop_queue.send(parcel).map_err(|_| Gone)
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
        let early = tokio::time::timeout(std::time::Duration::from_secs(5), &mut second).await;
        assert!(early.is_err(), "one untaken parcel at most");
        let first = inbox.recv().await.expect("a parcel");
        assert_eq!(first.message, 10);
        drop(first);
        second.await.expect("it may go on now");
        assert_eq!(inbox.recv().await.map(|parcel| parcel.message), Some(20));
        drop(inbox);
        assert_eq!(outbox.send(3).await, Err(Gone));
    }
}
