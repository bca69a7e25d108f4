//! Objects as `kubectl describe` and `kubectl get -o yaml` show them: pure functions from the API's raw
//! JSON to [`Text`].
//!
//! Equal to kubectl 1.37 line for line, with the same data and the same moment; where kubectl fails on an
//! object (it has a few nil pointers), the line is empty here. Times are shown in UTC. Start with
//! [`describe`]; the layout that makes the columns is in `tabs`.

use serde_json::Value;

use crate::base::golang;
use crate::base::stamp::Stamp;
use crate::base::text::Text;

mod allocation;
mod container;
mod data;
mod env;
mod events;
mod fields;
mod generic;
pub mod json;
mod meta;
mod node;
mod pod;
mod probe;
mod qos;
mod requests;
mod tabs;
mod volume;
mod volume_kinds;
pub mod yaml;

pub use events::when;
use tabs::Writer;

/// What a description is made of: API objects as raw JSON. Only `object` is needed.
#[derive(Clone, Debug)]
pub struct DescribeInput {
    /// The object itself.
    pub object: Value,
    /// Its events, in the server's order; for a node those of both its UID and its name. `None` when they
    /// were not asked for or could not be listed: then there is no word of events.
    pub events: Option<Vec<Value>>,
    /// Nodes only: the pods on it that have not ended, in the server's order; `None` when listing them is
    /// forbidden.
    pub pods: Option<Vec<Value>>,
    /// Nodes only: its lease in `kube-node-lease`, or why it could not be read.
    pub lease: Result<Value, String>,
    /// Nodes only: the `ResourceSlice`s of its devices.
    pub resource_slices: Vec<Value>,
}

impl DescribeInput {
    /// An object alone.
    pub fn new(object: Value) -> Self {
        Self { object, events: None, pods: None, lease: Err("not asked for".to_owned()), resource_slices: Vec::new() }
    }
}

/// Describes the object in `input`, which is of `kind` (`Pod`, `Node`, `ConfigMap`, `Secret`, anything else in kubectl's
/// general form),
/// at the moment `now`. Never fails: what is missing or odd is left out.
pub fn describe(kind: &str, input: &DescribeInput, now: Stamp) -> Text {
    let mut w = Writer::default();
    match kind {
        "Pod" => pod::write(&mut w, &input.object, now),
        "Node" => node::write(&mut w, input, now),
        "ConfigMap" => data::config_map(&mut w, &input.object),
        "Secret" => {
            data::secret(&mut w, &input.object);
            return w.finish();
        }
        _ => generic::write(&mut w, &input.object),
    }
    if let Some(events) = &input.events {
        events::write(&mut w, events, now);
    }
    w.finish()
}
