//! Validation: what the API server refuses in a pod, and in the ephemeral containers that are added to one.
//!
//! Rules and words are those of API server 1.35. Start with [`pod`] and [`with_ephemeral`].

use serde_json::Value;

use super::admit::container_defaults;
use crate::demo::failure::{Answer, Cause, Failure};
use crate::demo::json::{int, list, map, set, text};

/// Fields of a container that an ephemeral one may not have.
const NOT_EPHEMERAL: [&str; 8] = [
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
];
/// What is said of each of them.
const NOT_EPHEMERAL_WHY: &str = "Forbidden: cannot be set for an Ephemeral Container";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
    start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or \
    '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// Causes, gathered.
#[derive(Default)]
struct Causes(Vec<Cause>);

impl Causes {
    fn add(&mut self, field: &str, reason: &'static str, why: impl Into<String>) {
        self.0.push(Cause { field: field.to_owned(), reason, why: why.into() });
    }

    fn required(&mut self, field: &str) {
        self.add(field, "FieldValueRequired", "Required value");
    }

    fn not_found(&mut self, field: &str, value: &str) {
        self.add(field, "FieldValueNotFound", format!("Not found: {value:?}"));
    }

    fn one_of(&mut self, field: &str, value: &str, known: &[&str]) {
        if !value.is_empty() && !known.contains(&value) {
            let known: Vec<String> = known.iter().map(|known| format!("{known:?}")).collect();
            let why = format!("Unsupported value: {value:?}: supported values: {}", known.join(", "));
            self.add(field, "FieldValueNotSupported", why);
        }
    }

    fn into_answer(self, name: &str) -> Answer<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Failure::invalid_for("Pod", name, &self.0)) }
    }
}

/// Whether a name is made of parts that a host name may be made of.
fn is_name(name: &str, dots: bool) -> bool {
    let part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        part.bytes().all(|byte| inner(byte) || byte == b'-')
            && part.bytes().next().is_some_and(inner)
            && part.bytes().last().is_some_and(inner)
    };
    if dots { name.split('.').all(part) } else { part(name) }
}

/// Refuses a new pod that would not be valid.
pub fn pod(pod: &Value) -> Answer<()> {
    let mut causes = Causes::default();
    let name = text(pod, "/metadata/name");
    if !is_name(name, true) {
        let why = format!("Invalid value: {name:?}: {SUBDOMAIN}");
        causes.add("metadata.name", "FieldValueInvalid", why);
    }
    if list(pod, "/spec/containers").is_empty() {
        causes.required("spec.containers");
    }
    let mut taken = Vec::new();
    for kind in ["containers", "initContainers"] {
        for (index, spec) in list(pod, &format!("/spec/{kind}")).iter().enumerate() {
            container(&mut causes, pod, spec, &format!("spec.{kind}[{index}]"), &mut taken);
        }
    }
    if !list(pod, "/spec/ephemeralContainers").is_empty() {
        causes.add("spec.ephemeralContainers", "FieldValueForbidden", "Forbidden: cannot be set on create");
    }
    causes.one_of("spec.restartPolicy", text(pod, "/spec/restartPolicy"), &["Always", "OnFailure", "Never"]);
    if let Some(seconds) =
        int(pod, "/spec/activeDeadlineSeconds").filter(|seconds| !(1..=2_147_483_647).contains(seconds))
    {
        let why = format!("Invalid value: {seconds}: must be between 1 and 2147483647, inclusive");
        causes.add("spec.activeDeadlineSeconds", "FieldValueInvalid", why);
    }
    if pod["spec"]["shareProcessNamespace"] == true && pod["spec"]["hostPID"] == true {
        let why = "Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled";
        causes.add("spec.securityContext.shareProcessNamespace", "FieldValueInvalid", why);
    }
    causes.into_answer(name)
}

/// What holds for every container. `taken` are the names before it.
fn container(causes: &mut Causes, pod: &Value, spec: &Value, field: &str, taken: &mut Vec<String>) {
    let (name, image) = (text(spec, "/name"), text(spec, "/image"));
    let name_field = format!("{field}.name");
    if name.is_empty() {
        causes.required(&name_field);
    } else if !is_name(name, false) {
        causes.add(&name_field, "FieldValueInvalid", format!("Invalid value: {name:?}: {LABEL}"));
    } else if taken.iter().any(|known| known == name) {
        causes.add(&name_field, "FieldValueDuplicate", format!("Duplicate value: {name:?}"));
    }
    taken.push(name.to_owned());
    let image_field = format!("{field}.image");
    if image.is_empty() {
        causes.required(&image_field);
    } else if image.trim() != image {
        let why = format!("Invalid value: {image:?}: must not have leading or trailing whitespace");
        causes.add(&image_field, "FieldValueInvalid", why);
    }
    for (index, mount) in list(spec, "/volumeMounts").iter().enumerate() {
        let volume = text(mount, "/name");
        if !list(pod, "/spec/volumes").iter().any(|known| text(known, "/name") == volume) {
            causes.not_found(&format!("{field}.volumeMounts[{index}].name"), volume);
        }
    }
    let policies = ["Always", "IfNotPresent", "Never"];
    causes.one_of(&format!("{field}.imagePullPolicy"), text(spec, "/imagePullPolicy"), &policies);
    let context = &spec["securityContext"];
    if context["privileged"] == true && context["allowPrivilegeEscalation"] == false {
        let why = "Invalid value: cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        causes.add(&format!("{field}.securityContext"), "FieldValueInvalid", why);
    }
}

/// The pod with the ephemeral containers of a wish, if they are allowed. Everything else in the wish is
/// ignored, but for the version and the UID, which are preconditions.
pub fn with_ephemeral(current: &Value, wanted: &Value) -> Answer<Value> {
    let name = text(current, "/metadata/name");
    let mut all = list(wanted, "/spec/ephemeralContainers").to_vec();
    all.iter_mut().for_each(container_defaults);
    let mut causes = Causes::default();
    let names = |field: &str| list(current, field).iter().map(|spec| text(spec, "/name").to_owned());
    let targets: Vec<String> = names("/spec/containers").chain(names("/spec/initContainers")).collect();
    let mut taken = targets.clone();
    for (index, spec) in all.iter().enumerate() {
        let field = format!("spec.ephemeralContainers[{index}]");
        container(&mut causes, current, spec, &field, &mut taken);
        ephemeral(&mut causes, spec, &field, &targets);
    }
    if map(current, "/metadata/annotations").is_some_and(|all| all.contains_key("kubernetes.io/config.mirror")) {
        causes.add("[]", "FieldValueForbidden", "Forbidden: static pods do not support ephemeral containers");
    }
    for old in list(current, "/spec/ephemeralContainers") {
        let known = text(old, "/name");
        let what = match all.iter().find(|new| text(new, "/name") == known) {
            Some(new) if new == old => continue,
            Some(_) => "changed",
            None => "removed",
        };
        let why = format!("Forbidden: existing ephemeral containers {known:?} may not be {what}\n");
        causes.add("spec.ephemeralContainers", "FieldValueForbidden", why);
    }
    causes.into_answer(name)?;
    let mut pod = current.clone();
    for precondition in ["resourceVersion", "uid"] {
        set(&mut pod, &["metadata", precondition], wanted["metadata"][precondition].clone());
    }
    set(&mut pod, &["spec", "ephemeralContainers"], all.into());
    Ok(pod)
}

/// What holds for ephemeral containers alone.
fn ephemeral(causes: &mut Causes, spec: &Value, field: &str, targets: &[String]) {
    for forbidden in NOT_EPHEMERAL {
        let there = spec.get(forbidden).is_some_and(|value| match value {
            Value::Null => false,
            Value::Object(fields) => !fields.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => true,
        });
        if there {
            causes.add(&format!("{field}.{forbidden}"), "FieldValueForbidden", NOT_EPHEMERAL_WHY);
        }
    }
    for (index, mount) in list(spec, "/volumeMounts").iter().enumerate() {
        for part in ["subPath", "subPathExpr"] {
            if !text(mount, &format!("/{part}")).is_empty() {
                let field = format!("{field}.volumeMounts[{index}].{part}");
                causes.add(&field, "FieldValueForbidden", NOT_EPHEMERAL_WHY);
            }
        }
    }
    let target = text(spec, "/targetContainerName");
    if !target.is_empty() && !targets.iter().any(|known| known == target) {
        causes.not_found(&format!("{field}.targetContainerName"), target);
    }
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "a test writes its values where it uses them")]
mod tests {
    use serde_json::json;

    use super::*;

    fn current() -> Value {
        json!({"metadata": {"name": "a", "uid": "u", "resourceVersion": "7"}, "spec": {
            "initContainers": [{"name": "setup"}], "containers": [{"name": "app"}], "volumes": [{"name": "data"}],
            "ephemeralContainers": [debugger(json!({"name": "one"}))]}})
    }

    fn debugger(fields: Value) -> Value {
        let mut debugger = json!({"image": "busybox:1.36"});
        debugger.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        container_defaults(&mut debugger);
        debugger
    }

    /// What the server says to one more ephemeral container.
    fn said(fields: Value) -> String {
        let mut wanted = current();
        wanted["spec"]["ephemeralContainers"].as_array_mut().expect("a list").push(debugger(fields));
        with_ephemeral(&current(), &wanted).map_or_else(|failure| failure.message, |_| String::new())
    }

    #[test]
    fn an_ephemeral_container_is_held_to_the_rules_in_the_words_of_the_server() {
        let field = |part: &str| format!("Pod \"a\" is invalid: spec.ephemeralContainers[1].{part}");
        assert_eq!(said(json!({"name": "d", "targetContainerName": "setup"})), "");
        assert_eq!(said(json!({"name": "app"})), field("name: Duplicate value: \"app\""));
        assert_eq!(said(json!({"name": "one"})), field("name: Duplicate value: \"one\""));
        let unknown = said(json!({"name": "d", "targetContainerName": "one"}));
        assert_eq!(unknown, field("targetContainerName: Not found: \"one\""));
        let ports = said(json!({"name": "d", "ports": [{"containerPort": 80}]}));
        assert_eq!(ports, field("ports: Forbidden: cannot be set for an Ephemeral Container"));
        let mount = said(json!({"name": "d", "volumeMounts": [{"name": "data", "mountPath": "/d", "subPath": "x"}]}));
        assert_eq!(mount, field("volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container"));
        let mount = said(json!({"name": "d", "volumeMounts": [{"name": "nope", "mountPath": "/d"}]}));
        assert_eq!(mount, field("volumeMounts[0].name: Not found: \"nope\""));
        assert_eq!(said(json!({"name": "d", "image": ""})), field("image: Required value"));
        let two = said(json!({"name": "d", "readinessProbe": {"exec": {}}, "lifecycle": {"preStop": {}}}));
        assert!(
            two.starts_with("Pod \"a\" is invalid: [spec.ephemeralContainers[1].readinessProbe: Forbidden"),
            "{two}"
        );
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let mut changed = current();
        changed["spec"]["ephemeralContainers"][0]["tty"] = true.into();
        let failure = with_ephemeral(&current(), &changed).expect_err("changed");
        let why = "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"one\" may not be";
        assert_eq!((failure.code, failure.message), (422, format!("Pod \"a\" is invalid: {why} changed\n")));
        changed["spec"]["ephemeralContainers"] = json!([]);
        let failure = with_ephemeral(&current(), &changed).expect_err("removed");
        assert_eq!(failure.message, format!("Pod \"a\" is invalid: {why} removed\n"));
        changed = current();
        changed["metadata"]["labels"] = json!({"x": "y"});
        assert_eq!(with_ephemeral(&current(), &changed), Ok(current()), "only these containers are looked at");
    }

    #[test]
    fn a_static_pod_has_none() {
        let mut mirror = current();
        mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "f"});
        let failure = with_ephemeral(&mirror, &mirror).expect_err("static");
        assert_eq!(
            failure.message,
            "Pod \"a\" is invalid: []: Forbidden: static pods do not support ephemeral containers"
        );
    }

    #[test]
    fn a_new_pod_is_held_to_the_rules() {
        let said = |name: &str, spec: Value| match pod(&json!({"metadata": {"name": name}, "spec": spec})) {
            Ok(()) => String::new(),
            Err(failure) => failure.message,
        };
        let app = json!({"name": "app", "image": "i"});
        assert_eq!(said("p.q-1", json!({"containers": [app]})), "");
        assert!(said("A b", json!({"containers": [app]})).contains("RFC 1123 subdomain"));
        let twice = said("p", json!({"containers": [app], "initContainers": [app]}));
        assert_eq!(twice, "Pod \"p\" is invalid: spec.initContainers[0].name: Duplicate value: \"app\"");
        let bad = said("p", json!({"containers": [{"name": "app"}], "activeDeadlineSeconds": 0}));
        assert!(bad.contains("image: Required value, spec.activeDeadlineSeconds: Invalid value: 0:"), "{bad}");
        let both = said("p", json!({"containers": [app], "shareProcessNamespace": true, "hostPID": true}));
        assert!(both.ends_with("ShareProcessNamespace and HostPID cannot both be enabled"), "{both}");
        let early = said("p", json!({"containers": [app], "ephemeralContainers": [app]}));
        assert!(early.ends_with("spec.ephemeralContainers: Forbidden: cannot be set on create"), "{early}");
    }
}
