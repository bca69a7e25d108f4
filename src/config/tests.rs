//! The settings as a person writes them: good ones, mistaken ones, and the example file.

use proptest::prelude::*;

use super::*;

const EXAMPLE: &str = include_str!("../../config.example.toml");

/// The settings of a text that is right.
fn right(text: &str) -> Config {
    let (config, warnings) = Config::parse(text);
    assert_eq!(warnings, [], "{text}");
    config
}

#[test]
fn the_example_is_the_defaults() {
    assert_eq!(right(EXAMPLE), Config::default());
    assert_eq!(right(""), Config::default());
}

#[test]
fn the_example_shows_every_setting_and_a_comment_on_it() {
    let shown: Vec<_> = EXAMPLE.lines().collect();
    for name in [
        "view",
        "leader",
        "theme",
        "ascii",
        "mouse",
        "read_only",
        "protected_contexts",
        "shells",
        "scrollback_lines",
        "tail_lines",
        "ring_lines",
        "ring_bytes",
        "spill",
        "max_streams",
        "json_fields",
        "# [[logs.highlight]]",
        "ttl",
        "editor",
        "[keys]",
    ] {
        let at = shown.iter().position(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(shown[at - 1].starts_with("# "), "{name} has no comment");
    }
}

#[test]
fn every_setting_is_read() {
    let config = right(
        r#"
        view = "nodes"
        leader = "ctrl-]"
        theme = "light"
        ascii = true
        mouse = false
        read_only = true
        protected_contexts = ["prod"]
        shells = ["zsh"]
        windows_shells = ["pwsh"]
        detach_keys = ["ctrl-a", "d"]
        scrollback_lines = 0
        [logs]
        tail_lines = 0
        ring_lines = 100
        ring_bytes = 1_000_000
        spill = 0
        max_streams = 9
        json_fields = ".msg *"
        [[logs.highlight]]
        pattern = "/id-[0-9]+/"
        color = "cyan"
        [edit]
        editor = "external"
        [keys]
        quit = ["q", "ctrl-q"]
        delete = []
        logs = "L"
        [debug]
        image = "alpine"
        ttl = "2h"
        "#,
    );
    let keys = |keys: &[&str]| keys.iter().map(|key| key.parse().expect("a key")).collect::<Vec<Key>>();
    let mut cyan = Highlight { pattern: Pattern::parse("/id-[0-9]+/").expect("a pattern"), style: Style::default() };
    cyan.style.fg = crate::base::sgr::Color::Indexed(6);
    let expected = Config {
        view: View::Nodes,
        leader: Key::ctrl(']'),
        theme: Theme::Light,
        ascii: true,
        mouse: false,
        read_only: true,
        protected_contexts: vec!["prod".to_owned()],
        shells: vec!["zsh".to_owned()],
        windows_shells: vec!["pwsh".to_owned()],
        detach_keys: keys(&["ctrl-a", "d"]),
        scrollback_lines: 0,
        logs: Logs {
            tail_lines: 0,
            ring_lines: 100,
            ring_bytes: 1_000_000,
            spill: 0,
            max_streams: 9,
            json_fields: ".msg *".parse().expect("paths"),
            highlights: vec![cyan],
        },
        edit: Edit { editor: Editor::External },
        debug: Debug { image: "alpine".to_owned(), ttl: "2h".parse().expect("a time") },
        keys: BTreeMap::from([
            ("quit".to_owned(), Binding { keys: keys(&["q", "ctrl-q"]), line: 26 }),
            ("delete".to_owned(), Binding { keys: vec![], line: 27 }),
            ("logs".to_owned(), Binding { keys: keys(&["L"]), line: 28 }),
        ]),
    };
    assert_eq!(config, expected);
}

#[test]
fn a_mistake_costs_only_its_own_setting() {
    let text = r#"viev = "pods"
theme = "drak"
mouse = false
leader = "hyper-g"
logs.ring_lines = 3
logs.rings = 3
shells = "bash"
keys.quit = ["qq"]
view = 1
"#;
    let (config, warnings) = Config::parse(text);
    assert_eq!(config, Config { mouse: false, ..Config::default() });
    let said: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    for (said, (line, part)) in said.iter().zip([
        (1, "there is no setting `viev` here; it is ignored"),
        (2, "`theme` cannot be used (unknown variant `drak`, expected one of `auto`, `dark`, `light`)"),
        (4, "`leader` cannot be used (`hyper-g` is not a key"),
        (5, "`ring_lines` cannot be 3; 100000 holds"),
        (6, "there is no setting `rings` here"),
        (7, "`shells` cannot be used (invalid type"),
        (8, "`quit` cannot be used (`qq` is not a key"),
        (9, "`view` cannot be used ("),
    ]) {
        assert!(said.starts_with(&format!("config line {line}: {part}")), "{said}");
    }
    assert_eq!(said.len(), 8);
}

#[test]
fn what_is_no_toml_gives_the_defaults_and_the_line() {
    let (config, warnings) = Config::parse("mouse = false\n\ntheme = \n");
    assert_eq!(config, Config::default());
    assert_eq!((warnings.len(), warnings[0].line), (1, 3));
    assert!(warnings[0].sentence.starts_with("this is not TOML ("), "{}", warnings[0]);
    assert_eq!(Config::parse("logs = 3").1[0].to_string(), "config line 1: `logs` is a table, not integer");
}

#[test]
fn protected_contexts_are_names_or_patterns() {
    for (pattern, context, protected) in [
        ("prod", "prod", true),
        ("prod", "prod-1", false),
        ("prod*", "prod-1", true),
        ("*prod*", "eu-prod-1", true),
        ("*prod", "prod-prod", true),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-c-b", false),
        ("ab*ba", "aba", false),
        ("*", "", true),
        ("", "", true),
    ] {
        let config = Config { protected_contexts: vec![pattern.to_owned()], ..Config::default() };
        assert_eq!(config.is_protected(context), protected, "{pattern} {context}");
    }
    assert!(!Config::default().is_protected("prod"));
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let (_, warnings) = Config::parse(&text);
        prop_assert!(warnings.iter().all(|warning| warning.line >= 1));
    }

    #[test]
    fn no_change_of_a_value_panics(key in "[a-z_]{4,8}|view|leader|logs|keys|shells|mouse", value in "\\[?[0-9\"a{}=., ]{0,6}\\]?") {
        let (config, warnings) = Config::parse(&format!("{key} = {value}"));
        prop_assert!(config == Config::default() || warnings.is_empty());
    }
}

#[test]
fn a_rule_that_cannot_be_used_costs_only_itself() {
    let text = "[[logs.highlight]]\npattern = \"a\"\ncolor = \"pink\"\n[[logs.highlight]]\npattern = \"/(/\"\ncolor = \"red\"\n\
                [[logs.highlight]]\npattern = \"b\"\ncolor = \"red\"\n";
    let (config, warnings) = Config::parse(text);
    assert_eq!((config.logs.highlights.len(), warnings.len()), (1, 2), "{warnings:?}");
    assert!(warnings[0].to_string().contains("red, green") && warnings[1].to_string().contains("expression"));
    let (config, warnings) = Config::parse("[logs]\njson_fields = \"msg\"");
    assert_eq!(config, Config::default());
    assert!(warnings[0].sentence.contains("is no path"), "{warnings:?}");
}

#[test]
fn a_time_to_live_is_a_number_with_its_unit() {
    let ttl = |text: &str| right(&format!("[debug]\nttl = {text:?}")).debug.ttl.seconds();
    assert_eq!(
        ["", "0", "90s", "30m", "2h", "1d"].map(ttl),
        [None, None, Some(90), Some(1_800), Some(7_200), Some(86_400)]
    );
    for text in ["2", "h", "0s", "2 h", "-1s", "9999999d", "2時"] {
        let (config, warnings) = Config::parse(&format!("[debug]\nttl = {text:?}"));
        assert_eq!((config.debug.ttl.seconds(), warnings.len()), (None, 1), "{text}");
    }
}
