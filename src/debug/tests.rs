//! The cases D01 to D41 of what is built: bodies recorded from kubectl 1.31, 1.33 and 1.37, written as values.

use serde_json::{Value, json};

use super::*;

/// The pod of the cases: two containers, one of which has everything that a profile touches, an init container, and an
/// old ephemeral container.
fn pod() -> Value {
    let probe = json!({"tcpSocket": {"port": 1}});
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "dbg", "namespace": "default", "uid": "uid-dbg", "resourceVersion": "7",
            "labels": {"app": "x"}, "annotations": {"k": "v"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "r"}], "finalizers": ["f"],
        },
        "spec": {
            "nodeName": "node-1", "securityContext": {}, "restartPolicy": "Always", "serviceAccountName": "default",
            "initContainers": [{"name": "ini", "image": "ini:1", "resources": {}}],
            "containers": [
                {
                    "name": "app", "image": "app:1", "args": ["serve"], "env": [{"name": "A", "value": "1"}],
                    "resources": {}, "livenessProbe": probe, "readinessProbe": probe, "startupProbe": probe,
                    "securityContext": {"runAsUser": 5, "capabilities": {"add": ["CHOWN"]}},
                },
                {"name": "side", "image": "side:1", "resources": {}, "notYetKnown": {"a": 1}},
            ],
            "ephemeralContainers": [{"name": "debugger-old", "image": "busybox", "resources": {}}],
        },
        "status": {"phase": "Running"},
    })
}

fn node() -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "uid": "uid-node"}})
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn form(profile: Profile) -> Form {
    Form { image: "busybox".to_owned(), container: "d".to_owned(), profile, ..Form::default() }
}

fn copied(profile: Profile, container: &str) -> Form {
    let copy = CopyForm { to: "cp".to_owned(), ..CopyForm::default() };
    Form { container: container.to_owned(), copy, ..form(profile) }
}

fn custom(text: &str) -> Option<Custom> {
    Custom::parse(text, "c.yaml").expect("a part of a container")
}

fn plan(form: &Form) -> Plan {
    build(form, Kind::Pod, &pod(), "", &mut Names::seeded(1)).expect("a plan")
}

fn node_plan(form: &Form) -> Plan {
    build(form, Kind::Node, &node(), "ns", &mut Names::seeded(1)).expect("a plan")
}

/// The one new container of the patch.
fn added(form: &Form) -> Value {
    let plan = plan(form);
    let list = plan.body()["spec"]["ephemeralContainers"].as_array().cloned().unwrap_or_default();
    assert_eq!(list.len(), 1, "{list:?}");
    list[0].clone()
}

fn container<'a>(plan: &'a Plan, name: &str) -> &'a Value {
    edit::find(&plan.pod, name).expect(name).1
}

const RESTRICTED: &str = r#"{"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
    "seccompProfile": {"type": "RuntimeDefault"}}"#;

fn restricted() -> Value {
    serde_json::from_str(RESTRICTED).expect("JSON")
}

#[test]
fn d01_to_d06_the_security_context_of_each_profile() {
    let cases = [
        (Profile::Legacy, Value::Null),
        (Profile::General, json!({"capabilities": {"add": ["SYS_PTRACE"]}})),
        (Profile::Baseline, Value::Null),
        (Profile::Restricted, restricted()),
        (Profile::Netadmin, json!({"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}})),
        (Profile::Sysadmin, json!({"privileged": true})),
    ];
    for (profile, security) in cases {
        let mut wanted = json!({
            "name": "d", "image": "busybox", "resources": {}, "terminationMessagePolicy": "File",
            "securityContext": security,
        });
        if wanted["securityContext"].is_null() {
            edit::remove(&mut wanted, "securityContext");
        }
        let plan = plan(&form(profile));
        let order = json!([{"name": "debugger-old"}, {"name": "d"}]);
        let spec = json!({"$setElementOrder/ephemeralContainers": order, "ephemeralContainers": [wanted]});
        assert_eq!(*plan.body(), json!({"spec": spec}), "{profile}");
        let requests = plan.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].to_string(), "PATCH /api/v1/namespaces/default/pods/dbg/ephemeralcontainers");
        assert_eq!(requests[0].content_type, "application/strategic-merge-patch+json");
    }
}

#[test]
fn d07_without_others_there_is_no_order() {
    let mut pod = pod();
    edit::remove(&mut pod["spec"], "ephemeralContainers");
    let plan = ephemeral::build(&form(Profile::Legacy), &pod, &mut Names::seeded(1)).expect("a plan");
    let spec = plan.body()["spec"].as_object().expect("an object");
    assert_eq!(spec.keys().collect::<Vec<_>>(), ["ephemeralContainers"]);
}

#[test]
fn d08_terminal_and_pull_policy() {
    let policy = "Always".to_owned();
    let form = Form { stdin: true, tty: true, quiet: true, pull_policy: policy, ..form(Profile::General) };
    let added = added(&form);
    assert_eq!(
        (&added["stdin"], &added["tty"], &added["imagePullPolicy"]),
        (&json!(true), &json!(true), &json!("Always"))
    );
}

#[test]
fn d09_target_and_arguments() {
    let form =
        Form { target: "app".to_owned(), arguments_only: true, command: words("foo bar"), ..form(Profile::General) };
    let added = added(&form);
    assert_eq!((&added["targetContainerName"], &added["args"]), (&json!("app"), &json!(["foo", "bar"])));
    assert!(added.get("command").is_none());
    assert!(check::targeting(&form, None).is_some_and(|said| said.starts_with("Targeting container \"app\". If")));
}

#[test]
fn d10_a_command() {
    let added = added(&Form { command: words("sh -c ls"), ..form(Profile::General) });
    assert_eq!(added["command"], json!(["sh", "-c", "ls"]));
    assert!(added.get("args").is_none());
}

#[test]
fn d11_each_pod_has_a_name_of_its_own() {
    let form = Form { container: String::new(), ..form(Profile::General) };
    let mut names = Names::seeded(1);
    let [one, other] = [0, 1].map(|_| ephemeral::build(&form, &pod(), &mut names).expect("a plan"));
    assert_ne!(one.container, other.container);
    assert_eq!(one.notice(), Some(format!("Defaulting debug container name to {}.", one.container)));
}

#[test]
fn d15_a_copy_with_legacy_loses_its_labels_and_nothing_else() {
    let plan = plan(&copied(Profile::Legacy, "d"));
    let metadata = json!({"name": "cp", "namespace": "default", "annotations": {"k": "v"}});
    assert_eq!(plan.pod["metadata"], metadata);
    assert!(plan.pod["spec"].get("ephemeralContainers").is_none() && plan.pod["spec"].get("nodeName").is_none());
    assert!(plan.pod["spec"].get("shareProcessNamespace").is_none() && plan.pod.get("status").is_none());
    assert_eq!(plan.pod["spec"]["initContainers"], pod()["spec"]["initContainers"]);
    assert_eq!(container(&plan, "app"), &pod()["spec"]["containers"][0]);
    assert_eq!(plan.pod["spec"]["containers"].as_array().map(Vec::len), Some(3));
    assert!(container(&plan, "d").get("securityContext").is_none());
    assert_eq!(plan.requests()[0].to_string(), "POST /api/v1/namespaces/default/pods");
}

#[test]
fn d16_a_copy_with_general() {
    let plan = plan(&copied(Profile::General, "d"));
    assert_eq!(plan.pod["metadata"], json!({"name": "cp", "namespace": "default"}));
    assert_eq!(plan.pod["spec"]["shareProcessNamespace"], true);
    let app = container(&plan, "app");
    assert!(["livenessProbe", "readinessProbe", "startupProbe"].iter().all(|probe| app.get(probe).is_none()));
    assert_eq!(app["securityContext"], json!({"runAsUser": 5, "capabilities": {"add": ["CHOWN"]}}));
    assert_eq!(container(&plan, "d")["securityContext"], json!({"capabilities": {"add": ["SYS_PTRACE"]}}));
    assert_eq!(container(&plan, "ini"), &pod()["spec"]["initContainers"][0]);
}

#[test]
fn d17_to_d20_a_container_of_the_copy_is_changed() {
    let cases = [
        (Profile::General, json!({"runAsUser": 5, "capabilities": {"add": ["CHOWN", "SYS_PTRACE"]}})),
        (Profile::Baseline, Value::Null),
        (Profile::Restricted, restricted()),
        (Profile::Sysadmin, json!({"runAsUser": 5, "capabilities": {"add": ["CHOWN"]}, "privileged": true})),
    ];
    for (profile, security) in cases {
        let plan = plan(&copied(profile, "app"));
        let app = container(&plan, "app");
        assert_eq!(app["securityContext"], security, "{profile}");
        assert_eq!((&app["image"], &app["args"]), (&json!("busybox"), &json!(["serve"])), "{profile}");
        assert_eq!(app["env"], json!([{"name": "A", "value": "1"}]));
        assert_eq!(plan.pod["spec"]["containers"].as_array().map(Vec::len), Some(2));
        assert!(!plan.is_generated && plan.notice().is_none());
    }
}

fn images_only() -> Form {
    let set_image = vec![("*".to_owned(), "busybox".to_owned()), ("side".to_owned(), "side:2".to_owned())];
    let mut form = copied(Profile::General, "");
    form.image = String::new();
    form.copy.set_image = set_image;
    form
}

#[test]
fn d21_images_alone_leave_everything_else() {
    let plan = plan(&images_only());
    let image = |name| container(&plan, name)["image"].clone();
    assert_eq!((image("app"), image("side"), image("ini")), (json!("busybox"), json!("side:2"), json!("ini:1")));
    assert_eq!(plan.pod["metadata"]["labels"], json!({"app": "x"}));
    assert_eq!(plan.pod["metadata"]["annotations"], json!({"k": "v"}));
    assert!(container(&plan, "app").get("livenessProbe").is_some());
    assert!(plan.pod["spec"].get("shareProcessNamespace").is_none());
    assert_eq!((plan.container.as_str(), plan.debug_container()), ("", None));
    assert_eq!(plan.warnings(), [Warning::LabelsStay]);
}

#[test]
fn images_alone_can_lose_what_a_debug_copy_loses() {
    let mut form = images_only();
    form.copy.always_strip = true;
    let plan = plan(&form);
    assert_eq!(plan.pod["metadata"], json!({"name": "cp", "namespace": "default"}));
    assert!(container(&plan, "app").get("livenessProbe").is_none());
    assert!(plan.warnings().is_empty());
}

#[test]
fn d22_what_is_to_be_kept_is_kept() {
    let keep = Keep {
        labels: true,
        annotations: true,
        liveness: true,
        readiness: true,
        startup: true,
        init_containers: false,
    };
    let mut form = Form { image: String::new(), command: words("sleep 5"), ..copied(Profile::General, "app") };
    form.copy = CopyForm { share_processes: Some(false), same_node: true, keep, ..form.copy };
    let plan = plan(&form);
    let spec = &plan.pod["spec"];
    assert_eq!((&spec["shareProcessNamespace"], &spec["nodeName"]), (&json!(false), &json!("node-1")));
    assert_eq!((&plan.pod["metadata"]["labels"], spec.get("initContainers")), (&json!({"app": "x"}), None));
    let app = container(&plan, "app");
    assert!(["livenessProbe", "readinessProbe", "startupProbe"].iter().all(|probe| app.get(probe).is_some()));
    assert_eq!((&app["command"], app.get("args"), &app["image"]), (&json!(["sleep", "5"]), None, &json!("app:1")));
}

#[test]
fn d23_the_original_goes_when_the_copy_is_there() {
    let mut form = Form { image: String::new(), command: words("sleep 5"), ..copied(Profile::General, "app") };
    form.arguments_only = true;
    form.copy.replace = true;
    let plan = plan(&form);
    assert_eq!(container(&plan, "app")["args"], json!(["sleep", "5"]));
    let requests: Vec<_> = plan.requests().iter().map(ToString::to_string).collect();
    assert_eq!(requests, ["POST /api/v1/namespaces/default/pods", "DELETE /api/v1/namespaces/default/pods/dbg"]);
    let body: Value = serde_json::from_str(&plan.requests()[1].body).expect("JSON");
    assert_eq!(body, json!({"gracePeriodSeconds": 0, "preconditions": {"uid": "uid-dbg"}}));
    assert!(plan.warnings().contains(&Warning::Replaces));
}

#[test]
fn d24_images_and_a_new_container() {
    let mut form = Form { command: words("sh -c ls"), ..copied(Profile::General, "newc") };
    form.copy.set_image = vec![("app".to_owned(), "app:9".to_owned())];
    form.env = vec![("X".to_owned(), "1".to_owned())];
    let plan = plan(&form);
    assert_eq!(container(&plan, "app")["image"], "app:9");
    let added = container(&plan, "newc");
    assert_eq!(added["command"], json!(["sh", "-c", "ls"]));
    assert_eq!(added["env"], json!([{"name": "X", "value": "1"}]));
}

#[test]
fn d25_an_init_container_is_changed_in_its_place() {
    let plan = plan(&copied(Profile::General, "ini"));
    assert_eq!(plan.pod["spec"]["initContainers"].as_array().map(Vec::len), Some(1));
    assert_eq!(container(&plan, "ini")["image"], "busybox");
    assert_eq!(plan.pod["spec"]["containers"].as_array().map(Vec::len), Some(2));
    assert_eq!(container(&plan, "ini")["securityContext"], json!({"capabilities": {"add": ["SYS_PTRACE"]}}));
}

#[test]
fn d26_a_custom_profile_is_not_for_init_containers() {
    let form = Form { custom: custom("tty: true"), ..copied(Profile::General, "ini") };
    let refused = copy::build(&form, &pod(), &mut Names::seeded(1)).expect_err("refused");
    assert_eq!(refused.said, "unable to find the ini container in the pod cp");
}

#[test]
fn d27_legacy_keeps_no_labels() {
    let mut form = copied(Profile::Legacy, "d");
    form.copy.keep.labels = true;
    assert!(plan(&form).pod["metadata"].get("labels").is_none());
}

#[test]
fn d28_to_d33_a_pod_on_a_node() {
    let caps = json!({"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}});
    let cases = [
        (Profile::Legacy, true, true, Value::Null),
        (Profile::General, true, true, Value::Null),
        (Profile::Baseline, false, false, Value::Null),
        (Profile::Restricted, false, false, restricted()),
        (Profile::Netadmin, true, false, caps),
        (Profile::Sysadmin, true, true, json!({"privileged": true})),
    ];
    for (profile, host, files, security) in cases {
        let plan = node_plan(&Form { container: String::new(), ..form(profile) });
        let spec = &plan.pod["spec"];
        for namespace in ["hostNetwork", "hostPID", "hostIPC"] {
            assert_eq!(spec.get(namespace).is_some_and(|set| *set == true), host, "{profile}");
        }
        let debugger = container(&plan, "debugger");
        assert_eq!(debugger["securityContext"], security, "{profile}");
        let volumes = json!([{"name": "host-root", "hostPath": {"path": "/"}}]);
        let mounts = json!([{"name": "host-root", "mountPath": "/host"}]);
        assert_eq!(spec.get("volumes") == Some(&volumes), files, "{profile}");
        assert_eq!(debugger.get("volumeMounts") == Some(&mounts), files, "{profile}");
        assert_eq!(spec["tolerations"], json!([{"operator": "Exists"}]));
        assert_eq!((&spec["nodeName"], &spec["restartPolicy"]), (&json!("node-1"), &json!("Never")));
        assert_eq!(plan.pod["metadata"]["labels"], json!({"app.kubernetes.io/managed-by": "kubectl-debug"}));
        assert!(plan.warnings().is_empty());
    }
}

#[test]
fn d34_a_node_pod_with_a_custom_profile() {
    let custom = custom("securityContext: {privileged: true}");
    let form = Form { container: "foo".to_owned(), custom, command: words("chroot /host"), ..form(Profile::General) };
    let plan = node_plan(&form);
    assert_eq!(plan.requests()[0].to_string(), "POST /api/v1/namespaces/ns/pods");
    let foo = container(&plan, "foo");
    assert_eq!(foo["securityContext"], json!({"privileged": true}));
    assert_eq!(foo["command"], json!(["chroot", "/host"]));
    let name = plan.pod["metadata"]["name"].as_str().expect("a name");
    assert!(name.starts_with("node-debugger-node-1-") && name.len() == "node-debugger-node-1-".len() + 5, "{name}");
    let said = format!("Creating debugging pod {name} with container foo on node node-1.");
    assert_eq!(plan.notice(), Some(said));
}

#[test]
fn d35_a_custom_profile_over_general() {
    let text = r"{env: [{name: B, value: '2'}], securityContext: {capabilities: {add: [SYS_TIME]}, runAsUser: 0}}";
    let env = vec![("X".to_owned(), "1".to_owned())];
    let added = added(&Form { custom: custom(text), env, target: "app".to_owned(), ..form(Profile::General) });
    assert_eq!(added["env"], json!([{"name": "B", "value": "2"}, {"name": "X", "value": "1"}]));
    assert_eq!(added["securityContext"], json!({"capabilities": {"add": ["SYS_TIME"]}, "runAsUser": 0}));
    assert_eq!(added["targetContainerName"], "app");
}

#[test]
fn d38_general_is_meant_where_no_profile_is_named() {
    assert_eq!(Form::default().profile, Profile::General);
    assert!(warn::legacy(&form(Profile::General)).is_none() && warn::legacy(&form(Profile::Legacy)).is_some());
}

#[test]
fn d40_each_refusal_in_its_turn() {
    let first =
        |form: &Form| check(form, Subject::Unread).first().map(|refusal| refusal.said.clone()).unwrap_or_default();
    let empty = Form::default();
    let copy = |copy: CopyForm| Form { copy, ..Form::default() };
    let to = || CopyForm { to: "cp".to_owned(), ..CopyForm::default() };
    let images = || vec![("a".to_owned(), "B".to_owned())];
    let cases = [
        (Form { attach: Some(true), ..empty.clone() }, "you must specify --container or create a new container"),
        (copy(CopyForm { replace: true, same_node: true, ..CopyForm::default() }), "--replace may only be used"),
        (copy(CopyForm { same_node: true, set_image: images(), ..CopyForm::default() }), "--same-node may only"),
        (copy(CopyForm { set_image: images(), ..CopyForm::default() }), "--set-image may only be used"),
        (empty.clone(), "you must specify --image when not using --copy-to."),
        (copy(to()), "you must specify --image, --set-image or command arguments."),
        (Form { command: words("sh"), ..copy(to()) }, "you must specify an existing container or a new image"),
        (Form { image: "Bad".to_owned(), ..empty.clone() }, "invalid image name \"Bad\": invalid reference format"),
        (Form { pull_policy: "Often".to_owned(), ..form(Profile::General) }, "invalid image pull policy: Often"),
        (copy(CopyForm { set_image: images(), ..to() }), "invalid image name \"B\" for container \"a\": invalid"),
        (Form { target: "app".to_owned(), ..copied(Profile::General, "d") }, "--target is incompatible with"),
        (Form { tty: true, ..form(Profile::General) }, "-i/--stdin is required for containers with -t/--tty=true"),
        (Form { custom: custom("image: x"), ..form(Profile::General) }, "name, command, image, lifecycle and volume"),
    ];
    for (form, said) in cases {
        assert!(first(&form).starts_with(said), "{}, not {said}", first(&form));
    }
    let good = form(Profile::General);
    assert_eq!(check(&good, Subject::Missing)[0].said, "NAME or filename is required for debug");
    assert!(check(&good, Subject::Pod(&pod())).is_empty());
    let tty = Form { tty: true, target: "app".to_owned(), ..good };
    let refusals = check(&tty, Subject::Unread);
    assert!(check::targeting(&tty, refusals.first()).is_some(), "kubectl has said it by then");
}

#[test]
fn d41_capabilities_for_somebody_who_is_not_root() {
    let mut pod = pod();
    pod["spec"]["securityContext"] = json!({"runAsUser": 1000});
    let warns = |form: &Form, pod: &Value| {
        let plan = build(form, Kind::Pod, pod, "", &mut Names::seeded(1)).expect("a plan");
        plan.warnings().contains(&Warning::NonRoot)
    };
    assert!(warns(&form(Profile::General), &pod));
    assert!(!warns(&form(Profile::Restricted), &pod));
    let custom = custom("securityContext: {runAsUser: 0}");
    assert!(!warns(&Form { custom, ..form(Profile::Sysadmin) }, &pod));
    assert!(warns(&copied(Profile::Sysadmin, "d"), &pod));
    assert!(!warns(&images_only(), &pod));
    pod["spec"]["securityContext"] = json!({"runAsUser": 0});
    assert!(!warns(&form(Profile::General), &pod));
    edit::remove(&mut pod["spec"], "securityContext");
    assert!(!warns(&form(Profile::General), &pod), "a pod of a file may have none");
}

/// kubectl would change the container that has the name, and the server refuse the rest.
#[test]
fn an_ephemeral_container_needs_a_name_of_its_own() {
    for (name, kind) in [("app", "container"), ("ini", "init container"), ("debugger-old", "ephemeral container")] {
        let form = Form { container: name.to_owned(), ..form(Profile::General) };
        let refused = ephemeral::build(&form, &pod(), &mut Names::seeded(1)).expect_err(name);
        assert_eq!(refused.field, Field::Container);
        assert_eq!(refused.said, format!("the pod has {kind} \"{name}\" already: choose another name"));
        assert_eq!(check(&form, Subject::Pod(&pod())), [refused]);
    }
}

#[test]
fn a_target_that_is_not_there_and_a_copy_of_the_same_name_are_found() {
    let form = Form { target: "nope".to_owned(), ..form(Profile::General) };
    assert_eq!(check(&form, Subject::Pod(&pod()))[0].field, Field::Target);
    let mut copy = copied(Profile::General, "d");
    copy.copy.to = "dbg".to_owned();
    assert_eq!(check(&copy, Subject::Pod(&pod()))[0].field, Field::CopyTo);
}

/// kubectl reads a pod into the fields that it was built with, and loses the others.
#[test]
fn fields_that_nobody_knows_yet_are_copied() {
    assert_eq!(container(&plan(&copied(Profile::General, "d")), "side")["notYetKnown"], json!({"a": 1}));
}

#[test]
fn a_plan_is_a_write() {
    let mut form = copied(Profile::General, "d");
    form.copy.replace = true;
    let write = plan(&form).write(&form);
    assert_eq!(write.to_string(), "debug pod/dbg in copy cp, replacing it");
    assert_eq!(write.said(), "pod/cp created, pod/dbg deleted");
    assert_eq!(
        write.kubectl().to_string(),
        "kubectl debug dbg --image=busybox --container=d --copy-to=cp --replace -n default"
    );
    let needs = |write: &crate::model::write::Write| {
        write.needs().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        needs(&write),
        "get pods in namespace default, create pods in namespace default, delete pods in namespace default"
    );
    let generated = Form { container: String::new(), ..tests::form(Profile::General) };
    let plan = plan(&generated);
    let write = plan.write(&generated);
    assert!(write.kubectl().to_string().contains(&format!("--container={}", plan.container)));
    assert_eq!(needs(&write), "get pods in namespace default, patch pods/ephemeralcontainers in namespace default");
    let node = node_plan(&generated).write(&generated);
    assert_eq!(node.kubectl().to_string(), "kubectl debug node/node-1 --image=busybox -n ns");
    assert_eq!(needs(&node), "get nodes, create pods in namespace ns");
}

#[test]
fn a_mark_is_on_what_is_made_and_not_on_a_patch() {
    let who = Mark {
        user: "jo".to_owned(),
        time: crate::base::stamp::Stamp::parse("2026-11-24T07:34:06Z"),
        source: "pod/dbg".to_owned(),
    };
    let mut made = plan(&copied(Profile::General, "d"));
    made.mark(&who);
    made.expire(60);
    assert_eq!(mark::read(made.body()), Some(who.clone()));
    assert!(made.requests()[0].body.contains("activeDeadlineSeconds"));
    let mut patched = plan(&form(Profile::General));
    let before = patched.clone();
    patched.mark(&who);
    patched.expire(60);
    assert_eq!(patched, before);
}

#[test]
fn objects_of_any_shape_are_no_trouble() {
    let shapes = [json!(null), json!({}), json!({"spec": []}), json!({"spec": {"containers": [1]}, "metadata": 1})];
    for object in shapes {
        for form in [form(Profile::General), copied(Profile::Restricted, "x"), images_only()] {
            for kind in [Kind::Pod, Kind::Node] {
                if let Ok(plan) = build(&form, kind, &object, "ns", &mut Names::seeded(1)) {
                    assert!(!plan.requests().is_empty() && plan.warnings().len() < 4);
                }
            }
        }
    }
}
