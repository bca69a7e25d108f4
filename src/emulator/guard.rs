//! Keeps a panic inside the screen model from taking the program along.
//!
//! Needs unwinding panics; a build with `panic = "abort"` has no such net.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static GUARDING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a call whose panic will be caught. The program's panic hook stays silent
/// then: it must neither print nor leave the terminal.
pub fn guarding() -> bool {
    GUARDING.try_with(Cell::get).unwrap_or(false)
}

/// Runs `work`; `None` when it panicked. What `work` changed is then half done, and the caller replaces it.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    let outer = GUARDING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work)).ok();
    GUARDING.set(outer);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_when_a_panic_will_be_caught() {
        assert!(!guarding());
        assert_eq!(guarded(guarding), Some(true));
        assert_eq!(guarded(|| guarded(|| ()).is_some() && guarding()), Some(true), "nested");
        assert_eq!(guarded(|| -> u8 { panic!("as a test") }), None);
        assert!(!guarding(), "also after a panic");
    }
}
