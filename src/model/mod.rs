//! Kubernetes as the program sees it: kinds, keys, and lean rows decoded straight from the wire.
//!
//! Pure: no I/O, no clock, no presentation. Only what a list, a filter or a rule reads is kept; whole
//! objects are fetched when a person asks for one and never live here. Start with [`row`], the trait that
//! every listed kind implements, then [`pod`]; [`wire`] says how bytes become rows.

pub mod around;
pub mod change;
pub mod copy;
pub mod discovery;
pub mod event;
pub mod forward;
pub mod kind;
pub mod kubectl;
pub mod links;
pub mod list;
pub mod load;
pub mod lookup;
pub mod node;
pub mod pod;
pub mod quantity;
pub mod resource;
pub mod row;
pub mod selector;
pub mod status;
pub mod table;
pub mod watch;
pub mod wire;
pub mod write;
