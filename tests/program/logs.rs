//! Logs: followed, paused, searched, of another container, of the run before.

use podtriage::demo::Fault;
use podtriage::testing::{Program, ProgramOptions, Screen};

use super::*;

/// Opens the log of the first pod with this name and waits for its lines; gives the pod's name.
async fn logs_of(program: &mut Program, name: &str) -> String {
    only(program, name).await;
    let name = under_cursor(program);
    program.press("l z").await;
    program.until("lines", |screen| lines(screen) > 0).await;
    name
}

/// How many lines the title counts.
fn lines(screen: &Screen) -> usize {
    let title = screen.row_with("logs ").unwrap_or_default();
    let count = title.split(" · ").find_map(|part| part.split_once(" line")).map(|(count, _)| count.replace(',', ""));
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// Runs until so many more lines have come.
async fn more(program: &mut Program, count: usize) {
    let before = lines(&program.screen());
    program.until("more lines", |screen| lines(screen) >= before + count).await;
}

/// What the pane has is a stretch of what the server has, without a line missing or twice.
async fn assert_complete(program: &mut Program, pod: &str) {
    program.press("C").await;
    let copied = program.clipboard().expect("the text");
    let server = program.get(&format!("{PODS}/{pod}/log")).await;
    let at = server.find(&copied);
    assert!(at.is_some_and(|at| at == 0 || server[..at].ends_with('\n')), "{copied}\n-- of --\n{server}");
}

#[tokio::test]
async fn a_log_is_followed_and_nothing_is_lost_when_it_is_cut() {
    let mut program = healthy().await;
    let pod = logs_of(&mut program, "web-").await;
    more(&mut program, 1).await;
    program.fault(Fault::CutLogs);
    more(&mut program, 2).await;
    program.fault(Fault::CutLogs);
    more(&mut program, 1).await;
    program.until_seen("following").await;
    assert_complete(&mut program, &pod).await;
}

#[tokio::test]
async fn while_it_is_paused_lines_come_and_the_view_stands_still() {
    let mut program = healthy().await;
    let pod = logs_of(&mut program, "web-").await;
    program.press("space").await;
    let before = program.screen();
    assert!(before.contains("paused"));
    program.until("new lines", |screen| screen.contains(" new ·")).await;
    let after = program.screen();
    assert_eq!(before.line(5), after.line(5));
    assert_eq!(before.line(30), after.line(30));
    program.press("space").await;
    assert!(program.screen().contains("following") && !program.screen().contains(" new ·"));
    assert_complete(&mut program, &pod).await;
}

#[tokio::test]
async fn time_stamps_come_and_go() {
    let mut program = healthy().await;
    logs_of(&mut program, "web-").await;
    let stamped = |screen: &Screen| {
        let line = screen.line(10);
        line.get(..12).is_some_and(|time| time.chars().filter(char::is_ascii_digit).count() == 9 && time.contains('.'))
    };
    assert!(!stamped(&program.screen()), "{}", program.screen());
    program.press("t").await;
    assert!(stamped(&program.screen()), "{}", program.screen());
    program.press("t t t").await;
    assert!(!stamped(&program.screen()));
}

#[tokio::test]
async fn search_in_a_log() {
    let mut program = healthy().await;
    logs_of(&mut program, "web-").await;
    program.press("/").await;
    program.enter("POST").await;
    program.until("matches", |screen| screen.row_with("logs ").is_some_and(|row| row.contains("\"POST\" "))).await;
    program.press("N").await;
    let found = program.screen().row_with("POST /cart").unwrap_or_default();
    assert!(!found.is_empty(), "{}", program.screen());
    program.press("/").await;
    program.enter("/(/").await;
    assert!(program.screen().line(1).contains("expression") || program.screen().line(1).contains("unclosed"));
}

#[tokio::test]
async fn the_next_container_and_the_run_before() {
    let mut program = incident().await;
    logs_of(&mut program, "order-stream").await;
    program.until_seen("/order-stream ·").await;
    program.press("]").await;
    program.until_seen("/log-shipper ·").await;
    program.press("p").await;
    program.until_seen("previous logs").await;
    program.until_seen("buffer full, exiting").await;
    program.press("p [").await;
    program.until_seen("/order-stream ·").await;
}

#[tokio::test]
async fn without_a_run_before_the_server_says_so() {
    let mut program = healthy().await;
    only(&mut program, "web-").await;
    program.press("p z").await;
    program.until_seen("previous terminated container").await;
}

#[tokio::test]
async fn a_container_that_crashes_says_why_at_once() {
    let options = ProgramOptions { args: "-n payments", ..ProgramOptions::default() };
    let mut program = Program::start(options).await;
    only(&mut program, "fraud-check").await;
    program.press("p z").await;
    program.until_seen("fatal: cannot start without rules").await;
}

#[tokio::test]
async fn a_container_that_waits_says_for_what() {
    let mut program = incident().await;
    only(&mut program, "checkout").await;
    program.press("l z").await;
    program.until_seen("trying and failing to pull image").await;
}

#[tokio::test]
async fn wide_characters_of_a_log_stay_whole() {
    let options = ProgramOptions { args: "-n default", ..ProgramOptions::default() };
    let mut program = Program::start(options).await;
    only(&mut program, "konnichiwa").await;
    program.press("l z").await;
    program.until_seen("こんにちは、世界！").await;
    // Every frame is checked on its way; narrow ones cut in the middle of characters.
    for columns in [61, 60, 59, 33, 32] {
        program.resize(columns, 24).await;
        program.press("w right right w").await;
    }
}

#[tokio::test]
async fn the_inspector_chooses_the_container() {
    let mut program = incident().await;
    only(&mut program, "order-stream").await;
    program.press("enter j l").await;
    program
        .until("its other container", |screen| {
            screen.row_with("▶ logs").is_some_and(|row| row.contains("order-stream ·"))
        })
        .await;
    program.press("esc enter k l").await;
    program
        .until("the sidecar", |screen| screen.row_with("▶ logs").is_some_and(|row| row.contains("/log-shipper ·")))
        .await;
}

#[tokio::test]
async fn a_filter_shows_less_and_esc_shows_all_again() {
    let mut program = healthy().await;
    logs_of(&mut program, "web-").await;
    more(&mut program, 1).await;
    program.press("&").await;
    program.enter("POST").await;
    program.until("the filter", |screen| screen.row_with("logs ").is_some_and(|row| row.contains("filter POST"))).await;
    let screen = program.screen();
    assert!(screen.row_with("POST /").is_some() && screen.row_with("GET /").is_none(), "{screen}");
    // The first one leaves the tile that stands alone.
    program.press("esc esc").await;
    program.until("all lines", |screen| !screen.row_with("logs ").is_some_and(|row| row.contains("filter"))).await;
    assert!(program.screen().row_with("201").is_some(), "{}", program.screen());
    program.press("v v k k C").await;
    assert_eq!(program.clipboard().map(|text| text.lines().count()), Some(3));
}

#[tokio::test]
async fn a_log_is_read_again_from_a_time_on() {
    let mut program = healthy().await;
    logs_of(&mut program, "web-").await;
    program.press("S").await;
    program.enter("yesterday").await;
    program.until_seen("`yesterday` is no time").await;
    program.press("S").await;
    program.enter("1s").await;
    program.until("few lines", |screen| screen.row_with("logs ").is_some_and(|row| row.contains("following"))).await;
    program.press("@").await;
    program.enter("2030-01-01").await;
    program.until_seen("no line is that new").await;
}

#[tokio::test]
async fn the_pods_of_a_deployment_are_one_log_through_a_rollout() {
    let mut program = with_args("logs deploy/web -n shop").await;
    program.until("its streams", |screen| screen.contains("logs deployment/web") && lines(screen) > 10).await;
    let streams = |screen: &Screen| screen.row_with("logs ").is_some_and(|row| row.contains(" streams"));
    assert!(streams(&program.screen()), "{}", program.screen());
    let change = serde_json::json!({"spec": {"template": {"metadata": {"annotations": {"turn": "2"}}}}});
    program.patch("/apis/apps/v1/namespaces/shop/deployments/web", &change).await;
    program.until_seen("-- new pod web-").await;
    program
        .until("the end of an old one", |screen| screen.contains("the pod is gone") || screen.contains("ended with"))
        .await;
    let file = tempfile::tempdir().expect("a directory");
    let path = file.path().join("all.log");
    program.press("A ctrl-u").await;
    program.enter(&path.display().to_string()).await;
    program.until_seen("saved").await;
    let saved = std::fs::read_to_string(&path).expect("the file");
    let pods: std::collections::BTreeSet<_> =
        saved.lines().filter(|line| !line.starts_with("-- ")).filter_map(|line| line.split('/').next()).collect();
    let templates: std::collections::BTreeSet<_> = pods.iter().filter_map(|pod| pod.rsplit_once('-')).collect();
    assert!(pods.len() > 2 && templates.len() > 1, "{pods:?}");
    // Who writes is one key away, and one of them can be shown alone.
    program.press("s").await;
    program.until_seen("streaming").await;
    program.press("down enter").await;
    program.until_seen("filter source:").await;
    program.press("esc").await;
    program.until("the tiles", |screen| !screen.contains("alone, z for all")).await;
}

#[tokio::test]
async fn marked_pods_and_the_pods_of_an_owner_are_merged() {
    let mut program = healthy().await;
    only(&mut program, "web-").await;
    program.press("space space l z").await;
    program.until_seen("logs 2 pods").await;
    program.until("lines", |screen| lines(screen) > 0).await;
    program.press("q").await;
    program.press("L").await;
    program.until_seen("logs deployment/web").await;
    program.press("q").await;
    program.press(":").await;
    program.enter("logs --all --tail 3").await;
    program.until_seen("logs all pods of").await;
    program.until("lines", |screen| lines(screen) > 0).await;
}

#[tokio::test]
async fn upwards_at_the_first_line_the_log_goes_on_to_its_beginning() {
    let mut program = healthy().await;
    let pod = only_pod(&mut program).await;
    program.press(":").await;
    program.enter(&format!("logs {pod} --tail 3")).await;
    program.until("lines", |screen| lines(screen) >= 3).await;
    program.press("space g").await;
    program.until("earlier lines", |screen| lines(screen) > 10).await;
    for _ in 0..20 {
        if program.screen().contains("the beginning of the log") {
            break;
        }
        program.press("g").await;
        program.until("what was read", |screen| !screen.contains("reading earlier lines")).await;
    }
    program.until_seen("-- the beginning of the log --").await;
    program.press("C").await;
    let copied = program.clipboard().expect("the text");
    let copied = copied.strip_prefix("-- the beginning of the log --\n").expect("its first line");
    let server = program.get(&format!("{PODS}/{pod}/log")).await;
    assert!(server.starts_with(copied), "nothing is missing or twice");
}

/// The first pod of `web`.
async fn only_pod(program: &mut Program) -> String {
    only(program, "web-").await;
    under_cursor(program)
}
