//! What a person is told when something did not work.

use std::fmt;

/// A failure in three parts: what was tried, what the other side said in its words, what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What was tried: `list pods in namespace shop`.
    pub tried: String,
    /// What the server, the plugin or the system said.
    pub said: String,
    /// What to do next; empty when nothing sensible can be said.
    pub next: String,
}

impl Problem {
    /// A problem.
    pub fn new(tried: impl Into<String>, said: impl Into<String>, next: impl Into<String>) -> Self {
        Self { tried: tried.into(), said: said.into(), next: next.into() }
    }
}

/// One sentence: `could not TRIED: SAID. NEXT`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}: {}", self.tried, self.said.trim_end_matches('.'))?;
        if !self.next.is_empty() {
            write!(f, ". {}", self.next)?;
        }
        Ok(())
    }
}
