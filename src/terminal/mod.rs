//! The real terminal: taking it over, giving it back, and what goes in and out meanwhile.
//!
//! One rule above all: however the program ends, the terminal is left as it was found. So there is one list
//! of modes (in `modes`) and one [`leave`], which undoes that list, can be called at any time and any number
//! of times, and cannot fail. It is called by [`Screen`] when it is dropped, by the panic hook
//! ([`restore_on_panic`]), before a suspension, and by whoever gets a [`Signal`] to end.
//!
//! The order of a session: [`check`], [`Signals::listen`], [`restore_on_panic`], [`Screen::enter`], then
//! [`Display::draw`] and [`input::events`] until the screen is dropped. Nothing here knows what is drawn.

mod clipboard;
mod display;
pub mod input;
mod modes;
mod panic;
mod raw;
mod signals;
mod usable;

pub use clipboard::{COPY_LIMIT, CopyError, copy};
pub use display::Display;
pub use modes::{Screen, leave};
pub use panic::restore_on_panic;
pub use raw::{RawMode, size};
pub use signals::{Signal, Signals};
pub use usable::{Unusable, check};
