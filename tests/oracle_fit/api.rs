//! The API server, as far as a round needs it.

use std::time::{Duration, Instant};

use http::{Method, Request};
use kube::Client;
use serde_json::{Value, json};

use super::Outcome;
use super::random::{OTHER, OURS, Round};

/// The mark of everything that is made here.
pub const LABEL: &str = "podtriage.dev/fit";
/// How long is waited for the cluster to do something.
const LONGEST: Duration = Duration::from_secs(60);

pub struct Api {
    client: Client,
}

impl Api {
    /// `None` without a KUBECONFIG.
    pub async fn connect() -> Option<Self> {
        std::env::var_os("KUBECONFIG")?;
        Some(Self { client: Client::try_default().await.expect("a cluster") })
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, kube::Error> {
        let kind = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let request = Request::builder().method(method).uri(path).header("content-type", kind).body(body);
        self.client.request(request.expect("a request")).await
    }

    pub async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, None).await.unwrap_or_default()
    }

    pub async fn list(&self, path: &str) -> Vec<Value> {
        let mut list = self.send(Method::GET, path, None).await.expect(path);
        list["items"].as_array_mut().map(std::mem::take).unwrap_or_default()
    }

    pub async fn create(&self, path: &str, object: &Value) {
        let made = self.send(Method::POST, path, Some(object)).await;
        assert!(made.is_ok(), "{path}: {made:?}\n{object}");
    }

    async fn patch(&self, path: &str, change: &Value) {
        self.send(Method::PATCH, path, Some(change)).await.expect(path);
    }

    async fn delete(&self, path: &str) {
        let _ = self.send(Method::DELETE, path, Some(&json!({"gracePeriodSeconds": 0}))).await;
    }

    /// Makes a pod, and gives its path.
    pub async fn create_pod(&self, pod: &Value) -> String {
        let namespace = pod["metadata"]["namespace"].as_str().expect("a namespace");
        let name = pod["metadata"]["name"].as_str().expect("a name");
        let all = format!("/api/v1/namespaces/{namespace}/pods");
        self.create(&all, pod).await;
        format!("{all}/{name}")
    }

    /// Takes a pod away, whatever holds it.
    pub async fn remove_pod(&self, path: &str) {
        self.delete(path).await;
        self.until("a pod to be gone", async || self.get(path).await.is_null()).await;
    }

    /// What the scheduler does with a pod: the node, or what its event says (the API server's words for a gated one).
    pub async fn outcome(&self, path: &str) -> Outcome {
        let begun = Instant::now();
        loop {
            let pod = self.get(path).await;
            if let Some(node) = pod["spec"]["nodeName"].as_str() {
                return Outcome { node: Some(node.to_owned()), message: String::new() };
            }
            let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let scheduled = conditions.iter().find(|condition| condition["type"] == "PodScheduled");
            let message = match scheduled.map(|condition| condition["reason"].as_str().unwrap_or_default()) {
                Some("SchedulingGated") => {
                    scheduled.and_then(|condition| condition["message"].as_str().map(str::to_owned))
                }
                Some(_) => self.event(&pod).await,
                None => None,
            };
            if let Some(message) = message {
                return Outcome { node: None, message };
            }
            assert!(begun.elapsed() < LONGEST, "the scheduler says nothing about {path}: {}", pod["status"]);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The message of a pod's `FailedScheduling`.
    async fn event(&self, pod: &Value) -> Option<String> {
        let uid = pod["metadata"]["uid"].as_str()?;
        let namespace = pod["metadata"]["namespace"].as_str()?;
        let of = format!("involvedObject.uid%3D{uid},reason%3DFailedScheduling");
        let events = self.list(&format!("/api/v1/namespaces/{namespace}/events?fieldSelector={of}")).await;
        events.last().and_then(|event| event["message"].as_str().map(str::to_owned))
    }

    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < LONGEST, "waited in vain for {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The namespaces that all rounds share. They may be there from an earlier run, or still be going.
    pub async fn prepare(&self) {
        for (name, team) in [(OURS, "web"), (OTHER, "data")] {
            let namespace = json!({"metadata": {"name": name, "labels": {"team": team}}});
            let path = format!("/api/v1/namespaces/{name}");
            self.until("a namespace", async || {
                let _ = self.send(Method::POST, "/api/v1/namespaces", Some(&namespace)).await;
                self.get(&path).await["status"]["phase"] == "Active"
            })
            .await;
            let account = format!("/api/v1/namespaces/{name}/serviceaccounts/default");
            self.until("a service account", async || !self.get(&account).await.is_null()).await;
        }
    }

    /// Makes the nodes, the storage and the pods of a round, and waits until the cluster has settled.
    pub async fn set_up(&self, round: &Round) {
        for class in &round.classes {
            self.create("/apis/storage.k8s.io/v1/storageclasses", class).await;
        }
        for node in &round.nodes {
            self.create("/api/v1/nodes", node).await;
            self.create(LEASES, &lease(node)).await;
        }
        self.until("nodes without the taints of new ones", async || self.are_settled().await).await;
        self.set_up_storage(round).await;
        for pod in &round.pods {
            let path = self.create_pod(pod).await;
            if pod["metadata"]["annotations"]["phase"].is_string() {
                let phase = json!({"status": {"phase": pod["metadata"]["annotations"]["phase"]}});
                self.patch(&format!("{path}/status"), &phase).await;
            }
            if pod["metadata"]["finalizers"].is_array() {
                self.delete(&path).await;
            }
        }
    }

    /// Claims and volumes. Those that belong together are bound by hand: the volume controller may take 15 s for it.
    async fn set_up_storage(&self, round: &Round) {
        let claims = format!("/api/v1/namespaces/{OURS}/persistentvolumeclaims");
        for claim in &round.claims {
            let mut unbound = claim.clone();
            unbound["spec"]["volumeName"] = Value::Null;
            self.create(&claims, &unbound).await;
        }
        for volume in &round.volumes {
            let mut volume = volume.clone();
            if let Some(claim) = volume["spec"]["claimRef"]["name"].as_str() {
                let claim = self.get(&format!("{claims}/{claim}")).await;
                volume["spec"]["claimRef"]["uid"] = claim["metadata"]["uid"].clone();
            }
            self.create("/api/v1/persistentvolumes", &volume).await;
        }
        self.until("volumes that are known", async || self.are_known().await).await;
        for claim in round.claims.iter().filter(|claim| claim["spec"]["volumeName"].is_string()) {
            let bound = json!({"metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
                "spec": {"volumeName": claim["spec"]["volumeName"]}});
            let name = claim["metadata"]["name"].as_str().expect("a name");
            self.patch(&format!("{claims}/{name}"), &bound).await;
        }
    }

    /// Whether the node controller has taken the taint of new nodes away, and marked the cordoned ones.
    async fn are_settled(&self) -> bool {
        let nodes = self.list(&format!("/api/v1/nodes?labelSelector={LABEL}")).await;
        nodes.iter().all(|node| {
            let taints = node["spec"]["taints"].as_array().map(Vec::as_slice).unwrap_or_default();
            let has = |key: &str| taints.iter().any(|taint| taint["key"] == key);
            let is_cordoned = node["spec"]["unschedulable"] == true;
            !has("node.kubernetes.io/not-ready") && has("node.kubernetes.io/unschedulable") == is_cordoned
        })
    }

    async fn are_known(&self) -> bool {
        let volumes = self.list(&format!("/api/v1/persistentvolumes?labelSelector={LABEL}")).await;
        volumes.iter().all(|volume| matches!(volume["status"]["phase"].as_str(), Some("Available" | "Bound")))
    }

    /// Says that the nodes live, as their kubelets would.
    pub async fn keep_alive(&self, round: &Round) {
        for node in &round.nodes {
            let name = node["metadata"]["name"].as_str().expect("a name");
            let spec = json!({"spec": lease(node)["spec"]});
            self.patch(&format!("{LEASES}/{name}"), &spec).await;
        }
    }

    /// Takes the namespaces away; they go by themselves.
    pub async fn finish(&self) {
        for namespace in [OURS, OTHER] {
            self.delete(&format!("/api/v1/namespaces/{namespace}")).await;
        }
    }

    /// Takes all away that was made here, but for the namespaces.
    pub async fn clear(&self) {
        self.clear_kind("/api/v1/pods").await;
        for path in CLUSTERED.iter().chain([&LEASES]) {
            self.clear_kind(path).await;
        }
        for namespace in [OURS, OTHER] {
            self.delete(&format!("/api/v1/namespaces/{namespace}/events")).await;
        }
    }

    async fn clear_kind(&self, path: &str) {
        let marked = format!("{path}?labelSelector={LABEL}");
        for object in self.list(&marked).await {
            let meta = &object["metadata"];
            let name = meta["name"].as_str().unwrap_or_default();
            let one = match (meta["namespace"].as_str(), path.rsplit_once('/')) {
                (Some(namespace), Some((root, kind))) if !path.contains("/namespaces/") => {
                    format!("{root}/namespaces/{namespace}/{kind}/{name}")
                }
                _ => format!("{path}/{name}"),
            };
            let _ = self.send(Method::PATCH, &one, Some(&json!({"metadata": {"finalizers": null}}))).await;
            self.delete(&one).await;
        }
        self.until("objects to be gone", async || self.list(&marked).await.is_empty()).await;
    }
}

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const CLUSTERED: [&str; 4] = [
    "/api/v1/persistentvolumeclaims",
    "/api/v1/persistentvolumes",
    "/api/v1/nodes",
    "/apis/storage.k8s.io/v1/storageclasses",
];

fn lease(node: &Value) -> Value {
    let name = &node["metadata"]["name"];
    let now = format!("{:.6}", jiff::Timestamp::now());
    json!({"metadata": {"name": name, "labels": {LABEL: ""}},
        "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now}})
}
