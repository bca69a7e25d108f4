//! Editing objects of the demo cluster: what is typed is what the server has then, and nothing typed is lost.

use serde_json::json;

use super::*;

/// The first pod of this name in the text area; the cursor is behind the image of its first container.
async fn editing(program: &mut Program, name: &str) -> String {
    only(program, name).await;
    let pod = under_cursor(program);
    program.press("E z").await;
    program.until_seen("· unchanged").await;
    program.press("ctrl-g z ctrl-f").await;
    program.enter("image: ").await;
    program.press("end").await;
    pod
}

async fn image_of(program: &Program, pod: &str) -> String {
    let object: serde_json::Value = serde_json::from_str(&program.get(&format!("{PODS}/{pod}")).await).expect("JSON");
    object["spec"]["containers"][0]["image"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn what_is_typed_is_sent_and_the_pane_closes() {
    let mut program = healthy().await;
    let pod = editing(&mut program, "web-").await;
    let before = image_of(&program, &pod).await;
    program.type_text("-edited").await;
    program.until_seen("· modified").await;
    program.press("ctrl-r").await;
    program.until_seen("1 line goes, 1 comes").await;
    program.press("enter").await;
    program.until("the end of the edit", |screen| !screen.contains("edit pod/")).await;
    assert_eq!(image_of(&program, &pod).await, format!("{before}-edited"));
    program.until_seen(&format!("pod/{pod}")).await;
    // The file goes on a thread of its own.
    let gone = async {
        while !program.kept_edits().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let gone = tokio::time::timeout(std::time::Duration::from_secs(20), gone).await;
    assert!(gone.is_ok(), "what the server has needs no file");
}

#[tokio::test]
async fn what_the_server_refuses_stays_with_its_reason_and_in_a_file() {
    let mut program = healthy().await;
    let pod = editing(&mut program, "web-").await;
    let before = program.get(&format!("{PODS}/{pod}")).await;
    program.press("ctrl-home ctrl-f").await;
    program.enter("containers:").await;
    program.press("down home").await;
    program.paste("  - image: another\n    name: another\n").await;
    program.press("ctrl-s").await;
    let screen = program.until_seen("pod updates may not change fields").await;
    assert!(screen.contains("spec: Forbidden") && screen.contains("· modified"), "{screen}");
    assert!(program.kept_edits().iter().any(|text| text.contains("name: another")));
    assert_eq!(program.get(&format!("{PODS}/{pod}")).await, before);
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_not_overwritten_unseen() {
    let mut program = healthy().await;
    let pod = editing(&mut program, "web-").await;
    let path = format!("{PODS}/{pod}");
    program.type_text("-mine").await;
    program.patch(&path, &json!({"metadata": {"labels": {"touched": "theirs"}}})).await;
    program.press("ctrl-s").await;
    let screen = program.until_seen("changed on the server meanwhile").await;
    assert!(screen.contains("put both together"), "{screen}");
    assert!(!image_of(&program, &pod).await.ends_with("-mine"), "nothing was sent");
    program.press("m").await;
    program.until_seen("what would be sent").await;
    program.press("enter").await;
    program.until("the end of the edit", |screen| !screen.contains("edit pod/")).await;
    assert!(image_of(&program, &pod).await.ends_with("-mine"));
    assert!(program.get(&path).await.contains("\"touched\":\"theirs\""), "both changes are there");
}

#[tokio::test]
async fn changes_of_the_same_line_are_sent_only_after_seeing_what_is_lost() {
    let mut program = healthy().await;
    let pod = editing(&mut program, "web-").await;
    let path = format!("{PODS}/{pod}");
    program.type_text("-mine").await;
    let mut object: serde_json::Value = serde_json::from_str(&program.get(&path).await).expect("JSON");
    object["spec"]["containers"][0]["image"] = "their:image".into();
    program.patch(&path, &json!({"spec": object["spec"]})).await;
    program.press("ctrl-s").await;
    program.until_seen("cannot put both together").await;
    program.press("o").await;
    let screen = program.until_seen("what would be overwritten").await;
    assert!(screen.contains("their:image"), "{screen}");
    program.press("enter").await;
    program.until("the end of the edit", |screen| !screen.contains("edit pod/")).await;
    assert!(image_of(&program, &pod).await.ends_with("-mine"));
}

#[tokio::test]
async fn read_only_edits_nothing() {
    let mut program = with_args("--read-only").await;
    only(&mut program, "web-").await;
    program.press("E").await;
    program.until_seen("read-only: no edit").await;
}
