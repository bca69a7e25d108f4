//! Bodies in protobuf: kubectl's typed clients send them and do not fall back.
//!
//! A table of field numbers (those of Kubernetes' `generated.proto` files) turns the few kinds that such clients
//! create into the JSON that the rest of the server works with. Kinds that are not in the table are refused (415).

use serde_json::{Map, Value};

use crate::base::stamp::Stamp;
use crate::demo::json::stamp;

/// What starts every body: `k8s` and a zero.
const MAGIC: &[u8] = b"k8s\0";

/// The type of a field.
#[derive(Clone, Copy)]
enum Type {
    Text,
    /// Bytes, as base64 in JSON.
    Bytes,
    Number,
    Switch,
    Message(&'static [Field]),
    /// Messages by a text, written as repeated entries.
    Map(&'static Type),
    /// `Time`
    Time,
    /// `Quantity`, `IntOrString`
    Quantity,
    IntOrText,
}

/// A field: its number, its name, its type, whether it is repeated.
type Field = (u64, &'static str, Type, bool);

const fn one(number: u64, name: &'static str, kind: Type) -> Field {
    (number, name, kind, false)
}
const fn many(number: u64, name: &'static str, kind: Type) -> Field {
    (number, name, kind, true)
}

use Type::{Bytes, IntOrText, Map as Entries, Message, Number, Quantity, Switch, Text, Time};

const TEXTS: Type = Entries(&Text);

const ENVELOPE: &[Field] = &[one(1, "type", Message(&[one(1, "apiVersion", Text), one(2, "kind", Text)]))];
const TIME: &[Field] = &[one(1, "seconds", Number), one(2, "nanos", Number)];
const QUANTITY: &[Field] = &[one(1, "text", Text)];
const EITHER: &[Field] = &[one(1, "type", Number), one(2, "number", Number), one(3, "text", Text)];
const OWNER: &[Field] = &[
    one(1, "kind", Text),
    one(3, "name", Text),
    one(4, "uid", Text),
    one(5, "apiVersion", Text),
    one(6, "controller", Switch),
    one(7, "blockOwnerDeletion", Switch),
];
const META: &[Field] = &[
    one(1, "name", Text),
    one(2, "generateName", Text),
    one(3, "namespace", Text),
    one(5, "uid", Text),
    one(6, "resourceVersion", Text),
    one(7, "generation", Number),
    one(8, "creationTimestamp", Time),
    one(11, "labels", TEXTS),
    one(12, "annotations", TEXTS),
    many(13, "ownerReferences", Message(OWNER)),
    many(14, "finalizers", Text),
];
const METADATA: Field = one(1, "metadata", Message(META));

const ATTRIBUTES: &[Field] = &[
    one(1, "namespace", Text),
    one(2, "verb", Text),
    one(3, "group", Text),
    one(4, "version", Text),
    one(5, "resource", Text),
    one(6, "subresource", Text),
    one(7, "name", Text),
];
const PATHS: &[Field] = &[one(1, "path", Text), one(2, "verb", Text)];
const ACCESS: &[Field] = &[
    METADATA,
    one(
        2,
        "spec",
        Message(&[one(1, "resourceAttributes", Message(ATTRIBUTES)), one(2, "nonResourceAttributes", Message(PATHS))]),
    ),
];
const RULES: &[Field] = &[METADATA, one(2, "spec", Message(&[one(1, "namespace", Text)]))];
const SELF: &[Field] = &[METADATA];

const CONFIG_MAP: &[Field] =
    &[METADATA, one(2, "data", TEXTS), one(3, "binaryData", Entries(&Bytes)), one(4, "immutable", Switch)];
const SECRET: &[Field] =
    &[METADATA, one(2, "data", Entries(&Bytes)), one(3, "type", Text), one(4, "stringData", TEXTS)];
const NAMESPACE: &[Field] = &[METADATA];
const SERVICE_ACCOUNT: &[Field] = &[METADATA];
const PRECONDITIONS: &[Field] = &[one(1, "uid", Text), one(2, "resourceVersion", Text)];
const DELETION: &[Field] = &[
    one(1, "gracePeriodSeconds", Number),
    one(2, "preconditions", Message(PRECONDITIONS)),
    one(3, "orphanDependents", Switch),
    one(4, "propagationPolicy", Text),
    many(5, "dryRun", Text),
];
const EVICTION: &[Field] = &[METADATA, one(2, "deleteOptions", Message(DELETION))];
const SCALE: &[Field] = &[METADATA, one(2, "spec", Message(&[one(1, "replicas", Number)]))];

const FIELD_REF: &[Field] = &[one(1, "apiVersion", Text), one(2, "fieldPath", Text)];
const LOCAL: Type = Message(&[one(1, "name", Text)]);
const KEY_REF: &[Field] = &[one(1, "localObjectReference", LOCAL), one(2, "key", Text), one(3, "optional", Switch)];
const ENV_SOURCE: &[Field] = &[
    one(1, "fieldRef", Message(FIELD_REF)),
    one(3, "configMapKeyRef", Message(KEY_REF)),
    one(4, "secretKeyRef", Message(KEY_REF)),
];
const ENV: &[Field] = &[one(1, "name", Text), one(2, "value", Text), one(3, "valueFrom", Message(ENV_SOURCE))];
const PORT: &[Field] = &[
    one(1, "name", Text),
    one(2, "hostPort", Number),
    one(3, "containerPort", Number),
    one(4, "protocol", Text),
    one(5, "hostIP", Text),
];
const AMOUNTS: Type = Entries(&Quantity);
const RESOURCES: &[Field] = &[one(1, "limits", AMOUNTS), one(2, "requests", AMOUNTS)];
const MOUNT: &[Field] = &[
    one(1, "name", Text),
    one(2, "readOnly", Switch),
    one(3, "mountPath", Text),
    one(4, "subPath", Text),
    one(5, "mountPropagation", Text),
];
const CAPABILITIES: &[Field] = &[many(1, "add", Text), many(2, "drop", Text)];
const SECCOMP: &[Field] = &[one(1, "type", Text), one(2, "localhostProfile", Text)];
const SECURITY: &[Field] = &[
    one(1, "capabilities", Message(CAPABILITIES)),
    one(2, "privileged", Switch),
    one(4, "runAsUser", Number),
    one(5, "runAsNonRoot", Switch),
    one(6, "readOnlyRootFilesystem", Switch),
    one(7, "allowPrivilegeEscalation", Switch),
    one(8, "runAsGroup", Number),
    one(11, "seccompProfile", Message(SECCOMP)),
];
const HTTP: &[Field] = &[one(1, "path", Text), one(2, "port", IntOrText), one(3, "host", Text), one(4, "scheme", Text)];
const HANDLER: &[Field] = &[
    one(1, "exec", Message(&[many(1, "command", Text)])),
    one(2, "httpGet", Message(HTTP)),
    one(3, "tcpSocket", Message(&[one(1, "port", IntOrText), one(2, "host", Text)])),
];
const PROBE: &[Field] = &[
    one(1, "handler", Message(HANDLER)),
    one(2, "initialDelaySeconds", Number),
    one(3, "timeoutSeconds", Number),
    one(4, "periodSeconds", Number),
    one(5, "successThreshold", Number),
    one(6, "failureThreshold", Number),
];
const CONTAINER: &[Field] = &[
    one(1, "name", Text),
    one(2, "image", Text),
    many(3, "command", Text),
    many(4, "args", Text),
    one(5, "workingDir", Text),
    many(6, "ports", Message(PORT)),
    many(7, "env", Message(ENV)),
    one(8, "resources", Message(RESOURCES)),
    many(9, "volumeMounts", Message(MOUNT)),
    one(10, "livenessProbe", Message(PROBE)),
    one(11, "readinessProbe", Message(PROBE)),
    one(13, "terminationMessagePath", Text),
    one(14, "imagePullPolicy", Text),
    one(15, "securityContext", Message(SECURITY)),
    one(16, "stdin", Switch),
    one(17, "stdinOnce", Switch),
    one(18, "tty", Switch),
    one(20, "terminationMessagePolicy", Text),
    one(22, "startupProbe", Message(PROBE)),
    one(24, "restartPolicy", Text),
];
const TOLERATION: &[Field] = &[
    one(1, "key", Text),
    one(2, "operator", Text),
    one(3, "value", Text),
    one(4, "effect", Text),
    one(5, "tolerationSeconds", Number),
];
const KEY_PATH: Type = Message(&[one(1, "key", Text), one(2, "path", Text), one(3, "mode", Number)]);
const CONFIG_MAP_FILES: &[Field] = &[
    one(1, "localObjectReference", LOCAL),
    many(2, "items", KEY_PATH),
    one(3, "defaultMode", Number),
    one(4, "optional", Switch),
];
const SECRET_FILES: &[Field] = &[
    one(1, "secretName", Text),
    many(2, "items", KEY_PATH),
    one(3, "defaultMode", Number),
    one(4, "optional", Switch),
];
const DOWNWARD: &[Field] =
    &[many(1, "items", Message(&[one(1, "path", Text), one(2, "fieldRef", Message(FIELD_REF))]))];
const TOKEN: &[Field] = &[one(1, "audience", Text), one(2, "expirationSeconds", Number), one(3, "path", Text)];
const PROJECTION: &[Field] = &[
    one(1, "secret", Message(CONFIG_MAP_FILES)),
    one(2, "downwardAPI", Message(DOWNWARD)),
    one(3, "configMap", Message(CONFIG_MAP_FILES)),
    one(4, "serviceAccountToken", Message(TOKEN)),
];
const PROJECTED: &[Field] = &[many(1, "sources", Message(PROJECTION)), one(2, "defaultMode", Number)];
const SOURCE: &[Field] = &[
    one(1, "hostPath", Message(&[one(1, "path", Text), one(2, "type", Text)])),
    one(2, "emptyDir", Message(&[one(1, "medium", Text)])),
    one(6, "secret", Message(SECRET_FILES)),
    one(19, "configMap", Message(CONFIG_MAP_FILES)),
    one(26, "projected", Message(PROJECTED)),
];
const VOLUME: &[Field] = &[one(1, "name", Text), one(2, "volumeSource", Message(SOURCE))];
const POD_SPEC: &[Field] = &[
    many(1, "volumes", Message(VOLUME)),
    many(2, "containers", Message(CONTAINER)),
    one(3, "restartPolicy", Text),
    one(4, "terminationGracePeriodSeconds", Number),
    one(6, "dnsPolicy", Text),
    one(7, "nodeSelector", TEXTS),
    one(8, "serviceAccountName", Text),
    one(9, "serviceAccount", Text),
    one(10, "nodeName", Text),
    one(11, "hostNetwork", Switch),
    one(12, "hostPID", Switch),
    one(13, "hostIPC", Switch),
    one(14, "securityContext", Message(&[])),
    one(16, "hostname", Text),
    one(19, "schedulerName", Text),
    many(20, "initContainers", Message(CONTAINER)),
    many(22, "tolerations", Message(TOLERATION)),
    one(24, "priorityClassName", Text),
    one(25, "priority", Number),
    one(27, "shareProcessNamespace", Switch),
    one(30, "enableServiceLinks", Switch),
    one(31, "preemptionPolicy", Text),
];
const POD: &[Field] = &[METADATA, one(2, "spec", Message(POD_SPEC))];

fn kind(name: &str) -> Option<&'static [Field]> {
    Some(match name {
        "SelfSubjectAccessReview" => ACCESS,
        "SelfSubjectRulesReview" => RULES,
        "SelfSubjectReview" => SELF,
        "ConfigMap" => CONFIG_MAP,
        "Secret" => SECRET,
        "Namespace" => NAMESPACE,
        "ServiceAccount" => SERVICE_ACCOUNT,
        "Eviction" => EVICTION,
        "DeleteOptions" => DELETION,
        "Scale" => SCALE,
        "Pod" => POD,
        _ => return None,
    })
}

/// A body as JSON; `None` when it is not one of the kinds above or not well formed.
pub fn to_json(body: &[u8]) -> Option<Value> {
    let unknown = body.strip_prefix(MAGIC)?;
    let names = message(unknown, ENVELOPE)?;
    let name = names["type"]["kind"].as_str().unwrap_or_default().to_owned();
    let raw = fields(unknown).filter_map(Result::ok).find_map(|(number, wire)| match wire {
        Wire::Bytes(bytes) if number == 2 => Some(bytes),
        _ => None,
    });
    let mut object = message(raw.unwrap_or_default(), kind(&name)?)?;
    object["kind"] = name.into();
    object["apiVersion"] = names["type"]["apiVersion"].clone();
    Some(object)
}

enum Wire<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    Other,
}

/// The fields of a message, one after the other.
fn fields(mut rest: &[u8]) -> impl Iterator<Item = Result<(u64, Wire<'_>), ()>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = field(&mut rest);
        if field.is_none() {
            rest = &[];
        }
        Some(field.ok_or(()))
    })
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<(u64, Wire<'a>)> {
    let tag = varint(rest)?;
    let wire = match tag & 7 {
        0 => Wire::Varint(varint(rest)?),
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            Wire::Bytes(take(rest, length)?)
        }
        1 => take(rest, 8).map(|_| Wire::Other)?,
        5 => take(rest, 4).map(|_| Wire::Other)?,
        _ => return None,
    };
    Some((tag >> 3, wire))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, left) = rest.split_first()?;
        *rest = left;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn message(bytes: &[u8], known: &[Field]) -> Option<Value> {
    let mut object = Map::new();
    for part in fields(bytes) {
        let (number, wire) = part.ok()?;
        let Some((_, name, kind, repeated)) = known.iter().find(|field| field.0 == number) else { continue };
        match (kind, &wire) {
            (Type::Map(inner), Wire::Bytes(bytes)) => {
                let entry = entry(bytes, **inner)?;
                let slot = object.entry(*name).or_insert_with(|| Value::Object(Map::new()));
                slot.as_object_mut()?.extend([entry]);
            }
            // Go's embedded structs are messages on the wire and nothing in JSON.
            (Message(inner), Wire::Bytes(bytes))
                if matches!(*name, "localObjectReference" | "handler" | "volumeSource") =>
            {
                let Value::Object(inner) = message(bytes, inner)? else { return None };
                object.extend(inner);
            }
            _ => {
                let value = value(*kind, &wire)?;
                if *repeated {
                    object.entry(*name).or_insert_with(|| Value::Array(Vec::new())).as_array_mut()?.push(value);
                } else if !is_empty(&value) {
                    object.insert((*name).to_owned(), value);
                }
            }
        }
    }
    Some(Value::Object(object))
}

/// Go writes empty texts and unset times where JSON has nothing.
fn is_empty(value: &Value) -> bool {
    value.is_null() || value == ""
}

fn entry(bytes: &[u8], inner: Type) -> Option<(String, Value)> {
    let (mut key, mut content) = (String::new(), Value::String(String::new()));
    for part in fields(bytes) {
        match part.ok()? {
            (1, wire) => value(Text, &wire)?.as_str()?.clone_into(&mut key),
            (2, wire) => content = value(inner, &wire)?,
            _ => {}
        }
    }
    Some((key, content))
}

fn value(kind: Type, wire: &Wire<'_>) -> Option<Value> {
    Some(match (kind, wire) {
        (Text, Wire::Bytes(bytes)) => String::from_utf8(bytes.to_vec()).ok()?.into(),
        (Bytes, Wire::Bytes(bytes)) => base64(bytes).into(),
        (Number, Wire::Varint(number)) => number.cast_signed().into(),
        (Switch, Wire::Varint(number)) => (*number != 0).into(),
        (Message(inner), Wire::Bytes(bytes)) => message(bytes, inner)?,
        (Time, Wire::Bytes(bytes)) => {
            let time = message(bytes, TIME)?;
            stamp(Stamp::from_parts(time["seconds"].as_i64().unwrap_or(i64::MIN), 0))
        }
        (Quantity, Wire::Bytes(bytes)) => message(bytes, QUANTITY)?["text"].take(),
        (IntOrText, Wire::Bytes(bytes)) => {
            let mut either = message(bytes, EITHER)?;
            if either["type"] == 1 { either["text"].take() } else { either["number"].take() }
        }
        _ => return None,
    })
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = (u32::from(chunk[0]) << 16)
            | (u32::from(*chunk.get(1).unwrap_or(&0)) << 8)
            | u32::from(*chunk.get(2).unwrap_or(&0));
        for place in 0..4 {
            let digit = DIGITS[(group >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A length-delimited field.
    fn part(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, bytes.len() as u8];
        out.extend_from_slice(bytes);
        out
    }

    #[test]
    fn a_review_is_read() {
        let attributes = [part(2, b"list"), part(5, b"pods")].concat();
        let review = part(2, &part(1, &attributes));
        let names = [part(1, b"authorization.k8s.io/v1"), part(2, b"SelfSubjectAccessReview")].concat();
        let body = [MAGIC.to_vec(), part(1, &names), part(2, &review)].concat();
        assert_eq!(
            to_json(&body),
            Some(json!({"spec": {"resourceAttributes": {"verb": "list", "resource": "pods"}},
            "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1"}))
        );
    }

    #[test]
    fn a_secret_is_written_in_base64() {
        assert_eq!([base64(b"a"), base64(b"ab"), base64(b"abc"), base64(b"")], ["YQ==", "YWI=", "YWJj", ""]);
        let data = [part(1, b"key"), part(2, b"abc")].concat();
        assert_eq!(message(&part(2, &data), SECRET), Some(json!({"data": {"key": "YWJj"}})));
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = to_json(&[MAGIC, &bytes].concat());
            let _ = message(&bytes, POD);
        }
    }
}
