//! Each filter: what it says, and what it lets pass.

use serde_json::{Value, json};

use super::{judged, node, node_with, on, pod, pod_with, said};
use crate::diagnosis::fit::{Cluster, Extras, Fit, judge};

fn labelled(name: &str, labels: Value) -> Value {
    node_with(name, "metadata/labels", labels)
}

#[test]
fn taints_and_what_tolerates_them() {
    let taints = json!([{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]);
    let nodes = [node_with("a", "spec/taints", taints)];
    let fits = |toleration: Value| judged(&nodes, &[], &pod_with("web", "spec/tolerations", json!([toleration]))).fits;
    let (message, detail) = said(&nodes, &[], &pod("web", "1"));
    assert_eq!(message, "0/1 nodes are available: 1 node(s) had untolerated taint(s).");
    assert_eq!(detail, ["taint dedicated=db:NoSchedule is not tolerated"]);
    for toleration in [
        json!({"operator": "Exists"}),
        json!({"key": "dedicated", "operator": "Exists"}),
        json!({"key": "dedicated", "value": "db"}),
        json!({"key": "dedicated", "operator": "Equal", "value": "db", "effect": "NoSchedule"}),
    ] {
        assert_eq!(fits(toleration.clone()), 1, "{toleration}");
    }
    for toleration in [
        json!({"key": "dedicated", "value": "web"}),
        json!({"key": "other", "operator": "Exists"}),
        json!({"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}),
        json!({"key": "dedicated", "operator": "Gt", "value": "1"}),
    ] {
        assert_eq!(fits(toleration.clone()), 0, "{toleration}");
    }
}

#[test]
fn a_cordoned_node_is_open_to_those_that_tolerate_it() {
    let nodes = [node_with("a", "spec/unschedulable", json!(true))];
    let tolerations = json!([{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]);
    assert_eq!(judged(&nodes, &[], &pod_with("web", "spec/tolerations", tolerations)).fits, 1);
    assert_eq!(said(&nodes, &[], &pod("web", "1")).1, ["the node is cordoned"]);
}

#[test]
fn node_selector_and_affinity() {
    let nodes = [labelled("a", json!({"disktype": "hdd", "gen": "3"})), node("b")];
    let (message, detail) = said(&nodes, &[], &pod_with("web", "spec/nodeSelector", json!({"disktype": "nvme"})));
    assert_eq!(message, "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.");
    assert_eq!(
        detail,
        [
            "node selector wants disktype=nvme, the node has disktype=hdd",
            "node selector wants disktype=nvme, the node has no label disktype",
        ]
    );
    let affinity = |terms: Value| {
        let required = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}});
        judged(&nodes, &[], &pod_with("web", "spec/affinity/nodeAffinity", required))
    };
    let on_gen = |operator: &str, value: &str| {
        affinity(json!([{"matchExpressions": [{"key": "gen", "operator": operator, "values": [value]}]}])).fits
    };
    assert_eq!([on_gen("Gt", "2"), on_gen("Gt", "3"), on_gen("Lt", "4"), on_gen("NotIn", "3")], [1, 0, 1, 1]);
    assert_eq!(affinity(json!([{"matchExpressions": [{"key": "gen", "operator": "Is"}]}, {}])).fits, 0);
    let either = json!([{"matchExpressions": [{"key": "gen", "operator": "DoesNotExist"}]},
        {"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["b"]}]}]);
    assert_eq!(affinity(either).fits, 2, "one term is enough");
}

#[test]
fn an_affinity_that_names_nodes_leaves_the_others_out() {
    let nodes = [node_with("a", "spec/unschedulable", json!(true)), node("b"), node("c")];
    let named = |names: &[&str]| {
        let fields: Vec<_> =
            names.iter().map(|name| json!({"key": "metadata.name", "operator": "In", "values": [name]})).collect();
        let terms = json!([{"matchFields": fields}]);
        let required = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}});
        judged(&nodes, &[], &pod_with("web", "spec/affinity/nodeAffinity", required)).message
    };
    let (left, why) = ("node(s) didn't satisfy plugin(s) [NodeAffinity]", "node(s) were unschedulable");
    assert_eq!(named(&["a"]), format!("0/3 nodes are available: 1 {why}, 2 {left}."));
    assert_eq!(named(&["gone"]), format!("0/3 nodes are available: 3 {left}."));
    assert_eq!(named(&["a", "b"]), "0/3 nodes are available: pod affinity terms conflict.");
    assert_eq!(named(&["b"]), "");
}

#[test]
fn host_ports() {
    let port = |port: Value| pod_with("web", "spec/containers", json!([{"ports": [port]}]));
    let taken =
        on("a", pod_with("old", "spec/containers", json!([{"ports": [{"hostPort": 80, "hostIP": "10.0.0.1"}]}])));
    let says = |wanted: Value| said(&[node("a")], std::slice::from_ref(&taken), &port(wanted)).1;
    assert_eq!(says(json!({"hostPort": 80})), ["host port 80/TCP is taken by shop/old"]);
    assert_eq!(says(json!({"hostPort": 80, "hostIP": "10.0.0.1"})).len(), 1);
    for free in [json!({"hostPort": 80, "hostIP": "10.0.0.2"}), json!({"hostPort": 80, "protocol": "UDP"})] {
        assert_eq!(says(free.clone()), [""; 0], "{free}");
    }
}

#[test]
fn all_resources_that_lack_are_reasons() {
    let mut full = node("a");
    full["status"]["allocatable"] = json!({"cpu": "1", "memory": "1Gi", "pods": "1", "example.com/gpu": "1"});
    let pods = [on("a", pod("one", "1500m"))];
    let wanted = json!([{"resources": {"requests": {"cpu": "100m", "memory": "2Gi", "example.com/gpu": 2}}}]);
    let fit = judged(&[full.clone()], &pods, &pod_with("web", "spec/containers", wanted));
    assert_eq!(
        fit.nodes[0].reasons,
        ["Too many pods", "Insufficient cpu", "Insufficient example.com/gpu", "Insufficient memory"]
    );
    assert_eq!(
        fit.nodes[0].detail[..2],
        ["pods: 1 are there, 1 at most", "cpu: asks 100m, free 0 of 1 (requested 1500m by 1 pod)"]
    );
    let nothing = judged(&[full], &pods, &pod("web", "0"));
    assert_eq!(nothing.nodes[0].reasons, ["Too many pods"], "who asks for nothing lacks nothing");
}

#[test]
fn gates_come_before_everything() {
    let gated = pod_with("web", "spec/schedulingGates", json!([{"name": "a"}, {"name": "b"}]));
    let fit = judged(&[node("a")], &[on("a", pod("one", "2"))], &gated);
    assert_eq!(fit.message, "Scheduling is blocked due to non-empty scheduling gates");
    assert_eq!(fit.counts, [("waiting for scheduling gates: [a b]".to_owned(), 1)]);
    assert_eq!((fit.nodes[0].also.as_slice(), fit.would.len()), (&["Insufficient cpu".to_owned()][..], 2 + 1));
}

fn zones() -> [Value; 3] {
    [labelled("a", json!({"zone": "x"})), labelled("b", json!({"zone": "y"})), labelled("c", json!({}))]
}

fn spread(more: &Value) -> Value {
    let mut constraint = json!({"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}}});
    for (key, value) in more.as_object().expect("an object") {
        constraint[key] = value.clone();
    }
    pod_with("web", "spec/topologySpreadConstraints", json!([constraint]))
}

#[test]
fn pods_are_spread() {
    let pods = [on("a", pod("web", "1"))];
    let unequal = "node(s) didn't match pod topology spread constraints";
    let fit = judged(&zones(), &pods, &spread(&json!({})));
    assert_eq!(fit.counts, [(unequal.to_owned(), 1), (format!("{unequal} (missing required label)"), 1)]);
    let detail: Vec<_> = fit.nodes.iter().flat_map(|node| &node.detail).collect();
    assert_eq!(
        detail,
        ["spread: zone=x has 1 of app=web, the least has 0, maxSkew is 1", "spread: the node has no label zone"]
    );
    let opens_a = |more: Value, pods: &[Value]| judged(&zones(), pods, &spread(&more)).nodes[0].fits;
    assert!(opens_a(json!({"maxSkew": 2}), &pods));
    assert!(opens_a(json!({"labelSelector": {}}), &pods), "one that selects all counts none");
    assert!(!opens_a(json!({"minDomains": 3, "maxSkew": 1}), &[on("a", pod("web", "1")), on("b", pod("web", "1"))]));
    let mut ending = on("a", pod("web", "1"));
    ending["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert!(opens_a(json!({}), &[ending]), "what is being deleted does not count");
    let mut other = on("a", pod("web", "1"));
    other["metadata"]["namespace"] = json!("other");
    assert!(opens_a(json!({}), &[other]));
}

#[test]
fn spread_counts_the_nodes_that_its_policies_mean() {
    let mut nodes = zones();
    nodes[1]["spec"]["taints"] = json!([{"key": "t", "effect": "NoSchedule"}]);
    let pods = [on("a", pod("web", "1"))];
    assert_eq!(judged(&nodes, &pods, &spread(&json!({}))).fits, 0);
    assert_eq!(judged(&nodes, &pods, &spread(&json!({"nodeTaintsPolicy": "Honor"}))).fits, 1);
    let mut selected = spread(&json!({}));
    selected["spec"]["nodeSelector"] = json!({"zone": "x"});
    assert_eq!(judged(&nodes, &pods, &selected).fits, 1, "zone y is not the pod's");
}

fn near(kind: &str, more: &Value) -> Value {
    let mut term = json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "db"}}});
    for (key, value) in more.as_object().expect("an object") {
        term[key] = value.clone();
    }
    let required = json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]});
    pod_with("web", &format!("spec/affinity/{kind}"), required)
}

#[test]
fn affinity_to_pods() {
    let pods = [on("a", pod("db", "1"))];
    let (message, detail) = said(&zones(), &[], &near("podAffinity", &json!({})));
    assert_eq!(message, "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.");
    assert_eq!(detail[1..], ["affinity: no pod of app=db in zone=y", "affinity: the node has no label zone"]);
    let fits = |more: Value| judged(&zones(), &pods, &near("podAffinity", &more)).fits;
    assert_eq!(fits(json!({})), 1);
    assert_eq!([fits(json!({"namespaces": ["other"]})), fits(json!({"namespaceSelector": {}}))], [0, 1]);
    let own = json!({"labelSelector": {"matchLabels": {"app": "web"}}});
    assert_eq!(fits(own), 2, "the first of its kind may begin wherever the label is");
}

#[test]
fn anti_affinity_works_both_ways() {
    let pods = [on("a", pod("db", "1")), on("a", pod_with("db", "metadata/name", json!("db-1")))];
    let (message, detail) = said(&zones()[..1], &pods, &near("podAntiAffinity", &json!({})));
    assert_eq!(message, "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.");
    assert_eq!(detail, ["anti-affinity: shop/db (and 1 more) is in zone=x"]);
    let mut hermit = near("podAntiAffinity", &json!({"labelSelector": {}}));
    hermit["metadata"]["name"] = json!("hermit");
    let (message, detail) = said(&zones()[..1], &[on("a", hermit.clone())], &pod("any", "1"));
    assert_eq!(message, "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.");
    assert_eq!(detail, ["anti-affinity of shop/hermit keeps it out of zone=x"]);
    assert_eq!(judged(&zones(), &[on("a", hermit)], &pod("any", "1")).fits, 2, "no label, no place");
}

#[test]
fn namespaces_are_selected_by_their_labels() {
    let term = json!({"namespaceSelector": {"matchLabels": {"team": "data"}}});
    let mut db = on("a", pod("db", "1"));
    db["metadata"]["namespace"] = json!("store");
    let namespaces = vec![json!({"metadata": {"name": "store", "labels": {"team": "data"}}})];
    let known = Extras { namespaces: Some(namespaces), ..Extras::default() };
    let fit = |extras| judge(&Cluster::new(&zones(), std::slice::from_ref(&db), extras), &near("podAffinity", &term));
    assert_eq!((fit(&known).fits, fit(&known).not_checked.len()), (1, 0));
    let unknown = fit(&Extras::default());
    assert_eq!(unknown.not_checked, ["InterPodAffinity: the labels of namespaces were not read"]);
    let others =
        json!({"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["data"]}]}});
    let fit = judge(&Cluster::new(&zones(), &[db], &known), &near("podAffinity", &others));
    assert_eq!((fit.fits, fit.not_checked.len()), (0, 1), "{:?}", fit.not_checked);
}

/// A pod with the claim `data`, in a cluster of two zones.
fn claimed(claim: Option<Value>, volume: Option<Value>, class: Value, others: &[Value]) -> Fit {
    let named = |mut object: Value, name: &str| {
        object["metadata"]["name"] = json!(name);
        object
    };
    let claims = claim.map(|claim| named(claim, "data")).map(|mut claim| {
        claim["metadata"]["namespace"] = json!("shop");
        claim
    });
    let extras = Extras {
        claims: Some(claims.into_iter().collect()),
        volumes: Some(volume.map(|volume| named(volume, "pv")).into_iter().collect()),
        classes: Some(vec![named(class, "fast")]),
        namespaces: None,
    };
    let zone = "topology.kubernetes.io/zone";
    let nodes = [labelled("a", json!({zone: "x"})), labelled("b", json!({zone: "y"})), node("c")];
    judge(&Cluster::new(&nodes, others, &extras), &with_claim())
}

fn with_claim() -> Value {
    pod_with("web", "spec/volumes", json!([{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]))
}

fn bound() -> Value {
    json!({"metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}, "spec": {"volumeName": "pv"}})
}

#[test]
fn claims_that_are_of_no_use() {
    let waits = json!({"volumeBindingMode": "WaitForFirstConsumer", "provisioner": "csi.example"});
    let says = |claim: Option<Value>, volume: Option<Value>, class: Value| {
        let message = claimed(claim, volume, class, &[]).message;
        message.trim_start_matches("0/3 nodes are available: ").to_owned()
    };
    let unbound = "pod has unbound immediate PersistentVolumeClaims.";
    assert_eq!(says(None, None, json!({})), "persistentvolumeclaim \"data\" not found.");
    assert_eq!(says(Some(json!({"spec": {}})), None, json!({})), unbound);
    let of_class = || Some(json!({"spec": {"storageClassName": "fast"}}));
    assert_eq!(says(of_class(), None, json!({"volumeBindingMode": "Immediate"})), unbound);
    assert_eq!(says(of_class(), None, waits), "", "made when the pod has a node");
    assert_eq!(says(Some(bound()), None, json!({})), "persistentvolume \"pv\" not found.");
    let mut ending = bound();
    ending["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(says(Some(ending), None, json!({})), "persistentvolumeclaim \"data\" is being deleted.");
    let lost = json!({"spec": {"volumeName": "pv"}, "status": {"phase": "Lost"}});
    let words = "persistentvolumeclaim \"data\" bound to non-existent persistentvolume \"pv\".";
    assert_eq!(says(Some(lost), None, json!({})), words);
}

#[test]
fn a_volume_is_where_it_is() {
    let zone = "topology.kubernetes.io/zone";
    let by_label = claimed(Some(bound()), Some(json!({"metadata": {"labels": {zone: "x"}}})), json!({}), &[]);
    assert_eq!(by_label.counts, [("node(s) had no available volume zone".to_owned(), 1)]);
    assert_eq!(by_label.nodes[1].detail, [format!("volume pv is in {zone}=x, the node has {zone}=y")]);
    let terms = json!([{"matchExpressions": [{"key": zone, "operator": "In", "values": ["x"]}]}]);
    let volume = json!({"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}});
    let by_affinity = claimed(Some(bound()), Some(volume), json!({}), &[]);
    assert_eq!(by_affinity.counts, [("node(s) didn't match PersistentVolume's node affinity".to_owned(), 2)]);
    assert_eq!(by_affinity.not_checked, ["NodeVolumeLimits: how many volumes a node can still attach"]);
}

#[test]
fn a_claim_that_waits_needs_a_volume_or_a_class_that_makes_one() {
    let claim = || Some(json!({"spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}}}));
    let terms = json!([{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["c"]}]}]);
    let local = json!({"spec": {"storageClassName": "fast", "capacity": {"storage": "2Gi"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}, "status": {"phase": "Available"}});
    let class = |more: Value| {
        let mut class =
            json!({"volumeBindingMode": "WaitForFirstConsumer", "provisioner": "kubernetes.io/no-provisioner"});
        more.as_object().expect("an object").iter().for_each(|(key, value)| class[key] = value.clone());
        class
    };
    let fit = claimed(claim(), Some(local), class(json!({})), &[]);
    assert_eq!((fit.fits, fit.nodes[2].fits), (1, true));
    assert_eq!(fit.counts, [("node(s) didn't find available persistent volumes to bind".to_owned(), 2)]);
    let places = json!([{"matchLabelExpressions": [{"key": "topology.kubernetes.io/zone", "values": ["x"]}]}]);
    let fit = claimed(claim(), None, class(json!({"provisioner": "csi.example", "allowedTopologies": places})), &[]);
    assert_eq!((fit.fits, fit.nodes[0].fits), (1, true));
    assert!(fit.not_checked.iter().any(|line| line.contains("room for a new volume")), "{:?}", fit.not_checked);
}

#[test]
fn a_claim_for_one_pod_has_one_user() {
    let mut claim = bound();
    claim["spec"]["accessModes"] = json!(["ReadWriteOncePod"]);
    let mut other = on("a", with_claim());
    other["metadata"]["name"] = json!("old");
    let fit = claimed(Some(claim), Some(json!({"metadata": {}})), json!({}), &[other]);
    assert_eq!((fit.fits, fit.counts[0].1), (0, 3));
    assert!(fit.counts[0].0.contains("ReadWriteOncePod"), "{:?}", fit.counts);
    assert_eq!(fit.nodes[2].detail, ["claim data is for one pod only, and old uses it"]);
}

#[test]
fn what_was_not_read_is_said() {
    let mut odd = with_claim();
    odd["spec"]["schedulerName"] = json!("batch");
    odd["spec"]["resourceClaims"] = json!([{"name": "gpu"}]);
    let said = judged(&[node("a")], &[], &odd);
    assert_eq!((said.fits, said.not_checked.len()), (1, 4), "{:?}", said.not_checked);
}
