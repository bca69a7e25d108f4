//! Pods that are hard to show: endless lines, wide characters, escape sequences, names without end.

use std::collections::BTreeSet;

use crate::cluster::{kubectl, podtriage, scenario};
use crate::support::terminal::Screen;
use crate::support::wire::foreign;

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn escapes_and_wide_characters_in_a_log_move_nothing() {
    let Some(pod) = scenario("wide-chars") else { return };
    let mut terminal = podtriage(["-n", "default", pod.as_str()]).start();
    terminal.until_shows("pod/wide-chars");
    terminal.press("| l");
    let screen = terminal.until("all five sorts of lines", |screen| {
        ["東京都港区芝公園４丁目", "truecolor", "clear", "progress", "separated"].iter().all(|text| screen.has(text))
    });
    let bars: Vec<_> = (3..screen.rows().len() - 1).map(|row| screen.edges(row)).collect();
    assert!(!bars[0].is_empty() && bars.iter().all(|row| row.contains(&bars[0][0])), "{}", screen.text());
    assert!(screen.has("podtriage") && screen.has("▶ logs wide-chars"), "nothing was cleared\n{}", screen.text());
    assert_eq!(foreign(&terminal.written()), Vec::<String>::new());
    terminal.press("w");
    terminal.press("t");
    terminal.until("time stamps", |screen| {
        screen.has("東京都港区芝公園") && screen.rows().iter().any(|row| row.contains("│") && row.contains('.'))
    });
    assert_eq!(foreign(&terminal.written()), Vec::<String>::new());
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_line_of_five_megabytes_is_cut_and_said_so() {
    let Some(pod) = scenario("giant-line") else { return };
    let mut terminal = podtriage(["-n", "default", pod.as_str()]).start();
    terminal.until_shows("pod/giant-line");
    terminal.press("l");
    terminal.until("the line behind it", |screen| screen.has("after") && screen.has("xxxxxxxxxxxxxxxxxxxx"));
    terminal.until_shows("the line above has 5,000,000 bytes");
    terminal.press("w");
    terminal.press("g");
    terminal.until("the first line", |screen| screen.has("before"));
    terminal.press("q q");
    assert_eq!(terminal.exit_status(), 0);
    terminal.assert_restored();
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn an_overlong_name_keeps_the_columns_straight() {
    let Some(pod) = scenario("very-long-name") else { return };
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut terminal = podtriage(["-n", "default", pod.as_str()]).size(columns, rows).start();
        terminal.until("the pod under the cursor", |screen| screen.has("pod/very-long-name") && screen.has("● live"));
        // On a narrow screen the inspector lies over most of the list.
        terminal.press("i");
        let screen = terminal.until("the list", |screen| screen.row_with("very-long-name").is_some());
        let lines = screen.rows();
        let heading = lines.iter().position(|row| row.contains("READY")).expect("a heading");
        let end = |row: usize, text: &str| {
            let at = lines[row].find(text)?;
            Some(lines[row][..at + text.len()].chars().count())
        };
        let ready = end(heading, "READY").expect("a heading");
        let long = lines.iter().position(|row| row.contains("very-long-name") && row.contains("1/1")).expect("its row");
        assert_eq!(end(long, "1/1"), Some(ready), "{}", screen.text());
        assert_eq!(foreign(&terminal.written()), Vec::<String>::new());
    }
}

/// The names of the pods in `default`.
fn pods() -> BTreeSet<String> {
    let names = kubectl("get pods -n default -o jsonpath={.items[*].metadata.name}");
    names.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The pod that is described on the screen, once it is.
fn described(screen: &Screen) -> Option<String> {
    let row = screen.row_with("describe pod/").filter(|row| row.contains(" · live") && screen.has("Namespace:"))?;
    let (_, rest) = row.split_once("describe pod/")?;
    rest.split(' ').next().map(str::to_owned)
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn every_pod_can_be_described() {
    // Pods come and go meanwhile: those that stay must be seen.
    let before = pods();
    let mut terminal = podtriage(["-n", "default"]).size(200, 60).start();
    terminal.until("the list", |screen| screen.has("Pods · ") && screen.has("● live"));
    terminal.press("g");
    let (mut seen, mut last) = (BTreeSet::new(), String::new());
    for _ in 0..2 * before.len() + 20 {
        terminal.press("d");
        let screen = terminal.until("a description", |screen| described(screen).is_some());
        let name = described(&screen).expect("it was there");
        terminal.press("q");
        terminal.until("the list", |screen| screen.has("▶ Pods"));
        if name == last {
            break;
        }
        seen.insert(name.clone());
        last = name;
        terminal.press("j");
    }
    let after = pods();
    let missed: Vec<_> = before.intersection(&after).filter(|name| !seen.contains(*name)).collect();
    assert!(missed.is_empty() && !seen.is_empty(), "{missed:?} were not described");
    eprintln!("{} pods were described", seen.len());
    assert_eq!(foreign(&terminal.written()), Vec::<String>::new());
}
