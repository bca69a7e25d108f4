//! The steps: every operation on every kind, its refusals included, by kubectl and by us.
//!
//! The same steps run before the demo cluster and before a real one.

use podtriage::model::kind::{Kind, ObjectKey};
use podtriage::model::resource::Resource;
use podtriage::model::write::{Grace, Operation, Write};
use serde_json::Value;

use crate::bench::{Bench, resource};

const IMAGE: &str = "registry.k8s.io/pause:3.9";
const OTHER: &str = "registry.k8s.io/pause:3.8";

fn template(extra: &str) -> String {
    format!(
        "metadata: {{labels: {{app: x}}}}, spec: {{terminationGracePeriodSeconds: 1{extra}, \
         containers: [{{name: main, image: '{IMAGE}'}}, {{name: side, image: '{IMAGE}'}}]}}"
    )
}

/// Objects named `x` of every kind that is written to.
fn manifests() -> String {
    let selector = "selector: {matchLabels: {app: x}}";
    let pods = template("");
    let jobs = template(", restartPolicy: Never").replace("metadata: {labels: {app: x}}, ", "");
    [
        format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\nspec: {{replicas: 1, {selector}, template: {{{pods}}}}}"),
        format!("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: x}}\nspec: {{replicas: 0, serviceName: x, {selector}, template: {{{pods}}}}}"),
        format!(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: x}}\nspec: {{{selector}, template: {{{}}}}}",
            template(", nodeSelector: {nowhere: 'true'}")
        ),
        format!("apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {{name: x}}\nspec: {{replicas: 0, {selector}, template: {{{pods}}}}}"),
        format!("apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: x}}\nspec: {{schedule: '0 0 1 1 *', jobTemplate: {{spec: {{template: {{{jobs}}}}}}}}}"),
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec: {{terminationGracePeriodSeconds: 1, initContainers: [{{name: first, image: '{IMAGE}', restartPolicy: Always}}], containers: [{{name: main, image: '{IMAGE}'}}]}}"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: 'yes'}".to_owned(),
    ]
    .join("\n---\n")
}

fn apps(kind: &str, plural: &str) -> Resource {
    resource("apps", "v1", kind, plural, true)
}

fn x(of: &Resource) -> impl Fn(&str) -> ObjectKey {
    let of = of.clone();
    move |place| ObjectKey::new(of.clone(), place, "x")
}

impl Bench {
    /// Makes the objects in both places.
    pub async fn lay_out(&self) {
        for place in self.places() {
            self.setup(&format!("create namespace {place}"), "").await;
            self.setup(&format!("create -n {place} -f -"), &manifests()).await;
        }
    }

    /// A step on objects `x`; afterwards both have been seen by their controllers.
    async fn step(&self, of: &Resource, operation: Operation, done: bool) {
        let what = format!("{of}: {operation:?}");
        println!("{what}");
        let outcome = self.compare(x(of), |_| operation.clone()).await;
        assert_eq!(outcome.done, done, "{what}: {}", outcome.said);
        for place in self.places() {
            self.until(&x(of)(place), "was seen by its controller", |object| {
                object["status"].get("observedGeneration").is_none_or(|seen| *seen == object["metadata"]["generation"])
            })
            .await;
        }
    }

    pub async fn scales(&self, of: &Resource) {
        let to = |replicas, expected| Operation::Scale { replicas, expected };
        self.step(of, to(2, None), true).await;
        self.step(of, to(1, Some(2)), true).await;
        self.step(of, to(3, Some(2)), false).await;
        self.step(of, to(0, Some(1)), true).await;
    }

    pub async fn rolls(&self, of: &Resource) {
        self.step(of, Operation::Undo(0), false).await;
        self.step(of, image("main", OTHER), true).await;
        self.step(of, image("main", OTHER), true).await;
        self.step(of, image("nope", OTHER), false).await;
        self.step(of, Operation::Restart, true).await;
        self.step(of, Operation::Undo(0), true).await;
        self.step(of, Operation::Undo(1), true).await;
        self.step(of, Operation::Undo(99), false).await;
        self.step(of, image("*", OTHER), true).await;
    }

    pub async fn pauses(&self, of: &Resource) {
        self.step(of, Operation::Resume, false).await;
        self.step(of, Operation::Pause, true).await;
        self.step(of, Operation::Pause, false).await;
        self.step(of, Operation::Restart, false).await;
        self.step(of, Operation::Undo(0), false).await;
        self.step(of, Operation::Resume, true).await;
    }

    /// Everything that is done to workloads.
    pub async fn workloads(&self) {
        let (deployments, sets) = (apps("Deployment", "deployments"), apps("StatefulSet", "statefulsets"));
        let (daemons, replicas) = (apps("DaemonSet", "daemonsets"), apps("ReplicaSet", "replicasets"));
        let cron = resource("batch", "v1", "CronJob", "cronjobs", true);
        for of in [&deployments, &sets, &replicas] {
            self.scales(of).await;
        }
        for of in [&deployments, &sets, &daemons] {
            self.rolls(of).await;
        }
        self.pauses(&deployments).await;
        for of in [&sets, &replicas, &cron] {
            self.step(of, Operation::Pause, false).await;
        }
        for of in [&replicas, &cron] {
            self.step(of, Operation::Restart, false).await;
            self.step(of, Operation::Undo(0), false).await;
            self.step(of, image("side", OTHER), true).await;
        }
        self.deletes(&deployments, Grace::Own).await;
    }

    /// A kind that the demo does not have, and one that nobody knows.
    pub async fn other_kinds(&self, custom: &Resource) {
        let controllers = resource("", "v1", "ReplicationController", "replicationcontrollers", true);
        let selector = "spec: {replicas: 0, selector: {app: rc}, template: {metadata: {labels: {app: rc}}, spec: {containers: \
                        [{name: main, image: 'nginx'}]}}}";
        let own = format!(
            "apiVersion: {}\nkind: {}\nmetadata: {{name: x}}\nspec: {{replicas: 0}}",
            custom.api_version(),
            custom.kind
        );
        for place in self.places() {
            let rc = format!("apiVersion: v1\nkind: ReplicationController\nmetadata: {{name: x}}\n{selector}");
            self.setup(&format!("create -n {place} -f -"), &rc).await;
            self.setup(&format!("create -n {place} -f -"), &own).await;
        }
        let to = |replicas, expected| Operation::Scale { replicas, expected };
        for of in [&controllers, custom] {
            self.step(of, to(2, None), true).await;
            self.step(of, to(0, Some(2)), true).await;
            self.step(of, to(3, Some(2)), false).await;
        }
        self.step(&controllers, image("main", OTHER), true).await;
        let rollouts = [Operation::Restart, Operation::Pause, Operation::Resume, Operation::Undo(0)];
        for operation in rollouts.into_iter().chain([image("main", OTHER)]) {
            // kubectl stumbles over kinds that it was not built with before it comes to a refusal.
            let target = x(custom)(&self.places()[1]);
            let write = Write { target, uid: String::new(), operation: operation.clone() };
            let (_, outcome) = self.perform(write).await;
            assert!(!outcome.done && outcome.writes.is_empty(), "{operation:?}: {}", outcome.said);
            if !matches!(operation, Operation::SetImage(..)) {
                self.step(&controllers, operation, false).await;
            }
        }
        self.deletes(&controllers, Grace::Own).await;
        self.deletes(custom, Grace::Now).await;
    }

    async fn deletes(&self, of: &Resource, grace: Grace) {
        println!("{of}: delete {grace:?}");
        let outcome = self.compare(x(of), |_| Operation::Delete(grace)).await;
        assert!(outcome.done, "{}", outcome.said);
    }

    /// Every way to delete a pod.
    pub async fn deletions(&self) {
        let pods = Resource::from(Kind::Pod);
        for (name, grace) in [("x", Grace::Own), ("now", Grace::Now), ("force", Grace::Force)] {
            if name != "x" {
                for place in self.places() {
                    self.setup(&format!("run {name} -n {place} --image {IMAGE}"), "").await;
                }
            }
            println!("pod/{name}: delete {grace:?}");
            let key = |place: &str| ObjectKey::new(pods.clone(), place, name);
            let outcome = self.compare(key, |_| Operation::Delete(grace)).await;
            assert!(outcome.done, "{}", outcome.said);
        }
    }

    /// Images of pods, and what cannot be done to them.
    pub async fn pods(&self) {
        let pods = Resource::from(Kind::Pod);
        for place in self.places() {
            self.until(&x(&pods)(place), "was placed", |pod| pod["spec"]["nodeName"].is_string()).await;
        }
        self.step(&pods, image("first", OTHER), true).await;
        self.step(&pods, image("*", "registry.k8s.io/pause:3.7"), true).await;
        self.step(&pods, Operation::Restart, false).await;
    }

    /// A whole object, as JSON and as YAML.
    pub async fn replaces(&self) {
        let maps = resource("", "v1", "ConfigMap", "configmaps", true);
        let edited = |object: &Value| {
            let mut object = object.clone();
            object["data"]["a"] = "no".into();
            object
        };
        let outcome = self.compare(x(&maps), |object| Operation::Replace(edited(object).to_string())).await;
        assert!(outcome.done, "{}", outcome.said);
    }

    /// Nodes, by their names.
    pub async fn nodes(&self) {
        let node = |place: &str| ObjectKey::new(Kind::Node, "", place);
        for operation in [Operation::Uncordon, Operation::Cordon, Operation::Cordon, Operation::Uncordon] {
            let outcome = self.compare(node, |_| operation.clone()).await;
            assert!(outcome.done, "{}", outcome.said);
        }
    }
}

fn image(container: &str, image: &str) -> Operation {
    Operation::SetImage(container.to_owned(), image.to_owned())
}
