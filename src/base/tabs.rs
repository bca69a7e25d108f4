//! Widths of columns, by the rule of Go's `text/tabwriter`, which lays out everything that kubectl prints.
//!
//! A *cell* is text ended by a tab; what follows the last tab of a line belongs to no column. Consecutive lines that
//! have a k-th cell form a block and share its width, so that a line without that cell ends the block. Text itself is
//! no business of this module: see [`widths`].

/// How wide columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// A column is at least so wide.
    pub minimum: usize,
    /// Spaces behind the longest cell of a block.
    pub padding: usize,
}

/// For every line the width of each of its cells, padding included; `lines` has the lengths of the cells, in
/// characters.
///
/// `remembered` holds, for each column, the largest width so far: no block is narrower, in this call or in later ones
/// (the flag `RememberWidths` of the writer of `kubectl get`).
pub fn widths(lines: &[Vec<usize>], layout: Layout, mut remembered: Option<&mut Vec<usize>>) -> Vec<Vec<usize>> {
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|line| vec![0; line.len()]).collect();
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    for column in 0..columns {
        let mut start = 0;
        while start < lines.len() {
            let block = lines[start..].iter().map_while(|line| line.get(column));
            let (length, widest) = block.fold((0, 0), |(length, widest), cell| (length + 1, widest.max(*cell)));
            if length > 0 {
                let width = layout.minimum.max(widest + layout.padding);
                let width = remembered.as_deref_mut().map_or(width, |known| remember(known, column, width));
                for widths in &mut widths[start..start + length] {
                    widths[column] = width;
                }
            }
            start += length.max(1);
        }
    }
    widths
}

fn remember(known: &mut Vec<usize>, column: usize, width: usize) -> usize {
    if known.len() <= column {
        known.resize(column + 1, 0);
    }
    known[column] = known[column].max(width);
    known[column]
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: Layout = Layout { minimum: 6, padding: 3 };

    #[test]
    fn a_line_without_the_cell_ends_the_block() {
        let lines = [vec![1], vec![9], vec![], vec![4]];
        assert_eq!(widths(&lines, GET, None), [vec![12], vec![12], vec![], vec![7]]);
    }

    #[test]
    fn an_empty_column_has_the_smallest_width() {
        assert_eq!(widths(&[vec![0, 2]], GET, None), [vec![6, 6]]);
        assert_eq!(widths(&[vec![0]], Layout { minimum: 0, padding: 2 }, None), [vec![2]]);
    }

    #[test]
    fn remembered_widths_only_grow() {
        let mut known = Vec::new();
        widths(&[vec![10, 1]], GET, Some(&mut known));
        assert_eq!(known, [13, 6]);
        assert_eq!(widths(&[vec![2, 8, 1]], GET, Some(&mut known)), [vec![13, 11, 6]]);
        assert_eq!(known, [13, 11, 6]);
    }

    #[test]
    fn a_block_is_as_wide_as_one_before_it_that_is_remembered() {
        let lines = [vec![20], vec![], vec![1]];
        assert_eq!(widths(&lines, GET, Some(&mut Vec::new()))[2], [23]);
    }
}
