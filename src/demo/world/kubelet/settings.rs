//! What a container is given of its namespace: settings from `ConfigMaps` and Secrets, and parts of volumes.
//!
//! Start with [`World::config_error`]. The words are those of the kubelet (`CreateContainerConfigError`).

use serde_json::Value;

use super::super::World;
use crate::demo::json::{at, flag, list, text};

/// A place that settings come from: the word for its kind, its kind in the store, and the reference to it.
type Source<'a> = (&'static str, &'static str, &'a Value);

impl World {
    /// Why the container's settings cannot be had, or must not be used.
    pub(super) fn config_error(&self, object: &Value, spec: &Value) -> Option<String> {
        self.root_refused(object, spec)
            .or_else(|| self.missing_source(object, spec))
            .or_else(|| self.missing_key(object, spec))
            .or_else(|| self.bad_sub_path(object, spec))
    }

    /// A whole `ConfigMap` or Secret that is to be the environment (`envFrom`).
    fn missing_source(&self, object: &Value, spec: &Value) -> Option<String> {
        list(spec, "/envFrom").iter().find_map(|from| {
            let (kind, plural, source) = source(from, "/configMapRef", "/secretRef")?;
            let name = text(source, "/name");
            let missing = self.store.get(plural, text(object, "/metadata/namespace"), name).is_none();
            (missing && !flag(source, "/optional")).then(|| format!("{} {name:?} not found", kind.to_lowercase()))
        })
    }

    fn missing_key(&self, object: &Value, spec: &Value) -> Option<String> {
        let namespace = text(object, "/metadata/namespace");
        list(spec, "/env").iter().find_map(|env| {
            let (kind, plural, source) = source(env, "/valueFrom/configMapKeyRef", "/valueFrom/secretKeyRef")?;
            let (name, key) = (text(source, "/name"), text(source, "/key"));
            if flag(source, "/optional") {
                return None;
            }
            match self.store.get(plural, namespace, name) {
                None => Some(format!("{} {name:?} not found", kind.to_lowercase())),
                Some(found) if !has_key(&found, key) => {
                    Some(format!("couldn't find key {key} in {kind} {namespace}/{name}"))
                }
                Some(_) => None,
            }
        })
    }

    /// A part of a volume that cannot be: its path needs a variable that is not set, or leads through a file.
    fn bad_sub_path(&self, object: &Value, spec: &Value) -> Option<String> {
        list(spec, "/volumeMounts").iter().find_map(|mount| {
            if let Some(name) = self.unset_variable(object, spec, text(mount, "/subPathExpr")) {
                return Some(format!("missing value for {name}"));
            }
            let (volume, path) = (text(mount, "/name"), text(mount, "/subPath"));
            let (file, _) = path.rsplit_once('/')?;
            let files = self.volume_files(object, volume);
            files.iter().any(|known| known == file).then(|| {
                let container = text(spec, "/name");
                format!("failed to prepare subPath for volumeMount {volume:?} of container {container:?}")
            })
        })
    }

    fn unset_variable(&self, object: &Value, spec: &Value, expression: &str) -> Option<String> {
        let names = expression.split("$(").skip(1).filter_map(|rest| rest.split_once(')')).map(|(name, _)| name);
        names.into_iter().find(|name| !self.has_variable(object, spec, name)).map(str::to_owned)
    }

    /// Whether a container gets an environment variable, and not an empty one.
    pub(in crate::demo::world) fn has_variable(&self, object: &Value, spec: &Value, name: &str) -> bool {
        let namespace = text(object, "/metadata/namespace");
        let named = list(spec, "/env").iter().rfind(|env| text(env, "/name") == name);
        if let Some(env) = named {
            return !text(env, "/value").is_empty()
                || source(env, "/valueFrom/configMapKeyRef", "/valueFrom/secretKeyRef").map_or_else(
                    || at(env, "/valueFrom").is_some(),
                    |(_, plural, source)| {
                        let found = self.store.get(plural, namespace, text(source, "/name"));
                        found.is_some_and(|found| has_key(&found, text(source, "/key")))
                    },
                );
        }
        list(spec, "/envFrom").iter().any(|from| {
            source(from, "/configMapRef", "/secretRef").is_some_and(|(_, plural, source)| {
                let key = name.strip_prefix(text(from, "/prefix")).unwrap_or_default();
                self.store.get(plural, namespace, text(source, "/name")).is_some_and(|found| has_key(&found, key))
            })
        })
    }

    /// The files that a volume of a `ConfigMap` or a Secret has.
    pub(in crate::demo::world) fn volume_files(&self, object: &Value, volume: &str) -> Vec<String> {
        let Some(volume) = list(object, "/spec/volumes").iter().find(|known| text(known, "/name") == volume) else {
            return Vec::new();
        };
        let Some((_, plural, source)) = source(volume, "/configMap", "/secret") else { return Vec::new() };
        let items = list(source, "/items");
        if !items.is_empty() {
            return items.iter().map(|item| text(item, "/path").to_owned()).collect();
        }
        let name = [text(source, "/secretName"), text(source, "/name")].concat();
        let found = self.store.get(plural, text(object, "/metadata/namespace"), &name);
        found.map(|found| keys(&found).map(str::to_owned).collect()).unwrap_or_default()
    }
}

/// The `ConfigMap` or the Secret that one of two pointers leads to.
pub(super) fn source<'a>(value: &'a Value, map: &str, secret: &str) -> Option<Source<'a>> {
    at(value, map)
        .map(|source| ("ConfigMap", "configmaps", source))
        .or_else(|| at(value, secret).map(|source| ("Secret", "secrets", source)))
}

/// The keys of a `ConfigMap` or a Secret.
fn keys(object: &Value) -> impl Iterator<Item = &str> {
    let of = |field: &str| at(object, field).and_then(Value::as_object).into_iter().flat_map(|map| map.keys());
    of("/data").chain(of("/binaryData")).map(String::as_str)
}

/// Whether a `ConfigMap` or a Secret has a key.
pub(super) fn has_key(object: &Value, key: &str) -> bool {
    keys(object).any(|known| known == key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::stamp::Stamp;

    fn world() -> World {
        let mut world = World::empty(1, Stamp::from_seconds(1_000));
        world.store.put(
            "configmaps",
            json!({"metadata": {"name": "settings", "namespace": "shop"}, "data": {"LEVEL": "info", "app.yaml": ""}}),
        );
        world
    }

    fn error(spec: &Value) -> Option<String> {
        let pod = json!({"metadata": {"namespace": "shop", "name": "a", "uid": "u"}, "spec": {"volumes": [
            {"name": "conf", "configMap": {"name": "settings"}}]}});
        world().config_error(&pod, spec)
    }

    #[test]
    fn what_is_missing_is_named_as_the_kubelet_names_it() {
        let env = |from: &Value| json!({"name": "c", "env": [{"name": "A", "valueFrom": from}]});
        let map = |name: &str, key: &str| json!({"configMapKeyRef": {"name": name, "key": key}});
        assert_eq!(error(&env(&map("settings", "LEVEL"))), None);
        assert_eq!(
            error(&env(&map("settings", "level"))).as_deref(),
            Some("couldn't find key level in ConfigMap shop/settings")
        );
        assert_eq!(error(&env(&map("nothing", "a"))).as_deref(), Some("configmap \"nothing\" not found"));
        let secret = json!({"name": "c", "envFrom": [{"secretRef": {"name": "db"}}]});
        assert_eq!(error(&secret).as_deref(), Some("secret \"db\" not found"));
        let optional = json!({"name": "c", "envFrom": [{"secretRef": {"name": "db", "optional": true}}]});
        assert_eq!(error(&optional), None);
    }

    #[test]
    fn a_part_of_a_volume_must_be_one() {
        let mount = |mount: Value| error(&json!({"name": "c", "volumeMounts": [mount]}));
        assert_eq!(mount(json!({"name": "conf", "subPath": "app.yaml"})), None);
        assert_eq!(
            mount(json!({"name": "conf", "subPath": "app.yaml/extra"})).as_deref(),
            Some("failed to prepare subPath for volumeMount \"conf\" of container \"c\"")
        );
        assert_eq!(
            mount(json!({"name": "conf", "subPathExpr": "$(TENANT)"})).as_deref(),
            Some("missing value for TENANT")
        );
    }

    #[test]
    fn a_whole_map_is_an_environment() {
        let (world, pod) = (world(), json!({"metadata": {"namespace": "shop"}}));
        let has = |spec: &Value, name: &str| world.has_variable(&pod, spec, name);
        let spec =
            json!({"envFrom": [{"configMapRef": {"name": "settings"}}], "env": [{"name": "EMPTY", "value": ""}]});
        assert!(has(&spec, "LEVEL") && !has(&spec, "EMPTY") && !has(&spec, "NOTHING"));
    }
}
