//! Tab stops, which a program may set and clear. The model knows only those at every eighth column.

/// Every eighth column unless a program has changed that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tabs {
    /// The stops of a program that has its own, in order.
    own: Option<Vec<u16>>,
}

/// Beyond the widest screen; programs count on stops also where a screen is widened later.
const COLUMNS: u16 = super::MAX_SIDE;

impl Tabs {
    /// Whether they are where the model has them.
    pub(super) fn are_usual(&self) -> bool {
        self.own.is_none()
    }

    /// The column that `count` tabs lead to from `column`; at most the last of `columns`.
    pub(super) fn next(&self, column: u16, count: u16, columns: u16) -> u16 {
        let nth = usize::from(count.max(1) - 1);
        let stop = match &self.own {
            None => (column / 8).saturating_add(count.max(1)).saturating_mul(8),
            Some(own) => own.iter().copied().filter(|stop| *stop > column).nth(nth).unwrap_or(u16::MAX),
        };
        stop.min(columns.saturating_sub(1))
    }

    /// The column that `count` tabs back lead to.
    pub(super) fn previous(&self, column: u16, count: u16) -> u16 {
        let nth = usize::from(count.max(1) - 1);
        match &self.own {
            None => column.div_ceil(8).saturating_sub(count.max(1)) * 8,
            Some(own) => own.iter().rev().copied().filter(|stop| *stop < column).nth(nth).unwrap_or(0),
        }
    }

    /// Sets one.
    pub(super) fn set(&mut self, column: u16) {
        let own = self.own();
        if let Err(at) = own.binary_search(&column) {
            own.insert(at, column);
        }
    }

    /// Clears one.
    pub(super) fn clear(&mut self, column: u16) {
        self.own().retain(|stop| *stop != column);
    }

    /// Clears all.
    pub(super) fn clear_all(&mut self) {
        self.own = Some(Vec::new());
    }

    fn own(&mut self) -> &mut Vec<u16> {
        self.own.get_or_insert_with(|| (0..COLUMNS).step_by(8).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_lead_to_stops() {
        let mut tabs = Tabs::default();
        assert_eq!((tabs.next(0, 1, 80), tabs.next(8, 2, 80), tabs.next(79, 1, 80)), (8, 24, 79));
        assert_eq!((tabs.previous(9, 1), tabs.previous(8, 1), tabs.previous(3, 5)), (8, 0, 0));
        tabs.set(11);
        tabs.clear(16);
        assert!(!tabs.are_usual());
        assert_eq!((tabs.next(8, 1, 80), tabs.next(11, 1, 80), tabs.previous(24, 1)), (11, 24, 11));
        tabs.clear_all();
        assert_eq!((tabs.next(3, 1, 80), tabs.previous(50, 1)), (79, 0));
    }
}
