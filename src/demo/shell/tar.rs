//! `tar` of a container: as much of it as copying files takes.
//!
//! Files of the world are text. Bytes that are none are kept in letters that no text has ([`KEPT`]), so that what is
//! copied in comes out as it was.

use super::commands::Context;
use super::io::{Io, STDERR};
use super::session::Session;

const BLOCK: usize = 512;
/// Bytes from 0x80 upwards that are no text stand at this place of the private letters, plus their value.
const KEPT: u32 = 0xF_0000;

/// `tar cf - PATH` and `tar xf - [-C DIRECTORY]`, with flags in any order.
pub async fn run(shell: &Session, io: &mut Io, args: &[&str], context: &mut Context) -> i64 {
    let mut directory = shell.directory.clone();
    let (mut flags, mut paths) = (String::new(), Vec::new());
    let mut args = args.iter().enumerate();
    while let Some((at, arg)) = args.next() {
        match *arg {
            "-C" => directory = shell.absolute(args.next().map_or("", |(_, path)| path)),
            "-" => {}
            long if long.starts_with("--") => {}
            letters if at == 0 || letters.starts_with('-') => flags.push_str(letters.trim_start_matches('-')),
            path => paths.push(path),
        }
    }
    if !shell.place.directories().contains(&directory) {
        return complain(io, &format!("can't change directory to '{directory}': No such file or directory")).await;
    }
    if flags.contains('c') {
        return create(shell, io, &paths, context).await;
    }
    if flags.contains('x') {
        let archive = io.rest().await;
        return match extract(shell, &directory, &archive) {
            Ok(()) => 0,
            Err(why) => complain(io, why).await,
        };
    }
    complain(io, "nothing to do").await
}

async fn complain(io: &Io, why: &str) -> i64 {
    io.write(STDERR, &format!("tar: {why}\n")).await;
    1
}

async fn create(shell: &Session, io: &mut Io, paths: &[&str], context: &mut Context) -> i64 {
    let files = shell.place.files();
    let directories = shell.place.directories();
    let (mut out, mut code) = (Vec::new(), 0);
    for path in paths {
        let full = shell.absolute(path);
        // Names in the archive are those that were asked for, without what leads to the root.
        let asked = path.trim_end_matches('/').trim_start_matches('/');
        let named = |known: &str| {
            let below = known.strip_prefix(full.trim_end_matches('/')).unwrap_or_default();
            format!("{asked}{below}").trim_start_matches('/').to_owned()
        };
        let is_below = |known: &str| full == "/" || known == full || known.starts_with(&format!("{full}/"));
        if !files.contains_key(&full) && !directories.contains(&full) {
            code = complain(io, &format!("{path}: No such file or directory")).await;
            continue;
        }
        for known in directories.iter().filter(|known| is_below(known) && *known != "/") {
            entry(&mut out, &(named(known) + "/"), b'5', &[]);
        }
        for (known, content) in files.iter().filter(|(known, _)| is_below(known) && !known.ends_with('/')) {
            entry(&mut out, &named(known), b'0', &as_bytes(content));
        }
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    match &mut context.capture {
        Some(captured) => captured.push_str(&as_text(&out)),
        None => {
            for piece in out.chunks(32 << 10) {
                io.bytes(piece.to_vec()).await;
            }
        }
    }
    code
}

/// Adds an entry; a name that does not fit goes before it.
fn entry(out: &mut Vec<u8>, name: &str, kind: u8, content: &[u8]) {
    if name.len() >= 100 {
        let mut long = name.as_bytes().to_vec();
        long.push(0);
        entry(out, "././@LongLink", b'L', &long);
    }
    let mut head = [0; BLOCK];
    let short = name.len().min(99);
    head[..short].copy_from_slice(&name.as_bytes()[..short]);
    let mode = if kind == b'5' { "0000755" } else { "0000644" };
    let size = format!("{:011o}", content.len());
    for (at, text) in [(100, mode), (108, "0000000"), (116, "0000000"), (124, &size), (136, "00000000000")] {
        head[at..at + text.len()].copy_from_slice(text.as_bytes());
    }
    head[156] = kind;
    head[257..265].copy_from_slice(b"ustar  \0");
    head[148..156].fill(b' ');
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    out.extend_from_slice(&head);
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

fn extract(shell: &Session, directory: &str, mut archive: &[u8]) -> Result<(), &'static str> {
    let mut long = None;
    while let Some((head, rest)) = archive.split_first_chunk::<BLOCK>() {
        if head.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let text = |from: usize, to: usize| {
            let field = head[from..to].split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(field).into_owned()
        };
        let size = usize::from_str_radix(text(124, 136).trim(), 8).map_err(|_| "invalid tar header")?;
        let content = rest.get(..size).ok_or("short read")?;
        archive = rest.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
        let prefix = if head[257..263] == *b"ustar\0" { text(345, 500) } else { String::new() };
        let plain = if prefix.is_empty() { text(0, 100) } else { format!("{prefix}/{}", text(0, 100)) };
        match head[156] {
            b'L' => long = Some(String::from_utf8_lossy(content).trim_end_matches('\0').to_owned()),
            b'x' => long = pax_path(content),
            b'0' | 0 | b'5' => {
                let name = long.take().unwrap_or(plain);
                let path = shell.absolute(&format!("{directory}/{name}"));
                let is_directory = head[156] == b'5';
                let path = if is_directory { path + "/" } else { path };
                shell.place.write(&path, Some(as_text(content)));
            }
            // Links have no place in this world.
            _ => long = None,
        }
    }
    Err("short read")
}

/// The path that a PAX record gives.
fn pax_path(content: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(content);
    text.lines().find_map(|line| line.split_once(" path=").map(|(_, path)| path.to_owned()))
}

fn as_text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().filter_map(|byte| char::from_u32(KEPT + u32::from(*byte))));
    }
    out
}

fn as_bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match u32::from(letter).checked_sub(KEPT).and_then(|byte| u8::try_from(byte).ok()) {
            Some(byte) => out.push(byte),
            None => out.extend(letter.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_come_out_as_they_were() {
        let bytes: Vec<u8> = (0..=255).chain("日本\n".bytes()).collect();
        assert_eq!(as_bytes(&as_text(&bytes)), bytes);
        assert_eq!(as_text("plain".as_bytes()), "plain");
    }

    #[test]
    fn a_pax_record_may_name_the_path() {
        assert_eq!(pax_path(b"20 mtime=1.5\n22 path=a b/long\n"), Some("a b/long".to_owned()));
        assert_eq!(pax_path(b"20 mtime=1.5\n"), None);
    }
}
