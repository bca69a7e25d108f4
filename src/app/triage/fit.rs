//! Where a pod would fit, in lines: a node a line with what keeps the pod away, then what would make it fit.

use crate::base::text::{Line, Role};
use crate::diagnosis::fit::{Fit, NodeFit};

/// How many nodes are named, and changes that would help.
const NODES: usize = 12;
const CHANGES: usize = 4;
/// Names are not put in a column wider than this.
const WIDEST: usize = 24;

/// Adds the lines.
pub(super) fn tell(lines: &mut Vec<Line>, fit: &Fit) {
    let label = |first: bool, text: &str| Line::new(format!("{:<5}", if first { text } else { "" }), Role::Label);
    lines.push(label(true, "FIT").and(format!("{} of {} nodes", fit.fits, fit.of), Role::Plain));
    let width = fit.nodes.iter().take(NODES).map(|node| node.name.chars().count()).max().unwrap_or(0).min(WIDEST);
    // Where it would fit is what one looks for.
    let (fitting, others): (Vec<_>, Vec<_>) = fit.nodes.iter().partition(|node| node.fits);
    for node in fitting.into_iter().chain(others).take(NODES) {
        lines.push(of_node(label(false, ""), node, width));
        for detail in node.detail.iter().skip(1) {
            lines.push(label(false, "").and(format!("{:<width$}  {detail}", ""), Role::Plain));
        }
    }
    if fit.nodes.len() > NODES {
        let counts: Vec<_> = fit.counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let text = format!("and {} more; of all: {}", fit.nodes.len() - NODES, counts.join(", "));
        lines.push(label(false, "").and(text, Role::Dim));
    }
    for (at, would) in fit.would.iter().take(CHANGES).enumerate() {
        let line = label(at == 0, "TRY").and(&*would.change, Role::Plain);
        lines.push(line.and(format!("  {}", would.why), Role::Dim));
    }
    for text in &fit.not_checked {
        lines.push(label(false, "").and(format!("not checked: {text}"), Role::Dim));
    }
}

fn of_node(line: Line, node: &NodeFit, width: usize) -> Line {
    let line = line.and(format!("{:<width$}  ", node.name), Role::Heading);
    if node.fits {
        return line.and("fits", Role::Good);
    }
    let why = node.detail.first().or(node.reasons.first()).cloned().unwrap_or_default();
    line.and(why, Role::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::fit::{Subject, Would};

    #[test]
    fn a_line_a_node_with_the_fitting_first_and_what_would_help_last() {
        let node = |name: &str, fits, detail: &[&str]| NodeFit {
            name: name.to_owned(),
            fits,
            detail: detail.iter().map(|text| (*text).to_owned()).collect(),
            ..NodeFit::default()
        };
        let fit = Fit {
            fits: 1,
            of: 2,
            nodes: vec![
                node("node-a", false, &["cpu: asks 600m, free 240m of 2", "taint gpu=only"]),
                node("b", true, &[]),
            ],
            would: vec![Would {
                on: Subject::Pod,
                change: "ask for at most 240m cpu".into(),
                why: "node-a has 240m free".into(),
            }],
            not_checked: vec!["volumes".into()],
            ..Fit::default()
        };
        let mut lines = Vec::new();
        tell(&mut lines, &fit);
        let plain: Vec<_> = lines.iter().map(Line::plain).collect();
        assert_eq!(
            plain,
            [
                "FIT  1 of 2 nodes",
                "     b       fits",
                "     node-a  cpu: asks 600m, free 240m of 2",
                "             taint gpu=only",
                "TRY  ask for at most 240m cpu  node-a has 240m free",
                "     not checked: volumes",
            ]
        );
    }
}
