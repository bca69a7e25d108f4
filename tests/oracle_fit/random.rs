//! Random nodes, pods and volumes, the same for the same number.

use serde_json::{Value, json};

use super::api::LABEL;

/// The namespace of the pods that are left to the scheduler.
pub const OURS: &str = "podtriage-fit";
/// Another one, with other labels.
pub const OTHER: &str = "podtriage-fit-other";

const HOST: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";
const DISKS: [&str; 3] = ["hdd", "ssd", "nvme"];
const ZONES: [&str; 3] = ["x", "y", "z"];
const APPS: [&str; 3] = ["a", "b", "c"];
const KEYS: [&str; 3] = [HOST, ZONE, ZONE];

/// A source of numbers (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        // Mixed, or the numbers of one seed would be those of the next, one later.
        Self(mix(seed.wrapping_add(1)))
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0) % bound
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What a round is made of.
pub struct Round {
    number: u64,
    pub nodes: Vec<Value>,
    pub classes: Vec<Value>,
    pub volumes: Vec<Value>,
    pub claims: Vec<Value>,
    pub pods: Vec<Value>,
}

impl Round {
    pub fn new(number: u64, dice: &mut Dice) -> Self {
        let count = 2 + dice.below(6);
        let mut round = Self {
            number,
            nodes: (0..count).map(|at| node(number, at, dice)).collect(),
            classes: classes(),
            volumes: Vec::new(),
            claims: Vec::new(),
            pods: Vec::new(),
        };
        round.add_storage(dice);
        for at in 0..count {
            for one in 0..dice.below(5) {
                round.pods.push(round.filler(at, one, dice));
            }
        }
        round
    }

    fn mark(&self) -> String {
        format!("r{}", self.number)
    }

    fn host(&self, at: u64) -> String {
        format!("fit-{}-{at}", self.number)
    }

    fn some_host(&self, dice: &mut Dice) -> String {
        let at = dice.below(self.nodes.len() as u64);
        self.host(at)
    }

    /// Volumes on single nodes and in zones, and claims that are bound, that wait, and that nobody serves.
    fn add_storage(&mut self, dice: &mut Dice) {
        for at in 0..dice.below(3) {
            let size = dice.pick(&["1Gi", "2Gi"]);
            let host = self.some_host(dice);
            let mut volume = self.volume(&format!("local{at}"), size, "fit-local");
            let terms = json!([{"matchExpressions": [{"key": HOST, "operator": "In", "values": [host]}]}]);
            volume["spec"]["nodeAffinity"] = json!({"required": {"nodeSelectorTerms": terms}});
            self.volumes.push(volume);
        }
        let mut zoned = self.volume("zoned", "1Gi", "");
        zoned["metadata"]["labels"][ZONE] = json!(dice.pick(&["x", "y", "y__z"]));
        zoned["spec"]["claimRef"] = json!({"namespace": OURS, "name": "zoned"});
        let mut alone = self.volume("alone", "1Gi", "");
        alone["spec"]["accessModes"] = json!(["ReadWriteOncePod"]);
        alone["spec"]["claimRef"] = json!({"namespace": OURS, "name": "alone"});
        let terms = json!([{"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["x", "z"]}]}]);
        alone["spec"]["nodeAffinity"] = json!({"required": {"nodeSelectorTerms": terms}});
        let bound = |name: &str, volume: &Value, mode: &str| {
            let mut claim = claim(name, "", "1Gi", mode);
            claim["spec"]["volumeName"] = volume["metadata"]["name"].clone();
            claim
        };
        self.claims = vec![
            bound("zoned", &zoned, "ReadWriteOnce"),
            bound("alone", &alone, "ReadWriteOncePod"),
            claim("small", "fit-local", "1Gi", "ReadWriteOnce"),
            claim("large", "fit-local", "2Gi", "ReadWriteOnce"),
            claim("nobody", "", "1Gi", "ReadWriteOnce"),
            claim("nowhere", "fit-nowhere", "1Gi", "ReadWriteOnce"),
        ];
        self.volumes.extend([zoned, alone]);
    }

    fn volume(&self, name: &str, size: &str, class: &str) -> Value {
        json!({"metadata": {"name": format!("fit-{}-{name}", self.number), "labels": {LABEL: self.mark()}},
            "spec": {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "storageClassName": class,
                "hostPath": {"path": "/tmp"}, "persistentVolumeReclaimPolicy": "Retain"}})
    }

    /// A pod that stands on a node, past the scheduler.
    fn filler(&self, at: u64, one: u64, dice: &mut Dice) -> Value {
        let mut pod = pod(&format!("stands-{}-{at}-{one}", self.number), dice);
        pod["spec"]["nodeName"] = json!(self.host(at));
        // Else the node controller evicts it where the node has a taint.
        pod["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
        if dice.chance(30) {
            pod["metadata"]["namespace"] = json!(OTHER);
        } else if dice.chance(10) {
            pod["spec"]["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "alone"}}]);
        }
        if dice.chance(20) {
            pod["spec"]["affinity"] = json!({"podAntiAffinity": required(&term(dice))});
        }
        match dice.below(12) {
            0 => pod["metadata"]["annotations"] = json!({"phase": dice.pick(&["Succeeded", "Failed", "Running"])}),
            1 => pod["metadata"]["finalizers"] = json!(["podtriage.dev/held"]),
            _ => {}
        }
        pod
    }

    /// A pod for the scheduler.
    pub fn subject(&self, at: usize, dice: &mut Dice) -> Value {
        let mut pod = self.plain(dice);
        pod["metadata"]["name"] = json!(format!("asks-{}-{at}", self.number));
        let app = pod["metadata"]["labels"]["app"].clone();
        let spec = &mut pod["spec"];
        if dice.chance(15) {
            spec["nodeSelector"]["disk"] = json!(dice.pick(&DISKS));
        }
        let mut affinity = json!({});
        if dice.chance(20) {
            affinity["nodeAffinity"] = self.node_affinity(dice);
        }
        if dice.chance(15) {
            affinity["podAffinity"] = required(&term(dice));
        }
        if dice.chance(25) {
            affinity["podAntiAffinity"] = required(&term(dice));
        }
        spec["affinity"] = affinity;
        if dice.chance(40) {
            spec["topologySpreadConstraints"] = spread(app.as_str(), dice);
        }
        if dice.chance(3) {
            spec["schedulingGates"] = json!([{"name": "podtriage.dev/quota"}]);
        }
        if dice.chance(25) {
            let claim = dice
                .pick(&["zoned", "zoned", "zoned", "alone", "small", "large", "large", "nobody", "nowhere", "missing"]);
            spec["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": claim}}]);
        }
        pod
    }

    /// A pod that asks for nothing but room, and for the nodes of this round.
    pub fn plain(&self, dice: &mut Dice) -> Value {
        let mut pod = pod(&format!("plain-{}", self.number), dice);
        pod["spec"]["nodeSelector"] = json!({LABEL: self.mark()});
        if dice.chance(60) {
            pod["spec"]["tolerations"] = tolerations(dice);
        }
        pod
    }

    fn node_affinity(&self, dice: &mut Dice) -> Value {
        let mut terms = Vec::new();
        for _ in 0..=dice.below(2) {
            let expression = match dice.below(5) {
                0 => json!({"key": "disk", "operator": "NotIn", "values": [dice.pick(&DISKS)]}),
                1 => json!({"key": ZONE, "operator": dice.pick(&["Exists", "DoesNotExist"])}),
                2 => json!({"key": "gen", "operator": dice.pick(&["Gt", "Lt"]), "values": [dice.pick(&["1", "2"])]}),
                _ => json!({"key": ZONE, "operator": "In", "values": [dice.pick(&ZONES), dice.pick(&ZONES)]}),
            };
            let mut term = json!({"matchExpressions": [expression]});
            if dice.chance(25) {
                let name = if dice.chance(80) { self.some_host(dice) } else { "nobody".to_owned() };
                let mut fields = vec![json!({"key": "metadata.name", "operator": "In", "values": [name]})];
                if dice.chance(20) {
                    fields.push(json!({"key": "metadata.name", "operator": "In", "values": [self.some_host(dice)]}));
                }
                term = json!({"matchFields": fields});
            }
            terms.push(term);
        }
        json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}})
    }
}

fn node(number: u64, at: u64, dice: &mut Dice) -> Value {
    let name = format!("fit-{number}-{at}");
    let mut node = json!({
        "metadata": {"name": name, "labels": {LABEL: format!("r{number}"), HOST: name}},
        "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "Made", "message": ""}],
            "capacity": {"cpu": dice.pick(&["1", "2", "3500m"]), "memory": dice.pick(&["1Gi", "2Gi", "4000M"]),
                "ephemeral-storage": "10Gi", "pods": dice.pick(&["4", "8", "20"])}},
    });
    if dice.chance(75) {
        node["metadata"]["labels"][ZONE] = json!(dice.pick(&ZONES));
    }
    if dice.chance(60) {
        node["metadata"]["labels"]["disk"] = json!(dice.pick(&DISKS));
    }
    if dice.chance(50) {
        node["metadata"]["labels"]["gen"] = json!(dice.pick(&["1", "2", "3", "new"]));
    }
    if dice.chance(30) {
        node["status"]["capacity"]["example.com/gpu"] = json!(dice.pick(&["1", "2"]));
    }
    let mut taints = Vec::new();
    if dice.chance(20) {
        let effect = dice.pick(&["NoSchedule", "NoExecute", "PreferNoSchedule"]);
        taints.push(json!({"key": "dedicated", "value": dice.pick(&["db", "web"]), "effect": effect}));
    }
    if dice.chance(8) {
        node["spec"]["unschedulable"] = json!(true);
        taints.push(json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}));
    }
    node["spec"]["taints"] = json!(taints);
    node
}

fn classes() -> Vec<Value> {
    let class = |name: &str, provisioner: &str, places: Value| {
        json!({"metadata": {"name": name, "labels": {LABEL: ""}}, "provisioner": provisioner,
            "volumeBindingMode": "WaitForFirstConsumer", "allowedTopologies": places})
    };
    let nowhere = json!([{"matchLabelExpressions": [{"key": ZONE, "values": ["nowhere"]}]}]);
    vec![
        class("fit-local", "kubernetes.io/no-provisioner", Value::Null),
        class("fit-nowhere", "podtriage.dev/none", nowhere),
    ]
}

fn claim(name: &str, class: &str, size: &str, mode: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": OURS, "labels": {LABEL: ""}}, "spec": {"storageClassName": class,
        "accessModes": [mode], "resources": {"requests": {"storage": size}}}})
}

fn pod(name: &str, dice: &mut Dice) -> Value {
    let mut requests = json!({});
    for (resource, chance, amounts) in [
        ("cpu", 60, &["100m", "250m", "0.7", "1", "2"][..]),
        ("memory", 50, &["64Mi", "300M", "1Gi", "1500Mi"]),
        ("ephemeral-storage", 20, &["1Gi", "6Gi", "12Gi"]),
        ("example.com/gpu", 12, &["1", "2"]),
    ] {
        if dice.chance(chance) {
            requests[resource] = json!(dice.pick(amounts));
        }
    }
    let limits = requests.get("example.com/gpu").map(|gpu| json!({"example.com/gpu": gpu}));
    let resources = json!({"requests": requests, "limits": limits});
    let mut container = json!({"name": "app", "image": "registry.k8s.io/pause:3.9", "resources": resources});
    if dice.chance(30) {
        let port = dice.pick(&["80", "443"]).parse::<u16>().unwrap_or_default();
        let (ip, protocol) = (dice.pick(&["", "", "10.0.0.1", "10.0.0.2"]), dice.pick(&["TCP", "TCP", "UDP"]));
        container["ports"] = json!([{"containerPort": port, "hostPort": port, "hostIP": ip, "protocol": protocol}]);
    }
    let labels = json!({LABEL: "", "app": dice.pick(&APPS), "tier": dice.pick(&["x", "y"])});
    let mut pod = json!({"metadata": {"name": name, "namespace": OURS, "labels": labels},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0}});
    if dice.chance(15) {
        let policy = dice.chance(50).then_some("Always");
        pod["spec"]["initContainers"] = json!([{"name": "init", "image": "registry.k8s.io/pause:3.9",
            "restartPolicy": policy, "resources": {"requests": {"cpu": dice.pick(&["150m", "900m"])}}}]);
    }
    pod
}

fn tolerations(dice: &mut Dice) -> Value {
    match dice.below(6) {
        0 => json!([{"operator": "Exists"}]),
        1 => json!([{"key": "dedicated", "operator": "Exists"}]),
        2 => json!([{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}]),
        3 => json!([{"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"}]),
        _ => json!([{"key": "dedicated", "operator": "Equal", "value": dice.pick(&["db", "web"])}]),
    }
}

fn required(term: &Value) -> Value {
    json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]})
}

fn apps(dice: &mut Dice) -> Value {
    match dice.below(5) {
        0 => json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": [dice.pick(&APPS)]}]}),
        1 => json!({}),
        _ => json!({"matchLabels": {"app": dice.pick(&APPS)}}),
    }
}

/// A term of affinity to pods. None selects namespaces by what they are not: schedulers of 1.35 take that for all.
fn term(dice: &mut Dice) -> Value {
    let mut term = json!({"topologyKey": dice.pick(&KEYS), "labelSelector": apps(dice)});
    match dice.below(10) {
        0 => term["namespaces"] = json!([OTHER]),
        1 => term["namespaceSelector"] = json!({}),
        2 => term["namespaceSelector"] = json!({"matchLabels": {"team": dice.pick(&["web", "data"])}}),
        3 => term["matchLabelKeys"] = json!(["tier"]),
        4 => term["mismatchLabelKeys"] = json!(["tier"]),
        _ => {}
    }
    term
}

fn spread(own: Option<&str>, dice: &mut Dice) -> Value {
    let mut all = Vec::new();
    let keys = if dice.chance(30) { vec![HOST, ZONE] } else { vec![dice.pick(&KEYS)] };
    for key in keys {
        let mut constraint = json!({"maxSkew": 1 + dice.below(5) / 4, "topologyKey": key, "labelSelector": apps(dice),
            "whenUnsatisfiable": if dice.chance(90) { "DoNotSchedule" } else { "ScheduleAnyway" }});
        if let Some(own) = own.filter(|_| dice.chance(60)) {
            constraint["labelSelector"] = json!({"matchLabels": {"app": own}});
        }
        if constraint["whenUnsatisfiable"] == "DoNotSchedule" && dice.chance(25) {
            constraint["minDomains"] = json!(1 + dice.below(4));
        }
        if dice.chance(25) {
            constraint["nodeAffinityPolicy"] = json!(dice.pick(&["Honor", "Ignore"]));
        }
        if dice.chance(25) {
            constraint["nodeTaintsPolicy"] = json!(dice.pick(&["Honor", "Ignore"]));
        }
        if dice.chance(20) {
            constraint["matchLabelKeys"] = json!(["tier"]);
        }
        all.push(constraint);
    }
    json!(all)
}
