//! A line as it is typed at a terminal: echo, backspace, arrows, history, interrupt, end.

use super::io::Io;

/// How a line ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// With return.
    Text(String),
    /// With ^C.
    Interrupt,
    /// With ^D on an empty line, or because the client went.
    End,
}

/// The lines before this one.
#[derive(Debug, Default)]
pub struct History(Vec<String>);

/// What comes next: a byte, or word that the window has another size.
enum Heard {
    Byte(u8),
    Resized,
    End,
}

async fn hear(io: &mut Io) -> Heard {
    let mut size = io.size.clone();
    tokio::select! {
        biased;
        byte = io.byte() => byte.map_or(Heard::End, Heard::Byte),
        Ok(()) = size.changed() => {
            io.size.mark_unchanged();
            Heard::Resized
        }
    }
}

/// Reads a line, echoing what is typed. Who resizes the window sees it drawn again, as at any shell.
pub async fn read_line(io: &mut Io, prompt: &str, history: &mut History) -> Line {
    io.raw(prompt).await;
    let mut line: Vec<char> = Vec::new();
    let mut cursor = 0;
    let mut back = history.0.len();
    let mut utf8 = Vec::new();
    loop {
        let byte = match hear(io).await {
            Heard::Byte(byte) => byte,
            Heard::Resized => {
                redraw(io, prompt, &line, cursor).await;
                continue;
            }
            Heard::End => return Line::End,
        };
        match byte {
            b'\r' | b'\n' => break,
            3 => {
                io.raw("^C\r\n").await;
                return Line::Interrupt;
            }
            4 if line.is_empty() => return Line::End,
            4 => continue,
            12 => io.raw("\x1b[H\x1b[J").await,
            key if edit(key, &mut line, &mut cursor) => {}
            27 => match escape(io).await {
                Some(b'A') if back > 0 => {
                    back -= 1;
                    line = history.0[back].chars().collect();
                    cursor = line.len();
                }
                Some(b'B') if back < history.0.len() => {
                    back += 1;
                    line = history.0.get(back).map(|text| text.chars().collect()).unwrap_or_default();
                    cursor = line.len();
                }
                Some(b'C') => cursor = (cursor + 1).min(line.len()),
                Some(b'D') => cursor = cursor.saturating_sub(1),
                _ => {}
            },
            byte if byte < 32 || byte == 127 => continue,
            byte => {
                utf8.push(byte);
                let Ok(text) = std::str::from_utf8(&utf8) else {
                    // The rest of a character may be on its way; four bytes are the longest.
                    if utf8.len() >= 4 {
                        utf8.clear();
                    }
                    continue;
                };
                for c in text.chars() {
                    line.insert(cursor, c);
                    cursor += 1;
                }
                let appended = (cursor == line.len()).then(|| text.to_owned());
                utf8.clear();
                if let Some(text) = appended {
                    io.raw(&text).await;
                    continue;
                }
            }
        }
        redraw(io, prompt, &line, cursor).await;
    }
    io.raw("\r\n").await;
    let text: String = line.into_iter().collect();
    if !text.trim().is_empty() && history.0.last() != Some(&text) {
        history.0.push(text.clone());
    }
    Line::Text(text)
}

/// A key that by itself changes the line or moves in it; `false` when it is none.
fn edit(key: u8, line: &mut Vec<char>, cursor: &mut usize) -> bool {
    match key {
        8 | 127 if *cursor > 0 => {
            *cursor -= 1;
            line.remove(*cursor);
        }
        1 => *cursor = 0,
        5 => *cursor = line.len(),
        21 => {
            line.drain(..*cursor);
            *cursor = 0;
        }
        23 => {
            let word = line[..*cursor].iter().rposition(|c| *c == ' ').unwrap_or_default();
            line.drain(word..*cursor);
            *cursor = word;
        }
        _ => return false,
    }
    true
}

async fn redraw(io: &Io, prompt: &str, line: &[char], cursor: usize) {
    let text: String = line.iter().collect();
    let rest: String = line[cursor..].iter().collect();
    let back = crate::base::width::width(&rest);
    let back = if back > 0 { format!("\x1b[{back}D") } else { String::new() };
    io.raw(&format!("\r{prompt}{text}\x1b[K{back}")).await;
}

/// The last byte of an escape sequence of the form `ESC [ … x` or `ESC O x`.
async fn escape(io: &mut Io) -> Option<u8> {
    if !matches!(io.byte().await?, b'[' | b'O') {
        return None;
    }
    loop {
        let byte = io.byte().await?;
        if byte.is_ascii_alphabetic() || byte == b'~' {
            return Some(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{mpsc, watch};

    use super::*;

    async fn typed(keys: &[u8], history: &mut History) -> (Line, String) {
        let (send, input) = mpsc::channel(1);
        let (output, mut seen) = mpsc::channel(1_000);
        send.send(keys.to_vec()).await.expect("room");
        drop(send);
        let mut io = Io::new(input, output, watch::channel((80, 24)).1, true);
        let line = read_line(&mut io, "$ ", history).await;
        drop(io);
        let mut text = Vec::new();
        while let Some((_, bytes)) = seen.recv().await {
            text.extend(bytes);
        }
        (line, String::from_utf8(text).expect("text"))
    }

    #[tokio::test]
    async fn a_line_is_edited_as_at_any_shell() {
        let mut history = History::default();
        let (line, seen) = typed(b"lx\x7fs -l\r", &mut history).await;
        assert_eq!(line, Line::Text("ls -l".to_owned()));
        assert!(seen.starts_with("$ lx"), "{seen:?}");
        assert_eq!(typed(b"b\x1b[Da\r", &mut history).await.0, Line::Text("ab".to_owned()));
        assert_eq!(typed(b"\x1b[A\x1b[A\r", &mut history).await.0, Line::Text("ls -l".to_owned()));
        assert_eq!(typed("日本\r".as_bytes(), &mut history).await.0, Line::Text("日本".to_owned()));
    }

    #[tokio::test]
    async fn a_resized_window_shows_the_line_again() {
        let (typed, input) = mpsc::channel(1);
        let (output, mut seen) = mpsc::channel(1_000);
        let (sizes, size) = watch::channel((0, 0));
        let mut io = Io::new(input, output, size, true);
        let mut history = History::default();
        let client = async {
            let mut text = String::new();
            let mut until = async |wanted: &str| {
                while !text.ends_with(wanted) {
                    text.push_str(&String::from_utf8(seen.recv().await.expect("more").1).expect("text"));
                }
            };
            typed.send(b"ab".to_vec()).await.expect("room");
            until("$ ab").await;
            sizes.send_replace((80, 24));
            until("\r$ ab\x1b[K").await;
            typed.send(b"\r".to_vec()).await.expect("room");
        };
        let (line, ()) = tokio::join!(read_line(&mut io, "$ ", &mut history), client);
        assert_eq!(line, Line::Text("ab".to_owned()));
    }

    #[tokio::test]
    async fn a_line_can_be_interrupted_and_ended() {
        let mut history = History::default();
        assert_eq!(typed(b"abc\x03", &mut history).await.0, Line::Interrupt);
        assert_eq!(typed(b"\x04", &mut history).await.0, Line::End);
        assert_eq!(typed(b"ab", &mut history).await.0, Line::End);
    }
}
