//! Whether there is a terminal that a full screen can be drawn on.

use std::env;
use std::io::{self, IsTerminal};

/// Why the screen cannot be used. The text says what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The output goes to a file or a pipe.
    #[error("the output is not a terminal, so there is no screen to draw on; {PLAIN}")]
    NoOutput,
    /// The input is a file or a pipe.
    #[error("the input is not a terminal, so no keys can be read; {PLAIN}")]
    NoInput,
    /// The terminal says that it can do nothing but print lines.
    #[error("this terminal prints only lines (TERM=dumb), so there is no screen to draw on; {PLAIN}")]
    Dumb,
}

/// What to do instead. It names only commands that there are.
const PLAIN: &str = "run `podtriage` on a terminal; for plain text there are `podtriage pods`, `podtriage nodes`, \
                     `podtriage events`, `podtriage get`, `podtriage describe` and `podtriage yaml`, with the same flags";

/// Whether the program can have the terminal.
pub fn check() -> Result<(), Unusable> {
    let term = env::var("TERM").unwrap_or_default();
    usable(io::stdin().is_terminal(), io::stdout().is_terminal(), &term)
}

fn usable(input: bool, output: bool, term: &str) -> Result<(), Unusable> {
    match () {
        () if !output => Err(Unusable::NoOutput),
        () if !input => Err(Unusable::NoInput),
        () if term == "dumb" => Err(Unusable::Dumb),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_with_what_to_do() {
        assert_eq!(usable(true, true, "xterm-256color"), Ok(()));
        assert_eq!(usable(true, true, ""), Ok(()), "an unknown terminal is given a chance");
        for (result, said) in [
            (usable(true, false, "xterm"), "the output is not a terminal"),
            (usable(false, true, "xterm"), "the input is not a terminal"),
            (usable(true, true, "dumb"), "TERM=dumb"),
        ] {
            let text = result.expect_err(said).to_string();
            assert!(text.contains(said) && text.contains("`podtriage pods`"), "{text}");
        }
    }
}
