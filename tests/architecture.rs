//! Keeps the shape of the program: which module may import which, where the world may be touched, how long
//! functions and files may grow.
//!
//! A failure names file, line and rule. To change a rule, change [`ORDER`] or [`CONFINED`] here and the table
//! of `ARCHITECTURE.md` in the same commit. Code for tests (`#[cfg(test)]`, `tests.rs`) may import
//! everything: a test of a lower module may well need a higher one. The scanner is in `architecture/scan.rs`
//! and `architecture/paths.rs`; `architecture/proof.rs` shows that each rule can fail.

#![expect(clippy::expect_used, reason = "a test says what went wrong and ends")]

#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/proof.rs"]
mod proof;
#[path = "architecture/scan.rs"]
mod scan;

use std::fs;
use std::path::Path;

use scan::File;

/// A module and what of ours it may import.
struct Module {
    level: u8,
    name: &'static str,
    imports: &'static [&'static str],
}

const fn module(level: u8, name: &'static str, imports: &'static [&'static str]) -> Module {
    Module { level, name, imports }
}

/// Every row above: what puts the parts together.
const ABOVE: &[&str] = &["*"];

/// The order of the modules. Imports name earlier rows only, so there is no cycle.
const ORDER: &[Module] = &[
    module(0, "base", &[]),
    module(1, "config", &["base"]),
    module(1, "model", &["base"]),
    module(1, "emulator", &["base"]),
    module(2, "diagnosis", &["base", "model"]),
    module(2, "describe", &["base", "model"]),
    module(2, "debug", &["base", "model"]),
    module(3, "store", &["base", "model"]),
    module(4, "cluster", &["base", "model"]),
    module(5, "app", APP),
    module(6, "ui", UI),
    module(6, "terminal", &["base"]),
    // A fake that shared code with the client could not catch its mistakes.
    module(6, "demo", &["base"]),
    module(7, "runtime", ABOVE),
    module(8, "cli", ABOVE),
    // Only for tests.
    module(8, "testing", ABOVE),
];

const APP: &[&str] =
    &["base", "config", "model", "emulator", "diagnosis", "describe", "debug", "store", "cluster::api"];
const UI: &[&str] =
    &["base", "config", "model", "emulator", "diagnosis", "describe", "debug", "store", "cluster::api", "app"];
/// What only some modules may name.
struct Confined {
    path: &'static str,
    modules: &'static [&'static str],
    reason: &'static str,
}

/// The modules that touch the world. All others are told, and answer with data.
const WORLDLY: &[&str] = &["cluster", "terminal", "demo", "runtime", "testing", "cli"];
const CLIENT: &str = "`cluster` speaks to Kubernetes; the fake and the screen share nothing with its client";
const PURE: &str = "the module does no I/O and spawns nothing; messages come in, effects go out";
const CLOCK: &str = "the runtime reads the clock and passes the time down";
const OWNED: &str = "the runtime spawns, so that every task has an owner that can end it";

const CONFINED: &[Confined] = &[
    Confined { path: "tokio", modules: WORLDLY, reason: PURE },
    Confined { path: "kube", modules: &["cluster", "runtime", "testing"], reason: CLIENT },
    Confined { path: "std::fs", modules: WORLDLY, reason: PURE },
    Confined { path: "std::net", modules: WORLDLY, reason: PURE },
    Confined { path: "std::process", modules: WORLDLY, reason: PURE },
    Confined { path: "std::env", modules: WORLDLY, reason: PURE },
    Confined { path: "std::thread", modules: WORLDLY, reason: PURE },
    Confined { path: "std::time::SystemTime::now", modules: &["runtime", "demo"], reason: CLOCK },
    Confined { path: "std::time::Instant::now", modules: &["runtime", "demo"], reason: CLOCK },
    Confined { path: "jiff::Timestamp::now", modules: &["runtime", "demo"], reason: CLOCK },
    Confined { path: "jiff::Zoned::now", modules: &["runtime", "demo"], reason: CLOCK },
    // Tokio's own clock, which tests can pause: how long a stream waits and gathers, never what time it is.
    Confined { path: "tokio::time::Instant::now", modules: &["cluster", "runtime", "demo", "testing"], reason: CLOCK },
    Confined { path: "tokio::spawn", modules: &["runtime", "demo"], reason: OWNED },
    Confined { path: "tokio::task::spawn", modules: &["runtime", "demo"], reason: OWNED },
    Confined { path: "std::thread::spawn", modules: &["runtime", "demo"], reason: OWNED },
];

/// Lines that a function may have.
const FUNCTION: usize = 80;
/// Lines that a file may have without its tests.
const FILE: usize = 700;

/// Where a file breaks the order of modules, or names what is not for it.
fn imports(file: &File) -> Vec<String> {
    let Some(from) = file.module() else { return Vec::new() };
    let mut found = Vec::new();
    for path in paths::absolute(file) {
        let mut report = |rule: String| found.push(format!("src/{}:{}: {rule}", file.path, path.line));
        for confined in CONFINED.iter().filter(|confined| path.is_below(confined.path)) {
            if !confined.modules.contains(&from) {
                report(format!("`{from}` may not name `{}`: {}", confined.path, confined.reason));
            }
        }
        let (Some("crate"), Some(to)) = (path.segments.first().map(String::as_str), path.segments.get(1)) else {
            continue;
        };
        let row = |name: &str| ORDER.iter().position(|module| module.name == name);
        let (Some(own), Some(other)) = (row(from), row(to)) else { continue };
        let allowed = ORDER[own].imports;
        let is_named = allowed.iter().any(|module| path.is_below(&format!("crate::{module}")));
        let is_allowed = is_named || allowed == ABOVE && other < own;
        if own != other && !is_allowed {
            let named = path.segments[1..].join("::");
            report(format!("`{from}` may not import `{named}`; it may import: {}", allowed.join(", ")));
        }
    }
    found.dedup();
    found
}

/// Where a file is too long, or does not say what it is.
fn manners(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    if !file.is_introduced {
        found.push(format!("src/{}:1: a file opens with `//!`: what it is for, where to start reading", file.path));
    }
    if file.lines > FILE {
        let lines = file.lines;
        found.push(format!("src/{}:1: {lines} lines without tests; a file has at most {FILE}", file.path));
    }
    for function in file.functions().iter().filter(|function| function.lines > FUNCTION) {
        let (name, line, lines) = (&function.name, function.line, function.lines);
        found.push(format!("src/{}:{line}: `{name}` has {lines} lines; a function has at most {FUNCTION}", file.path));
    }
    found
}

/// Every file below `src`.
fn files() -> Vec<File> {
    fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(root).expect("it is below").to_string_lossy().replace('\\', "/");
                files.push(File::read(&below, &fs::read_to_string(&path).expect("the file can be read")));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 50, "only {} files were found", files.len());
    files
}

fn expect_none(found: &[String]) {
    assert!(found.is_empty(), "{} broken rules:\n{}\n", found.len(), found.join("\n"));
}

#[test]
fn imports_point_down_and_only_some_modules_touch_the_world() {
    expect_none(&files().iter().flat_map(imports).collect::<Vec<_>>());
}

#[test]
fn files_and_functions_stay_short_and_say_what_they_are() {
    expect_none(&files().iter().flat_map(manners).collect::<Vec<_>>());
}

#[test]
fn every_module_has_its_row() {
    let files = files();
    let missing = |file: &&File| file.module().is_some_and(|name| ORDER.iter().all(|module| module.name != name));
    let found: Vec<_> = files.iter().filter(missing).map(|file| format!("src/{} has no row", file.path)).collect();
    expect_none(&found);
}

#[test]
fn the_order_has_no_cycle() {
    for (at, module) in ORDER.iter().enumerate() {
        for import in module.imports.iter().filter(|import| **import != "*") {
            let name = import.split("::").next().unwrap_or_default();
            let earlier = ORDER[..at].iter().find(|earlier| earlier.name == name);
            let earlier =
                earlier.unwrap_or_else(|| panic!("`{}` imports `{import}`, which is no earlier row", module.name));
            assert!(
                earlier.level < module.level || module.level == 8,
                "`{}` imports `{import}` of its own level",
                module.name
            );
        }
    }
}

/// The rows `| level | module | what it is | imports |` of the document are those of [`ORDER`].
#[test]
fn the_document_shows_this_order() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = fs::read_to_string(path).expect("ARCHITECTURE.md can be read");
    for module in ORDER {
        let begin = format!("| {} | `{}` |", module.level, module.name);
        let row = text.lines().find(|line| line.starts_with(&begin));
        let row = row.unwrap_or_else(|| panic!("ARCHITECTURE.md has no row `{begin}`"));
        let last = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap_or_default();
        let shown: Vec<_> = last.split('`').skip(1).step_by(2).collect();
        assert_eq!(shown, module.imports, "the imports of `{}` in ARCHITECTURE.md", module.name);
    }
}
