//! What the tests that run the real binary share: [`terminal`] runs a program in a pseudo-terminal and looks at
//! its screen, [`wire`] looks at the bytes that it wrote.

#![allow(dead_code, reason = "several programs of tests share this, and none uses all of it")]

pub mod terminal;
pub mod wire;
