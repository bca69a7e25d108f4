//! The paths that a file names, in imports and in its code, as far as imports say what they mean.
//!
//! `use tokio::time::{Instant, sleep}` and a later `Instant::now()` give `tokio::time::Instant`,
//! `tokio::time::sleep` and `tokio::time::Instant::now`. `crate`, `self` and `super` are written out from the
//! crate's root; inline modules count as their file. Start with [`absolute`].

use std::collections::HashMap;

use crate::scan::{File, Token};

/// A path, from the name of a crate on; ours is `crate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub segments: Vec<String>,
    pub line: usize,
}

impl Path {
    /// Whether it is `prefix` (`std::fs`) or below it.
    pub fn is_below(&self, prefix: &str) -> bool {
        let mut segments = self.segments.iter();
        prefix.split("::").all(|part| segments.next().is_some_and(|segment| segment == part))
    }
}

/// A path as it is written.
struct Written {
    path: Path,
    /// The name that an import gives it.
    name: Option<String>,
}

/// All paths of a file.
pub fn absolute(file: &File) -> Vec<Path> {
    let written = written(&file.tokens);
    let mut names = HashMap::new();
    for import in &written {
        if let Some(name) = &import.name {
            names.insert(name.clone(), rooted(&import.path.segments, &file.modules));
        }
    }
    let expand = |written: Written| {
        let mut segments = rooted(&written.path.segments, &file.modules);
        if written.name.is_none()
            && let Some(meant) = names.get(&segments[0])
        {
            segments.splice(..1, meant.iter().cloned());
        }
        Path { segments, ..written.path }
    };
    written.into_iter().map(expand).collect()
}

/// `self` and `super` written out for a file in `modules`.
fn rooted(segments: &[String], modules: &[String]) -> Vec<String> {
    let ups = segments.iter().take_while(|segment| *segment == "super").count();
    let is_relative = ups > 0 || segments[0] == "self";
    if !is_relative {
        return segments.to_vec();
    }
    let above = &modules[..modules.len().saturating_sub(ups)];
    let below = &segments[ups.max(1)..];
    [&["crate".to_owned()], above, below].concat()
}

fn written(tokens: &[Token]) -> Vec<Written> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begin = at;
        let is_import = tokens[at].text == "use";
        at += usize::from(is_import);
        // `::tokio::spawn` names a crate; `value.field::<T>` and `Vec::<T>::new` begin no path here.
        at += usize::from(is_import && tokens.get(at).is_some_and(|token| token.text == "::"));
        let is_inner = |at: usize| at > 0 && tokens[at - 1].text == ".";
        let is_path = is_import || tokens[at].is_word() && !is_inner(at) && is(tokens, at + 1, "::");
        at = if is_path { tree(tokens, at, &[], is_import, &mut found) } else { at + 1 };
        at = at.max(begin + 1);
    }
    found
}

fn is(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.text == text)
}

/// Reads a path with all that its braces hold; gives the place behind it.
fn tree(tokens: &[Token], at: usize, prefix: &[String], is_import: bool, found: &mut Vec<Written>) -> usize {
    let Some(token) = tokens.get(at) else { return at };
    if token.text == "{" {
        let mut next = at + 1;
        while next < tokens.len() && !is(tokens, next, "}") {
            next = if is(tokens, next, ",") { next + 1 } else { tree(tokens, next, prefix, is_import, found) };
        }
        return next + 1;
    }
    let mut segments = prefix.to_vec();
    // `a::{self}` is `a`.
    if prefix.is_empty() || token.text != "self" {
        segments.push(token.text.clone());
    }
    let goes_on = tokens.get(at + 2).is_some_and(|next| next.is_word() || matches!(next.text.as_str(), "{" | "*"));
    if is(tokens, at + 1, "::") && goes_on {
        return tree(tokens, at + 2, &segments, is_import, found);
    }
    let (mut name, mut next) = (segments.last().cloned(), at + 1);
    if is_import && is(tokens, next, "as") {
        name = tokens.get(next + 1).map(|token| token.text.clone());
        next += 2;
    }
    let path = Path { segments, line: token.line };
    found.push(Written { path, name: name.filter(|_| is_import) });
    next
}
