//! Any kind: by name to its list, from an object to what owns it and to its pods.

use super::*;

/// The list of a kind, by a name that a person types.
async fn show(program: &mut Program, name: &str, title: &str) {
    program.press(":").await;
    program.enter(name).await;
    program.until_seen(&format!("{title} ·")).await;
}

#[tokio::test]
async fn a_kind_is_listed_by_any_of_its_names_with_the_columns_of_the_server() {
    let mut program = healthy().await;
    for name in ["deploy", "deployments.apps", "Deployment"] {
        show(&mut program, name, "Deployments.apps").await;
        let screen = program.until("its rows", |screen| screen.row_with("web").is_some()).await;
        let heading = screen.line(3);
        for column in ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"] {
            assert!(heading.contains(column), "{column}\n{screen}");
        }
        assert!(!heading.contains("SELECTOR") && screen.line(1).contains("Deployments.apps"), "{screen}");
        program.press("2").await;
    }
    show(&mut program, "svc", "Services").await;
    program
        .until("a service", |screen| screen.line(3).contains("CLUSTER-IP") && screen.row_with("TCP").is_some())
        .await;
    show(&mut program, "no", "Nodes").await;
}

#[tokio::test]
async fn the_palette_offers_kinds() {
    let mut program = healthy().await;
    program.press(":").await;
    program.type_text("statefulse").await;
    let screen = program.until_seen("StatefulSet apps/v1  sts").await;
    assert!(screen.row_with("statefulsets").is_some(), "{screen}");
    program.press("enter").await;
    program.until_seen("StatefulSets.apps ·").await;
}

#[tokio::test]
async fn a_list_of_a_kind_is_live_and_wide_and_filtered_and_sorted() {
    let options = ProgramOptions { size: (220, 40), scenario: "healthy", ..ProgramOptions::default() };
    let mut program = Program::start(options).await;
    show(&mut program, "cm", "ConfigMaps").await;
    let map = |name: &str| serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}});
    program.create("/api/v1/namespaces/shop/configmaps", &map("zz-new")).await;
    program.create("/api/v1/namespaces/shop/configmaps", &map("aa-new")).await;
    program.until("both", |screen| screen.contains("zz-new") && screen.contains("aa-new")).await;
    program.press("g").await;
    assert_eq!(under_cursor(&program), "aa-new", "{}", program.screen());
    program.press(":").await;
    program.enter("sort -name").await;
    program.press("g").await;
    assert_eq!(under_cursor(&program), "zz-new", "{}", program.screen());
    program.delete("/api/v1/namespaces/shop/configmaps/zz-new").await;
    program.until("it to go", |screen| !screen.contains("zz-new")).await;
    program.press("/").await;
    program.enter("data:1 aa").await;
    assert!(program.screen().contains("ConfigMaps · 1 of"), "{}", program.screen());

    show(&mut program, "deploy", "Deployments.apps").await;
    assert!(!program.screen().contains("filter data:"), "another kind, another list\n{}", program.screen());
    program.press("i w").await;
    program.until("the wide columns", |screen| screen.line(3).contains("SELECTOR")).await;
}

#[tokio::test]
async fn another_namespace_lists_the_same_kind_there() {
    let mut program = healthy().await;
    show(&mut program, "svc", "Services").await;
    program.press("0").await;
    program.until("all of them", |screen| screen.line(3).contains("NAMESPACE") && screen.contains("kube-system")).await;
    program.press(":").await;
    program.enter("ns monitoring").await;
    program.until("that namespace", |screen| !screen.contains("kube-system") && screen.contains("Services ·")).await;
}

#[tokio::test]
async fn owners_are_followed_up_and_pods_down() {
    let mut program = healthy().await;
    only(&mut program, "web-").await;
    let pod = under_cursor(&program);
    program.press("O").await;
    program
        .until("the replica set", |screen| {
            screen.contains("ReplicaSets.apps ·") && screen.cursor_row().is_some_and(|row| row.contains("web-"))
        })
        .await;
    let set = under_cursor(&program);
    assert!(pod.starts_with(&set), "{set} owns {pod}");
    program.press("O").await;
    program.until("the deployment", |screen| screen.contains("Deployments.apps ·")).await;
    program.until("the cursor on it", |screen| screen.cursor_row().is_some_and(|row| row.contains(" web "))).await;
    program.press("O").await;
    program.until_seen("deployment.apps/web has no owner").await;
    program.press("enter").await;
    program
        .until("its pods", |screen| screen.contains("Pods ·") && screen.contains("filter -l ") && screen.contains(&pod))
        .await;
    assert!(!program.screen().contains("cart-"), "{}", program.screen());
}

#[tokio::test]
async fn an_object_of_any_kind_is_described_and_read_as_yaml() {
    let mut program = healthy().await;
    show(&mut program, "deploy", "Deployments.apps").await;
    program.until("rows", |screen| screen.cursor_row().is_some()).await;
    let name = under_cursor(&program);
    program.press("y").await;
    let screen = program.until_seen("apiVersion: apps/v1").await;
    assert!(screen.contains(&format!("yaml deployment.apps/{name} · live")), "{screen}");
    program.press("q d").await;
    program.until_seen(&format!("describe deployment.apps/{name} · live")).await;
}

#[tokio::test]
async fn an_event_leads_to_the_object_that_it_is_about() {
    let mut program = healthy().await;
    let pod = under_cursor(&program);
    program.delete(&format!("{PODS}/{pod}?gracePeriodSeconds=0")).await;
    program.press("4 /").await;
    program.enter("object:ReplicaSet").await;
    program.until("such an event", |screen| screen.cursor_row().is_some_and(|row| row.contains("ReplicaSet/"))).await;
    program.press("y").await;
    program.until("the replica set", |screen| screen.contains("kind: ReplicaSet")).await;
}

#[tokio::test]
async fn the_command_line_takes_an_object_of_any_kind() {
    let mut program = with_args("deploy/web").await;
    program.until("the deployment", |screen| screen.contains("Deployments.apps ·")).await;
    program.until("the cursor on it", |screen| screen.cursor_row().is_some_and(|row| row.contains(" web "))).await;
    let mut program = with_args("deploy/nothing").await;
    program.until_seen("there is no deployment.apps `nothing` in shop").await;
    let mut program = with_args("wheels/one").await;
    program.until_seen("the server has no such kind").await;
}
