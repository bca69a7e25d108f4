//! Cases of custom profiles: reading, refusing, merging.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn custom(text: &str) -> Custom {
    Custom::parse(text, "custom.yaml").expect("a part of a container").expect("something")
}

fn over(mut container: Value, part: &Value) -> Value {
    custom(&part.to_string()).apply(&mut container);
    container
}

#[test]
fn json_and_yaml_are_the_same() {
    let yaml = "env:\n- name: A\n  value: 1\nsecurityContext: {runAsUser: 0}\nstdin: false\nunknown: {a: 1}\n";
    let json = r#"{"env": [{"name": "A", "value": "1", "more": 7}], "securityContext": {"runAsUser": 0}}"#;
    assert_eq!(custom(yaml), custom(json));
    for nothing in ["", "null", "# only a comment\n"] {
        assert_eq!(Custom::parse(nothing, ""), Ok(None), "{nothing:?}");
    }
}

#[test]
fn d37_what_is_no_part_of_a_container_says_what_and_where() {
    let wrong = |text: &str| Custom::parse(text, "").expect_err(text);
    let error = wrong("stdin: true\nenv:\n  A: 1\n");
    assert_eq!((error.line, error.said.as_str()), (Some(2), "env should be a list"));
    let error = wrong("securityContext:\n  privileged: true\n  runAsUser: root\n");
    assert_eq!((error.line, error.said.as_str()), (Some(3), "securityContext.runAsUser should be a whole number"));
    assert!(wrong("[1]").said.contains("should be an object"));
    assert!(wrong("env: [").line.is_some());
    assert!(wrong(r#"{"resources": {"limits": {"cpu": "much"}}}"#).said.contains("limits.cpu should be a quantity"));
    assert!(wrong("env: [{name: A}, {name: [1]}]").said.contains("env.1.name should be a text"));
}

#[test]
fn a_mistake_is_found_on_the_line_of_its_field() {
    let found = |text: &str| mistake(text).map(|error| error.line);
    assert_eq!(found("env:\n- name: HOSTNAME\n  value: x\n"), None);
    assert_eq!(found("workingDir: /image\nenv: []\nimage: x\n"), Some(Some(3)), "a key, not a value");
    assert_eq!(found("{\"args\": [\"name\"],\n \"name\": \"x\"}"), Some(Some(2)));
    assert_eq!(found("stdin: true\nsecurityContext:\n  runAsUser: root\n"), Some(Some(3)));
    assert_eq!(found("stdin: true\nenv: [\n"), Some(Some(3)), "where YAML stops being any");
    assert_eq!((found(""), found("# nothing\n")), (None, None));
}

#[test]
fn d36_five_fields_may_not_be_changed() {
    for field in ["name: x", "command: [x]", "image: x", "lifecycle: {}", "volumeDevices: [{name: x}]"] {
        let name = field.split(':').next().expect("a name");
        assert_eq!(custom(field).refused(), [name]);
    }
    let empty = custom("name: ''\ncommand: []\nargs: [x]\nlifecycle: null\n");
    assert!(empty.refused().is_empty());
}

#[test]
fn d35_objects_are_merged_lists_of_words_replaced() {
    let container = json!({
        "name": "d", "stdin": true, "env": [{"name": "X", "value": "1"}], "resources": {},
        "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}},
    });
    let part = json!({
        "env": [{"name": "B", "value": "2"}], "stdin": false,
        "volumeMounts": [{"name": "v1", "mountPath": "/a"}], "resources": {"limits": {"memory": "1024Mi"}},
        "securityContext": {"capabilities": {"add": ["SYS_TIME"]}, "runAsUser": 0},
    });
    let wanted = json!({
        "name": "d", "stdin": true, "env": [{"name": "B", "value": "2"}, {"name": "X", "value": "1"}],
        "resources": {"limits": {"memory": "1Gi"}}, "volumeMounts": [{"name": "v1", "mountPath": "/a"}],
        "securityContext": {"capabilities": {"add": ["SYS_TIME"]}, "runAsUser": 0},
    });
    assert_eq!(over(container, &part), wanted);
}

/// What only the original has comes before a thing that both have, if it stood before it.
#[test]
fn the_order_of_merged_lists() {
    let env = |names: &str| -> Value { names.chars().map(|name| json!({"name": name.to_string()})).collect() };
    for (original, part, wanted) in [
        ("X", "B", "BX"),
        ("XYZ", "Y", "XYZ"),
        ("XYZ", "BY", "BXYZ"),
        ("XYZ", "ZX", "YZX"),
        ("XYZ", "YB", "XYBZ"),
        ("", "BA", "BA"),
        ("AB", "BB", "AB"),
    ] {
        let merged = over(json!({"env": env(original)}), &json!({"env": env(part)}));
        assert_eq!(merged["env"], env(wanted), "{original} and {part}");
    }
}

#[test]
fn things_of_the_same_key_are_merged() {
    let container = json!({"ports": [{"containerPort": 80, "name": "http"}], "volumeMounts": "broken"});
    let part = json!({"ports": [{"containerPort": 80, "protocol": "TCP"}], "volumeMounts": [{"mountPath": "/a"}]});
    let wanted = json!({
        "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}],
        "volumeMounts": [{"name": "", "mountPath": "/a"}],
    });
    assert_eq!(over(container, &part), wanted);
}

#[test]
fn an_added_item_has_nothing_of_the_one_in_its_place() {
    let container = json!({"volumeMounts": [{"name": "token", "readOnly": true, "mountPath": "/var/run"}]});
    let added = over(container.clone(), &json!({"volumeMounts": [{"name": "v1", "mountPath": "/a"}]}));
    assert_eq!(added["volumeMounts"][0], json!({"name": "v1", "mountPath": "/a"}));
    assert_eq!(added["volumeMounts"][1], container["volumeMounts"][0]);
}

#[test]
fn words_are_no_booleans() {
    let mut container = json!({});
    custom("env: [{name: Y, value: no}]").apply(&mut container);
    assert_eq!(container["env"], json!([{"name": "Y", "value": "no"}]));
}

proptest! {
    #[test]
    fn no_text_panics(text in r#"[a-zA-Z:{}\[\]" \n,0-9-]{0,60}"#) {
        if let Ok(Some(custom)) = Custom::parse(&text, "") {
            custom.apply(&mut json!({}));
        }
    }

    /// Laid over once more, a part changes nothing.
    #[test]
    fn twice_is_once(original in "[A-E]{0,5}", part in "[A-E]{1,5}", user: u16) {
        let env = |names: &str| -> Value { names.chars().map(|name| json!({"name": name.to_string()})).collect() };
        let mut letters: Vec<char> = original.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        let unique: String = letters.into_iter().collect();
        let part = json!({"env": env(&part), "securityContext": {"runAsUser": user}});
        let once = over(json!({"env": env(&unique)}), &part);
        prop_assert_eq!(over(once.clone(), &part), once);
    }
}
