//! Objects as `kubectl describe` and `kubectl get -o yaml` show them: pure functions from the API's raw
//! JSON to [`Text`].
//!
//! Equal to kubectl 1.37 line for line, with the same data and the same moment; where kubectl fails on an
//! object (it has a few nil pointers), the line is empty here. Times are shown in UTC. Start with
//! [`describe`], then `kinds`, which has a writer for every kind that kubectl has one for; the layout that
//! makes the columns is in `tabs`. What must be read for a description is said by [`related()`].

use serde_json::Value;

use crate::base::golang;
use crate::base::stamp::Stamp;
use crate::base::text::Text;
use crate::model::around::{Around, ObjectDetails};

mod allocation;
mod container;
mod data;
mod env;
mod events;
mod fields;
mod generic;
pub mod json;
mod kinds;
mod meta;
mod node;
mod pod;
mod probe;
mod qos;
mod related;
mod requests;
mod selector;
mod tabs;
mod volume;
mod volume_kinds;
pub mod yaml;

pub use events::when;
pub use related::related;

use tabs::Writer;

/// Describes the object in `details`, which is of `kind`, at the moment `now`: in the form that kubectl has
/// for the kind, or in its general form. The group is that of the object's own `apiVersion`. Never fails:
/// what is missing or odd is left out.
pub fn describe(kind: &str, details: &ObjectDetails, now: Stamp) -> Text {
    let mut w = Writer::default();
    let group = group(&details.object);
    kinds::write(&mut w, group, kind, details, now);
    // kubectl says `<none>` of events that may not be listed, too.
    if details.around.contains_key(&Around::Events) && related::has_events(group, kind) {
        events::write(&mut w, details.items(&Around::Events), now);
    }
    w.finish()
}

/// The API group of an object; empty for the core group, and for an object that does not say.
fn group(object: &Value) -> &str {
    let version = fields::text(object, "/apiVersion");
    version.split_once('/').map_or("", |(group, _)| group)
}
