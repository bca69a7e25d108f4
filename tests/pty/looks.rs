//! What is written to the terminal: colours only where they are wanted, and never a sequence of a container's.

use crate::support::terminal::{PODTRIAGE, Run};
use crate::support::wire::{colors, foreign};
use crate::{demo, lists_pods, living_demo};

#[test]
fn no_color_means_none() {
    let mut plain = demo().env("NO_COLOR", "1").start();
    plain.until("the pods", lists_pods);
    plain.press("d");
    plain.until_shows("describe");
    assert_eq!(colors(&plain.written()), [0u32; 0]);
    let colored = living_demo();
    assert!(!colors(&colored.written()).is_empty(), "so the comparison can fail");
}

#[test]
fn logs_with_wide_characters_colors_and_tabs_keep_the_tiles_straight() {
    let mut terminal = Run::new(PODTRIAGE, ["--demo", "-n", "default", "konnichiwa"]).size(160, 40).start();
    terminal.until("the pod", |screen| screen.has("konnichiwa"));
    terminal.press("| l");
    let screen = terminal.until("all sorts of lines", |screen| {
        ["こんにちは、世界", "ｶﾀｶﾅ半角とＡＢＣ全角", "在庫が残り", "separated"].iter().all(|text| screen.has(text))
    });
    let bars: Vec<_> = (3..screen.rows().len() - 1).map(|row| screen.edges(row)).collect();
    assert!(!bars[0].is_empty() && bars.iter().all(|row| row.contains(&bars[0][0])), "{}", screen.text());
    assert_eq!(foreign(&terminal.written()), Vec::<String>::new());
    assert!(!terminal.written().contains(&b'\t'));
}

#[test]
fn a_shell_draws_in_its_tile_and_nowhere_else() {
    let mut terminal = living_demo();
    terminal.press("/");
    terminal.type_text("web-\r");
    terminal.until("one sort of pods", |screen| screen.has("filter web-"));
    terminal.press("s");
    terminal.until("a prompt", |screen| screen.has("running") && screen.has("/ #"));
    terminal.type_text("echo -e '\\e]0;from the shell\\e\\ \\e[2J\\e[31mred\\e[0m \\e[10;10Hthere \\e[?5h'\r");
    terminal.until("its output and its title", |screen| screen.has("there") && screen.has("from the shell"));
    terminal.until("the rest of the screen", |screen| screen.has("podtriage  demo / shop") && screen.has("web-"));
    assert_eq!(foreign(&terminal.written()), Vec::<String>::new());
    terminal.type_text("exit 3\r");
    terminal.until_shows("the shell ended with exit code 3");
    terminal.press("q q");
    assert_eq!(terminal.exit_status(), 0);
    terminal.assert_restored();
}

#[test]
fn what_is_saved_is_a_file_where_the_program_runs() {
    let mut terminal = living_demo();
    terminal.press("d");
    terminal.until("describe", |screen| screen.has("describe pod/") && screen.has("Namespace:"));
    terminal.press("ctrl-s");
    terminal.until_shows(".txt");
    terminal.press("enter");
    terminal.until_shows("saved");
    let files: Vec<_> = std::fs::read_dir(terminal.home()).expect("a directory").filter_map(Result::ok).collect();
    let saved = files.iter().find(|file| file.path().extension().is_some_and(|ending| ending == "txt"));
    let text = std::fs::read_to_string(saved.expect("a text").path()).expect("text");
    assert!(text.starts_with("Name:") && text.contains("Events:"), "{text}");
}

#[test]
fn what_is_typed_faster_than_it_is_read_is_not_lost() {
    let mut terminal = living_demo();
    terminal.press("/");
    let text = "x".repeat(3_000);
    terminal.type_text(&format!("{text}y"));
    terminal.until_shows("nothing matches the filter");
    terminal.press("enter");
    terminal.press("ctrl-l");
    terminal.press("2 3");
    terminal.until_shows("Nodes · 5");
}
