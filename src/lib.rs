//! podtriage: a full-screen, keyboard-driven terminal program for the moment a pod is broken.
//!
//! `ARCHITECTURE.md` draws the whole; the module order that it states is kept by `tests/architecture.rs`.

pub mod app;
pub mod base;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod debug;
pub mod demo;
pub mod describe;
pub mod diagnosis;
pub mod emulator;
pub mod model;
pub mod runtime;
pub mod store;
pub mod terminal;
#[doc(hidden)]
pub mod testing;
pub mod ui;
