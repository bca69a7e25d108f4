//! How long a key takes to be seen in a log tile while a gigabyte comes in, and what memory that takes.

use std::time::Duration;

use crate::figures::Series;
use crate::namespace::Namespace;
use crate::process::Process;
use crate::server::kubectl;
use crate::support::terminal::{Screen, Terminal};
use crate::{now, podtriage};

const PRESSES: usize = 300;
const LIMIT: Duration = Duration::from_secs(600);

/// Ten million lines of 100 bytes, as fast as they are taken.
const POD: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: torrent}
spec:
  terminationGracePeriodSeconds: 1
  restartPolicy: Never
  containers:
  - name: main
    image: busybox:1.28
    command:
    - sh
    - -c
    - >-
      sleep 15; awk 'BEGIN { for (i = 0; i < 10000000; i++) printf "2026-11-24T10:20:30.123Z INFO  request=%08d method=GET
      path=/api/v1/orders status=200 took=%03dms\n", i, i % 1000 }'
"#;

#[test]
#[ignore = "measures; needs a cluster: set KUBECONFIG"]
fn key_to_paint_while_a_log_fills() {
    let namespace = Namespace::new();
    kubectl(&format!("apply -n {} -f -", namespace.0), POD);
    kubectl(&format!("wait -n {} pod/torrent --for=condition=Ready --timeout=300s", namespace.0), "");
    let mut terminal = podtriage(["-n", namespace.0.as_str(), "torrent"]).start();
    terminal.until("the pod", |screen| screen.has("pod/torrent") && screen.has("Running"));
    terminal.press("l");
    terminal.until("the log", |screen| screen.has("logs torrent/main"));
    let process = Process(terminal.pid());
    let before = process.mebibytes("RssAnon");
    terminal.until_within(LIMIT, "lines", |screen| lines(screen) > 100_000);
    let begun = now();
    let first = lines(&terminal.screen());
    let series = presses(&mut terminal);
    let (came, took) = (lines(&terminal.screen()) - first, begun.elapsed());
    eprintln!("key to paint while {:.0} lines a second come in: {series}", came as f64 / took.as_secs_f64());
    terminal
        .until_within(LIMIT, "all of it", |screen| screen.has("is not started again") || lines(screen) >= 10_000_000);
    let after = process.mebibytes("RssAnon");
    eprintln!(
        "  {} lines; memory {before:.1} MiB before, {after:.1} MiB after; {:?}",
        lines(&terminal.screen()),
        title(&terminal.screen())
    );
    terminal.type_text("//0999999[0-9] /\r");
    let begun = now();
    terminal.until_within(LIMIT, "the search's end", |screen| {
        screen.has(" of 10 ") || title(screen).is_some_and(|title| title.contains(" of 10"))
    });
    eprintln!("  a search of all of it, the file as well: {:.1} s", begun.elapsed().as_secs_f64());
}

/// Stops and follows again, 30 to 70 ms apart.
fn presses(terminal: &mut Terminal) -> Series {
    let mut follows = true;
    Series::of(PRESSES, || {
        std::thread::sleep(Duration::from_millis(50));
        let begun = now();
        terminal.press("space");
        follows = !follows;
        let word = if follows { " · following · " } else { " · paused · " };
        terminal.until(word, |screen| screen.has(word));
        begun.elapsed()
    })
}

fn title(screen: &Screen) -> Option<String> {
    screen.rows().into_iter().find(|row| row.contains("logs torrent/main"))
}

/// How many lines there are, as the title says.
fn lines(screen: &Screen) -> u64 {
    let title = title(screen).unwrap_or_default();
    let part = title.split(" · ").find(|part| part.contains(" line")).unwrap_or_default().to_owned();
    part.split(' ').next().unwrap_or_default().replace(',', "").parse().unwrap_or(0)
}
