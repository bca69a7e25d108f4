//! `kubectl set image`: which containers change, and the patch that changes them and nothing else.

use serde_json::{Map, Value, json};

use super::Write;
use super::plan::Step;

const TEMPLATED: [&str; 6] = [
    "deployments.apps",
    "daemonsets.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "jobs.batch",
    "replicationcontrollers",
];

impl Write {
    /// Where the kind keeps its pod's spec; `None` for kinds without one.
    fn pod_spec(&self) -> Option<&'static [&'static str]> {
        if self.is_one_of(&["pods"]) {
            Some(&["spec"])
        } else if self.is_one_of(&["cronjobs.batch"]) {
            Some(&["spec", "jobTemplate", "spec", "template", "spec"])
        } else {
            self.is_one_of(&TEMPLATED).then_some(&["spec", "template", "spec"])
        }
    }

    /// The containers that a person may give another image, in the order of the object: init containers first, as
    /// they run. Empty for kinds without a pod template. Each with the image that it has.
    pub fn images(&self, object: &Value) -> Vec<(String, String)> {
        let Some(spec) = self.pod_spec().map(|path| at(object, path)) else { return Vec::new() };
        let text = |container: &Value, field: &str| container[field].as_str().unwrap_or_default().to_owned();
        ["initContainers", "containers"]
            .into_iter()
            .flat_map(|list| spec[list].as_array().into_iter().flatten())
            .map(|container| (text(container, "name"), text(container, "image")))
            .collect()
    }

    pub(super) fn set_image(&self, object: &Value, container: &str, image: &str) -> Result<Step, String> {
        let Some(place) = self.pod_spec() else {
            let (plural, name) = (&self.target.resource.plural, &self.target.name);
            return Err(format!("{plural}/{name} the object is not a pod or does not have a pod template"));
        };
        let spec = at(object, place);
        let (mut found, mut patch) = (false, Map::new());
        for list in ["containers", "initContainers"] {
            let known = spec[list].as_array().map(Vec::as_slice).unwrap_or_default();
            let meant = |known: &&Value| container == "*" || known["name"] == container;
            found |= known.iter().any(|known| meant(&known));
            let changed: Vec<Value> = known
                .iter()
                .filter(meant)
                .filter(|known| known["image"] != image)
                .map(|known| json!({"image": image, "name": known["name"]}))
                .collect();
            if !changed.is_empty() {
                let order: Vec<Value> = known.iter().map(|known| json!({"name": known["name"]})).collect();
                patch.insert(format!("$setElementOrder/{list}"), order.into());
                patch.insert(list.to_owned(), changed.into());
            }
        }
        if !found {
            return Err(format!("unable to find container named \"{container}\""));
        }
        if patch.is_empty() {
            let name = &self.target.name;
            return Ok(Step::Already(format!("{}/{name} image unchanged", self.target.resource.type_name())));
        }
        let body = place.iter().rev().fold(Value::Object(patch), |inner, field| json!({*field: inner}));
        Ok(self.patch("kubectl-set", &body))
    }
}

fn at<'a>(object: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(object, |value, field| &value[*field])
}

#[cfg(test)]
mod tests {
    use super::super::Operation;
    use super::super::plan::tests::{now, sent};
    use super::super::tests::{resource, write};
    use super::*;
    use crate::model::kind::Kind;
    use crate::model::resource::tests::deployments;

    fn pod_spec() -> Value {
        json!({"initContainers": [{"name": "init", "image": "a"}],
            "containers": [{"name": "web", "image": "a"}, {"name": "side", "image": "b"}]})
    }

    fn image(container: &str, image: &str) -> Operation {
        Operation::SetImage(container.into(), image.into())
    }

    #[test]
    fn only_what_changes_is_sent_and_the_order_of_all() {
        let object = json!({"metadata": {"uid": "u1"}, "spec": {"template": {"spec": pod_spec()}}});
        let (query, body) = sent(write(deployments(), image("web", "c")).plan(&object, &[], now()));
        assert_eq!(query, "fieldManager=kubectl-set");
        assert_eq!(
            body,
            json!({"spec": {"template": {"spec": {"$setElementOrder/containers": [{"name": "web"}, {"name": "side"}],
                "containers": [{"name": "web", "image": "c"}]}}}})
        );
        let (_, body) = sent(write(deployments(), image("*", "b")).plan(&object, &[], now()));
        assert_eq!(
            body["spec"]["template"]["spec"],
            json!({"$setElementOrder/containers": [{"name": "web"}, {"name": "side"}],
                "containers": [{"name": "web", "image": "b"}],
                "$setElementOrder/initContainers": [{"name": "init"}],
                "initContainers": [{"name": "init", "image": "b"}]})
        );
    }

    #[test]
    fn each_kind_keeps_its_template_elsewhere() {
        let pod = json!({"metadata": {"uid": "u1"}, "spec": pod_spec()});
        let (_, body) = sent(write(Kind::Pod, image("side", "c")).plan(&pod, &[], now()));
        assert_eq!(body["spec"]["containers"], json!([{"name": "side", "image": "c"}]));
        let cron = json!({"metadata": {"uid": "u1"},
            "spec": {"jobTemplate": {"spec": {"template": {"spec": pod_spec()}}}}});
        let write = write(resource("batch", "CronJob", "cronjobs"), image("side", "c"));
        let (_, body) = sent(write.plan(&cron, &[], now()));
        assert!(body["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"].is_array());
        assert_eq!(
            write.images(&cron).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["init", "web", "side"]
        );
    }

    #[test]
    fn what_cannot_be_changed_says_why() {
        let pod = json!({"metadata": {"uid": "u1"}, "spec": pod_spec()});
        let plan = |operation| write(Kind::Pod, operation).plan(&pod, &[], now());
        assert_eq!(plan(image("nope", "c")), Err("unable to find container named \"nope\"".into()));
        assert_eq!(plan(image("web", "a")), Ok(Step::Already("pod/web image unchanged".into())));
        let node = write(Kind::Node, image("web", "a")).plan(&pod, &[], now());
        assert!(node.is_err_and(|said| said.contains("does not have a pod template")));
    }
}
