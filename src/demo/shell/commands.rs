//! The commands of a container: one function finds them, one runs them.
//!
//! Those that only turn text into text are in `text`; those that take the whole screen in `screen`.

use std::fmt::Write as _;
use std::time::Duration;

use super::io::{Io, STDERR, STDOUT};
use super::session::Session;
use super::{network, node, screen, tar, text, who};
use crate::demo::world::tools;

/// What a command is fed, and whether its output goes to the next one.
#[derive(Debug, Default)]
pub struct Context {
    /// What it reads, when that is not the terminal.
    pub input: Option<String>,
    /// Collects what it writes, when that is not the terminal.
    pub capture: Option<String>,
}

impl Context {
    /// Writes the command's output.
    pub async fn out(&mut self, io: &Io, text: &str) {
        match &mut self.capture {
            Some(captured) => captured.push_str(text),
            None => io.write(STDOUT, text).await,
        }
    }

    /// What the command reads: what it is fed, or what is typed.
    pub async fn all_input(&mut self, io: &mut Io) -> String {
        match self.input.take() {
            Some(input) => input,
            None => String::from_utf8_lossy(&io.rest().await).into_owned(),
        }
    }
}

/// Commands that are part of the shell.
const BUILTINS: &[&str] = &["cd", "command", "exec", "exit", "export", "unset", ":", "type", "set"];

/// Runs a command; gives back its exit code.
pub async fn run(shell: &mut Session, io: &mut Io, words: &[String], context: &mut Context) -> i64 {
    let base = shell.place.base();
    let name = words[0].as_str();
    if !BUILTINS.contains(&name) && !tools::has(&base, name) {
        let known = shell.place.files().contains_key(&shell.absolute(name));
        let (why, code) = if known && name.contains('/') { ("Permission denied", 126) } else { ("not found", 127) };
        io.write(STDERR, &format!("sh: {name}: {why}\n")).await;
        return code;
    }
    let args: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    match name.rsplit('/').next().unwrap_or(name) {
        "sleep" => sleep(io, &args).await,
        "cat" if args.is_empty() => {
            cat_input(io, context).await;
            0
        }
        "tail" if args.contains(&"-f") => follow(shell, io, &args).await,
        "stty" => {
            let (columns, rows) = io.window();
            context.out(io, &if args == ["size"] { format!("{rows} {columns}\n") } else { String::new() }).await;
            0
        }
        "top" => screen::top(shell, io).await,
        "vi" => screen::view(shell, io, args.first().copied().unwrap_or_default(), true).await,
        "less" => screen::view(shell, io, args.first().copied().unwrap_or_default(), false).await,
        "tar" => tar::run(shell, io, &args, context).await,
        "chroot" => Box::pin(chroot(shell, io, &args, context)).await,
        "nslookup" => network::nslookup(shell, io, &args, context).await,
        "wget" | "curl" => network::fetch(shell, io, &args, context).await,
        "sh" | "bash" | "ash" => Box::pin(nested(shell, io, &args)).await,
        "exec" => Box::pin(replace(shell, io, &words[1..], context)).await,
        "grep" | "head" | "tail" | "wc" | "sort" | "tr" => text::filter(shell, io, words, context).await,
        plain => match plain_command(shell, plain, &args) {
            Ok(output) => {
                context.out(io, &output).await;
                i64::from(plain == "false")
            }
            Err((error, code)) => {
                io.write(STDERR, &error).await;
                code
            }
        },
    }
}

async fn nested(shell: &mut Session, io: &mut Io, args: &[&str]) -> i64 {
    let mut inner = Session::new(shell.place.clone());
    // It is a process of its own.
    inner.place.is_first = false;
    inner.directory.clone_from(&shell.directory);
    inner.variables.clone_from(&shell.variables);
    match args {
        ["-c", script, ..] => inner.script(io, script).await,
        _ => inner.interact(io).await,
    }
}

/// Runs a command, or a shell, with another directory for the root.
async fn chroot(shell: &mut Session, io: &mut Io, args: &[&str], context: &mut Context) -> i64 {
    let Some((directory, command)) = args.split_first() else {
        io.write(STDERR, "chroot: missing operand\n").await;
        return 125;
    };
    let to = shell.absolute(directory);
    let why = if shell.place.directories().contains(&to) {
        (!shell.place.credentials().can("SYS_CHROOT")).then_some("Operation not permitted")
    } else {
        Some(shell.place.missing(&to))
    };
    if let Some(why) = why {
        io.write(STDERR, &format!("chroot: cannot change root directory to '{directory}': {why}\n")).await;
        return 125;
    }
    let mut inner = Session::new(shell.place.clone());
    inner.place.root = format!("{}{}", shell.place.root, to.trim_end_matches('/'));
    inner.place.is_first = false;
    inner.variables.clone_from(&shell.variables);
    let words: Vec<String> = if command.is_empty() {
        vec!["sh".to_owned()]
    } else {
        command.iter().map(|word| (*word).to_owned()).collect()
    };
    if words.len() == 1 && context.capture.is_some()
        || !matches!(words[0].as_str(), "sh" | "bash" | "/bin/sh" | "/bin/bash")
    {
        return run(&mut inner, io, &words, context).await;
    }
    inner.command(io, &words).await
}

/// Puts a command in the shell's place; without one nothing changes.
async fn replace(shell: &mut Session, io: &mut Io, words: &[String], context: &mut Context) -> i64 {
    if words.is_empty() {
        return 0;
    }
    let code = run(shell, io, words, context).await;
    shell.exited = true;
    code
}

/// Waits, unless ^C is typed.
async fn sleep(io: &mut Io, args: &[&str]) -> i64 {
    let Some(seconds) =
        args.first().and_then(|text| text.trim_end_matches('s').parse::<f64>().ok()).filter(|n| *n >= 0.0)
    else {
        let shown = args.first().copied().unwrap_or_default();
        io.write(STDERR, &format!("sleep: invalid number '{shown}'\n")).await;
        return 1;
    };
    let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(u64::from(u32::MAX)));
    tokio::select! {
        () = tokio::time::sleep(time) => 0,
        () = interrupt(io) => 130,
    }
}

/// Ends when ^C is typed at a terminal; what else is typed stays for the next reader.
pub async fn interrupt(io: &mut Io) {
    let mut kept = Vec::new();
    loop {
        match io.byte().await {
            Some(3) if io.tty => {
                io.raw("^C\r\n").await;
                break;
            }
            Some(byte) => {
                kept.push(byte);
                if !io.tty {
                    io.unread(byte);
                    std::future::pending::<()>().await;
                }
            }
            None => std::future::pending().await,
        }
    }
}

/// Gives back what is typed, as it comes.
async fn cat_input(io: &mut Io, context: &mut Context) {
    if let Some(input) = context.input.take() {
        return context.out(io, &input).await;
    }
    if !io.tty {
        while let Some(bytes) = next_bytes(io).await {
            context.out(io, &String::from_utf8_lossy(&bytes)).await;
        }
        return;
    }
    let mut history = super::edit::History::default();
    while let super::edit::Line::Text(line) = super::edit::read_line(io, "", &mut history).await {
        context.out(io, &format!("{line}\n")).await;
    }
}

async fn next_bytes(io: &mut Io) -> Option<Vec<u8>> {
    let first = io.byte().await?;
    let mut all = vec![first];
    while let Ok(more) = io.input.try_recv() {
        all.extend(more);
    }
    Some(all)
}

/// Shows what is added to a file until ^C.
async fn follow(shell: &Session, io: &mut Io, args: &[&str]) -> i64 {
    let Some(path) = args.iter().rfind(|arg| !arg.starts_with('-')) else { return 1 };
    let path = shell.absolute(path);
    let mut shown = 0;
    loop {
        let Some(content) = shell.place.files().remove(&path) else {
            io.write(STDERR, &format!("tail: can't open '{path}': No such file or directory\n")).await;
            return 1;
        };
        if let Some(news) = content.get(shown..) {
            io.write(STDOUT, news).await;
        }
        shown = content.len();
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = interrupt(io) => return 130,
        }
    }
}

/// What a command writes, or what it complains of and its exit code.
pub type Plain = Result<String, (String, i64)>;

/// Commands that neither wait nor read.
fn plain_command(shell: &mut Session, name: &str, args: &[&str]) -> Plain {
    match name {
        "echo" => Ok(echo(args)),
        "pwd" => Ok(format!("{}\n", shell.directory)),
        "cd" => change_directory(shell, args),
        "ls" => list(shell, args),
        "cat" => concatenate(shell, args),
        "env" | "printenv" | "set" => environment(shell, args),
        "export" => {
            for (name, value) in args.iter().filter_map(|arg| arg.split_once('=')) {
                shell.variables.insert(name.to_owned(), value.to_owned());
            }
            Ok(String::new())
        }
        "unset" => {
            for name in args {
                shell.variables.remove(*name);
            }
            Ok(String::new())
        }
        "exit" => {
            shell.exited = true;
            Err((String::new(), args.first().and_then(|code| code.parse::<i64>().ok()).unwrap_or(shell.status) & 0xff))
        }
        "false" => Err((String::new(), 1)),
        "whoami" => who::whoami(shell),
        "id" => Ok(who::id(shell, args)),
        "hostname" => Ok(format!("{}\n", shell.place.host())),
        "test" => {
            if test(shell, args) {
                Ok(String::new())
            } else {
                Err((String::new(), 1))
            }
        }
        "uname" if args.contains(&"-a") => {
            Ok(format!("Linux {} 6.12.48+deb13-amd64 x86_64 GNU/Linux\n", shell.place.host()))
        }
        "uname" if args.contains(&"-r") => Ok("6.12.48+deb13-amd64\n".to_owned()),
        "uname" => Ok("Linux\n".to_owned()),
        "date" => Ok(format!("{}\n", shell.place.now().rfc1123().replace(" +0000", " UTC"))),
        "clear" => Ok("\x1b[H\x1b[J".to_owned()),
        "ps" => Ok(who::processes(shell)),
        "kill" => who::kill(shell, args),
        "netstat" | "ss" => Ok(network::listeners(shell)),
        "ip" => Ok(network::addresses(shell)),
        "readlink" => readlink(shell, args),
        "crictl" | "journalctl" | "systemctl" => node::run(shell, name, args),
        "touch" | "rm" | "mkdir" => change_files(shell, name, args),
        "mount" => Ok(shell.place.mounts()),
        "which" | "type" => which(shell, args),
        "command" => which(shell, args.strip_prefix(&["-v"]).unwrap_or(args)),
        _ => Ok(String::new()),
    }
}

/// `test`: what exists, and whether texts are empty or equal.
fn test(shell: &Session, args: &[&str]) -> bool {
    let is_file = |path: &str| shell.place.files().contains_key(&shell.absolute(path));
    let is_directory = |path: &str| shell.place.directories().contains(&shell.absolute(path));
    match args {
        ["-d", path] => is_directory(path),
        ["-f", path] => is_file(path),
        ["-e", path] => is_file(path) || is_directory(path),
        ["-z", text] => text.is_empty(),
        ["-n", text] | [text] => !text.is_empty(),
        [one, "=", other] => one == other,
        [one, "!=", other] => one != other,
        _ => false,
    }
}

fn echo(args: &[&str]) -> String {
    let mut args = args;
    let mut newline = true;
    let mut escapes = false;
    while let Some(flag @ ("-n" | "-e" | "-ne" | "-en")) = args.first().copied() {
        newline &= !flag.contains('n');
        escapes |= flag.contains('e');
        args = &args[1..];
    }
    let mut text = args.join(" ");
    if escapes {
        text = unescaped(&text);
    }
    if newline { text + "\n" } else { text }
}

/// What `echo -e` makes of a text: the escapes of busybox, left to right.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let known =
            [("033", '\x1b'), ("e", '\x1b'), ("a", '\x07'), ("n", '\n'), ("t", '\t'), ("r", '\r'), ("\\", '\\')];
        let found = known.iter().find_map(|(name, c)| Some((*c, after.strip_prefix(name)?)));
        // What is no escape stays as it is.
        let (c, behind) = found.unwrap_or(('\\', after));
        out.push(c);
        rest = behind;
    }
    out + rest
}

fn change_directory(shell: &mut Session, args: &[&str]) -> Plain {
    let to = shell.absolute(args.first().copied().unwrap_or("~"));
    if !shell.place.directories().contains(&to) {
        return Err((format!("sh: cd: can't cd to {to}: {}\n", shell.place.missing(&to)), 2));
    }
    shell.directory = to;
    Ok(String::new())
}

fn list(shell: &Session, args: &[&str]) -> Plain {
    let long = args.iter().any(|arg| arg.starts_with('-') && arg.contains('l'));
    let path = shell.absolute(args.iter().find(|arg| !arg.starts_with('-')).copied().unwrap_or("."));
    let files = shell.place.files();
    let directories = shell.place.directories();
    let row = |name: &str, size: usize, directory: bool| {
        if long {
            let mode = if directory { "drwxr-xr-x" } else { "-rw-r--r--" };
            format!("{mode}    1 root     root     {size:>8} Jan  1 00:00 {name}\n")
        } else {
            format!("{name}\n")
        }
    };
    if let Some(content) = files.get(&path) {
        return Ok(row(&path, content.len(), false));
    }
    if !directories.contains(&path) {
        return Err((format!("ls: {path}: {}\n", shell.place.missing(&path)), 1));
    }
    let prefix = if path == "/" { "/".to_owned() } else { format!("{path}/") };
    let direct = |full: &str| {
        full.strip_prefix(&prefix).filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned)
    };
    let mut rows: Vec<(String, String)> = Vec::new();
    rows.extend(directories.iter().filter_map(|full| direct(full)).map(|name| (name.clone(), row(&name, 4_096, true))));
    rows.extend(
        files
            .iter()
            .filter_map(|(full, content)| direct(full).map(|name| (name.clone(), row(&name, content.len(), false)))),
    );
    rows.sort();
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn concatenate(shell: &Session, args: &[&str]) -> Plain {
    let files = shell.place.files();
    let mut out = String::new();
    for path in args {
        let path = shell.absolute(path);
        match files.get(&path) {
            Some(content) => out.push_str(content),
            None if shell.place.directories().contains(&path) => {
                return Err((format!("cat: read error: Is a directory: {path}\n"), 1));
            }
            None => return Err((format!("cat: can't open '{path}': {}\n", shell.place.missing(&path)), 1)),
        }
    }
    Ok(out)
}

fn environment(shell: &Session, args: &[&str]) -> Plain {
    match args.first() {
        Some(name) => match shell.variables.get(*name) {
            Some(value) => Ok(format!("{value}\n")),
            None => Err((String::new(), 1)),
        },
        None => Ok(lines(shell.variables.iter().map(|(name, value)| format!("{name}={value}")))),
    }
}

/// Rows with their line ends.
pub fn lines(rows: impl Iterator<Item = impl AsRef<str>>) -> String {
    rows.fold(String::new(), |mut out, row| {
        out.push_str(row.as_ref());
        out.push('\n');
        out
    })
}

/// `readlink`, of the links of `/proc`.
fn readlink(shell: &Session, args: &[&str]) -> Plain {
    let path = shell.absolute(args.iter().find(|arg| !arg.starts_with('-')).copied().unwrap_or_default());
    let files = shell.place.files();
    let program = path.strip_suffix("/exe").and_then(|process| files.get(&format!("{process}/cmdline")));
    match program.map(|line| line.split('\0').next().unwrap_or_default()) {
        Some(program) if shell.place.missing(&path) != "Permission denied" => Ok(format!("{program}\n")),
        _ => Err((String::new(), 1)),
    }
}

fn change_files(shell: &Session, name: &str, args: &[&str]) -> Plain {
    let flags: String = args.iter().filter(|arg| arg.starts_with('-')).copied().collect();
    for path in args.iter().filter(|arg| !arg.starts_with('-')) {
        let path = shell.absolute(path);
        let files = shell.place.files();
        match name {
            "touch" => {
                if !files.contains_key(&path) {
                    shell.place.write(&path, Some(String::new()));
                }
            }
            "mkdir" => shell.place.write(&format!("{path}/"), Some(String::new())),
            _ => {
                let below = format!("{path}/");
                let gone: Vec<&String> = files
                    .keys()
                    .filter(|known| **known == path || (flags.contains('r') && known.starts_with(&below)))
                    .collect();
                if gone.is_empty() && !flags.contains('f') {
                    return Err((format!("rm: can't remove '{path}': No such file or directory\n"), 1));
                }
                for known in gone {
                    shell.place.write(known, None);
                }
            }
        }
    }
    Ok(String::new())
}

fn which(shell: &Session, args: &[&str]) -> Plain {
    let base = shell.place.base();
    let mut out = String::new();
    for name in args {
        if !tools::has(&base, name) {
            return Err((out, 1));
        }
        let _ = writeln!(out, "/bin/{name}");
    }
    Ok(out)
}
