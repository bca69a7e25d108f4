//! How long a key takes until its echo is seen in a shell, while a log beside it grows by thousands of lines a second:
//! four tiles on 120x40, two shells, the log, and a description.

use std::time::Duration;

use crate::figures::Series;
use crate::namespace::Namespace;
use crate::server::kubectl;
use crate::support::terminal::{Screen, Terminal};
use crate::{now, podtriage};

const PRESSES: usize = 500;

/// Characters that are typed before the line is cleared.
const LINE: usize = 30;

/// What is typed: nothing else on the screen has it.
const TYPED: &str = "~";

/// Two pods to have shells in, and one that writes 500 lines ten times a second.
const PODS: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: a-one}
spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: "busybox:1.28", command: [sleep, "3600"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a-two}
spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: "busybox:1.28", command: [sleep, "3600"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b-noisy}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: busybox:1.28
    command:
    - sh
    - -c
    - >-
      i=0; while true; do
      awk -v s=$i 'BEGIN { for (k = 0; k < 500; k++) printf "n=%09d INFO request served path=/api/v1/orders status=200\n", s + k }';
      i=$((i + 500)); usleep 90000; done
"#;

#[test]
#[ignore = "measures; needs a cluster: set KUBECONFIG"]
fn echo_beside_a_log_storm() {
    let namespace = Namespace::new();
    let place = namespace.0.as_str();
    kubectl(&format!("apply -n {place} -f -"), PODS);
    kubectl(&format!("wait -n {place} pod --all --for=condition=Ready --timeout=120s"), "");
    let mut terminal = podtriage(["-n", place]).size(120, 40).start();
    four_tiles(&mut terminal);
    let (first, begun) = (newest(&terminal), now());
    let series = echoes(&mut terminal);
    let rate = (newest(&terminal) - first) / begun.elapsed().as_secs_f64();
    eprintln!("key to echo in a shell, four tiles, {rate:.0} log lines a second: {series}");
}

/// A shell with a full scrollback gets another width: all its lines are wrapped anew.
#[test]
#[ignore = "measures; needs a cluster: set KUBECONFIG"]
fn another_width_with_a_full_scrollback() {
    let namespace = Namespace::new();
    let place = namespace.0.as_str();
    kubectl(&format!("apply -n {place} -f -"), PODS);
    kubectl(&format!("wait -n {place} pod --all --for=condition=Ready --timeout=120s"), "");
    let mut terminal = podtriage(["-n", place]).size(120, 40).start();
    four_tiles(&mut terminal);
    terminal.type_text(
        "for i in $(seq 8000); do echo $i a line that is long enough to be wrapped in a narrow tile, and wide; done\r",
    );
    terminal.until("the end", |screen| screen.has("8000 a line"));
    let mut zoomed = false;
    let series = Series::of(20, || {
        std::thread::sleep(Duration::from_millis(300));
        zoomed = !zoomed;
        let begun = now();
        terminal.press("ctrl-g z");
        terminal.until("another size", |screen| screen.has("b-noisy") != zoomed);
        begun.elapsed()
    });
    eprintln!("zoom of a shell with 5,000 lines of scrollback, four tiles: {series}");
}

fn four_tiles(terminal: &mut Terminal) {
    terminal.until("the pods", |screen| screen.has("b-noisy") && screen.has("● live"));
    terminal.press("d");
    terminal.until_shows("Service Account:");
    to_the_list(terminal, "esc");
    terminal.press("j j l");
    terminal.until("the log", |screen| number(screen).is_some());
    to_the_list(terminal, "esc");
    terminal.press("k s");
    terminal.until("a shell", |screen| prompts(screen) == 1);
    to_the_list(terminal, "ctrl-g esc");
    terminal.press("k s");
    terminal.until("two shells", |screen| prompts(screen) == 2);
}

/// A key right behind an escape would be one with alt.
fn to_the_list(terminal: &mut Terminal, keys: &str) {
    terminal.press(keys);
    terminal.until_shows("▶ Pods");
}

/// Types, 30 to 70 ms apart, and waits for each echo.
fn echoes(terminal: &mut Terminal) -> Series {
    let mut count = 0;
    let mut pause = 0;
    Series::of(PRESSES, || {
        if count == LINE {
            terminal.press("ctrl-u");
            terminal.until("a clear line", |screen| screen.text().matches(TYPED).count() == 0);
            count = 0;
        }
        pause = (pause * 7 + 11) % 41;
        std::thread::sleep(Duration::from_millis(30 + pause));
        count += 1;
        let begun = now();
        terminal.type_text(TYPED);
        terminal.until("the echo", |screen| screen.text().matches(TYPED).count() == count);
        begun.elapsed()
    })
}

fn prompts(screen: &Screen) -> usize {
    screen.text().matches("/ #").count()
}

/// The highest number of a line on the screen.
fn number(screen: &Screen) -> Option<f64> {
    let text = screen.text();
    let numbers = text.split("n=").skip(1).filter_map(|rest| rest.get(..9)?.parse::<f64>().ok());
    numbers.reduce(f64::max)
}

fn newest(terminal: &Terminal) -> f64 {
    let mut newest = 0.0;
    terminal.until("a line of the log", |screen| {
        newest = number(screen).unwrap_or_default();
        newest > 0.0
    });
    newest
}
