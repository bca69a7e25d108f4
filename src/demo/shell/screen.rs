//! Programs that take the whole screen: `top`, and a viewer that stands for `vi` and `less`.

use std::fmt::Write as _;
use std::time::Duration;

use super::io::{Io, STDERR, STDOUT};
use super::session::Session;
use super::who::processes;
use crate::base::width::cut;

const ENTER: &str = "\x1b[?1049h\x1b[H";
const LEAVE: &str = "\x1b[?1049l";

/// Shows the processes again and again, until `q` or ^C.
pub async fn top(shell: &Session, io: &mut Io) -> i64 {
    if !io.tty {
        io.write(STDOUT, &processes(shell)).await;
        return 0;
    }
    io.raw(ENTER).await;
    loop {
        io.raw(&top_frame(shell, io.window())).await;
        let mut size = io.size.clone();
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            Ok(()) = size.changed() => {
                io.size.mark_unchanged();
            }
            key = io.byte() => if matches!(key, None | Some(b'q' | 3)) {
                break;
            }
        }
    }
    io.raw(LEAVE).await;
    0
}

fn top_frame(shell: &Session, (columns, rows): (usize, usize)) -> String {
    let seconds = shell.place.now().seconds();
    let busy = 3 + seconds % 17;
    let mut lines = vec![
        format!("Mem: 3102184K used, 5024120K free   {}", shell.place.now().rfc3339()),
        format!("CPU: {busy:>3}% usr   1% sys   0% nic  {:>3}% idle", 99 - busy),
        String::new(),
    ];
    lines.extend(processes(shell).lines().map(str::to_owned));
    let mut frame = String::from("\x1b[H");
    for (at, line) in lines.iter().take(rows).enumerate() {
        let line = cut(line, columns);
        let (on, off) = if at == 3 { ("\x1b[7m", "\x1b[0m") } else { ("", "") };
        let _ = write!(frame, "{on}{line}{off}\x1b[K{}", if at + 1 < rows { "\r\n" } else { "" });
    }
    frame + "\x1b[J"
}

/// Shows a file: `q` leaves `less`, `:q` leaves `vi`.
pub async fn view(shell: &Session, io: &mut Io, path: &str, vi: bool) -> i64 {
    let full = shell.absolute(path);
    let content = shell.place.files().remove(&full);
    let Some(content) = content.or_else(|| vi.then(String::new)) else {
        io.write(STDERR, &format!("less: can't open '{full}': No such file or directory\n")).await;
        return 1;
    };
    if !io.tty {
        io.write(STDOUT, &content).await;
        return 0;
    }
    let lines: Vec<&str> = content.lines().collect();
    let (mut top, mut command) = (0_usize, String::new());
    io.raw(ENTER).await;
    loop {
        let (columns, rows) = io.window();
        let page = rows.saturating_sub(1).max(1);
        top = top.min(lines.len().saturating_sub(page));
        let status = if command.is_empty() { format!("{full} {}/{}", top + 1, lines.len()) } else { command.clone() };
        io.raw(&view_frame(&lines, top, page, columns, &status, vi)).await;
        let mut size = io.size.clone();
        let key = tokio::select! {
            Ok(()) = size.changed() => {
                io.size.mark_unchanged();
                continue;
            }
            key = io.byte() => key,
        };
        match (key, command.is_empty()) {
            (None | Some(3), _) => break,
            (Some(b'q'), true) if !vi => break,
            (Some(b':'), true) => command.push(':'),
            (Some(b'\r' | b'\n'), false) if command.starts_with(":q") => break,
            (Some(27 | b'\r' | b'\n'), false) => command.clear(),
            (Some(byte), false) => command.push(char::from(byte)),
            (Some(b'j' | b'B' | b'\r'), true) => top += 1,
            (Some(b'k' | b'A'), true) => top = top.saturating_sub(1),
            (Some(b' ' | 6), true) => top += page,
            (Some(b'b' | 2), true) => top = top.saturating_sub(page),
            (Some(b'G'), true) => top = lines.len(),
            (Some(b'g'), true) => top = 0,
            _ => {}
        }
    }
    io.raw(LEAVE).await;
    0
}

fn view_frame(lines: &[&str], top: usize, page: usize, columns: usize, status: &str, vi: bool) -> String {
    let mut frame = String::from("\x1b[H");
    for row in 0..page {
        let line = lines.get(top + row).copied().unwrap_or("~");
        frame.push_str(&cut(line, columns));
        frame.push_str("\x1b[K\r\n");
    }
    let mark = if vi { "" } else { "\x1b[7m" };
    format!("{frame}{mark}{}\x1b[0m\x1b[K", cut(status, columns))
}
