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

/// A container of busybox with a terminal, whose process is a shell.
const WITH_TERMINAL: &str = "    image: busybox:1.28\n    command: [sh]\n    stdin: true\n    tty: true\n";

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn x06_an_attached_process_is_left_come_back_to_and_seen_ending() {
    let namespace = Namespace::new();
    namespace.run("shell", WITH_TERMINAL, "condition=Ready");
    let mut terminal = namespace.podtriage_at("shell").start();
    terminal.until("the pod", |screen| screen.has("pod/shell") && screen.has("Running"));
    terminal.press("a");
    terminal.until("the process", |screen| screen.has("attach shell/main · attached"));
    terminal.type_text("kept=$((6*7)); echo before $kept\r");
    terminal.until_shows("before 42");
    terminal.press("ctrl-p ctrl-q");
    terminal.until_shows("detached: the process goes on");
    terminal.press("r");
    terminal.until("the process again", |screen| screen.has("attach shell/main · attached") && screen.has("before 42"));
    terminal.type_text("echo after $kept\r");
    terminal.until("it is the same one", |screen| screen.rows().iter().any(|row| row.trim() == "after 42"));
    terminal.type_text("exit 3\r");
    terminal.until("its end with its code", |screen| screen.has("the process ended with exit code 3"));
    assert_eq!(foreign(&terminal.written()), Vec::<String>::new());
    terminal.press("q q");
    assert_eq!(terminal.exit_status(), 0);
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn x07_a_process_without_a_terminal_is_typed_to_line_by_line() {
    let namespace = Namespace::new();
    namespace.run("cat", "    image: busybox:1.28\n    command: [cat]\n    stdin: true\n", "condition=Ready");
    let mut terminal = namespace.podtriage_at("cat").start();
    terminal.until("the pod", |screen| screen.has("pod/cat") && screen.has("Running"));
    terminal.press("a");
    terminal.until_shows("attached · no terminal");
    terminal.type_text("once here\r");
    let twice = |screen: &Screen| screen.rows().iter().filter(|row| row.trim() == "once here").count() == 2;
    terminal.until("what was typed and what came back", twice);
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn d43_an_image_that_cannot_be_pulled_is_waited_for_with_its_reason() {
    let namespace = Namespace::new();
    namespace.apply("stuck", "    image: localhost:1/none:1\n    stdin: true\n    tty: true\n");
    let mut terminal = namespace.podtriage_at("stuck").start();
    terminal.until("the pod", |screen| screen.has("pod/stuck"));
    terminal.press("a");
    let waits = |screen: &Screen| screen.has("waiting for container main") && screen.has("localhost:1/none:1");
    terminal.until("the kubelet's words", waits);
    // An escape with a key right behind it would be that key with alt.
    terminal.press("esc");
    terminal.until_shows("▶ Pods");
    terminal.press("5");
    terminal.until("the session goes on", |screen| screen.has("▶ Sessions") && screen.has("waiting"));
    terminal.press("q");
    assert_eq!(terminal.exit_status(), 0, "nothing is lost by leaving");
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn d42_of_a_container_that_is_over_the_log_is_shown() {
    let namespace = Namespace::new();
    let spec = format!("{}  - name: other\n{}", busybox("echo said; exit 4"), busybox("sleep 1000"));
    let spec = format!("{spec}  restartPolicy: Never\n");
    namespace.run("half", &spec, "jsonpath={.status.containerStatuses[0].state.terminated.exitCode}=4");
    let mut terminal = namespace.podtriage_at("half").start();
    terminal.until("the pod", |screen| screen.has("pod/half"));
    terminal.press("a");
    terminal.until("its log and its code", |screen| screen.has("said") && screen.has("had ended with exit code 4"));
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn one_command_is_run_read_and_run_again() {
    let namespace = Namespace::new();
    namespace.run("box", &busybox("sleep 1000"), "condition=Ready");
    let mut terminal = namespace.podtriage_at("box").start();
    terminal.until("the pod", |screen| screen.has("pod/box") && screen.has("Running"));
    terminal.press("x");
    terminal.until_shows("run in box/main:");
    terminal.type_text("echo out; echo bad >&2; exit 42\r");
    let whole = |screen: &Screen| screen.has("· exit 42 ·") && screen.has("out") && screen.has("!bad");
    terminal.until("output, errors and the code", whole);
    terminal.press("r");
    terminal.until("the same again", whole);
    terminal.press("q");
    terminal.until("the list", |screen| !screen.has("exit 42"));
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn x01_x04_plain_exec_hands_on_codes_and_input() {
    let namespace = Namespace::new();
    namespace.run("box", &busybox("sleep 1000"), "condition=Ready");
    let exec = |flags: &str, command: &[&str], input: &str| {
        let mut process = std::process::Command::new(env!("CARGO_BIN_EXE_podtriage"));
        process.args(["exec", "-n", &namespace.name]).args(flags.split_whitespace()).arg("--").args(command);
        process.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = process.stderr(std::process::Stdio::piped()).spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("piped");
        let typed = std::io::Write::write_all(&mut stdin, input.as_bytes());
        drop(stdin);
        typed.expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
            output.status.code(),
        )
    };
    let (out, errors, code) = exec("box", &["sh", "-c", "echo o; echo e >&2; exit 42"], "");
    let ended = "e\ncommand terminated with exit code 42\n";
    assert_eq!((out.as_str(), errors.as_str(), code), ("o\n", ended, Some(42)));
    let lines: Vec<_> = (0..50_000).map(|line| format!("line {line}\n")).collect();
    let long = lines.concat();
    let (out, errors, code) = exec("-i pod/box -c main", &["cat"], &long);
    assert_eq!((out.len(), errors.as_str(), code), (long.len(), "", Some(0)));
    assert!(out == long, "not one byte is another");
}
