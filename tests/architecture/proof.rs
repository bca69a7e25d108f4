//! That the rules can fail: each on a small piece of source that breaks it, and its harmless neighbour.

use crate::scan::{File, blanked};
use crate::{FILE, FUNCTION, imports, manners, paths};

fn broken(path: &str, text: &str) -> Vec<String> {
    imports(&File::read(path, text))
}

fn named(path: &str, text: &str) -> Vec<String> {
    let paths = paths::absolute(&File::read(path, text));
    paths.into_iter().map(|path| path.segments.join("::")).collect()
}

#[test]
fn an_import_upwards_is_found_with_its_line() {
    let found = broken("model/pod.rs", "//! A pod.\n\nuse crate::base::stamp::Stamp;\nuse crate::store::Store;\n");
    assert_eq!(found, ["src/model/pod.rs:4: `model` may not import `store::Store`; it may import: base"]);
    assert_eq!(broken("store/mod.rs", "use crate::model::pod::PodRow;"), [""; 0]);
    assert_eq!(broken("describe/mod.rs", "use crate::describe::tabs;"), [""; 0], "its own parts are free");
}

#[test]
fn an_import_is_found_in_every_form() {
    for text in [
        "use crate::app::App;",
        "use crate::{base::age::age, app::{action, list}};",
        "use crate::{\n    base::age,\n    app,\n};",
        "fn f() -> crate::app::App { todo!() }",
        "fn f(x: Vec<crate::app::App>) {}",
        "fn f() { let x = crate::app::list::List::<u8>::default(); }",
        "pub use crate::app as application;",
        "use super::super::app::App;",
        "use crate as ours; fn f() { ours::app::run() }",
        "impl From<crate::app::App> for u8 {}",
        "type Link = r#\"a\"#; use crate::app::App;",
    ] {
        assert_eq!(broken("model/pod.rs", text).len(), 1 + usize::from(text.contains("{action")), "{text}");
    }
}

#[test]
fn of_the_cluster_the_application_sees_plain_data_alone() {
    for module in ["app", "ui"] {
        let path = format!("{module}/list.rs");
        assert_eq!(broken(&path, "use crate::cluster::api::{ConnectionInfo, ShellUpdate};"), [""; 0]);
        assert_eq!(broken(&path, "use crate::cluster::exec::Input;").len(), 1);
        assert_eq!(broken(&path, "use crate::cluster;").len(), 1);
        assert_eq!(broken(&path, "use crate::cluster::{api, connect};").len(), 1);
    }
    assert_eq!(broken("describe/pod.rs", "use crate::cluster::api::ObjectDetails;").len(), 1);
    assert_eq!(broken("runtime/mod.rs", "use crate::cluster::exec::Input;"), [""; 0]);
    assert_eq!(broken("runtime/mod.rs", "use crate::cli::args::Args;").len(), 1, "all rows above, none below");
    assert_eq!(broken("cli/mod.rs", "use crate::testing::Program;").len(), 1);
    assert_eq!(broken("terminal/input.rs", "use crate::app::message::Msg;").len(), 1);
    assert_eq!(broken("demo/mod.rs", "use crate::model::pod::PodRow;").len(), 1);
}

#[test]
fn the_world_is_found_below_every_name() {
    for text in [
        "use tokio::sync::mpsc;",
        "use kube::Client;",
        "use std::{collections::HashMap, fs};",
        "use std::process::Command;",
        "fn f() { std::env::var(\"HOME\").ok(); }",
        "use std::{env as surroundings};",
        "fn f() { ::std::thread::yield_now(); }",
        "use std::net;\nfn f(x: u8) {}",
        "use ::tokio::time::sleep;",
        "use std::time::SystemTime;\nfn f() { SystemTime::now(); }",
        "use std::time;\nfn f() { time::Instant::now(); }",
        "use std::time::Instant as Clock;\nfn f() { Clock::now(); }",
    ] {
        assert_eq!(broken("app/mod.rs", text).len(), 1, "{text}");
    }
    assert_eq!(broken("app/mod.rs", "use std::{fmt, time::Duration}; fn f() { base.tokio::<u8>() }"), [""; 0]);
}

#[test]
fn only_the_runtime_spawns_and_tells_the_time() {
    let spawns = "use tokio::{self, time::Instant};\nfn f() { tokio::spawn(g()); }";
    assert_eq!(broken("cluster/watch.rs", spawns).len(), 1);
    assert_eq!(broken("runtime/perform.rs", spawns), [""; 0]);
    assert_eq!(broken("cluster/watch.rs", "use tokio::time::Instant;\nfn f() { Instant::now(); }"), [""; 0]);
    assert_eq!(broken("cluster/watch.rs", "use std::time::Instant;\nfn f() { Instant::now(); }").len(), 1);
}

#[test]
fn comments_texts_and_tests_name_nothing() {
    for text in [
        "// crate::app::App\n/* use tokio::spawn; /* crate::app::x */ crate::app::y */",
        "const A: &str = \"crate::app::App \\\" tokio::spawn\"; const B: char = '\"';",
        "const A: &str = r#\"crate::app::App \" tokio::spawn\"#; const B: &[u8] = br\"crate::app::x\";",
        "fn f<'a>(x: &'a str) -> char { '\\'' } // crate::app::App",
        "#[cfg(test)]\nmod tests {\n    use crate::app::App;\n    fn f() { tokio::spawn({ g() }); }\n}",
        "#[cfg(test)]\n#[path = \"x.rs\"]\npub(crate) mod tests;",
        "#[cfg(test)]\nuse crate::app::App;\nfn f() {}",
        "#[cfg(all(test, unix))]\nfn f(x: [u8; 3]) -> crate::app::App { g(); { h() } }",
    ] {
        assert_eq!(broken("base/age.rs", text), [""; 0], "{text}");
    }
    assert_eq!(broken("base/age/tests.rs", "use crate::app::App;"), [""; 0]);
    let behind = "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::app::App;";
    assert_eq!(broken("base/age.rs", behind).len(), 1, "what follows the tests counts");
    let lifetime = "fn f<'a>(x: &'a crate::app::App, y: &'a u8) {}";
    assert_eq!(broken("base/age.rs", lifetime).len(), 1, "a lifetime opens no text");
}

#[test]
fn paths_are_written_out() {
    let text = "use super::tree::{self, Node as N};\nfn f() { tree::place(); N::new(); self::g(); }";
    let tree = "crate::app::layout::tree";
    assert_eq!(
        named("app/layout/mod.rs", text)[2..],
        [
            format!("{}::place", "crate::app::tree"),
            "crate::app::tree::Node::new".to_owned(),
            "crate::app::layout::g".to_owned()
        ]
    );
    assert_eq!(named("app/layout/areas.rs", text)[..2], [tree.to_owned(), format!("{tree}::Node")]);
}

#[test]
fn blanks_keep_every_line_where_it_was() {
    let text = "a \"x\ny\" /* é\n */ b // c\nd";
    assert_eq!(blanked(text), "a   \n       \n    b     \nd");
}

#[test]
fn long_functions_long_files_and_mute_files_are_found() {
    let body = |lines: usize| format!("//! Long.\nfn long() {{\n{}}}\n", "    step();\n".repeat(lines));
    assert_eq!(manners(&File::read("base/age.rs", &body(FUNCTION - 2))), [""; 0]);
    let found = manners(&File::read("base/age.rs", &body(FUNCTION - 1)));
    assert_eq!(found, ["src/base/age.rs:2: `long` has 81 lines; a function has at most 80"]);

    let rows = format!("//! A table.\nconst ROWS: &[u8] = &[\n{}];\n", "    1,\n".repeat(FILE - 3));
    assert_eq!(manners(&File::read("base/age.rs", &rows)), [""; 0], "a table is no function");
    let tested = format!("{rows}#[cfg(test)]\nmod tests {{\n{}}}\n", "    // more\n".repeat(50));
    assert_eq!(manners(&File::read("base/age.rs", &tested)), [""; 0], "tests do not count");
    assert_eq!(manners(&File::read("base/age.rs", &format!("{rows}fn f();\n"))).len(), 1);
    assert_eq!(manners(&File::read("base/age.rs", "use std::fmt;\n")).len(), 1);
}
