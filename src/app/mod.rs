//! State and update.

pub mod action;
pub mod columns;
pub mod layout;
pub mod list;
pub mod panes;
