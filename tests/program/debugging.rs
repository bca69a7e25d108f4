//! The debug form by keys, from the shell that could not be had to a cluster in which nothing is left.

use podtriage::testing::Screen;

use super::*;

fn prompts(screen: &Screen) -> bool {
    screen.lines().iter().any(|line| line.trim_end().ends_with("/ #"))
}

/// A pod that ends soon after it is told to.
fn myapp() -> serde_json::Value {
    let mut pod = pod("myapp");
    pod["spec"]["terminationGracePeriodSeconds"] = serde_json::json!(1);
    pod
}

/// Sends the form that has the focus, and waits for the prompt of what it made.
async fn send(program: &mut Program) {
    program.until_seen("ready to be sent").await;
    program.press("enter").await;
    program.until("a prompt", |screen| screen.contains("▶ attach ") && prompts(screen)).await;
}

/// Ends the shell that has the focus, and closes its tile.
async fn exit(program: &mut Program) {
    program.enter("exit").await;
    program.until_seen("attach again").await;
    program.press("q").await;
}

#[tokio::test]
async fn where_no_shell_can_be_had_a_container_is_added_left_and_found_again() {
    let mut program = healthy().await;
    only(&mut program, "gateway").await;
    program.press("s").await;
    program.until_seen("has none of the shells that were tried").await;
    program.press("D").await;
    send(&mut program).await;
    program.enter("ps").await;
    program.until("the target's process", |screen| screen.contains("gateway") && screen.contains("ps")).await;
    program.press("ctrl-p ctrl-q").await;
    program.until_seen("detached: the process goes on").await;
    program.press("esc").await;
    program.press("5 g").await;
    program
        .until("it in the sessions", |screen| {
            screen.row_with("debug container").is_some_and(|row| row.contains("running"))
        })
        .await;
    program.press("r").await;
    program.until("it again", |screen| !screen.contains("detached")).await;
}

#[tokio::test]
async fn a_copy_and_a_pod_on_a_node_are_made_and_cleaned_up() {
    let mut program = healthy().await;
    program.create(PODS, &myapp()).await;
    only(&mut program, "myapp").await;
    program.until("it to run", |screen| screen.cursor_row().is_some_and(|row| row.contains("Running"))).await;
    program.press("D").await;
    program.until_seen("ready to be sent").await;
    program.press("space tab tab tab tab tab space").await;
    program.until_seen("--share-processes").await;
    send(&mut program).await;
    program.enter("ps").await;
    program.until_seen("sleep 3600").await;
    exit(&mut program).await;

    program.press("3").await;
    program.until_seen("▶ Nodes").await;
    program.press("D").await;
    send(&mut program).await;
    program.enter("cat /host/etc/os-release").await;
    program.until_seen("PRETTY_NAME=").await;
    exit(&mut program).await;

    program.press("5").await;
    program.until("both", |screen| screen.contains("debug copy") && screen.contains("node shell")).await;
    program.press("X").await;
    program.until_seen("all of it").await;
    program.press("a").await;
    program.until("their end", |screen| !screen.contains("debug copy") && !screen.contains("node shell")).await;
}

#[tokio::test]
async fn a_profile_is_chosen_and_seen_inside() {
    let mut program = healthy().await;
    program.create(PODS, &myapp()).await;
    only(&mut program, "myapp").await;
    program.until("it to run", |screen| screen.cursor_row().is_some_and(|row| row.contains("Running"))).await;
    program.press("D").await;
    program.until_seen("ready to be sent").await;
    program.press("tab tab tab left left").await;
    program.until_seen("privileged: true").await;
    assert!(program.screen().contains("< sysadmin >"), "{}", program.screen());
    send(&mut program).await;
    program.enter("grep CapEff /proc/self/status").await;
    program.until_seen("000001ffffffffff").await;
}
