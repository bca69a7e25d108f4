//! Where in a text a server's complaint belongs: the fields that it names, and their lines.

use std::sync::LazyLock;

use regex::Regex;

/// A field that a server complains of, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The field as the server writes it: `spec.template.spec.containers[0].image`; empty where none is named.
    pub field: String,
    /// What is wrong with it.
    pub said: String,
}

/// The kinds of complaints about a field, as `k8s.io/apimachinery` (`field.ErrorType`) words them.
const KINDS: &str = "Invalid value|Required value|Unsupported value|Duplicate value|Forbidden|Not found|Too long|Too many|Internal error";

static PLACES: LazyLock<[Option<Regex>; 3]> = LazyLock::new(|| {
    // `is invalid: [spec.replicas: Invalid value: -1: must be …, spec.x: Required value]`
    let invalid = format!(r"(?:^|[\[ ])(?<field>[a-zA-Z][\w-]*(?:\.[\w-]+|\[[^\]]*\])*): (?:{KINDS})");
    // What a server says that cannot read the object at all: the field stands inside the words.
    let unread = [
        r"(?<said>cannot unmarshal \w+ into Go struct field \w+\.(?<field>[\w.\[\]]+) of type [\w.]+)",
        r#"(?<said>(?:unknown|duplicate) field) "(?<field>[^"]+)""#,
    ];
    [invalid.as_str(), unread[0], unread[1]].map(|pattern| Regex::new(pattern).ok())
});

/// The causes in the words of a server. A sentence without any is one cause without a field.
pub fn causes(said: &str) -> Vec<Cause> {
    let mut places: Vec<_> = PLACES
        .iter()
        .flatten()
        .flat_map(|place| place.captures_iter(said))
        .filter_map(|found| Some((found.name("field")?, found.name("said"))))
        .collect();
    places.sort_unstable_by_key(|(field, _)| field.start());
    if places.is_empty() {
        return vec![Cause { field: String::new(), said: said.trim().to_owned() }];
    }
    let mut causes = Vec::new();
    for (at, (field, words)) in places.iter().enumerate() {
        let end = places.get(at + 1).map_or(said.len(), |(next, _)| next.start());
        let behind = said.get(field.end()..end).unwrap_or_default().trim_matches([':', ' ', ',', '[', ']', '"']);
        let text = words.map_or(behind, |words| words.as_str());
        causes.push(Cause { field: field.as_str().to_owned(), said: text.to_owned() });
    }
    causes
}

/// The line that a server names itself, from 0: `yaml: line 12: …`.
pub fn named_line(said: &str) -> Option<usize> {
    let rest = said.split_once("yaml: line ")?.1;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse::<usize>().ok()?.checked_sub(1)
}

/// The line of a field in a manifest, from 0; of what it would stand in, where it is missing. Only indented YAML is
/// understood, as this program and people write it; elsewhere there may be no answer.
pub fn line_of(text: &str, field: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let mut stretch = Stretch { from: 0, to: lines.len(), indent: 0 };
    let mut found = None;
    for part in parts(field) {
        match stretch.find(&lines, part) {
            Some((line, inner)) => (found, stretch) = (Some(line), inner),
            None => break,
        }
    }
    found
}

/// The steps of a path: `a.b[0].c[x/y]` is `a`, `b`, `0`, `c`, `x/y`.
fn parts(field: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = field;
    while !rest.is_empty() {
        let (part, behind) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        parts.push(part);
        rest = behind.strip_prefix('.').unwrap_or(behind);
    }
    parts
}

/// Lines of a map or a list, and how deep its keys or dashes stand.
#[derive(Clone, Copy)]
struct Stretch {
    from: usize,
    to: usize,
    indent: usize,
}

impl Stretch {
    /// The line of a key, or of the item of this number, and what stands below.
    fn find(self, lines: &[&str], part: &str) -> Option<(usize, Stretch)> {
        let number = part.parse::<usize>().ok().filter(|_| self.begins_with_dash(lines));
        let here = (self.from..self.to).filter(|line| self.content(lines[*line]).is_some());
        let line = match number {
            Some(number) => here.filter(|line| self.is_item(lines[*line])).nth(number)?,
            None => here.into_iter().find(|line| self.content(lines[*line]).is_some_and(|text| is_key(text, part)))?,
        };
        let end = (line + 1..self.to).find(|next| self.ends(lines[*next], number.is_some())).unwrap_or(self.to);
        Some((line, Self { from: line, to: end, indent: 0 }.inside(lines, self.indent, number.is_some())))
    }

    /// What a line has at this depth. The dash of an item counts as a blank of what stands in it.
    fn content(self, line: &str) -> Option<&str> {
        let depth = line.find(|c| c != ' ')?;
        if depth == self.indent {
            return Some(&line[depth..]);
        }
        let blanks = |c| matches!(c, ' ' | '-');
        let depth = line.find(|c| !blanks(c))?;
        (depth == self.indent && line[..depth].ends_with("- ")).then(|| &line[depth..])
    }

    fn is_item(self, line: &str) -> bool {
        line.get(self.indent..).is_some_and(|rest| rest == "-" || rest.starts_with("- "))
    }

    fn begins_with_dash(self, lines: &[&str]) -> bool {
        lines[self.from..self.to].iter().any(|line| self.is_item(line))
    }

    /// Whether a line belongs to what follows.
    fn ends(self, line: &str, item: bool) -> bool {
        let Some(depth) = line.find(|c| c != ' ') else { return false };
        let dash = line[depth..].starts_with("- ") || &line[depth..] == "-";
        // Below a key, a list may stand as deep as the key.
        depth < self.indent || depth == self.indent && (item || !dash)
    }

    /// The same lines, seen from one step further in.
    fn inside(self, lines: &[&str], outer: usize, item: bool) -> Self {
        if item {
            let rest = lines[self.from].get(outer + 1..).unwrap_or_default();
            let blanks = rest.len() - rest.trim_start_matches(' ').len();
            return Self { indent: outer + 1 + blanks, ..self };
        }
        let from = (self.from + 1).min(self.to);
        let first = lines[from..self.to].iter().find_map(|line| line.find(|c| c != ' '));
        Self { from, indent: first.unwrap_or(outer), ..self }
    }
}

/// Whether a line begins with this key, quoted or not.
fn is_key(text: &str, key: &str) -> bool {
    let rest = text.strip_prefix(key);
    let quoted = || ['"', '\''].into_iter().find_map(|q| text.strip_prefix(q)?.strip_prefix(key)?.strip_prefix(q));
    rest.filter(|rest| rest.starts_with(':')).or_else(quoted).is_some_and(|rest| rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WEB: &str = "\
apiVersion: apps/v1
metadata:
  annotations:
    example.com/note: |
      replicas: 9
      spec:
        replicas: 8
    'y': text
  name: web
spec:
  replicas: 3
  template:
    spec:
      containers:
      - env:
        - name: A
          value: a
        - name: B
        image: web:1
        name: app
      - image: proxy:1
        name: proxy
      tolerations:
        - key: x
          operator: Exists
      volumes: []
";

    #[test]
    fn fields_lead_to_their_lines() {
        let line = |field: &str| line_of(WEB, field).map(|line| WEB.lines().nth(line).unwrap_or_default().trim());
        for (field, expected) in [
            ("spec.replicas", "replicas: 3"),
            ("metadata.name", "name: web"),
            ("metadata.annotations[example.com/note]", "example.com/note: |"),
            ("metadata.annotations[y]", "'y': text"),
            ("spec.template.spec.containers[1].image", "- image: proxy:1"),
            ("spec.template.spec.containers[0].image", "image: web:1"),
            ("spec.template.spec.containers[1].name", "name: proxy"),
            ("spec.template.spec.containers[0].env[1].name", "- name: B"),
            ("spec.template.spec.tolerations[0].operator", "operator: Exists"),
            ("spec.template.spec.containers[1].resources.limits", "- image: proxy:1"),
            ("spec.template.spec.volumes[0].name", "volumes: []"),
            ("spec.selector", "spec:"),
        ] {
            assert_eq!(line(field), Some(expected), "{field}");
        }
        assert_eq!(line_of(WEB, "status.x"), None);
        assert_eq!(line_of("", "spec"), None);
    }

    #[test]
    fn causes_are_taken_from_the_sentence() {
        let field = |field: &str, said: &str| Cause { field: field.to_owned(), said: said.to_owned() };
        assert_eq!(
            causes(
                "Deployment.apps \"web\" is invalid: [spec.replicas: Invalid value: -1: must be greater than or equal \
                 to 0, spec.template.spec.containers[0].image: Required value, metadata.labels: Invalid value: \"a b\": no]"
            ),
            [
                field("spec.replicas", "Invalid value: -1: must be greater than or equal to 0"),
                field("spec.template.spec.containers[0].image", "Required value"),
                field("metadata.labels", "Invalid value: \"a b\": no"),
            ]
        );
        assert_eq!(
            causes("Pod \"x\" is invalid: spec: Forbidden: pod updates may not change fields")[0],
            field("spec", "Forbidden: pod updates may not change fields")
        );
        let unread = "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32";
        assert_eq!(causes(unread), [field("spec.replicas", unread.trim_start_matches("json: "))]);
        assert_eq!(
            causes("strict decoding error: unknown field \"spec.replica\", duplicate field \"metadata.name\""),
            [field("spec.replica", "unknown field"), field("metadata.name", "duplicate field")]
        );
        assert_eq!(causes("the server is on fire"), [field("", "the server is on fire")]);
    }

    #[test]
    fn a_line_that_the_server_names_is_believed() {
        assert_eq!(named_line("error converting YAML to JSON: yaml: line 12: did not find expected key"), Some(11));
        assert_eq!(named_line("yaml: line x"), None);
    }

    proptest! {
        #[test]
        fn no_text_and_no_sentence_panics(text in "([ -]{0,4}[ab\"']?[:|]?[ab]?\n){0,12}", field in "([ab]|\\[[0-2ab]\\]?|\\.){0,6}", said in any::<String>()) {
            if let Some(line) = line_of(&text, &field) {
                prop_assert!(line < text.lines().count());
            }
            let _ = (causes(&said), named_line(&said));
        }
    }
}
