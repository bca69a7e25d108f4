//! Why a pod, a node or an owner is not well: rules over facts.
//!
//! Pure: no I/O, no clock, no screen. [`rules`] is the catalogue and says how to add to it; [`facts`] is what a rule looks
//! at, [`known`] how it asks for more; [`finding`] what it says. [`judge`] calls the rules, [`groups`] puts together
//! what has one cause and orders it, [`fit`] says where a pod would fit, [`engine`] keeps all that while the cluster changes, and [`survey`] does it once over
//! everything.

pub mod catalogue;
pub mod engine;
pub mod facts;
pub mod finding;
pub mod fit;
pub mod groups;
pub mod judge;
pub mod known;
pub mod next;
pub mod report;
pub mod rule;
pub mod rules;
pub mod survey;
