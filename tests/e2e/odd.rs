//! Pods that are hard to show: endless lines, wide characters, escape sequences, names without end.

use crate::cluster::{kubectl, podtriage, scenario};
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

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn every_pod_can_be_described() {
    let names = kubectl("get pods -n default -o jsonpath={.items[*].metadata.name}");
    let names: Vec<_> = names.split(' ').filter(|name| !name.is_empty()).collect();
    let mut terminal = podtriage(["-n", "default"]).size(200, 60).start();
    terminal.until("the list", |screen| screen.has(&format!("Pods · {}", names.len())) && screen.has("● live"));
    terminal.press("g");
    // Both lists are sorted by name.
    for name in &names {
        terminal.press("d");
        terminal.until(name, |screen| screen.has(&format!("describe pod/{name} · live")) && screen.has("Namespace:"));
        terminal.press("q");
        terminal.until("the list", |screen| screen.has("▶ Pods"));
        terminal.press("j");
    }
    eprintln!("{} pods were described", names.len());
    assert_eq!(foreign(&terminal.written()), Vec::<String>::new());
}
