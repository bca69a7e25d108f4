//! podtriage: a full-screen, keyboard-driven terminal program for the moment a pod is broken.
//!
//! `ARCHITECTURE.md` draws the whole; the module order that it states is kept by `tests/architecture.rs`.

pub mod base;
pub mod demo;
