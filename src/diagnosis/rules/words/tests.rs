//! The line that is chosen, of the logs of many languages and of any bytes.

use proptest::prelude::*;

use super::*;

fn chosen(log: &str) -> Option<String> {
    let lines: Vec<&str> = log.lines().collect();
    decisive(&lines).map(|words| words.text)
}

#[track_caller]
fn says(log: &str, text: &str) {
    assert_eq!(chosen(log).as_deref(), Some(text), "{log}");
}

#[test]
fn traces_have_one_telling_line() {
    says(
        "up\npanic: runtime error: index out of range [5]\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:9 +0x1d\nexit status 2",
        "panic: runtime error: index out of range [5]",
    );
    says(
        "Traceback (most recent call last):\n  File \"a.py\", line 3\n    import x\nModuleNotFoundError: No module named 'x'\n",
        "ModuleNotFoundError: No module named 'x'",
    );
    says(
        "KeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\n\
         Traceback (most recent call last):\n  File \"a.py\"\nRuntimeError: no setting",
        "RuntimeError: no setting",
    );
    says(
        "Exception in thread \"main\" org.x.BeanException: cannot create\n\tat org.x.A(A.java:1)\n\
         Caused by: java.net.ConnectException: Connection refused\n\tat java.net.B(B.java:2)\n\t... 12 more",
        "java.net.ConnectException: Connection refused",
    );
    says(
        "/app/index.js:3\n    throw e;\n    ^\n\nError: listen EADDRINUSE: address already in use :::80\n    at Server.x (node:net:1)\n\
         \n\nNode.js v18.1.0",
        "Error: listen EADDRINUSE: address already in use :::80",
    );
    says(
        "thread 'main' panicked at src/main.rs:2:5:\nconfig is empty\nnote: run with `RUST_BACKTRACE=1` environment variable",
        "config is empty",
    );
}

#[test]
fn where_the_log_ends_counts_and_not_the_first_error() {
    says(
        "ERROR cache is cold, going on\nlistening on :80\nDATABASE_URL is not set\nshutting down\nexit status 1",
        "DATABASE_URL is not set",
    );
    says(
        "starting\nreading /data\n/data/in.csv ends in the middle of line 7",
        "/data/in.csv ends in the middle of line 7",
    );
    says("up\napp: tree.c:88: Assertion `n > 0' failed.\nAborted", "app: tree.c:88: Assertion `n > 0' failed.");
    says("up\nSegmentation fault (core dumped)", "Segmentation fault (core dumped)");
    says("listening on :80\nworker stopped: out of memory", "worker stopped: out of memory");
    says("up\nmemory usage: 512Mi, too many rows", "memory usage: 512Mi, too many rows");
    says(
        "Error: Cannot find module 'x'\nerror Command failed with exit code 1.\ninfo Visit https://x for help",
        "Error: Cannot find module 'x'",
    );
    says("a\nb\nchmod: /data: Read-only file system\nexiting", "chmod: /data: Read-only file system");
    says(
        "dial tcp 10.0.0.5:5432: connect: connection refused\nretrying\nstill failing, giving up\nbye",
        "dial tcp 10.0.0.5:5432: connect: connection refused",
    );
}

#[test]
fn stamps_levels_and_fields_are_left_out() {
    for (line, text) in [
        (
            r#"{"level":"fatal","ts":1.5,"msg":"listen :9090: address already in use"}"#,
            "listen :9090: address already in use",
        ),
        (r#"{"message":"cannot start","error":{"message":"no such host"}}"#, "cannot start: no such host"),
        (r#"time=12:00 level=error msg="cannot \"open\"" err="EOF""#, r#"cannot "open": EOF"#),
        (r#"E1124 17:00:00.123456       1 main.go:33] "cannot open" err="refused" n=1"#, "cannot open: refused"),
        ("F1124 17:00:00.123456       1 main.go:33] no lease", "no lease"),
        ("2026-11-24T10:00:00.123Z [ERROR] disk is full", "disk is full"),
        ("2026/11/24 10:00:00 open /etc/app: permission denied", "open /etc/app: permission denied"),
        ("nginx: [emerg] bind() to 0.0.0.0:80 failed", "nginx: [emerg] bind() to 0.0.0.0:80 failed"),
        ("\u{1b}[31mERROR:\u{1b}[0m relation \"users\"\talready exists", "ERROR: relation \"users\" already exists"),
        ("12 files are missing", "12 files are missing"),
        ("2026-11-24", "2026-11-24"),
    ] {
        says(line, text);
    }
}

#[test]
fn nothing_is_chosen_of_nothing_and_a_long_line_is_cut() {
    assert_eq!(chosen("\n \n----\n"), None);
    let long = chosen(&"ä".repeat(5_000)).expect("a line");
    assert_eq!((long.chars().count(), long.ends_with('…')), (LONGEST + 1, true));
}

#[test]
fn of_a_chain_of_errors_both_ends_are_kept() {
    let long = cut_middle(&format!("error mounting {} is inside /proc", "/dir".repeat(100)));
    assert!(long.starts_with("error mounting") && long.ends_with("is inside /proc"), "{long}");
    assert_eq!((long.chars().count(), cut_middle("short").as_str()), (LONGEST + 1, "short"));
}

proptest! {
    #[test]
    fn any_lines(lines in proptest::collection::vec("\\PC{0,40}|[ -~\\t]{0,60}|panic: x|goroutine 1 \\[r\\]|\\{\"msg\":\"\\PC*\"\\}", 0..20)) {
        let words = decisive(&lines);
        let says_something = |line: &String| clean(line).contains(char::is_alphanumeric);
        prop_assert!(words.is_none() || lines.iter().any(says_something));
        if let Some(Words { at, text }) = words {
            prop_assert!(at < lines.len());
            prop_assert!(text.chars().count() <= LONGEST + 1 && !text.contains(char::is_control), "{text:?}");
        }
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        prop_assert!(decisive(&lines).is_none_or(|words| words.at < lines.len()));
    }
}
