//! What a program finds when it starts, and how it ends where something is missing.
//!
//! Start with [`World::meet`].

use serde_json::Value;

use super::World;
use super::image::{Exit, Image, Need, Program, exit};
use crate::demo::json::{flag, list, text};

impl World {
    /// The program as it will go in this container: with the end that it comes to, if something is missing.
    pub(super) fn meet(&self, mut program: Program, object: &Value, spec: &Value) -> Program {
        let image = self.images.get(text(spec, "/image"));
        let end = self.foreign(object, spec, image).or_else(|| {
            let need = program.needs.iter().find(|need| !self.is_met(need, object, spec, image))?;
            Some(need.exit.clone())
        });
        match end {
            Some(end) => {
                // It does not come to what it does otherwise.
                program.listens.clear();
                (program.memory, program.until, program.exit) = (None, None, Some(end));
            }
            None => {
                if let Some(port) = self.taken(&program, object, text(spec, "/name")) {
                    let line = format!("listen tcp :{port}: bind: address already in use");
                    program.exit = Some(Exit { lines: vec![line], ..exit(0.3, 1) });
                    program.listens.clear();
                }
            }
        }
        program
    }

    /// A program for another kind of machine does not even begin.
    fn foreign(&self, object: &Value, spec: &Value, image: Option<&Image>) -> Option<Exit> {
        let built_for = image?.built_for.as_deref()?;
        let node = self.store.get("nodes", "", text(object, "/spec/nodeName"))?;
        let command = super::process::command_words(spec, image);
        let line = format!("exec {}: exec format error", command.first().map_or("/app", String::as_str));
        (built_for != text(&node, "/status/nodeInfo/architecture"))
            .then(|| Exit { lines: vec![line], ..exit(0.1, 255) })
    }

    fn is_met(&self, need: &Need, object: &Value, spec: &Value, image: Option<&Image>) -> bool {
        need.env.as_deref().is_none_or(|name| self.has_variable(object, spec, name))
            && need.service.as_deref().is_none_or(|service| self.is_served(service))
            && need.file.as_deref().is_none_or(|path| self.has_file(object, spec, image, path))
            && need.writes.as_deref().is_none_or(|path| may_write(object, spec, path))
    }

    fn has_file(&self, object: &Value, spec: &Value, image: Option<&Image>, path: &str) -> bool {
        let mounted = list(spec, "/volumeMounts").iter().any(|mount| {
            let rest = path.strip_prefix(text(mount, "/mountPath").trim_end_matches('/'));
            let file = rest.map(|rest| rest.trim_start_matches('/'));
            let sub = text(mount, "/subPath");
            file.is_some_and(|file| {
                let wanted = if file.is_empty() { sub } else { file };
                self.volume_files(object, text(mount, "/name")).iter().any(|known| known == wanted)
            })
        });
        mounted || image.is_some_and(|image| image.files.contains_key(path))
    }

    /// The port that another container of the pod has already: they share their network.
    fn taken(&self, program: &Program, object: &Value, name: &str) -> Option<i64> {
        let pod = self.pods.get(text(object, "/metadata/uid"))?;
        let others = pod.containers.iter().filter(|other| other.is_running() && other.name != name);
        let taken: Vec<i64> =
            others.filter_map(|other| other.instance.as_ref()).flat_map(|run| run.program.listens.clone()).collect();
        program.listens.iter().copied().find(|port| taken.contains(port))
    }
}

/// Whether a container may write below a path: in a volume that lets it, or where its own file system does.
fn may_write(object: &Value, spec: &Value, path: &str) -> bool {
    let mounts = list(spec, "/volumeMounts").iter();
    let mount = mounts
        .filter(|mount| path.starts_with(text(mount, "/mountPath")))
        .max_by_key(|mount| text(mount, "/mountPath").len());
    let Some(mount) = mount else { return !flag(spec, "/securityContext/readOnlyRootFilesystem") };
    let volume = list(object, "/spec/volumes").iter().find(|known| known["name"] == mount["name"]);
    let settings = volume.is_some_and(|volume| volume.get("configMap").is_some() || volume.get("secret").is_some());
    !settings && !flag(mount, "/readOnly")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_read_only_root_is_written_to_only_in_volumes() {
        let pod = json!({"spec": {"volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "conf", "configMap": {}}]}});
        let spec = json!({"securityContext": {"readOnlyRootFilesystem": true}, "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"}, {"name": "conf", "mountPath": "/tmp/conf"}]});
        assert!(may_write(&pod, &spec, "/tmp/cache") && !may_write(&pod, &spec, "/var/cache"));
        assert!(!may_write(&pod, &spec, "/tmp/conf/x"), "the innermost volume counts");
        assert!(may_write(&pod, &json!({}), "/var/cache"));
    }
}
