//! What `kubectl debug` builds, as pure functions: from a form and an object to the requests that are sent.
//!
//! A [`Form`] holds what a person can choose, the same for flags and for the full-screen form. [`check()`] says what is
//! wrong with it before anything is read or sent. [`build`] makes a [`Plan`] of it: an ephemeral container in a pod
//! ([`ephemeral`]), a changed copy of a pod ([`copy`]), or a pod on a node ([`node`]). Rules, order and words are those
//! of kubectl 1.37 (`pkg/cmd/debug`); what differs is in `docs/kubectl-differences.md`. Objects are JSON as the server
//! sent them, so that no field is lost. Nothing is sent here, no clock is read, and chance is an argument
//! ([`Names`]). Start with [`form`], then [`build`]. What becomes of all that was made is in [`ledger`].

pub mod check;
pub mod command;
mod container;
pub mod copy;
pub mod custom;
mod edit;
pub mod ephemeral;
pub mod form;
pub mod image;
pub mod ledger;
pub mod mark;
pub mod name;
pub mod node;
pub mod obstacle;
pub mod plan;
pub mod policy;
pub mod profile;
pub mod warn;

use serde_json::Value;

use crate::model::kind::Kind;
pub use check::{Field, Refusal, Subject, check};
pub use custom::{Custom, CustomError, mistake};
pub use form::{CopyForm, Form, Keep, Style};
pub use mark::Mark;
pub use name::Names;
pub use obstacle::{Obstacle, obstacles};
pub use plan::Plan;
pub use profile::Profile;
pub use warn::Warning;

/// Puts a pod into a namespace.
pub fn edit_namespace(pod: &mut Value, namespace: &str) {
    edit::set(edit::field(pod, "metadata"), "namespace", namespace);
}

/// What is to be sent for a form and an object. `namespace` is where the pod for a node is made; pods have their own.
pub fn build(form: &Form, kind: Kind, object: &Value, namespace: &str, names: &mut Names) -> Result<Plan, Refusal> {
    match form.style(kind) {
        Style::Ephemeral => ephemeral::build(form, object, names),
        Style::Copy => copy::build(form, object, names),
        Style::Node => node::build(form, object, namespace, names),
    }
}

#[cfg(test)]
mod tests;
