//! State and update.

pub mod layout;
