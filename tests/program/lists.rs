//! Lists: moving, filtering, sorting, and which cluster and namespace is looked at.

use podtriage::base::input::MouseKind;
use podtriage::runtime::End;
use podtriage::testing::{Program, ProgramOptions};

use super::*;

#[tokio::test]
async fn pods_are_listed_and_the_header_counts_them() {
    let program = healthy().await;
    let screen = program.screen();
    assert!(screen.line(0).contains("demo / shop"), "{screen}");
    let runs = |line: &&String| line.split_whitespace().skip(1).take(2).eq(["1/1", "Running"]);
    let listed = screen.lines().iter().filter(runs).count();
    assert!(listed >= 6 && screen.line(0).contains(&format!("pods {listed}")), "{screen}");
    assert!(screen.contains("NAME") && screen.contains("READY") && screen.contains("STATUS"));
}

#[tokio::test]
async fn the_version_of_the_server_is_shown() {
    let mut program = healthy().await;
    program.until("the version", |screen| screen.line(0).contains("v1.")).await;
}

#[tokio::test]
async fn a_filter_narrows_the_list_as_it_is_typed_and_esc_clears_it() {
    let mut program = healthy().await;
    program.press("/").await;
    program.type_text("web").await;
    let screen = program.until_seen("filter web").await;
    assert!(screen.contains("web-") && !screen.contains("cart-"), "{screen}");
    program.press("enter esc").await;
    assert!(program.screen().contains("cart-"));
    program.press("/").await;
    program.enter("no such pod").await;
    assert!(program.screen().contains("nothing matches the filter"), "{}", program.screen());
    program.press("esc /").await;
    program.enter("name:/(/").await;
    let screen = program.screen();
    assert!(screen.line(1).contains("expression") || screen.line(1).contains("unclosed"), "{screen}");
}

#[tokio::test]
async fn sorting_by_a_column_and_the_other_way_round() {
    let mut program = healthy().await;
    program.press(":").await;
    program.enter("sort -name").await;
    program.press("g").await;
    assert!(under_cursor(&program).starts_with("web-"), "{}", program.screen());
    program.press("= g").await;
    assert!(under_cursor(&program).starts_with("cart-"), "{}", program.screen());
}

#[tokio::test]
async fn wide_shows_where_pods_run() {
    let options = ProgramOptions { size: (200, 40), scenario: "healthy", ..ProgramOptions::default() };
    let mut program = Program::start(options).await;
    program.press("i w").await;
    let screen = program.screen();
    for heading in ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"] {
        assert!(screen.line(3).contains(heading), "{heading}\n{screen}");
    }
    program.press("w").await;
    assert!(!program.screen().line(3).contains("NODE"));
}

#[tokio::test]
async fn the_cursor_keeps_its_object_while_rows_come_and_go() {
    let mut program = healthy().await;
    program.press("j j j").await;
    let chosen = under_cursor(&program);
    program.create(PODS, &pod("aaa-first")).await;
    program.until_seen("aaa-first").await;
    assert_eq!(under_cursor(&program), chosen);
    program.delete(&format!("{PODS}/aaa-first?gracePeriodSeconds=0")).await;
    program.until("the pod to go", |screen| !screen.contains("aaa-first")).await;
    assert_eq!(under_cursor(&program), chosen);
    program.press("= =").await;
    assert_eq!(under_cursor(&program), chosen);
}

#[tokio::test]
async fn all_namespaces_and_back() {
    let mut program = healthy().await;
    program.press("0").await;
    let screen = program.until_seen("kube-system").await;
    assert!(screen.line(0).contains("demo / all namespaces") && screen.contains("NAMESPACE"), "{screen}");
    program.press("0").await;
    program.until("the namespace again", |screen| screen.line(0).contains("demo / shop  ● live")).await;
    assert!(!program.screen().contains("kube-system"));
}

#[tokio::test]
async fn a_namespace_is_picked_by_a_part_of_its_name() {
    let mut program = healthy().await;
    program.press("ctrl-n").await;
    program.until_seen("kube-public").await;
    program.enter("monit").await;
    program.until_seen("prometheus-0").await;
    assert!(program.screen().line(0).contains("demo / monitoring"));
    program.press(":").await;
    program.enter("ns nowhere").await;
    program.until_seen("there is no namespace `nowhere`").await;
}

#[tokio::test]
async fn the_context_picker_says_where_we_are() {
    let mut program = healthy().await;
    program.press("ctrl-x").await;
    let screen = program.screen();
    assert!(screen.contains("context") && screen.row_with("now").is_some_and(|row| row.contains("demo")), "{screen}");
    program.press("esc :").await;
    program.enter("ctx elsewhere").await;
    assert!(program.screen().line(1).contains("there is no context `elsewhere`"));
}

#[tokio::test]
async fn a_node_leads_to_its_pods_and_a_pod_to_its_node() {
    let mut program = healthy().await;
    program.press("3").await;
    program.until_seen("control-plane").await;
    program.press("j").await;
    let node = under_cursor(&program);
    program.press("enter").await;
    program.until("the node's pods", |screen| screen.contains("Pods ·") && screen.contains(&node)).await;
    program.press("o").await;
    assert_eq!(under_cursor(&program), node);
    program.press("2 esc").await;
    assert!(!program.screen().contains("filter node:"), "{}", program.screen());
}

#[tokio::test]
async fn the_events_of_a_pod_are_those_that_are_about_it() {
    let mut program = incident().await;
    only(&mut program, "checkout").await;
    let name = under_cursor(&program);
    program.press("e i").await;
    let screen = program.until("its events", |screen| screen.contains("BackOff")).await;
    assert!(screen.contains(&format!("Events of pod/{name} ·")) && !screen.contains("Pod/search"), "{screen}");
    assert!(screen.contains(&format!("Pod/{name}")) && !screen.contains("ReplicaSet/"), "{screen}");
    program.press("e").await;
    let screen =
        program.until("those of its owner", |screen| screen.contains("deployment/checkout and all below")).await;
    assert!(screen.contains("ReplicaSet/checkout-") && !screen.contains("Pod/search"), "{screen}");
    program.press("W").await;
    program.until("warnings only", |screen| screen.contains("BackOff") && !screen.contains("ReplicaSet/")).await;
    program.press("esc esc").await;
    program.until("all events", |screen| screen.contains("Events ·") && screen.contains("Pod/search")).await;
}

#[tokio::test]
async fn nodes_say_what_all_pods_ask_of_them_and_that_it_is_not_known_of_one_namespace() {
    let mut program = with_args("--view nodes").await;
    let screen = program.until("nodes", |screen| screen.contains("worker-1")).await;
    assert!(screen.contains("not known: the pods of one namespace are listed"), "{screen}");
    program.press("0").await;
    let is_known = |row: &String| row.contains("worker-1") && row.contains('%');
    program.until("sums", |screen| screen.lines().iter().any(is_known) && screen.contains("allocated")).await;
}

#[tokio::test]
async fn the_command_line_says_where_to_begin() {
    let mut program = with_args("node/worker-2").await;
    program.until("the node", |screen| screen.cursor_row().is_some_and(|row| row.contains("worker-2"))).await;
    let program = with_args("-n monitoring --view events").await;
    assert!(program.screen().contains("Events ·") && program.screen().line(0).contains("demo / monitoring"));
}

#[tokio::test]
async fn a_click_chooses_a_row_and_the_wheel_scrolls() {
    let mut program = incident().await;
    program.click("web-").await;
    assert!(under_cursor(&program).starts_with("web-"), "{}", program.screen());
    program.press("g").await;
    program.resize(80, 12).await;
    let first = program.screen().line(4);
    for _ in 0..4 {
        program.mouse(MouseKind::ScrollDown, 10, 6).await;
    }
    assert_ne!(program.screen().line(4), first, "{}", program.screen());
}

#[tokio::test]
async fn help_messages_and_the_palette() {
    let mut program = healthy().await;
    program.press("?").await;
    let screen = program.screen();
    assert!(screen.contains("what kubectl describe says, live") && screen.contains("keys"), "{screen}");
    program.press("esc :").await;
    program.enter("fly").await;
    program.until("a word on it", |screen| screen.line(1).contains("there is no command `fly`")).await;
    program.press(":").await;
    program.enter("messages").await;
    let past = |line: &String| line.contains("Z  there is no command `fly`");
    assert!(program.screen().lines().iter().any(past), "{}", program.screen());
    program.press("esc :").await;
    program.type_text("sort-rev").await;
    program.press("enter").await;
    assert!(program.screen().line(3).contains('↓'), "{}", program.screen());
    assert_eq!(program.quit().await, End::Quit);
}

#[tokio::test]
async fn every_size_is_drawn_while_the_program_runs() {
    let mut program = incident().await;
    program.press("d").await;
    for (columns, rows) in [(1, 1), (20, 5), (19, 40), (80, 24), (300, 10), (500, 120), (33, 7)] {
        program.resize(columns, rows).await;
        program.press("tab j G z tab i").await;
    }
    program.resize(120, 40).await;
    program.until_seen("Pods ·").await;
}
