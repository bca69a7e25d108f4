//! The fields of a container: names, types, when they are written, and the keys by which lists of them are merged.
//!
//! Facts of `k8s.io/api/core/v1`, 1.37. [`read`] takes a value as Go's JSON and YAML readers take a `Container`: names
//! in any case, unknown fields passed over, numbers and booleans for texts.

use serde_json::{Map, Number, Value};

use crate::base::golang;
use crate::model::quantity::Quantity;

/// The type of a field.
#[derive(Clone, Copy)]
pub enum Type {
    Text,
    Switch,
    Number,
    /// `IntOrString`.
    Either,
    /// `Quantity`.
    Amount,
    /// Quantities by name.
    Amounts,
    Struct(&'static [Field]),
    List(&'static Type),
    /// A list whose items are the same if they have the same in this field.
    Keyed(&'static str, &'static [Field]),
}

/// When a field is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// If it was given (a pointer in Go).
    Given,
    /// If it is not empty, 0 or false, so that those cannot be said.
    Filled,
    /// Also if it was not given.
    Always,
}

/// One field.
pub type Field = (&'static str, Type, When);

use Type::{Amount, Amounts, Either, Keyed, List, Struct, Switch, Text};
use When::{Always, Filled, Given};

const INT: Type = Type::Number;
const TEXTS: Type = List(&Text);

const PORT: &[Field] = &[
    ("name", Text, Filled),
    ("hostPort", INT, Filled),
    ("containerPort", INT, Always),
    ("protocol", Text, Filled),
    ("hostIP", Text, Filled),
];
const SOURCE: Type = Struct(&[("name", Text, Filled), ("optional", Switch, Given)]);
const ENV_FROM: Type =
    Struct(&[("prefix", Text, Filled), ("configMapRef", SOURCE, Given), ("secretRef", SOURCE, Given)]);
const FIELD_REF: Type = Struct(&[("apiVersion", Text, Filled), ("fieldPath", Text, Always)]);
const RESOURCE_REF: Type =
    Struct(&[("containerName", Text, Filled), ("resource", Text, Always), ("divisor", Amount, Always)]);
const KEY_REF: Type = Struct(&[("name", Text, Filled), ("key", Text, Always), ("optional", Switch, Given)]);
const FILE_REF: Type =
    Struct(&[("volumeName", Text, Always), ("path", Text, Always), ("key", Text, Always), ("optional", Switch, Given)]);
const VALUE_FROM: Type = Struct(&[
    ("fieldRef", FIELD_REF, Given),
    ("resourceFieldRef", RESOURCE_REF, Given),
    ("configMapKeyRef", KEY_REF, Given),
    ("secretKeyRef", KEY_REF, Given),
    ("fileKeyRef", FILE_REF, Given),
]);
const ENV: &[Field] = &[("name", Text, Always), ("value", Text, Filled), ("valueFrom", VALUE_FROM, Given)];
const CLAIM: Type = Struct(&[("name", Text, Always), ("request", Text, Filled)]);
const RESOURCES: Type =
    Struct(&[("limits", Amounts, Filled), ("requests", Amounts, Filled), ("claims", List(&CLAIM), Filled)]);
const RESIZE: Type = Struct(&[("resourceName", Text, Always), ("restartPolicy", Text, Always)]);
const EXIT_CODES: Type = Struct(&[("operator", Text, Filled), ("values", List(&INT), Filled)]);
const RESTART_RULE: Type = Struct(&[("action", Text, Filled), ("exitCodes", EXIT_CODES, Given)]);
const MOUNT: &[Field] = &[
    ("name", Text, Always),
    ("readOnly", Switch, Filled),
    ("recursiveReadOnly", Text, Given),
    ("mountPath", Text, Always),
    ("subPath", Text, Filled),
    ("mountPropagation", Text, Given),
    ("subPathExpr", Text, Filled),
    ("bindMountOptions", TEXTS, Filled),
];
const DEVICE: &[Field] = &[("name", Text, Always), ("devicePath", Text, Always)];
const EXEC: Type = Struct(&[("command", TEXTS, Filled)]);
const HEADER: Type = Struct(&[("name", Text, Always), ("value", Text, Always)]);
const HTTP_GET: Type = Struct(&[
    ("path", Text, Filled),
    ("port", Either, Always),
    ("host", Text, Filled),
    ("scheme", Text, Filled),
    ("httpHeaders", List(&HEADER), Filled),
    ("protocol", Text, Given),
]);
const TCP: Type = Struct(&[("port", Either, Always), ("host", Text, Filled)]);
const GRPC: Type = Struct(&[("port", INT, Always), ("service", Text, Given), ("mode", Text, Given)]);
const PROBE: Type = Struct(&[
    ("exec", EXEC, Given),
    ("httpGet", HTTP_GET, Given),
    ("tcpSocket", TCP, Given),
    ("grpc", GRPC, Given),
    ("initialDelaySeconds", INT, Filled),
    ("timeoutSeconds", INT, Filled),
    ("periodSeconds", INT, Filled),
    ("successThreshold", INT, Filled),
    ("failureThreshold", INT, Filled),
    ("terminationGracePeriodSeconds", INT, Given),
]);
const SELINUX: Type =
    Struct(&[("user", Text, Filled), ("role", Text, Filled), ("type", Text, Filled), ("level", Text, Filled)]);
const WINDOWS: Type = Struct(&[
    ("gmsaCredentialSpecName", Text, Given),
    ("gmsaCredentialSpec", Text, Given),
    ("runAsUserName", Text, Given),
    ("hostProcess", Switch, Given),
]);
/// Of seccomp, and of `AppArmor`.
const CONFINEMENT: Type = Struct(&[("type", Text, Always), ("localhostProfile", Text, Given)]);
const CAPABILITIES: Type = Struct(&[("add", TEXTS, Filled), ("drop", TEXTS, Filled)]);
const SECURITY: Type = Struct(&[
    ("capabilities", CAPABILITIES, Given),
    ("privileged", Switch, Given),
    ("seLinuxOptions", SELINUX, Given),
    ("windowsOptions", WINDOWS, Given),
    ("runAsUser", INT, Given),
    ("runAsGroup", INT, Given),
    ("runAsNonRoot", Switch, Given),
    ("readOnlyRootFilesystem", Switch, Given),
    ("allowPrivilegeEscalation", Switch, Given),
    ("procMount", Text, Given),
    ("seccompProfile", CONFINEMENT, Given),
    ("appArmorProfile", CONFINEMENT, Given),
]);

/// `Container`. Of `lifecycle` only whether it is there matters.
pub const CONTAINER: &[Field] = &[
    ("name", Text, Filled),
    ("image", Text, Filled),
    ("command", TEXTS, Filled),
    ("args", TEXTS, Filled),
    ("workingDir", Text, Filled),
    ("ports", Keyed("containerPort", PORT), Filled),
    ("envFrom", List(&ENV_FROM), Filled),
    ("env", Keyed("name", ENV), Filled),
    ("resources", RESOURCES, Given),
    ("resizePolicy", List(&RESIZE), Filled),
    ("restartPolicy", Text, Given),
    ("restartPolicyRules", List(&RESTART_RULE), Filled),
    ("volumeMounts", Keyed("mountPath", MOUNT), Filled),
    ("volumeDevices", Keyed("devicePath", DEVICE), Filled),
    ("livenessProbe", PROBE, Given),
    ("readinessProbe", PROBE, Given),
    ("startupProbe", PROBE, Given),
    ("lifecycle", Struct(&[]), Given),
    ("terminationMessagePath", Text, Filled),
    ("terminationMessagePolicy", Text, Filled),
    ("imagePullPolicy", Text, Filled),
    ("securityContext", SECURITY, Given),
    ("stdin", Switch, Filled),
    ("stdinOnce", Switch, Filled),
    ("tty", Switch, Filled),
];

/// A value as the type has it; the error names the field and what it should be.
pub fn read(value: &Value, kind: Type) -> Result<Value, String> {
    let wrong = |wanted: &str| Err(format!("this should be {wanted}"));
    Ok(match (kind, value) {
        (_, Value::Null) => empty(kind),
        (Text, Value::String(_)) | (Switch, Value::Bool(_)) => value.clone(),
        (Text, Value::Number(number)) => golang::number(number).into(),
        (Text, Value::Bool(flag)) => flag.to_string().into(),
        (Text, _) => return wrong("a text"),
        (Switch, _) => return wrong("true or false"),
        (Type::Number, Value::Number(number)) if is_whole(number) => value.clone(),
        (Type::Number, _) => return wrong("a whole number"),
        (Either, Value::Number(number)) if is_whole(number) => value.clone(),
        (Either, Value::String(_)) => value.clone(),
        (Either, _) => return wrong("a whole number or a text"),
        (Amount, _) => match amount(value) {
            Some(amount) => amount.to_string().into(),
            None => return wrong("a quantity"),
        },
        (Amounts, Value::Object(map)) => {
            let read = |(name, value): (&String, &Value)| Ok((name.clone(), named(name, read(value, Amount))?));
            Value::Object(map.iter().map(read).collect::<Result<_, String>>()?)
        }
        (Struct(fields), Value::Object(map)) => fields_of(map, fields)?,
        (Amounts | Struct(_), _) => return wrong("an object"),
        (List(inner), Value::Array(items)) => items_of(items, *inner)?,
        (Keyed(_, fields), Value::Array(items)) => items_of(items, Struct(fields))?,
        (List(_) | Keyed(..), _) => return wrong("a list"),
    })
}

/// What a type is when nothing is said.
fn empty(kind: Type) -> Value {
    match kind {
        Text => "".into(),
        Switch => false.into(),
        Type::Number | Either => 0.into(),
        Amount => "0".into(),
        Amounts => Value::Object(Map::new()),
        Struct(fields) => fields_of(&Map::new(), fields).unwrap_or_default(),
        List(_) | Keyed(..) => Value::Array(Vec::new()),
    }
}

fn is_whole(number: &Number) -> bool {
    number.is_i64()
}

/// A number is read by its digits, as the server reads it.
fn amount(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::parse(text.trim()),
        Value::Number(number) => Quantity::parse(&number.to_string()),
        _ => None,
    }
}

fn items_of(items: &[Value], kind: Type) -> Result<Value, String> {
    let read = |(at, item): (usize, &Value)| named(&at.to_string(), read(item, kind));
    items.iter().enumerate().map(read).collect()
}

fn fields_of(map: &Map<String, Value>, fields: &[Field]) -> Result<Value, String> {
    let mut out = Map::new();
    for (name, kind, when) in fields {
        // A name that is written as it should be goes before one in other letters.
        let given = map.get(*name).or_else(|| {
            let found = map.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value)
        });
        let value = match given.filter(|value| !value.is_null()) {
            Some(value) => named(name, read(value, *kind))?,
            None if *when == Always => empty(*kind),
            None => continue,
        };
        if *when != Filled || !is_empty(&value) {
            out.insert((*name).to_owned(), value);
        }
    }
    Ok(Value::Object(out))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// Puts a field's name before what is wrong with it.
fn named<T>(name: &str, read: Result<T, String>) -> Result<T, String> {
    read.map_err(|said| match said.strip_prefix("this ") {
        Some(rest) => format!("{name} {rest}"),
        None => format!("{name}.{said}"),
    })
}
