//! The wire form of the watched kinds: only the fields that a row reads.
//!
//! Each message is declared once and read in two forms, protobuf (prost) and JSON (serde), so that both give
//! the same rows. Field numbers are those of the `generated.proto` files of `k8s.io/api/core/v1` and
//! `k8s.io/apimachinery`. Unknown fields are skipped in both. Free text (messages) is bytes: a termination
//! message may hold anything, and protobuf's `string` would refuse the whole pod for one bad byte.

#![expect(missing_docs, reason = "fields are Kubernetes' own, documented in its API reference")]

use prost::Message;
use serde::Deserialize;
use serde::de::Deserializer;

use super::quantity;
use crate::base::stamp::Stamp;

/// `metav1.Time` and `metav1.MicroTime`: seconds and nanoseconds in protobuf, RFC 3339 in JSON.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Time {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl From<Time> for Stamp {
    fn from(time: Time) -> Self {
        // The Go encoder writes a time that is not set as an empty message.
        if time == Time::default() { Self::NONE } else { Self::from_parts(time.seconds, time.nanos) }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let at = text.parse::<jiff::Timestamp>().unwrap_or(jiff::Timestamp::MIN);
        Ok(Self { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
    }
}

/// One entry of a `map<string, string>`, which on the protobuf wire is a list of these.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Entry {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

/// The value of `key` in a map.
pub fn entry<'a>(map: &'a [Entry], key: &str) -> Option<&'a str> {
    map.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
}

/// A JSON object of strings, or null, as entries.
fn entries<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Entry>, D::Error> {
    let map = Option::<std::collections::BTreeMap<String, Option<String>>>::deserialize(from)?;
    let entry = |(key, value): (String, Option<String>)| Entry { key, value: value.unwrap_or_default() };
    Ok(map.unwrap_or_default().into_iter().map(entry).collect())
}

/// One entry of a `map<string, Quantity>`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Amount {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<Quantity>,
}

/// `resource.Quantity`: the text of one.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Quantity {
    #[prost(string, tag = "1")]
    pub string: String,
}

/// The amount of `key`; nothing where there is none, or where it is no quantity.
pub fn amount(map: &[Amount], key: &str) -> Option<quantity::Quantity> {
    let found = map.iter().find(|amount| amount.key == key)?;
    quantity::Quantity::parse(&found.value.as_ref()?.string)
}

/// A JSON object of quantities, or null. They are strings as the server writes them; numbers are allowed too.
fn amounts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Amount>, D::Error> {
    let map = Option::<std::collections::BTreeMap<String, serde_json::Value>>::deserialize(from)?;
    let amount = |(key, value): (String, serde_json::Value)| {
        let string = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        Amount { key, value: Some(Quantity { string }) }
    };
    Ok(map.unwrap_or_default().into_iter().map(amount).collect())
}

/// JSON's `null` as the empty list: Go writes it for lists without `omitempty`.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Free text: a JSON string as its bytes.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default().into_bytes())
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectMeta {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "3")]
    pub namespace: String,
    #[prost(string, tag = "5")]
    pub uid: String,
    #[prost(string, tag = "6")]
    pub resource_version: String,
    #[prost(message, optional, tag = "8")]
    pub creation_timestamp: Option<Time>,
    #[prost(message, optional, tag = "9")]
    pub deletion_timestamp: Option<Time>,
    #[prost(message, repeated, tag = "11")]
    #[serde(deserialize_with = "entries")]
    pub labels: Vec<Entry>,
    #[prost(message, repeated, tag = "12")]
    #[serde(deserialize_with = "entries")]
    pub annotations: Vec<Entry>,
    #[prost(message, repeated, tag = "13")]
    #[serde(deserialize_with = "list")]
    pub owner_references: Vec<OwnerReference>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    #[prost(string, tag = "1")]
    pub kind: String,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(string, tag = "4")]
    pub uid: String,
    #[prost(bool, tag = "6")]
    pub controller: bool,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListMeta {
    #[prost(string, tag = "2")]
    pub resource_version: String,
    #[prost(string, tag = "3")]
    #[serde(rename = "continue")]
    pub continue_token: String,
    #[prost(int64, tag = "4")]
    pub remaining_item_count: i64,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pod {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<ObjectMeta>,
    #[prost(message, optional, tag = "2")]
    pub spec: Option<PodSpec>,
    #[prost(message, optional, tag = "3")]
    pub status: Option<PodStatus>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "list")]
    pub containers: Vec<Container>,
    #[prost(string, tag = "10")]
    pub node_name: String,
    #[prost(message, repeated, tag = "20")]
    #[serde(deserialize_with = "list")]
    pub init_containers: Vec<Container>,
    #[prost(message, repeated, tag = "28")]
    #[serde(deserialize_with = "list")]
    pub readiness_gates: Vec<PodReadinessGate>,
    #[prost(message, repeated, tag = "32")]
    #[serde(deserialize_with = "amounts")]
    pub overhead: Vec<Amount>,
    #[prost(message, repeated, tag = "34")]
    #[serde(deserialize_with = "list")]
    pub ephemeral_containers: Vec<EphemeralContainer>,
    #[prost(message, optional, tag = "40")]
    pub resources: Option<ResourceRequirements>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub image: String,
    #[prost(message, optional, tag = "8")]
    pub resources: Option<ResourceRequirements>,
    #[prost(bool, tag = "16")]
    pub stdin: bool,
    #[prost(bool, tag = "18")]
    pub tty: bool,
    #[prost(string, tag = "24")]
    pub restart_policy: String,
}

/// A container that was added for debugging. Protobuf keeps what it has of a container in a message of its own, JSON
/// does not.
#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(default)]
pub struct EphemeralContainer {
    #[prost(message, optional, tag = "1")]
    #[serde(flatten)]
    pub common: Option<Container>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceRequirements {
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "amounts")]
    pub requests: Vec<Amount>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodReadinessGate {
    #[prost(string, tag = "1")]
    pub condition_type: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    #[prost(string, tag = "1")]
    pub phase: String,
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "list")]
    pub conditions: Vec<Condition>,
    #[prost(bytes = "vec", tag = "3")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
    #[prost(string, tag = "4")]
    pub reason: String,
    #[prost(string, tag = "6")]
    #[serde(rename = "podIP")]
    pub pod_ip: String,
    #[prost(message, repeated, tag = "8")]
    #[serde(deserialize_with = "list")]
    pub container_statuses: Vec<ContainerStatus>,
    #[prost(message, repeated, tag = "10")]
    #[serde(deserialize_with = "list")]
    pub init_container_statuses: Vec<ContainerStatus>,
    #[prost(string, tag = "11")]
    pub nominated_node_name: String,
    #[prost(message, repeated, tag = "12")]
    #[serde(rename = "podIPs", deserialize_with = "list")]
    pub pod_ips: Vec<PodIp>,
    #[prost(message, repeated, tag = "13")]
    #[serde(deserialize_with = "list")]
    pub ephemeral_container_statuses: Vec<ContainerStatus>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodIp {
    #[prost(string, tag = "1")]
    pub ip: String,
}

/// A pod's condition.
#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    #[prost(string, tag = "1")]
    pub r#type: String,
    #[prost(string, tag = "2")]
    pub status: String,
    #[prost(message, optional, tag = "4")]
    pub last_transition_time: Option<Time>,
    #[prost(string, tag = "5")]
    pub reason: String,
    #[prost(bytes = "vec", tag = "6")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub state: Option<ContainerState>,
    #[prost(message, optional, tag = "3")]
    pub last_state: Option<ContainerState>,
    #[prost(bool, tag = "4")]
    pub ready: bool,
    #[prost(int32, tag = "5")]
    pub restart_count: i32,
    #[prost(string, tag = "6")]
    pub image: String,
    #[prost(bool, optional, tag = "9")]
    pub started: Option<bool>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerState {
    #[prost(message, optional, tag = "1")]
    pub waiting: Option<Waiting>,
    #[prost(message, optional, tag = "2")]
    pub running: Option<Running>,
    #[prost(message, optional, tag = "3")]
    pub terminated: Option<Terminated>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Waiting {
    #[prost(string, tag = "1")]
    pub reason: String,
    #[prost(bytes = "vec", tag = "2")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Running {
    #[prost(message, optional, tag = "1")]
    pub started_at: Option<Time>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    #[prost(int32, tag = "1")]
    pub exit_code: i32,
    #[prost(int32, tag = "2")]
    pub signal: i32,
    #[prost(string, tag = "3")]
    pub reason: String,
    #[prost(bytes = "vec", tag = "4")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    pub started_at: Option<Time>,
    #[prost(message, optional, tag = "6")]
    pub finished_at: Option<Time>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Node {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<ObjectMeta>,
    #[prost(message, optional, tag = "2")]
    pub spec: Option<NodeSpec>,
    #[prost(message, optional, tag = "3")]
    pub status: Option<NodeStatus>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSpec {
    #[prost(bool, tag = "4")]
    pub unschedulable: bool,
    #[prost(message, repeated, tag = "5")]
    #[serde(deserialize_with = "list")]
    pub taints: Vec<Taint>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Taint {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
    #[prost(string, tag = "3")]
    pub effect: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeStatus {
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "amounts")]
    pub capacity: Vec<Amount>,
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "amounts")]
    pub allocatable: Vec<Amount>,
    #[prost(message, repeated, tag = "4")]
    #[serde(deserialize_with = "list")]
    pub conditions: Vec<NodeCondition>,
    #[prost(message, repeated, tag = "5")]
    #[serde(deserialize_with = "list")]
    pub addresses: Vec<NodeAddress>,
    #[prost(message, optional, tag = "7")]
    pub node_info: Option<NodeSystemInfo>,
}

/// A node's condition. Unlike a pod's, its heartbeat stands before the transition time.
#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeCondition {
    #[prost(string, tag = "1")]
    pub r#type: String,
    #[prost(string, tag = "2")]
    pub status: String,
    #[prost(message, optional, tag = "4")]
    pub last_transition_time: Option<Time>,
    #[prost(string, tag = "5")]
    pub reason: String,
    #[prost(bytes = "vec", tag = "6")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeAddress {
    #[prost(string, tag = "1")]
    pub r#type: String,
    #[prost(string, tag = "2")]
    pub address: String,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSystemInfo {
    #[prost(string, tag = "4")]
    pub kernel_version: String,
    #[prost(string, tag = "5")]
    pub os_image: String,
    #[prost(string, tag = "6")]
    pub container_runtime_version: String,
    #[prost(string, tag = "7")]
    pub kubelet_version: String,
}

/// An event of `core/v1`, in which protobuf always has it; in JSON also one of `events.k8s.io/v1`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<ObjectMeta>,
    #[prost(message, optional, tag = "2")]
    #[serde(alias = "regarding")]
    pub involved_object: Option<ObjectReference>,
    #[prost(string, tag = "3")]
    pub reason: String,
    #[prost(bytes = "vec", tag = "4")]
    #[serde(deserialize_with = "text", alias = "note")]
    pub message: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    #[serde(alias = "deprecatedSource")]
    pub source: Option<EventSource>,
    #[prost(message, optional, tag = "6")]
    #[serde(alias = "deprecatedFirstTimestamp")]
    pub first_timestamp: Option<Time>,
    #[prost(message, optional, tag = "7")]
    #[serde(alias = "deprecatedLastTimestamp")]
    pub last_timestamp: Option<Time>,
    #[prost(int32, tag = "8")]
    #[serde(alias = "deprecatedCount")]
    pub count: i32,
    #[prost(string, tag = "9")]
    pub r#type: String,
    #[prost(message, optional, tag = "10")]
    pub event_time: Option<Time>,
    #[prost(message, optional, tag = "11")]
    pub series: Option<EventSeries>,
    #[prost(string, tag = "14")]
    #[serde(alias = "reportingController")]
    pub reporting_component: String,
    #[prost(string, tag = "15")]
    pub reporting_instance: String,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventSource {
    #[prost(string, tag = "1")]
    pub component: String,
    #[prost(string, tag = "2")]
    pub host: String,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventSeries {
    #[prost(int32, tag = "1")]
    pub count: i32,
    #[prost(message, optional, tag = "2")]
    pub last_observed_time: Option<Time>,
}

#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectReference {
    #[prost(string, tag = "1")]
    pub kind: String,
    #[prost(string, tag = "2")]
    pub namespace: String,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(string, tag = "4")]
    pub uid: String,
    #[prost(string, tag = "7")]
    pub field_path: String,
}

/// `metav1.Status`: what the server says instead of an object.
#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    #[prost(bytes = "vec", tag = "3")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
    #[prost(string, tag = "4")]
    pub reason: String,
    #[prost(message, optional, tag = "5")]
    pub details: Option<StatusDetails>,
    #[prost(int32, tag = "6")]
    pub code: i32,
}

/// `metav1.StatusDetails`: of a refusal, every single cause.
#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(default)]
pub struct StatusDetails {
    #[prost(message, repeated, tag = "4")]
    #[serde(deserialize_with = "list")]
    pub causes: Vec<StatusCause>,
}

/// `metav1.StatusCause`.
#[derive(Clone, PartialEq, Eq, Message, Deserialize)]
#[serde(default)]
pub struct StatusCause {
    #[prost(bytes = "vec", tag = "2")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
}

/// An object of which only `metadata` is read: what a bookmark is.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct Bookmark {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<ObjectMeta>,
}

/// `runtime.Unknown`: the envelope around every protobuf object.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Unknown {
    #[prost(bytes = "bytes", tag = "2")]
    pub raw: bytes::Bytes,
}

/// `metav1.WatchEvent` with its `RawExtension`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct WatchEvent {
    #[prost(string, tag = "1")]
    pub r#type: String,
    #[prost(message, optional, tag = "2")]
    pub object: Option<RawExtension>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct RawExtension {
    #[prost(bytes = "bytes", tag = "1")]
    pub raw: bytes::Bytes,
}

/// Free text for people: bytes that are no UTF-8 are shown as `U+FFFD`, never a reason to fail.
pub fn lossy(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
