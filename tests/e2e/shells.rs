//! Shells in real containers: what runs in them draws in its tile, beside everything else.

use crate::cluster::{Namespace, busybox};
use crate::support::terminal::{Screen, Terminal};
use crate::support::wire::foreign;

/// A pod that counts once a second, with a shell open in it.
fn shell(namespace: &Namespace) -> Terminal {
    namespace.run("box", &busybox("i=0; while true; do echo tick $i; i=$((i+1)); sleep 1; done"), "condition=Ready");
    let mut terminal = namespace.podtriage_at("box").start();
    terminal.until("the pod", |screen| screen.has("pod/box") && screen.has("Running"));
    terminal.press("s");
    terminal.until("a prompt", |screen| screen.has("shell box/main · running") && screen.has("/ #"));
    terminal
}

/// Resizes the terminal while something is typed; the shell must be told. The command may still be run in the
/// old size, so it is given a few times.
fn resize(terminal: &mut Terminal, round: usize, (columns, rows): (u16, u16)) {
    terminal.resize(columns, rows);
    for attempt in 0..5 {
        let begin = format!("size {round} {attempt} ");
        terminal.type_text(&format!("clear; echo {begin} $(stty size) end\r"));
        let is_answer = |row: &String| row.starts_with(&begin) && row.ends_with(" end");
        let screen = terminal.until("an answer", |screen| screen.rows().iter().any(is_answer));
        if screen.has(&format!(" {columns} end")) {
            return;
        }
    }
    panic!("the shell was not told of {columns} columns\n{}", terminal.screen().text());
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_shell_computes_resizes_and_says_how_it_ended() {
    let namespace = Namespace::new();
    let mut terminal = shell(&namespace);
    terminal.type_text("echo $((6*7))\r");
    terminal.until("the answer", |screen| screen.rows().iter().any(|row| row.trim() == "42"));
    for (round, size) in [(100, 40), (160, 50)].into_iter().cycle().take(20).enumerate() {
        resize(&mut terminal, round, size);
    }
    terminal.type_text("exit 3\r");
    terminal.until("its end", |screen| screen.has("the shell ended with exit code 3") && screen.has("exited 3"));
    assert_eq!(foreign(&terminal.written()), Vec::<String>::new());
    terminal.press("q q");
    assert_eq!(terminal.exit_status(), 0);
    terminal.assert_restored();
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn full_screen_programs_work_in_a_tile() {
    let namespace = Namespace::new();
    let mut terminal = shell(&namespace);
    terminal.type_text("vi /kept/note\r");
    terminal.until("vi", |screen| screen.rows().iter().filter(|row| row.trim() == "~").count() > 5);
    terminal.type_text("ihello from vi");
    terminal.until_shows("hello from vi");
    terminal.press("esc");
    terminal.until("vi's command mode", |screen| screen.rows().iter().any(|row| row.starts_with("- /kept/note")));
    terminal.type_text(":wq\r");
    terminal.until("the shell's own screen", |screen| !screen.rows().iter().any(|row| row.trim() == "~"));
    terminal.type_text("clear; cat /kept/note\r");
    terminal.until("what vi wrote", |screen| screen.rows().iter().any(|row| row.trim() == "hello from vi"));

    terminal.type_text("clear; top -d 1\r");
    let first = terminal.until("top", |screen| screen.has("Mem:") && screen.has("PID") && screen.has("COMMAND"));
    let load = |screen: &Screen| (screen.row_with("Mem:"), screen.row_with("CPU:"));
    let before = load(&first);
    terminal.until("top again", |screen| load(screen) != before && screen.has("Mem:"));
    terminal.press("q");

    terminal.type_text("clear; seq 1001 1200 | less\r");
    terminal.until("the first page", |screen| screen.has("1001") && !screen.has("1100"));
    terminal.press("G");
    terminal.until("the last page", |screen| screen.has("1200") && !screen.has("1001"));
    terminal.press("q");
    terminal.type_text("clear; echo still $((40+2))\r");
    terminal.until_shows("still 42");
    assert_eq!(foreign(&terminal.written()), Vec::<String>::new());
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_shell_a_log_and_describe_live_side_by_side() {
    let namespace = Namespace::new();
    let mut terminal = shell(&namespace);
    terminal.press("ctrl-g esc");
    terminal.until("the list", |screen| screen.has("▶ Pods"));
    terminal.press("l");
    terminal.until_shows("following");
    terminal.press("esc");
    terminal.until("the list again", |screen| screen.has("▶ Pods"));
    terminal.press("d");
    terminal.until("all three", |screen| {
        screen.has("shell box/main · running")
            && screen.has("logs box/main · following")
            && screen.has("describe pod/box · live")
    });
    let ticks = |screen: &Screen| screen.text().matches("tick ").count();
    terminal.until("the log beside them", |screen| ticks(screen) > 2);
    let title = |screen: &Screen| screen.row_with("logs box/main");
    let before = title(&terminal.screen());
    terminal.until("more lines", |screen| title(screen) != before);
    // Two panes back in the order of focus is the shell.
    terminal.press("esc");
    terminal.until("the list once more", |screen| screen.has("▶ Pods"));
    terminal.press("s");
    terminal.until("the same shell", |screen| screen.has("▶ shell box/main · running"));
    terminal.type_text("echo here $((6*7))\r");
    terminal.until_shows("here 42");
    terminal.press("ctrl-g esc");
    terminal.until("the list at the end", |screen| screen.has("▶ Pods"));
    terminal.press("q");
    terminal.until_shows("A shell is still running");
    terminal.press("y");
    assert_eq!(terminal.exit_status(), 0);
    terminal.assert_restored();
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn an_image_without_a_shell_says_so() {
    let namespace = Namespace::new();
    namespace.run("bare", "    image: registry.k8s.io/pause:3.9\n", "condition=Ready");
    let mut terminal = namespace.podtriage_at("bare").start();
    terminal.until("the pod", |screen| screen.has("pod/bare") && screen.has("Running"));
    terminal.press("s");
    terminal.until_shows("has none of the shells that were tried");
    terminal.press("q");
    terminal.until("the list", |screen| !screen.has("none of the shells"));
}
