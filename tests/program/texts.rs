//! Describe and YAML: live, searched, copied, saved.

use serde_json::json;

use super::*;

#[tokio::test]
async fn describe_follows_the_object_without_a_key() {
    let mut program = healthy().await;
    only(&mut program, "web-").await;
    let name = under_cursor(&program);
    program.press("d z").await;
    program.until("the text", |screen| screen.contains("Name:") && screen.contains("· live")).await;
    program.patch(&format!("{PODS}/{name}"), &json!({"metadata": {"labels": {"touched": "yes"}}})).await;
    program.until_seen("touched=yes").await;
}

#[tokio::test]
async fn an_object_that_is_deleted_stays_readable_and_says_that_it_is_gone() {
    let mut program = healthy().await;
    program.create(PODS, &pod("short-lived")).await;
    only(&mut program, "short-lived").await;
    program.press("y z").await;
    program.until_seen("apiVersion: v1").await;
    program.delete(&format!("{PODS}/short-lived?gracePeriodSeconds=0")).await;
    let screen = program.until_seen("gone, this was its last state").await;
    assert!(screen.contains("apiVersion: v1"), "{screen}");
}

#[tokio::test]
async fn search_leads_from_match_to_match() {
    let mut program = healthy().await;
    only(&mut program, "web-").await;
    program.press("y z").await;
    program.until_seen("apiVersion: v1").await;
    program.press("/").await;
    program.enter("name: ").await;
    program.until_seen("`name: ` 1 of").await;
    program.press("n").await;
    program.until_seen("`name: ` 2 of").await;
    program.press("N").await;
    program.until_seen("`name: ` 1 of").await;
    program.press("/").await;
    program.enter("not to be found").await;
    program.until_seen("no `not to be found`").await;
}

#[tokio::test]
async fn what_is_copied_is_the_whole_text() {
    let mut program = healthy().await;
    only(&mut program, "cart-").await;
    let name = under_cursor(&program);
    program.press("c").await;
    assert_eq!(program.clipboard(), Some(name.clone()));
    program.press("y").await;
    program.until_seen("apiVersion: v1").await;
    program.press("C").await;
    let copied = program.clipboard().unwrap_or_default();
    assert!(copied.starts_with("apiVersion: v1\nkind: Pod\n") && copied.contains(&format!("  name: {name}\n")));
    assert!(copied.contains("\nstatus:\n"), "down to the end: {copied}");
    program.until_seen(&format!("copied {} lines", copied.lines().count())).await;
}

#[tokio::test]
async fn a_file_is_written_once_and_never_over() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("web.yaml");
    let typed = path.to_str().expect("text");
    let mut program = healthy().await;
    only(&mut program, "web-").await;
    let name = under_cursor(&program);
    program.press("y").await;
    program.until_seen("apiVersion: v1").await;
    program.press("ctrl-s").await;
    program.until_seen(&format!("pod-{name}.yaml")).await;
    program.press("ctrl-u").await;
    program.enter(typed).await;
    program.until_seen("saved ").await;
    let saved = std::fs::read_to_string(&path).expect("the file");
    assert!(saved.starts_with("apiVersion: v1\nkind: Pod\n"));
    std::fs::write(&path, "precious").expect("writes");
    program.press("ctrl-s ctrl-u").await;
    program.enter(typed).await;
    program.until_seen("could not save").await;
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "precious");
}

#[tokio::test]
async fn a_node_is_described_with_what_runs_on_it() {
    let mut program = healthy().await;
    program.press("3 j d z").await;
    program.until_seen("Roles:").await;
    program.press("/").await;
    program.enter("Allocated resources").await;
    program.until_seen("`Allocated resources` 1 of 1").await;
}
