//! Debugging from the inside, as pure functions: what is known of the things that it made in a cluster.
//!
//! Nothing here sends anything or reads a clock. Start with [`ledger`].

pub mod ledger;
