//! What is refused says why and changes nothing.

use podtriage::cluster::access::review;
use podtriage::cluster::api::WriteUpdate;
use podtriage::model::kind::{Kind, ObjectKey};
use podtriage::model::resource::Resource;
use podtriage::model::write::{Access, Grace, Need, Operation, Write};
use serde_json::Value;

use crate::bench::{Bench, resource};
use crate::demo;

fn deployments() -> Resource {
    resource("apps", "v1", "Deployment", "deployments", true)
}

fn operations() -> Vec<Operation> {
    vec![
        Operation::Delete(Grace::Own),
        Operation::Delete(Grace::Force),
        Operation::Scale { replicas: 7, expected: None },
        Operation::Scale { replicas: 7, expected: Some(1) },
        Operation::Restart,
        Operation::SetImage("*".to_owned(), "nginx".to_owned()),
        Operation::Pause,
        Operation::Undo(0),
        Operation::Replace(r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}}"#.to_owned()),
    ]
}

/// What somebody asked for: without what controllers note by themselves.
fn wanted(object: &Value) -> Value {
    let mut wanted = object.clone();
    wanted["status"].take();
    for field in ["resourceVersion", "managedFields"] {
        wanted["metadata"][field].take();
    }
    wanted
}

impl Bench {
    /// The deployment of our place, once nothing happens to it by itself any more.
    async fn quiet(&self) -> ObjectKey {
        let key = ObjectKey::new(deployments(), &self.places()[1], "x");
        let to = Operation::Scale { replicas: 0, expected: None };
        self.perform(Write { target: key.clone(), uid: String::new(), operation: to }).await;
        self.until(&key, "came to rest", |object| {
            let seen = object["status"]["observedGeneration"] == object["metadata"]["generation"];
            seen && object["status"]["replicas"].is_null()
        })
        .await;
        key
    }

    /// An object that was deleted and made again under its name.
    pub async fn refuses_another_of_the_same_name(&self) {
        let target = self.quiet().await;
        let before = wanted(&self.get(&target).await);
        for operation in operations() {
            let write = Write { target: target.clone(), uid: "of-the-one-before".to_owned(), operation };
            let (_, outcome) = self.perform(write.clone()).await;
            assert!(!outcome.done, "{write:?}");
            assert!(outcome.said.contains("was replaced by another of the same name"), "{write}: {}", outcome.said);
            // Only a deletion can leave it to the server.
            let deletes = matches!(write.operation, Operation::Delete(_));
            assert_eq!(outcome.writes.len(), usize::from(deletes), "{write}");
        }
        assert_eq!(wanted(&self.get(&target).await), before);
    }

    /// Somebody without the right.
    pub async fn refuses_who_may_not(&self) {
        let target = self.quiet().await;
        let object = self.get(&target).await;
        let uid = object["metadata"]["uid"].as_str().expect("a UID").to_owned();
        let viewer = self.viewer().await;
        for operation in operations() {
            let operation = match operation {
                Operation::Scale { expected: Some(_), .. } => Operation::Scale { replicas: 7, expected: Some(0) },
                // There is nothing before the first revision.
                Operation::Undo(_) => continue,
                other => other,
            };
            let write = Write { target: target.clone(), uid: uid.clone(), operation };
            let (updates, outcome) = self.perform_as(&viewer, write.clone()).await;
            assert!(outcome.said.contains("User \"viewer\" cannot"), "{write}: {}", outcome.said);
            assert!(matches!(updates.last(), Some(WriteUpdate::Failed(problem)) if !problem.next.is_empty()));
            let needs = review(&viewer, write.needs()).await;
            assert_eq!(needs.len(), write.needs().len());
            assert!(needs.iter().any(|(_, access)| *access == Access::Denied(String::new())), "{needs:?}");
        }
        assert_eq!(wanted(&self.get(&target).await), wanted(&object));
    }

    /// An edit of what somebody else has changed since.
    pub async fn gives_both_versions_back(&self) {
        let target = ObjectKey::new(resource("", "v1", "ConfigMap", "configmaps", true), &self.places()[1], "x");
        let read = self.get(&target).await;
        let place = &self.places()[1];
        self.setup(&format!("patch cm x -n {place} -p '{{\"data\":{{\"a\":\"theirs\"}}}}'"), "").await;
        let mut mine = read.clone();
        mine["data"]["a"] = "mine".into();
        let uid = read["metadata"]["uid"].as_str().expect("a UID").to_owned();
        let write = Write { target: target.clone(), uid, operation: Operation::Replace(mine.to_string()) };
        let (updates, outcome) = self.perform(write).await;
        assert!(outcome.said.contains("the object has been modified"), "{}", outcome.said);
        let Some(WriteUpdate::Conflict { current, .. }) = updates.last() else { panic!("{updates:?}") };
        assert_eq!(current["data"]["a"], "theirs");
        assert_eq!(self.get(&target).await["data"]["a"], "theirs");
    }

    /// Text that is no object, or not this one.
    pub async fn refuses_what_is_no_object(&self) {
        let target = ObjectKey::new(resource("", "v1", "ConfigMap", "configmaps", true), &self.places()[1], "x");
        let before = wanted(&self.get(&target).await);
        for text in ["a: [", "just words", "", "kind: Pod\napiVersion: v1\nmetadata: {name: x}\n"] {
            let operation = Operation::Replace(text.to_owned());
            let write = Write { target: target.clone(), uid: String::new(), operation };
            let (_, outcome) = self.perform(write).await;
            assert!(!outcome.done && !outcome.said.is_empty(), "{text:?}: {}", outcome.said);
        }
        assert_eq!(wanted(&self.get(&target).await), before);
    }

    /// Every cause is said.
    pub async fn names_all_that_is_invalid(&self) {
        let target = ObjectKey::new(deployments(), &self.places()[1], "x");
        let mut object = self.get(&target).await;
        let before = wanted(&object);
        object["spec"]["replicas"] = (-1).into();
        object["spec"]["template"]["spec"]["restartPolicy"] = "Sometimes".into();
        let operation = Operation::Replace(object.to_string());
        let (_, outcome) = self.perform(Write { target: target.clone(), uid: String::new(), operation }).await;
        for cause in ["spec.replicas: Invalid value: -1", "spec.template.spec.restartPolicy: Unsupported value"] {
            assert!(outcome.said.contains(cause), "{}", outcome.said);
        }
        assert_eq!(wanted(&self.get(&target).await), before);
    }

    /// Comments and order are no matter; what the text says is what the server has.
    pub async fn takes_yaml(&self) {
        let target = ObjectKey::new(resource("", "v1", "ConfigMap", "configmaps", true), &self.places()[1], "x");
        let text =
            "# mine\ndata:\n  b: 'on'\n  a: \"multi\\nline\"\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n";
        let operation = Operation::Replace(text.to_owned());
        let (updates, outcome) = self.perform(Write { target, uid: String::new(), operation }).await;
        assert!(outcome.done, "{}", outcome.said);
        assert_eq!(outcome.writes[0].content_type, "application/yaml");
        let Some(WriteUpdate::Done { object: Some(object), .. }) = updates.last() else { panic!("{updates:?}") };
        assert_eq!(object["data"], serde_json::json!({"a": "multi\nline", "b": "on"}));
    }

    /// What the server warns of is said once, and kubectl says it too.
    pub async fn passes_warnings_on(&self) {
        let env = "env: [{name: A, value: one}, {name: A, value: two}]";
        let manifest = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: warned}}\nspec: {{replicas: 0, selector: \
             {{matchLabels: {{app: w}}}}, template: {{metadata: {{labels: {{app: w}}}}, spec: {{containers: [{{name: c, \
             image: nginx, {env}}}, {{name: d, image: nginx, {env}}}]}}}}}}"
        );
        let target = ObjectKey::new(deployments(), &self.places()[1], "warned");
        self.setup(&format!("create -n {} -f -", target.namespace), &manifest).await;
        let operation = Operation::SetImage("c".to_owned(), "nginx:1.28".to_owned());
        let (updates, outcome) = self.perform(Write { target, uid: String::new(), operation }).await;
        assert!(outcome.done, "{}", outcome.said);
        let warnings: Vec<&str> = updates
            .iter()
            .filter_map(|update| if let WriteUpdate::Warning(text) = update { Some(text.as_str()) } else { None })
            .collect();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("env[1]: hides previous definition of \"A\""), "{warnings:?}");
    }

    pub async fn refusals(&self) {
        self.refuses_another_of_the_same_name().await;
        self.refuses_who_may_not().await;
        self.gives_both_versions_back().await;
        self.refuses_what_is_no_object().await;
        self.takes_yaml().await;
        self.passes_warnings_on().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_in_the_demo_changes_nothing() {
    let Some(bench) = demo(["theirs", "ours"]).await else { return };
    bench.lay_out().await;
    bench.refusals().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_are_asked_for_in_the_demo() {
    let Some(bench) = demo(["theirs", "ours"]).await else { return };
    let viewer = bench.viewer().await;
    let [read, exec] = Need::exec("shop");
    let pods = Resource::from(Kind::Pod);
    let needs = vec![Need::log("shop"), read, exec, Need::new("delete", &pods, "shop"), Need::new("list", &pods, "")];
    let access = review(&viewer, needs.clone()).await;
    let denied = Access::Denied(String::new());
    let wanted = [Access::Allowed, denied.clone(), denied.clone(), denied, Access::Allowed];
    assert_eq!(access, needs.into_iter().zip(wanted).collect::<Vec<_>>());
}
