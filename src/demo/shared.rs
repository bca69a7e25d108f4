//! The world behind a lock, with its clock, and word of every change for those who wait.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::console::Consoles;
use super::fault::Faults;
use super::world::World;
use crate::base::stamp::Stamp;

/// Wall time that follows tokio's clock, so that a paused clock pauses the world.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    base: Stamp,
    started: Instant,
}

impl Clock {
    /// A clock that shows `base` now.
    pub fn new(base: Stamp) -> Self {
        Self { base, started: Instant::now() }
    }

    /// What it shows.
    pub fn now(&self) -> Stamp {
        self.base.plus_micros(self.started.elapsed().as_micros() as i64)
    }

    /// The moment at which it will show `at`.
    pub fn instant(&self, at: Stamp) -> Instant {
        let micros = at.micros_since(self.base).unwrap_or_default().max(0);
        self.started + std::time::Duration::from_micros(micros as u64)
    }
}

/// What every connection and every stream shares.
#[derive(Debug)]
pub struct Shared {
    state: Mutex<State>,
    /// The newest resource version.
    pub changed: watch::Sender<u64>,
    /// The world's clock.
    pub clock: Clock,
    /// What is wrong.
    pub faults: Faults,
    /// The first processes that read what is typed.
    pub consoles: Consoles,
    wake: Notify,
}

#[derive(Debug)]
struct State {
    world: World,
    /// What the driver sleeps until.
    awaited: Option<Stamp>,
}

impl Shared {
    /// Takes a world over.
    pub fn new(world: World, clock: Clock) -> Self {
        let version = world.store.version();
        Self {
            state: Mutex::new(State { world, awaited: None }),
            changed: watch::Sender::new(version),
            clock,
            faults: Faults::new(),
            consoles: Consoles::new(),
            wake: Notify::new(),
        }
    }

    /// Looks at the world of this moment, or changes it. Must not be called from within itself.
    pub fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.world.advance(self.clock.now());
        let result = act(&mut state.world);
        state.world.settle();
        let version = state.world.store.version();
        let due = state.world.next_due();
        state.world.take_live().into_iter().for_each(|live| self.consoles.begin(live));
        let sooner = due.is_some_and(|due| state.awaited.is_none_or(|awaited| due < awaited));
        drop(state);
        self.changed.send_if_modified(|known| std::mem::replace(known, version) != version);
        if sooner {
            self.wake.notify_one();
        }
        result
    }

    /// Lets the world live: waits for what is due, for ever.
    pub async fn drive(&self) {
        loop {
            let due = self.with(|world| world.next_due());
            self.state.lock().unwrap_or_else(PoisonError::into_inner).awaited = due;
            match due {
                Some(due) => tokio::select! {
                    () = tokio::time::sleep_until(self.clock.instant(due)) => {}
                    () = self.wake.notified() => {}
                },
                None => self.wake.notified().await,
            }
        }
    }
}
