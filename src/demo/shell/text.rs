//! Commands that turn text into text: `grep`, `head`, `tail`, `wc`, `sort`, `tr`.

use super::commands::Context;
use super::io::{Io, STDERR};
use super::session::Session;

/// Runs one of them, on the named files or on what it is fed.
pub async fn filter(shell: &Session, io: &mut Io, words: &[String], context: &mut Context) -> i64 {
    let name = words[0].rsplit('/').next().unwrap_or_default().to_owned();
    let call = Call::parse(&name, &words[1..]);
    let mut input = String::new();
    for path in &call.files {
        let path = shell.absolute(path);
        if let Some(content) = shell.place.files().get(&path) {
            input.push_str(content);
        } else {
            io.write(STDERR, &format!("{name}: {path}: {}\n", shell.place.missing(&path))).await;
            return if name == "grep" { 2 } else { 1 };
        }
    }
    if call.files.is_empty() {
        input = context.all_input(io).await;
    }
    let (output, code) = call.apply(&name, &input);
    context.out(io, &output).await;
    code
}

/// Flags, operands and files of a call.
#[derive(Debug, Default)]
struct Call {
    flags: String,
    count: Option<usize>,
    operands: Vec<String>,
    files: Vec<String>,
}

impl Call {
    fn parse(name: &str, words: &[String]) -> Self {
        let mut call = Self::default();
        let mut plain = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
                Some("n") if matches!(name, "head" | "tail") => {
                    call.count = words.next().and_then(|count| count.trim_start_matches('+').parse().ok());
                }
                Some(rest) => match rest.trim_start_matches('n').parse() {
                    Ok(count) => call.count = Some(count),
                    Err(_) => call.flags.push_str(rest),
                },
                None => plain.push(word.clone()),
            }
        }
        let operands = match name {
            "grep" => 1,
            "tr" => 2,
            _ => 0,
        };
        call.files = plain.split_off(operands.min(plain.len()));
        call.operands = plain;
        call
    }

    fn apply(&self, name: &str, input: &str) -> (String, i64) {
        let lines: Vec<&str> = input.lines().collect();
        let count = self.count.unwrap_or(10);
        let joined = |lines: &[&str]| super::commands::lines(lines.iter());
        match name {
            "head" => (joined(&lines[..count.min(lines.len())]), 0),
            "tail" => (joined(&lines[lines.len().saturating_sub(count)..]), 0),
            "sort" => {
                let mut lines = lines;
                lines.sort_unstable();
                if self.flags.contains('r') {
                    lines.reverse();
                }
                (joined(&lines), 0)
            }
            "wc" => (self.count_words(input), 0),
            "tr" => (self.translate(input), 0),
            _ => self.grep(&lines),
        }
    }

    fn count_words(&self, input: &str) -> String {
        let all = [('l', input.matches('\n').count()), ('w', input.split_whitespace().count()), ('c', input.len())];
        let wanted: Vec<String> = all
            .iter()
            .filter(|(flag, _)| self.flags.is_empty() || self.flags.contains(*flag))
            .map(|(_, count)| count.to_string())
            .collect();
        let name = self.files.first().map(|file| format!(" {file}")).unwrap_or_default();
        format!("{}{name}\n", wanted.join(" "))
    }

    fn translate(&self, input: &str) -> String {
        let unescape = |text: &str| text.replace("\\n", "\n").replace("\\0", "\0").replace("\\t", "\t");
        let from: Vec<char> = self.operands.first().map(|text| unescape(text).chars().collect()).unwrap_or_default();
        let to: Vec<char> = self.operands.get(1).map(|text| unescape(text).chars().collect()).unwrap_or_default();
        let change = |c: char| match from.iter().position(|known| *known == c) {
            Some(at) => to.get(at).or(to.last()).copied(),
            None => Some(c),
        };
        input.chars().filter_map(change).collect()
    }

    fn grep(&self, lines: &[&str]) -> (String, i64) {
        let pattern = self.operands.first().map(String::as_str).unwrap_or_default();
        let pattern = if self.flags.contains('F') { regex::escape(pattern) } else { pattern.to_owned() };
        let Ok(regex) = regex::RegexBuilder::new(&pattern).case_insensitive(self.flags.contains('i')).build() else {
            return (String::new(), 2);
        };
        let found: Vec<String> = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| regex.is_match(line) != self.flags.contains('v'))
            .map(
                |(at, line)| {
                    if self.flags.contains('n') { format!("{}:{line}\n", at + 1) } else { format!("{line}\n") }
                },
            )
            .collect();
        let code = i64::from(found.is_empty());
        match self.flags.as_str() {
            flags if flags.contains('q') => (String::new(), code),
            flags if flags.contains('c') => (format!("{}\n", found.len()), code),
            _ => (found.concat(), code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(line: &str, input: &str) -> (String, i64) {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Call::parse(&words[0], &words[1..]).apply(&words[0], input)
    }

    #[test]
    fn the_usual_calls() {
        let input = "one\ntwo\nthree\n";
        for (line, output, code) in [
            ("head -n 1", "one\n", 0),
            ("head -2", "one\ntwo\n", 0),
            ("tail -n1", "three\n", 0),
            ("grep t", "two\nthree\n", 0),
            ("grep -vn t", "1:one\n", 0),
            ("grep -c o", "2\n", 0),
            ("grep zero", "", 1),
            ("grep [", "", 2),
            ("wc -l", "3\n", 0),
            ("sort -r", "two\nthree\none\n", 0),
        ] {
            assert_eq!(apply(line, input), (output.to_owned(), code), "{line}");
        }
        assert_eq!(apply("tr \\0 \\n", "a\0b").0, "a\nb");
    }
}
