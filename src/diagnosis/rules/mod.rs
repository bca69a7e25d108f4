//! The catalogue: every rule there is, a file a group.
//!
//! **Adding a rule** touches three places: a `Rule` in the file of its group (its head says what the group reads), its
//! scenarios under `tests/data/diagnosis/<id>/` (at least one `positive-*.json`, one `near-miss-*.json`, one
//! `silent-*.json`), and, for a new group, a line in [`GROUPS`]. The documents are made from the rule.
//!
//! A rule matches structured fields first (reason, exit code, condition), texts last, and those from one table with the
//! version that each was seen on. It names the cause, with the pod's own values, and not the symptom. It is silent about
//! what is young, slow within its allowance, suspended, scaled to zero, or since succeeded.

mod budget;
mod config;
mod crash;
mod end;
mod exit;
mod image;
mod init;
mod leftover;
mod no_fit;
mod node;
mod owner;
mod phrase;
mod probe;
mod ready;
mod refused;
mod restarts;
mod runs;
mod sched;
mod selector;
mod start;
mod traces;
mod unknown;
mod words;

pub(super) use leftover::may_be_left;

use super::rule::Rule;

/// The groups, in the order of the documents.
static GROUPS: &[&[Rule]] = &[
    image::RULES,
    config::RULES,
    start::RULES,
    crash::RULES,
    init::RULES,
    ready::RULES,
    restarts::RULES,
    refused::RULES,
    owner::RULES,
    budget::RULES,
    selector::RULES,
    node::RULES,
    end::RULES,
    leftover::RULES,
    sched::RULES,
    no_fit::RULES,
    unknown::RULES,
];

/// Every rule.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// The rule of an id; what comes from the server (`unknown.REASON`) has the rule `unknown`.
pub fn find(id: &str) -> Option<&'static Rule> {
    let id = if id.starts_with("unknown.") { "unknown" } else { id };
    all().find(|rule| rule.id == id)
}
