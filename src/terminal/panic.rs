//! The panic hook that makes a panic readable.

use std::panic;

use super::leave;

/// Makes every panic give the terminal back first, and then go on as before: the message and the hint about
/// backtraces are printed where they can be read. Called once, at the start.
///
/// `quiet` is asked on the thread that panics; while it says yes, a panic is expected and will be caught there,
/// so that the screen stays and nothing is printed.
pub fn restore_on_panic(quiet: fn() -> bool) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if quiet() {
            return;
        }
        leave();
        before(info);
    }));
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    thread_local! {
        static QUIET: Cell<bool> = const { Cell::new(false) };
        static OURS: Cell<bool> = const { Cell::new(false) };
    }

    static PRINTED: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn an_expected_panic_is_silent_and_any_other_is_printed() {
        // Other tests of this process may panic at the same time; only those of this thread count.
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if OURS.get() {
                PRINTED.fetch_add(1, Ordering::SeqCst);
            } else {
                usual(info);
            }
        }));
        OURS.set(true);
        restore_on_panic(|| QUIET.get());
        for (quiet, printed) in [(true, 0), (false, 1), (true, 1)] {
            QUIET.set(quiet);
            assert!(panic::catch_unwind(|| panic!("on purpose")).is_err());
            assert_eq!(PRINTED.load(Ordering::SeqCst), printed);
        }
        OURS.set(false);
    }
}
