//! A shell's own state, and how it runs what it is given.

use std::collections::BTreeMap;

use super::commands::{self, Context};
use super::edit::{History, Line, read_line};
use super::io::{Io, STDERR};
use super::parse::{Command, Link, Part, Word, arithmetic, parse};
use super::place::Place;

/// A shell.
#[derive(Debug)]
pub struct Session {
    /// Where it is.
    pub place: Place,
    /// Its working directory.
    pub directory: String,
    /// Its variables, the environment among them.
    pub variables: BTreeMap<String, String>,
    /// The exit code of the last command.
    pub status: i64,
    /// Whether it was told to exit.
    pub exited: bool,
}

impl Session {
    /// A new shell at the root.
    pub fn new(place: Place) -> Self {
        let variables = place.environment();
        Self { place, directory: "/".to_owned(), variables, status: 0, exited: false }
    }

    /// Runs a command as it is given to a container: a shell reads its script, or what is typed.
    pub async fn command(&mut self, io: &mut Io, command: &[String]) -> i64 {
        let name = command.first().map(String::as_str).unwrap_or_default();
        let args: Vec<&str> = command.iter().skip(1).map(String::as_str).collect();
        match (name.rsplit('/').next().unwrap_or(name), args.as_slice()) {
            ("sh" | "bash" | "ash", ["-c", script, ..]) => self.script(io, script).await,
            ("sh" | "bash" | "ash", _) => self.interact(io).await,
            _ => self.words(io, command).await,
        }
    }

    /// Reads commands until there are no more: with a prompt at a terminal, plainly otherwise.
    pub async fn interact(&mut self, io: &mut Io) -> i64 {
        let mut history = History::default();
        while !self.exited {
            let line = if io.tty {
                let prompt = self.prompt();
                read_line(io, &prompt, &mut history).await
            } else {
                plain_line(io).await
            };
            match line {
                Line::Text(text) => self.status = self.script(io, &text).await,
                Line::Interrupt => self.status = 130,
                Line::End => {
                    if io.tty {
                        io.raw("exit\r\n").await;
                    }
                    self.exited = true;
                }
            }
        }
        self.status
    }

    fn prompt(&self) -> String {
        let mark = if self.place.credentials().uid == 0 { '#' } else { '$' };
        format!("{} {mark} ", self.directory)
    }

    /// Runs a script; gives back the exit code of its last command.
    pub async fn script(&mut self, io: &mut Io, text: &str) -> i64 {
        let script = match parse(text) {
            Ok(script) => script,
            Err(error) => {
                io.write(STDERR, &format!("sh: {error}\n")).await;
                return 2;
            }
        };
        let mut commands = script.into_iter().peekable();
        while let Some((link, command)) = commands.next() {
            let skip = match link {
                Link::And => self.status != 0,
                Link::Or => self.status == 0,
                Link::Then | Link::Pipe => false,
            };
            let mut chain = vec![command];
            while commands.peek().is_some_and(|(link, _)| *link == Link::Pipe) {
                chain.extend(commands.next().map(|(_, command)| command));
            }
            if !skip {
                self.status = self.chain(io, chain).await;
            }
            if self.exited {
                break;
            }
        }
        self.status
    }

    /// Commands whose output feeds the next.
    async fn chain(&mut self, io: &mut Io, chain: Vec<Command>) -> i64 {
        let mut fed: Option<String> = None;
        let last = chain.len() - 1;
        for (index, command) in chain.into_iter().enumerate() {
            let words = match self.expand_all(&command.words) {
                Ok(words) => words,
                Err(error) => {
                    io.write(STDERR, &format!("sh: {error}\n")).await;
                    return 2;
                }
            };
            let target = match &command.output {
                Some((word, append)) => match self.expand(word) {
                    Ok(path) => Some((self.absolute(&path.concat()), *append)),
                    Err(_) => None,
                },
                None => None,
            };
            let mut context =
                Context { input: fed.take(), capture: (index < last || target.is_some()).then(String::new) };
            self.status = self.run(io, &words, &mut context).await;
            let output = context.capture.take();
            match target {
                Some((path, append)) => self.redirect(&path, append, &output.unwrap_or_default()),
                None => fed = output,
            }
        }
        self.status
    }

    fn redirect(&self, path: &str, append: bool, output: &str) {
        if path == "/dev/null" {
            return;
        }
        let before = if append { self.place.files().remove(path).unwrap_or_default() } else { String::new() };
        self.place.write(path, Some(before + output));
    }

    /// Runs words that need no more expansion, as `exec` without a shell does.
    pub async fn words(&mut self, io: &mut Io, words: &[String]) -> i64 {
        self.run(io, words, &mut Context::default()).await
    }

    async fn run(&mut self, io: &mut Io, words: &[String], context: &mut Context) -> i64 {
        let Some(first) = words.first() else { return self.status };
        if let Some((name, value)) = first.split_once('=').filter(|(name, _)| is_name(name)) {
            self.variables.insert(name.to_owned(), value.to_owned());
            return 0;
        }
        commands::run(self, io, words, context).await
    }

    fn expand_all(&self, words: &[Word]) -> Result<Vec<String>, String> {
        let mut all = Vec::new();
        for word in words {
            all.extend(self.expand(word)?);
        }
        Ok(all)
    }

    /// A word with its variables filled in; an unquoted value may become several words, or none.
    fn expand(&self, word: &Word) -> Result<Vec<String>, String> {
        let mut words = Vec::new();
        let mut current = String::new();
        let mut there = false;
        for part in word {
            match part {
                Part::Plain(text) => {
                    current.push_str(text);
                    there = true;
                }
                Part::Arithmetic(text) => {
                    let number = |name: &str| self.variable(name).parse().unwrap_or_default();
                    current.push_str(&arithmetic(text, &number)?.to_string());
                    there = true;
                }
                Part::Variable(name, true) => current.push_str(&self.variable(name)),
                Part::Variable(name, false) => {
                    let value = self.variable(name);
                    let mut pieces = value.split_whitespace();
                    if let Some(piece) = pieces.next() {
                        current.push_str(piece);
                        there = true;
                    }
                    for piece in pieces {
                        words.push(std::mem::replace(&mut current, piece.to_owned()));
                    }
                }
            }
        }
        // Empty plain parts around a variable that vanished are no word by themselves.
        let only_variable = word.iter().all(|part| match part {
            Part::Plain(text) => text.is_empty(),
            Part::Variable(_, quoted) => !quoted,
            Part::Arithmetic(_) => false,
        }) && word.iter().any(|part| matches!(part, Part::Variable(..)));
        if !current.is_empty()
            || (there && !only_variable)
            || word.iter().any(|part| matches!(part, Part::Variable(_, true)))
        {
            words.push(current);
        }
        Ok(words)
    }

    fn variable(&self, name: &str) -> String {
        match name {
            "?" => self.status.to_string(),
            "$" => self.place.numbers(&self.place.processes()).0.to_string(),
            "#" => "0".to_owned(),
            "PWD" => self.directory.clone(),
            name => self.variables.get(name).cloned().unwrap_or_default(),
        }
    }

    /// A path from the root, without `.` and `..`.
    pub fn absolute(&self, path: &str) -> String {
        let whole = match path.strip_prefix('~') {
            Some(rest) => format!("{}{rest}", self.variable("HOME")),
            None if path.starts_with('/') => path.to_owned(),
            None => format!("{}/{path}", self.directory),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        self.place.resolve(&format!("/{}", parts.join("/")))
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

async fn plain_line(io: &mut Io) -> Line {
    let mut line = Vec::new();
    loop {
        match io.byte().await {
            Some(b'\n') => break,
            Some(byte) => line.push(byte),
            None if line.is_empty() => return Line::End,
            None => break,
        }
    }
    Line::Text(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())
}
