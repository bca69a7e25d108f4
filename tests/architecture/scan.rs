//! Rust source as tokens, without comments, texts and test code: as much of the language as the rules need.
//!
//! No parser. What it cannot see: paths that a macro puts together, and code behind other `cfg`s than `test`.
//! Start with [`File::read`].

/// A word, `::`, or any other single sign that is not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// Counted from 1.
    pub line: usize,
}

impl Token {
    pub fn is_word(&self) -> bool {
        self.text.starts_with(|first: char| first.is_alphabetic() || first == '_')
    }
}

/// A file below `src`.
#[derive(Debug)]
pub struct File {
    /// The path below `src`: `app/panes/shell.rs`.
    pub path: String,
    /// The modules that lead to it: `app`, `panes`, `shell`. Empty for `lib.rs` and `main.rs`.
    pub modules: Vec<String>,
    /// The code that is not for tests.
    pub tokens: Vec<Token>,
    /// How many lines are not for tests.
    pub lines: usize,
    /// Whether it opens with a module comment.
    pub is_introduced: bool,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// Where it begins.
    pub line: usize,
    /// From its name to its last brace.
    pub lines: usize,
}

impl File {
    /// Reads the text of a file.
    pub fn read(path: &str, text: &str) -> Self {
        let modules = modules(path);
        let mut tokens = tokens(&blanked(text));
        let mut lines = text.lines().count();
        if modules.iter().any(|module| module == "tests") {
            (tokens, lines) = (Vec::new(), 0);
        }
        while let Some(item) = test_item(&tokens) {
            lines -= tokens[item.end - 1].line + 1 - tokens[item.start].line;
            tokens.drain(item);
        }
        Self { path: path.to_owned(), modules, tokens, lines, is_introduced: text.starts_with("//! ") }
    }

    /// The top-level module that the file belongs to; `None` for the crate's root.
    pub fn module(&self) -> Option<&str> {
        self.modules.first().map(String::as_str)
    }

    /// The functions that have a body.
    pub fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        for (at, pair) in self.tokens.windows(2).enumerate() {
            // `fn(…)` without a name is a type.
            if pair[0].text != "fn" || !pair[1].is_word() {
                continue;
            }
            let end = item_end(&self.tokens, at);
            let last = &self.tokens[end - 1];
            if last.text == "}" {
                let lines = last.line + 1 - pair[0].line;
                found.push(Function { name: pair[1].text.clone(), line: pair[0].line, lines });
            }
        }
        found
    }
}

fn modules(path: &str) -> Vec<String> {
    let names = path.trim_end_matches(".rs").split('/').map(str::to_owned);
    names.filter(|name| !matches!(name.as_str(), "mod" | "lib" | "main")).collect()
}

/// The first item that is compiled for tests alone, from its attribute to its end.
fn test_item(tokens: &[Token]) -> Option<std::ops::Range<usize>> {
    let is = |at: usize, words: &[&str]| {
        let here = tokens.iter().skip(at).map(|token| token.text.as_str());
        here.take(words.len()).eq(words.iter().copied())
    };
    let begins =
        |at: &usize| is(*at, &["#", "[", "cfg", "(", "test"]) || is(*at, &["#", "[", "cfg", "(", "all", "(", "test"]);
    let start = (0..tokens.len()).find(begins)?;
    let mut item = start;
    while is(item, &["#", "["]) {
        item = group_end(tokens, item + 1);
    }
    Some(start..item_end(tokens, item))
}

/// The place behind an item: behind its first braces, or its semicolon.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "(" | "[" => at = group_end(tokens, at),
            "{" => return group_end(tokens, at),
            ";" => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// The place behind the bracket that closes the one at `start`.
fn group_end(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = |sign: char| sign.is_alphanumeric() || sign == '_';
            let length = match first {
                _ if word(first) => rest.find(|sign| !word(sign)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            tokens.push(Token { text: rest[..length].to_owned(), line: index + 1 });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// The text with blanks for comments, texts and characters; every line stays where it is.
pub fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut behind_word = false;
    while let Some(first) = rest.chars().next() {
        let (length, keep) = match skipped(rest, behind_word) {
            Some(length) => (length, false),
            None => (first.len_utf8(), true),
        };
        let (piece, after) = rest.split_at(length);
        if keep {
            out.push_str(piece);
        } else {
            out.extend(piece.chars().map(|sign| if sign == '\n' { '\n' } else { ' ' }));
        }
        behind_word = keep && (first.is_alphanumeric() || first == '_');
        rest = after;
    }
    out
}

/// The length of the comment, text or character that begins here.
fn skipped(rest: &str, behind_word: bool) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(comment_end(rest));
    }
    if let Some(raw) = rest.strip_prefix(['r', 'b', 'c']).filter(|_| !behind_word) {
        let raw = raw.strip_prefix('r').unwrap_or(raw);
        let signs = raw.len() - raw.trim_start_matches('#').len();
        let is_raw = !rest.starts_with("b\"") && !rest.starts_with("c\"") && raw[signs..].starts_with('"');
        if is_raw {
            let begin = rest.len() - raw.len() + signs + 1;
            let close = format!("\"{}", "#".repeat(signs));
            return Some(rest[begin..].find(&close).map_or(rest.len(), |at| begin + at + close.len()));
        }
    }
    if rest.starts_with('"') {
        return Some(quoted_end(rest, '"'));
    }
    // A lifetime has no second quote behind its first letter.
    let mut signs = rest.chars();
    let is_character = signs.next() == Some('\'') && {
        let (letter, close) = (signs.next(), signs.next());
        letter == Some('\\') || close == Some('\'')
    };
    is_character.then(|| quoted_end(rest, '\''))
}

fn comment_end(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted_end(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, sign) in rest.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if sign == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
