//! Logs of real containers.

use crate::cluster::{Namespace, busybox};
use crate::support::terminal::Screen;

/// Numbers without end, a hundred a second: a reader can tell lost and repeated lines.
const COUNTER: &str = "i=0; while true; do echo $i; i=$((i+1)); usleep 10000; done";

/// The numbers of a log that are on the screen: rows that are nothing else.
fn numbers(screen: &Screen) -> Vec<u64> {
    screen.rows().iter().filter_map(|row| row.trim().parse().ok()).collect()
}

fn assert_consecutive(numbers: &[u64]) {
    let wrong = numbers.windows(2).find(|pair| pair[1] != pair[0] + 1);
    assert_eq!(wrong, None, "a line was lost or came twice, among {} lines", numbers.len());
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_log_is_followed_and_no_line_is_lost_or_repeated() {
    let namespace = Namespace::new();
    namespace.run("counter", &busybox(COUNTER), "condition=Ready");
    let mut terminal = namespace.podtriage_at("counter").start();
    terminal.until_shows("pod/counter");
    terminal.press("l");
    let screen = terminal.until("lines", |screen| screen.has("following") && numbers(screen).len() > 10);
    let first = numbers(&screen);
    assert_consecutive(&first);
    let last = first.last().expect("numbers") + 500;
    let screen = terminal.until("five seconds more", |screen| numbers(screen).last().is_some_and(|n| *n > last));
    assert_consecutive(&numbers(&screen));
    terminal.press("ctrl-s");
    terminal.until_shows("counter-main.log");
    terminal.press("enter");
    terminal.until_shows("saved");
    let text = std::fs::read_to_string(terminal.home().join("counter-main.log")).expect("the saved log");
    let saved: Vec<u64> = text.lines().map(|line| line.parse().expect("a number")).collect();
    assert!(saved.len() > 500, "{} lines", saved.len());
    assert_consecutive(&saved);
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn the_log_of_the_run_before_is_one_key_away() {
    let script = "if [ -e /kept/ran ]; then echo the second run is here; sleep 3600; fi; \
                  touch /kept/ran; echo the first run says goodbye; exit 7";
    let namespace = Namespace::new();
    let restarted = "jsonpath={.status.containerStatuses[0].restartCount}=1";
    namespace.run("flaky", &busybox(script), restarted);
    namespace.kubectl("wait pod/flaky --for=condition=Ready --timeout=120s");
    let mut terminal = namespace.podtriage_at("flaky").start();
    terminal.until("the pod with its restart", |screen| screen.has("pod/flaky") && screen.has("Running"));
    terminal.press("p");
    terminal.until("the run before", |screen| {
        screen.has("previous logs flaky/main") && screen.has("the first run says goodbye")
    });
    terminal.press("p");
    terminal.until("this run", |screen| screen.has("the second run is here") && !screen.has("previous logs"));
}
