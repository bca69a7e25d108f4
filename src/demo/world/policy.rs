//! Pod Security: what a namespace's labels forbid its pods, in the words of the admission plugin of 1.35.
//!
//! A namespace names a level for what is refused (`enforce`) and one for what is only warned of (`warn`). All
//! containers of a pod are judged, earlier ephemeral ones too. Start with [`World::judge_security`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::World;
use crate::demo::failure::{Answer, Failure};
use crate::demo::json::{int, list, map, text};

/// Capabilities that the baseline lets a container add.
const BASELINE_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
/// Kinds of volumes that a restricted pod may have.
const RESTRICTED_VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
const SECCOMP: &str = "securityContext.seccompProfile.type";

impl World {
    /// Refuses a pod that its namespace's level forbids; gives back what there is to warn of.
    pub(super) fn judge_security(&self, pod: &Value) -> Answer<Option<String>> {
        let namespace = self.store.get("namespaces", "", text(pod, "/metadata/namespace"));
        let labels = namespace.as_ref().and_then(|namespace| map(namespace, "/metadata/labels"));
        let label = |name: &str| {
            let key = format!("pod-security.kubernetes.io/{name}");
            labels.and_then(|labels| labels.get(&key)).and_then(Value::as_str).unwrap_or_default()
        };
        let violation = |mode: &str| {
            let said = violations(label(mode), pod)?;
            let version = match label(&format!("{mode}-version")) {
                "" => "latest",
                version => version,
            };
            Some(format!("\"{}:{version}\": {said}", label(mode)))
        };
        match violation("enforce") {
            Some(said) => Err(Failure::pod_security(text(pod, "/metadata/name"), &said)),
            None => Ok(violation("warn").map(|said| format!("would violate PodSecurity {said}"))),
        }
    }
}

/// What a pod does that a level does not allow, as one sentence.
fn violations(level: &str, pod: &Value) -> Option<String> {
    let restricted = level == "restricted";
    if !restricted && level != "baseline" {
        return None;
    }
    let pod = Judged::new(pod);
    let mut all = vec![
        (!restricted).then(|| pod.capabilities("non-default capabilities", &BASELINE_CAPABILITIES)).flatten(),
        pod.host_namespaces(),
        (!restricted).then(|| pod.host_paths()).flatten(),
        pod.host_ports(),
        pod.privileged(),
        (!restricted).then(|| pod.unconfined()).flatten(),
    ];
    if restricted {
        all.extend([
            pod.escalation(),
            pod.unrestricted_capabilities(),
            pod.restricted_volumes(),
            pod.may_be_root(),
            pod.is_root(),
            pod.unconfined().or_else(|| pod.seccomp_unset()),
        ]);
    }
    let said: Vec<String> = all.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// A pod, and all of its containers.
struct Judged<'a> {
    spec: &'a Value,
    containers: Vec<&'a Value>,
}

impl<'a> Judged<'a> {
    fn new(pod: &'a Value) -> Self {
        let spec = &pod["spec"];
        let fields = ["/initContainers", "/containers", "/ephemeralContainers"];
        Self { spec, containers: fields.iter().flat_map(|field| list(spec, field)).collect() }
    }

    /// The names of the containers that something is true of.
    fn those(&self, is: impl Fn(&Value) -> bool) -> Vec<&'a str> {
        self.containers.iter().filter(|spec| is(spec)).map(|spec| text(spec, "/name")).collect()
    }

    fn host_namespaces(&self) -> Option<String> {
        let fields = ["hostNetwork", "hostPID", "hostIPC"];
        let on: Vec<String> =
            fields.iter().filter(|field| self.spec[**field] == true).map(|field| format!("{field}=true")).collect();
        (!on.is_empty()).then(|| format!("host namespaces ({})", on.join(", ")))
    }

    fn host_paths(&self) -> Option<String> {
        let volumes = list(self.spec, "/volumes").iter().filter(|volume| volume.get("hostPath").is_some());
        let names: Vec<&str> = volumes.map(|volume| text(volume, "/name")).collect();
        (!names.is_empty()).then(|| format!("hostPath volumes ({})", counted("volume", &names)))
    }

    fn host_ports(&self) -> Option<String> {
        let ports_of = |spec: &Value| -> Vec<i64> {
            list(spec, "/ports").iter().filter_map(|port| int(port, "/hostPort")).filter(|port| *port != 0).collect()
        };
        let names = self.those(|spec| !ports_of(spec).is_empty());
        let ports: BTreeSet<i64> = self.containers.iter().flat_map(|spec| ports_of(spec)).collect();
        let shown: Vec<String> = ports.iter().map(ToString::to_string).collect();
        let (use_, plural) = (if names.len() == 1 { "uses" } else { "use" }, if ports.len() == 1 { "" } else { "s" });
        let shown = shown.join(", ");
        (!names.is_empty())
            .then(|| format!("hostPort ({} {use_} hostPort{plural} {shown})", counted("container", &names)))
    }

    fn privileged(&self) -> Option<String> {
        let names = self.those(|spec| spec["securityContext"]["privileged"] == true);
        must(&names, "must not set securityContext.privileged=true").map(|said| format!("privileged ({said})"))
    }

    /// Capabilities beyond the allowed ones.
    fn added(&self, allowed: &[&str]) -> Option<String> {
        let beyond = |spec: &'a Value| {
            let added = list(spec, "/securityContext/capabilities/add").iter().filter_map(Value::as_str);
            added.filter(|name| !allowed.contains(name)).collect::<Vec<&str>>()
        };
        let with: Vec<(&str, Vec<&str>)> = self
            .containers
            .iter()
            .map(|spec| (text(spec, "/name"), beyond(spec)))
            .filter(|(_, all)| !all.is_empty())
            .collect();
        let names: Vec<&str> = with.iter().map(|(name, _)| *name).collect();
        let all: BTreeSet<&str> = with.into_iter().flat_map(|(_, all)| all).collect();
        let all: Vec<&str> = all.into_iter().collect();
        must(&names, &format!("must not include {} in securityContext.capabilities.add", quoted(&all)))
    }

    fn capabilities(&self, title: &str, allowed: &[&str]) -> Option<String> {
        self.added(allowed).map(|said| format!("{title} ({said})"))
    }

    fn unrestricted_capabilities(&self) -> Option<String> {
        let keeps = |spec: &Value| {
            !list(spec, "/securityContext/capabilities/drop").iter().any(|name| name.as_str() == Some("ALL"))
        };
        let kept = must(&self.those(keeps), "must set securityContext.capabilities.drop=[\"ALL\"]");
        let said: Vec<String> = kept.into_iter().chain(self.added(&["NET_BIND_SERVICE"])).collect();
        (!said.is_empty()).then(|| format!("unrestricted capabilities ({})", said.join("; ")))
    }

    fn escalation(&self) -> Option<String> {
        let names = self.those(|spec| spec["securityContext"]["allowPrivilegeEscalation"] != false);
        must(&names, "must set securityContext.allowPrivilegeEscalation=false")
            .map(|said| format!("allowPrivilegeEscalation != false ({said})"))
    }

    fn restricted_volumes(&self) -> Option<String> {
        let kind_of = |volume: &'a Value| {
            let fields = volume.as_object().into_iter().flat_map(|fields| fields.keys());
            fields.map(String::as_str).find(|field| *field != "name").unwrap_or_default()
        };
        let refused: Vec<(&str, &str)> = list(self.spec, "/volumes")
            .iter()
            .map(|volume| (text(volume, "/name"), kind_of(volume)))
            .filter(|(_, kind)| !RESTRICTED_VOLUMES.contains(kind))
            .collect();
        let names: Vec<&str> = refused.iter().map(|(name, _)| *name).collect();
        let kinds: BTreeSet<&str> = refused.iter().map(|(_, kind)| *kind).collect();
        let kinds: Vec<&str> = kinds.into_iter().collect();
        let use_ = if names.len() == 1 { "uses" } else { "use" };
        let plural = if kinds.len() == 1 { "type" } else { "types" };
        let shown = format!("{} {use_} restricted volume {plural} {}", counted("volume", &names), quoted(&kinds));
        (!names.is_empty()).then(|| format!("restricted volume types ({shown})"))
    }

    fn may_be_root(&self) -> Option<String> {
        let whole = &self.spec["securityContext"]["runAsNonRoot"];
        let own = |spec: &Value| spec["securityContext"]["runAsNonRoot"].clone();
        let not_set = "must not set securityContext.runAsNonRoot=false";
        let said = if *whole == false {
            Some(format!("pod {not_set}"))
        } else {
            must(&self.those(|spec| own(spec) == false), not_set).or_else(|| {
                let unset = self.those(|spec| *whole != true && own(spec) != true);
                must(&unset, "must set securityContext.runAsNonRoot=true").map(|said| format!("pod or {said}"))
            })
        };
        said.map(|said| format!("runAsNonRoot != true ({said})"))
    }

    fn is_root(&self) -> Option<String> {
        let not_set = "must not set runAsUser=0";
        let said = if self.spec["securityContext"]["runAsUser"] == 0 {
            Some(format!("pod {not_set}"))
        } else {
            must(&self.those(|spec| spec["securityContext"]["runAsUser"] == 0), not_set)
        };
        said.map(|said| format!("runAsUser=0 ({said})"))
    }

    fn unconfined(&self) -> Option<String> {
        let is = |value: &Value| text(value, "/securityContext/seccompProfile/type") == "Unconfined";
        let not_set = format!("must not set {SECCOMP} to \"Unconfined\"");
        let said = if is(self.spec) { Some(format!("pod {not_set}")) } else { must(&self.those(is), &not_set) };
        said.map(|said| format!("seccompProfile ({said})"))
    }

    fn seccomp_unset(&self) -> Option<String> {
        let is_set = |value: &Value| !text(value, "/securityContext/seccompProfile/type").is_empty();
        let unset = self.those(|spec| !is_set(self.spec) && !is_set(spec));
        must(&unset, &format!("must set {SECCOMP} to \"RuntimeDefault\" or \"Localhost\""))
            .map(|said| format!("seccompProfile (pod or {said})"))
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

fn counted(word: &str, names: &[&str]) -> String {
    format!("{word}{} {}", if names.len() == 1 { "" } else { "s" }, quoted(names))
}

/// What containers must or must not do; nothing when there are none.
fn must(names: &[&str], what: &str) -> Option<String> {
    (!names.is_empty()).then(|| format!("{} {what}", counted("container", names)))
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "a test writes its values where it uses them")]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(level: &str, spec: Value) -> String {
        violations(level, &json!({"spec": spec})).unwrap_or_default()
    }

    #[test]
    fn a_plain_pod_is_not_restricted_enough() {
        let spec = json!({"containers": [{"name": "app"}]});
        assert_eq!(said("baseline", spec.clone()), "");
        assert_eq!(said("privileged", spec.clone()), "");
        assert_eq!(
            said("restricted", spec),
            "allowPrivilegeEscalation != false (container \"app\" must set \
             securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"app\" must set \
             securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"app\" must set \
             securityContext.runAsNonRoot=true), seccompProfile (pod or container \"app\" must set \
             securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
        );
    }

    #[test]
    fn a_node_pod_is_refused_by_the_baseline() {
        let spec = json!({"hostNetwork": true, "hostPID": true, "hostIPC": true,
            "volumes": [{"name": "host-root", "hostPath": {"path": "/"}}],
            "containers": [{"name": "app", "securityContext": {"privileged": true}}]});
        assert_eq!(
            said("baseline", spec.clone()),
            "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true), hostPath volumes (volume \"host-root\"), \
             privileged (container \"app\" must not set securityContext.privileged=true)"
        );
        let more = said("restricted", spec);
        assert!(
            more.contains("restricted volume types (volume \"host-root\" uses restricted volume type \"hostPath\")")
        );
        assert!(!more.contains("hostPath volumes"), "the restricted rule stands for it: {more}");
    }

    #[test]
    fn earlier_ephemeral_containers_are_judged_too() {
        let safe = json!({"runAsNonRoot": true, "capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": false,
            "seccompProfile": {"type": "RuntimeDefault"}});
        let mut spec = json!({"containers": [{"name": "app", "securityContext": safe}],
            "ephemeralContainers": [{"name": "new", "securityContext": safe}]});
        assert_eq!(said("restricted", spec.clone()), "");
        let add = |names: Value| {
            let mut context = safe.clone();
            context["capabilities"]["add"] = names;
            json!({"name": "old", "securityContext": context})
        };
        spec["ephemeralContainers"].as_array_mut().expect("a list").push(add(json!(["NET_RAW", "NET_ADMIN"])));
        let refused =
            "(container \"old\" must not include \"NET_ADMIN\", \"NET_RAW\" in securityContext.capabilities.add)";
        assert_eq!(said("restricted", spec.clone()), format!("unrestricted capabilities {refused}"));
        assert_eq!(said("baseline", spec), format!("non-default capabilities {refused}"));
    }

    #[test]
    fn what_is_said_outright_is_named() {
        let of = |context: Value| {
            said(
                "restricted",
                json!({"securityContext": {"runAsNonRoot": true,
            "seccompProfile": {"type": "RuntimeDefault"}}, "containers": [{"name": "d", "securityContext": context}]}),
            )
        };
        let rest = json!({"capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": false});
        let with = |field: &str, value: Value| {
            let mut context = rest.clone();
            context[field] = value;
            of(context)
        };
        assert_eq!(with("runAsUser", json!(0)), "runAsUser=0 (container \"d\" must not set runAsUser=0)");
        assert_eq!(
            with("runAsNonRoot", json!(false)),
            "runAsNonRoot != true (container \"d\" must not set securityContext.runAsNonRoot=false)"
        );
        assert_eq!(
            with("seccompProfile", json!({"type": "Unconfined"})),
            "seccompProfile (container \"d\" must not set securityContext.seccompProfile.type to \"Unconfined\")"
        );
    }

    #[test]
    fn a_namespace_enforces_or_only_warns() {
        let mut world = World::empty(1, crate::base::stamp::Stamp::from_seconds(1_000));
        let pod = json!({"metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": [{"name": "app"}]}});
        let label = |name: &str, level: &str| {
            json!({"metadata": {"name": "n",
            "labels": {format!("pod-security.kubernetes.io/{name}"): level}}})
        };
        assert_eq!(world.judge_security(&pod), Ok(None));
        world.store.put("namespaces", label("warn", "restricted"));
        let warning = world.judge_security(&pod).expect("allowed").expect("with a word");
        assert!(warning.starts_with("would violate PodSecurity \"restricted:latest\": allowPriv"), "{warning}");
        world.store.put("namespaces", label("enforce", "restricted"));
        let failure = world.judge_security(&pod).expect_err("refused");
        assert!(failure.message.starts_with("pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\": "));
        assert_eq!(failure.code, 403);
    }
}
