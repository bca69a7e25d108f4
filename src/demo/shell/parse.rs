//! A line of shell: statements, words, quotes, redirections. Expansion happens later, when it is run.

/// What stands between two commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// `;` or the end of a line.
    Then,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Taken as it stands.
    Plain(String),
    /// `$NAME`, `${NAME}`, `$?`; whether it stood in double quotes.
    Variable(String, bool),
    /// `$((…))`
    Arithmetic(String),
}

/// A word: its parts, side by side.
pub type Word = Vec<Part>;

/// A command with where its output goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Name and arguments.
    pub words: Vec<Word>,
    /// A file, and whether to append to it.
    pub output: Option<(Word, bool)>,
}

/// Commands, each with the link that leads to it.
pub type Script = Vec<(Link, Command)>;

/// Reads a script. The error is the shell's own sentence.
pub fn parse(text: &str) -> Result<Script, String> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0 };
    let mut script = Vec::new();
    let mut link = Link::Then;
    loop {
        let command = reader.command()?;
        let empty = command == Command::default();
        if !empty {
            script.push((link, command));
        } else if link != Link::Then {
            return Err("syntax error: unexpected end of file".to_owned());
        }
        match reader.link() {
            Some(_) if empty && !reader.at_line_end() => return Err("syntax error: unexpected \";\"".to_owned()),
            Some(next) => link = next,
            None => return Ok(script),
        }
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn take(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        self.at += usize::from(there);
        there
    }

    fn at_line_end(&self) -> bool {
        self.at > 0 && self.chars.get(self.at - 1) == Some(&'\n')
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.at += 1;
        }
        if self.peek() == Some('#') {
            while !matches!(self.peek(), None | Some('\n')) {
                self.at += 1;
            }
        }
    }

    fn link(&mut self) -> Option<Link> {
        match self.next()? {
            '&' if self.take('&') => Some(Link::And),
            '|' if self.take('|') => Some(Link::Or),
            '|' => Some(Link::Pipe),
            // A single `&` would run in the background; here it runs in its turn.
            _ => Some(Link::Then),
        }
    }

    fn command(&mut self) -> Result<Command, String> {
        let mut command = Command::default();
        loop {
            self.skip_blanks();
            match self.peek() {
                None | Some(';' | '\n' | '&' | '|') => return Ok(command),
                Some('>') => {
                    self.at += 1;
                    let append = self.take('>');
                    self.skip_blanks();
                    command.output = Some((self.word()?, append));
                }
                Some('2') if self.chars.get(self.at + 1) == Some(&'>') => {
                    // Errors go where the output goes, or are dropped: nobody here tells them apart.
                    self.at += 2;
                    if !self.take('&') {
                        self.skip_blanks();
                    }
                    self.word()?;
                }
                Some(_) => command.words.push(self.word()?),
            }
        }
    }

    fn word(&mut self) -> Result<Word, String> {
        let mut word = Word::new();
        let mut plain = String::new();
        let mut quoted = false;
        loop {
            match self.peek() {
                None if quoted => return Err("syntax error: unterminated quoted string".to_owned()),
                None => break,
                Some(' ' | '\t' | '\n' | ';' | '&' | '|' | '>') if !quoted => break,
                Some('\'') if !quoted => {
                    self.at += 1;
                    loop {
                        match self.next() {
                            Some('\'') => break,
                            Some(c) => plain.push(c),
                            None => return Err("syntax error: unterminated quoted string".to_owned()),
                        }
                    }
                    word.push(Part::Plain(String::new()));
                }
                Some('"') => {
                    self.at += 1;
                    quoted = !quoted;
                    // An empty pair of quotes is a word too.
                    word.push(Part::Plain(std::mem::take(&mut plain)));
                }
                Some('\\') => {
                    self.at += 1;
                    plain.extend(self.next());
                }
                Some('$') => {
                    self.at += 1;
                    match self.dollar(quoted)? {
                        Some(part) => {
                            word.push(Part::Plain(std::mem::take(&mut plain)));
                            word.push(part);
                        }
                        None => plain.push('$'),
                    }
                }
                Some(c) => {
                    self.at += 1;
                    plain.push(c);
                }
            }
        }
        if !plain.is_empty() {
            word.push(Part::Plain(plain));
        }
        Ok(word)
    }

    fn dollar(&mut self, quoted: bool) -> Result<Option<Part>, String> {
        let rest: String = self.chars[self.at..].iter().collect();
        if let Some(inner) = rest.strip_prefix("((") {
            let end = inner.find("))").ok_or("syntax error: missing '))'")?;
            self.at += inner[..end].chars().count() + 4;
            return Ok(Some(Part::Arithmetic(inner[..end].to_owned())));
        }
        if let Some(inner) = rest.strip_prefix('{') {
            let end = inner.find('}').ok_or("syntax error: bad substitution")?;
            self.at += inner[..end].chars().count() + 2;
            return Ok(Some(Part::Variable(inner[..end].to_owned(), quoted)));
        }
        if let Some(special @ ('?' | '$' | '#')) = self.peek() {
            self.at += 1;
            return Ok(Some(Part::Variable(special.to_string(), quoted)));
        }
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        self.at += name.len();
        Ok((!name.is_empty()).then_some(Part::Variable(name, quoted)))
    }
}

/// Whole-number arithmetic: `+ - * / %`, parentheses, names.
pub fn arithmetic(text: &str, variable: &dyn Fn(&str) -> i64) -> Result<i64, String> {
    let mut sum = Sum { text: text.chars().filter(|c| !c.is_whitespace()).collect(), at: 0, variable };
    let value = sum.terms()?;
    if sum.at < sum.text.len() {
        return Err("arithmetic syntax error".to_owned());
    }
    Ok(value)
}

struct Sum<'a> {
    text: Vec<char>,
    at: usize,
    variable: &'a dyn Fn(&str) -> i64,
}

impl Sum<'_> {
    fn terms(&mut self) -> Result<i64, String> {
        let mut value = self.factors()?;
        while let Some(sign @ ('+' | '-')) = self.text.get(self.at).copied() {
            self.at += 1;
            let next = self.factors()?;
            value = if sign == '+' { value.wrapping_add(next) } else { value.wrapping_sub(next) };
        }
        Ok(value)
    }

    fn factors(&mut self) -> Result<i64, String> {
        let mut value = self.atom()?;
        while let Some(sign @ ('*' | '/' | '%')) = self.text.get(self.at).copied() {
            self.at += 1;
            let next = self.atom()?;
            value = match (sign, next) {
                ('*', next) => value.wrapping_mul(next),
                (_, 0) => return Err("divide by zero".to_owned()),
                ('/', next) => value.wrapping_div(next),
                (_, next) => value.wrapping_rem(next),
            };
        }
        Ok(value)
    }

    fn atom(&mut self) -> Result<i64, String> {
        match self.text.get(self.at) {
            Some('-') => {
                self.at += 1;
                Ok(self.atom()?.wrapping_neg())
            }
            Some('(') => {
                self.at += 1;
                let value = self.terms()?;
                self.at += 1;
                Ok(value)
            }
            Some(c) if c.is_ascii_alphanumeric() || matches!(c, '_' | '$') => {
                let word: String = self.text[self.at..]
                    .iter()
                    .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))
                    .collect();
                self.at += word.chars().count();
                Ok(word.parse().unwrap_or_else(|_| (self.variable)(word.trim_start_matches('$'))))
            }
            _ => Err("arithmetic syntax error".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        let show = |word: &Word| {
            word.iter()
                .map(|part| match part {
                    Part::Plain(text) => text.clone(),
                    Part::Variable(name, _) => format!("<{name}>"),
                    Part::Arithmetic(text) => format!("({text})"),
                })
                .collect::<String>()
        };
        parse(text).expect(text).iter().map(|(_, command)| command.words.iter().map(show).collect()).collect()
    }

    #[test]
    fn words_quotes_and_variables() {
        assert_eq!(words("echo 'a b' \"c $X\" d\\ e"), [["echo", "a b", "c <X>", "d e"]]);
        assert_eq!(words("echo $? ${HOME}/x $((1+2)) $"), [["echo", "<?>", "<HOME>/x", "(1+2)", "$"]]);
        assert_eq!(words("echo ''"), [["echo", ""]]);
        assert_eq!(words("a # comment\nb"), [["a"], ["b"]]);
    }

    #[test]
    fn links_and_redirections() {
        let script = parse("a && b || c; d | e > f >> g").expect("valid");
        let links: Vec<Link> = script.iter().map(|(link, _)| *link).collect();
        assert_eq!(links, [Link::Then, Link::And, Link::Or, Link::Then, Link::Pipe]);
        assert_eq!(script[4].1.output, Some((vec![Part::Plain("g".to_owned())], true)));
        for text in ["a &&", "'", "\"a", "$((1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sums() {
        let value = |text: &str| arithmetic(text, &|name| if name == "x" { 4 } else { 0 });
        assert_eq!(value("1 + 2 * (3 - x)"), Ok(-1));
        assert_eq!(value("7 % 4 / 1"), Ok(3));
        assert!(value("1 / 0").is_err() && value("1 +").is_err());
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_breaks_the_reader(text in "[ -~é\n]{0,40}") {
            if let Ok(script) = parse(&text) {
                prop_assert!(script.len() <= text.len());
            }
            let _ = arithmetic(&text, &|_| 1);
        }
    }
}
