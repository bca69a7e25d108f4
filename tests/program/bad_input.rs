//! Clusters hold anything. Nothing of it may break the screen or reach the terminal as a command.

use serde_json::{Value, json};

use super::*;

/// Clears the screen, sets the title, rings, goes home, in every way there is.
const EVIL: &str = "\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}31m\r\u{8}\u{202e}txt\u{0}日本\u{7f}";

/// Looks at the object under the cursor in every way.
async fn look_around(program: &mut Program) {
    for keys in ["enter j j esc", "d", "G g w right right / e enter n esc q", "y", "G z z q", "w w", "e 2 esc"] {
        program.press(keys).await;
    }
}

/// Every string of the value is evil now, but the ones that the server itself needs.
fn poison(value: &mut Value) {
    match value {
        Value::String(text) => *text = format!("{text}{EVIL}"),
        Value::Array(items) => items.iter_mut().for_each(poison),
        Value::Object(fields) => fields.values_mut().for_each(poison),
        _ => {}
    }
}

#[tokio::test]
async fn sequences_in_every_string_are_shown_and_never_obeyed() {
    let mut program = healthy().await;
    let mut object = pod("evil");
    // A server takes no such name, whatever else it takes.
    let name = object["spec"]["containers"][0]["name"].take();
    poison(&mut object["spec"]["containers"][0]);
    object["spec"]["containers"][0]["name"] = name;
    object["metadata"]["annotations"] = json!({"note": EVIL, (EVIL): "key"});
    object["metadata"]["labels"] = json!({"app": EVIL});
    object["spec"]["nodeSelector"] = json!({"disk": EVIL});
    program.create(PODS, &object).await;
    program.create("/api/v1/namespaces/shop/events", &event("evil")).await;
    only(&mut program, "evil").await;
    program.press("y z").await;
    // YAML escapes them; whatever else shows them shows a caret or a code point.
    program.until_seen("note:").await;
    program.press("z q").await;
    look_around(&mut program).await;
    program.press("4 /").await;
    program.enter("reason:Evil").await;
    let screen = program.until("the event", |screen| screen.contains("^[[2J")).await;
    assert!(screen.contains("Evil"), "{screen}");
    look_around(&mut program).await;
}

fn event(pod: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": "evil.1", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": pod, "fieldPath": EVIL},
        "reason": format!("Evil{EVIL}"), "message": format!("{EVIL}\nsecond line"), "type": "Warning",
        "source": {"component": EVIL}, "count": 3,
        "lastTimestamp": "not a time", "firstTimestamp": null,
    })
}

#[tokio::test]
async fn a_name_of_253_characters_and_labels_in_japanese() {
    let mut program = healthy().await;
    let name = "n".repeat(253);
    let mut object = pod(&name);
    object["metadata"]["labels"] = json!({"アプリ": "買い物かご", "emoji": "🛒👩‍👩‍👧"});
    object["metadata"]["annotations"] = json!({"説明": "これは長い説明です。".repeat(40)});
    program.create(PODS, &object).await;
    only(&mut program, "nnnn").await;
    for columns in [140, 80, 41, 20] {
        program.resize(columns, 30).await;
        look_around(&mut program).await;
    }
    program.resize(140, 40).await;
    only(&mut program, "nnnn").await;
    program.press("d z").await;
    program.until_seen("アプリ=買い物かご").await;
}

#[tokio::test]
async fn fields_that_are_missing_or_odd_are_skipped() {
    let mut program = healthy().await;
    for (name, status) in [
        ("odd-1", json!({"phase": "Dancing", "containerStatuses": []})),
        ("odd-2", json!({"containerStatuses": [{"name": "other", "restartCount": -7, "state": {}}]})),
        ("odd-3", json!({"conditions": [{"type": ""}], "startTime": "2999-01-01T00:00:00Z", "podIPs": [{}]})),
    ] {
        program.create(PODS, &pod(name)).await;
        program.patch(&format!("{PODS}/{name}/status"), &json!({"status": status})).await;
    }
    program.until("all of them", |screen| ["odd-1", "odd-2", "odd-3"].iter().all(|name| screen.contains(name))).await;
    only(&mut program, "odd-").await;
    for _ in 0..3 {
        look_around(&mut program).await;
        program.press("/").await;
        program.press("ctrl-u").await;
        program.enter("name:odd-").await;
        program.press("j").await;
    }
}

#[tokio::test]
async fn what_a_shell_prints_stays_in_its_tile() {
    let mut program = healthy().await;
    only(&mut program, "cart-").await;
    program.press("s").await;
    program.until_seen("/ #").await;
    program.enter(r"echo -e '\033[2J\033[H\033]0;title\033[99;99H日本\033[1;31mred\033[0m end'").await;
    let screen = program.until_seen("red end").await;
    assert!(screen.line(0).contains("podtriage") && screen.contains("Pods ·"), "{screen}");
}
