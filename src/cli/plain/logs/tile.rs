//! `logs` on a terminal: from flags to what the log tile of the full screen shows. Pure but for the clock.

use super::args::Logs;
use super::many::{since, states};
use super::options::{self, Target};
use crate::app::{ContainersAsked, LogsAsked, LogsOf};
use crate::base::search::Pattern;

/// What a tile shows for these flags; `None` where they ask for text, or are wrong: printing says how.
pub fn asked(logs: &Logs) -> Option<LogsAsked> {
    let many = &logs.many;
    let is_text = logs.plain
        || many.output.is_some()
        || many.template.is_some()
        || many.no_follow
        || logs.limit_bytes != 0
        || logs.ignore_errors
        || logs.insecure_skip_tls_verify_backend;
    let is_right = options::check_first(logs).and_then(|()| options::check(logs)).is_ok();
    if is_text || !is_right {
        return None;
    }
    let of = match options::target(logs).ok()? {
        Target::Labels(selector) => LogsOf::Labels(selector),
        Target::Object(kind, name) if logs.target.first()?.contains('/') => LogsOf::Object(kind, name),
        Target::Object(_, name) => LogsOf::Pods(name),
    };
    let since = since(logs);
    let lines = logs.tail.map(|lines| u32::try_from(lines).ok());
    Some(LogsAsked {
        of,
        containers: match options::container(logs) {
            _ if logs.all_containers => ContainersAsked::All,
            Some(name) => ContainersAsked::Like(name.to_owned()),
            None => ContainersAsked::Default,
        },
        previous: logs.previous,
        tail: lines.or(since.is_set().then_some(None)),
        since,
        not_pods: many.exclude_pod.clone(),
        states: states(&many.container_state),
        at_once: logs.max_log_requests,
        filter: filter(&many.include, &many.exclude),
        highlights: many.highlight.iter().map(|text| Pattern::parse(&slashed(text))).collect::<Result<_, _>>().ok()?,
        timestamps: logs.timestamps,
        alone: true,
    })
}

/// The filter of a tile that lets the same lines pass: any of `include`, none of `exclude`.
fn filter(include: &[String], exclude: &[String]) -> String {
    let any = match include {
        [] => None,
        [one] => Some(slashed(one)),
        more => Some(slashed(&format!("(?:{})", more.join(")|(?:")))),
    };
    let none = exclude.iter().map(|text| format!("!{}", slashed(text)));
    any.into_iter().chain(none).collect::<Vec<_>>().join(" ")
}

/// An expression between slashes, in which case counts as it does for stern.
fn slashed(expression: &str) -> String {
    format!("/(?-i){}/", expression.replace('/', r"\/"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::base::filter::Filter;
    use crate::cluster::api::RunState;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        logs: Logs,
    }

    fn of(line: &str) -> Option<LogsAsked> {
        let words = std::iter::once("logs").chain(line.split_whitespace());
        asked(&Line::try_parse_from(words).expect(line).logs)
    }

    #[test]
    fn flags_become_a_tile() {
        let asked = of("deploy/web -c app -p --since=10m --max-log-requests 7 --timestamps").expect("a tile");
        assert_eq!(asked.of, LogsOf::Object("deploy".into(), "web".into()));
        let like = |name: &str| ContainersAsked::Like(name.to_owned());
        assert_eq!((asked.containers, asked.previous, asked.tail), (like("app"), true, Some(None)));
        assert!(asked.since.is_set() && asked.timestamps && asked.alone && asked.at_once == Some(7));
        assert_eq!(of("-l app=web --tail=5").map(|asked| (asked.of, asked.tail)), {
            Some((LogsOf::Labels("app=web".into()), Some(Some(5))))
        });
        assert_eq!(of("web-0 side --tail=-1").map(|asked| (asked.of, asked.containers, asked.tail)), {
            Some((LogsOf::Pods("web-0".into()), like("side"), Some(None)))
        });
        let asked = of("web --container-state running --exclude-pod ^x").expect("a tile");
        assert_eq!((asked.states, asked.not_pods), (vec![RunState::Running], vec!["^x".to_owned()]));
    }

    #[test]
    fn what_asks_for_text_or_is_wrong_prints() {
        for line in
            ["web --plain", "web -o json", "web --limit-bytes=9", "web --no-follow", "", "a b -c d", "w --tail=-2"]
        {
            assert_eq!(of(line), None, "{line}");
        }
    }

    #[test]
    fn expressions_become_a_filter() {
        let passes = |line: &str, text: &str| {
            let filter = Filter::parse(&of(line).expect("a tile").filter, &[]).expect("a filter");
            !filter.marks("", text).is_empty()
        };
        assert!(passes("web -i GET -i /api/v1", "x /api/v1") && passes("web -i get", "get"));
        assert!(!passes("web -i get", "GET"), "case counts");
        assert_eq!(of("web -e a -e b").map(|asked| asked.filter).as_deref(), Some("!/(?-i)a/ !/(?-i)b/"));
    }
}
