//! State and update.

pub mod columns;
pub mod layout;
pub mod list;
