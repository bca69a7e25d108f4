//! Commands about processes and users: `ps`, `kill`, `id`, `whoami`.

use std::fmt::Write as _;

use super::commands::Plain;
use super::session::Session;
use crate::demo::world::process::Process;

/// The processes as `ps` shows them, the shell and `ps` itself among them.
pub fn processes(shell: &Session) -> String {
    let place = &shell.place;
    let seen = place.processes();
    let (own, child) = place.numbers(&seen);
    let who = place.credentials().uid;
    let mut rows: Vec<(u32, i64, &str)> = seen.iter().map(row).collect();
    if !place.is_first {
        rows.push((own, who, "sh"));
    }
    rows.push((child, who, "ps"));
    let mut out = String::from("PID   USER     TIME  COMMAND\n");
    for (pid, uid, command) in rows {
        let user = place.name_of(uid).unwrap_or_else(|| uid.to_string());
        let _ = writeln!(out, "{pid:>5} {user:<8}  0:00 {command}");
    }
    out
}

fn row(process: &Process) -> (u32, i64, &str) {
    (process.pid, process.credentials.uid, &process.command)
}

/// `whoami`
pub fn whoami(shell: &Session) -> Plain {
    let uid = shell.place.credentials().uid;
    match shell.place.name_of(uid) {
        Some(name) => Ok(format!("{name}\n")),
        None => Err((format!("whoami: unknown uid {uid}\n"), 1)),
    }
}

/// `id`, and `id -u`.
pub fn id(shell: &Session, args: &[&str]) -> String {
    let who = shell.place.credentials();
    if let ["-u" | "-g"] = args {
        return format!("{}\n", if args == ["-u"] { who.uid } else { who.gid });
    }
    let named = |number: i64| match shell.place.name_of(number) {
        Some(name) => format!("{number}({name})"),
        None => number.to_string(),
    };
    let groups: Vec<String> = who.groups.iter().map(|group| named(*group)).collect();
    format!("uid={} gid={} groups={}\n", named(who.uid), named(who.gid), groups.join(","))
}

/// `kill`
pub fn kill(shell: &Session, args: &[&str]) -> Plain {
    let (mut signal, mut pids) = (15, Vec::new());
    for arg in args {
        match arg.strip_prefix('-') {
            Some(name) => {
                signal = match name.trim_start_matches("SIG") {
                    "HUP" => 1,
                    "INT" => 2,
                    "QUIT" => 3,
                    "KILL" => 9,
                    "TERM" => 15,
                    number => number.parse().map_err(|_| (format!("sh: kill: bad signal name '{number}'\n"), 1))?,
                }
            }
            None => pids.push(*arg),
        }
    }
    for text in pids {
        let pid = text.parse().map_err(|_| (format!("sh: kill: invalid number '{text}'\n"), 1))?;
        if let Err(why) = shell.place.kill(pid, signal) {
            return Err((format!("sh: kill: ({pid}) - {why}\n"), 1));
        }
    }
    Ok(String::new())
}
