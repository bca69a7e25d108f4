//! A line in its form: names, text, time, colours, JSON. Pure. Start with [`Template::new`].

use regex::Regex;
use serde_json::{Value, json};

use super::args::Layout;
use crate::cluster::logs::data::{LogLine, LogSource};

const COLOURS: [u8; 6] = [36, 32, 33, 35, 34, 31];
const MARK: &str = "\u{1b}[1;31m";
const RESET: &str = "\u{1b}[0m";

/// How lines are printed.
#[derive(Debug)]
pub struct Template {
    form: Form,
    highlight: Vec<Regex>,
    /// Whether there are colours.
    colours: bool,
    timestamps: bool,
    /// Whether the namespace stands before the pod.
    namespaces: bool,
}

#[derive(Debug)]
enum Form {
    Layout(Layout),
    /// Literal text, and the field behind it.
    Text(Vec<(String, Option<Field>)>),
}

#[derive(Clone, Copy, Debug)]
enum Field {
    Message,
    Pod,
    Container,
    Namespace,
    Node,
    Timestamp,
}

/// What is said of the forms besides the form itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras {
    /// Colours.
    pub colours: bool,
    /// The time before each line.
    pub timestamps: bool,
    /// The namespace before each pod.
    pub namespaces: bool,
}

impl Template {
    /// Reads a form; `text`, where there is one, wins over `layout`. The error is a sentence.
    pub fn new(layout: Layout, text: Option<&str>, highlight: Vec<Regex>, extras: Extras) -> Result<Self, String> {
        let form = text.map_or(Ok(Form::Layout(layout)), |text| parse(text).map(Form::Text))?;
        let Extras { colours, timestamps, namespaces } = extras;
        Ok(Self { form, highlight, colours, timestamps, namespaces })
    }

    /// A line with its end.
    pub fn print(&self, source: &LogSource, line: &LogLine) -> String {
        let text = match &self.form {
            Form::Layout(Layout::Raw) => self.timed(line),
            Form::Layout(Layout::Default) => format!("{} {}", self.names(source), self.timed(line)),
            Form::Layout(Layout::Json) => as_json(source, &json!(&*line.text)).to_string(),
            Form::Layout(Layout::Extjson) => {
                let message = serde_json::from_str::<Value>(&line.text).ok().filter(Value::is_object);
                as_json(source, &message.unwrap_or_else(|| json!(&*line.text))).to_string()
            }
            Form::Text(parts) => return self.filled(parts, source, line) + "\n",
        };
        text + "\n"
    }

    fn filled(&self, parts: &[(String, Option<Field>)], source: &LogSource, line: &LogLine) -> String {
        let field = |field: &Field| match field {
            Field::Message => self.marked(&line.text),
            Field::Pod => source.pod.clone(),
            Field::Container => source.container.clone(),
            Field::Namespace => source.namespace.clone(),
            Field::Node => source.node.clone(),
            Field::Timestamp => line.at.rfc3339(),
        };
        let part =
            |(text, behind): &(String, Option<Field>)| text.clone() + &behind.as_ref().map(field).unwrap_or_default();
        parts.iter().map(part).collect()
    }

    fn names(&self, source: &LogSource) -> String {
        let LogSource { namespace, pod, container, .. } = source;
        let names =
            if self.namespaces { format!("{namespace} {pod} {container}") } else { format!("{pod} {container}") };
        if !self.colours {
            return names;
        }
        let sum = names.bytes().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        format!("\u{1b}[{}m{names}{RESET}", COLOURS[sum % COLOURS.len()])
    }

    fn timed(&self, line: &LogLine) -> String {
        let text = self.marked(&line.text);
        if self.timestamps { format!("{} {text}", line.at.rfc3339()) } else { text }
    }

    /// The text with what matches in another colour. Matches of one expression do not overlap; those of several are
    /// marked as one stretch where they do.
    fn marked(&self, text: &str) -> String {
        if !self.colours || self.highlight.is_empty() {
            return text.to_owned();
        }
        let mut found: Vec<_> =
            self.highlight.iter().flat_map(|one| one.find_iter(text)).map(|found| found.range()).collect();
        found.retain(|range| !range.is_empty());
        found.sort_by_key(|range| range.start);
        let (mut out, mut at) = (String::new(), 0);
        for range in found {
            let start = range.start.max(at);
            if range.end > start {
                out.extend([&text[at..start], MARK, &text[start..range.end], RESET]);
                at = range.end;
            }
        }
        out + &text[at..]
    }
}

fn as_json(source: &LogSource, message: &Value) -> Value {
    json!({"message": message, "nodeName": source.node, "namespace": source.namespace, "podName": source.pod,
        "containerName": source.container})
}

fn parse(text: &str) -> Result<Vec<(String, Option<Field>)>, String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((literal, behind)) = rest.split_once("{{") {
        let (name, next) = behind.split_once("}}").ok_or("--template: `{{` without `}}`")?;
        let field = match name.trim() {
            ".Message" => Field::Message,
            ".PodName" => Field::Pod,
            ".ContainerName" => Field::Container,
            ".Namespace" => Field::Namespace,
            ".NodeName" => Field::Node,
            ".Timestamp" => Field::Timestamp,
            other => return Err(format!("--template: there is no field `{other}`")),
        };
        parts.push((unescaped(literal), Some(field)));
        rest = next;
    }
    parts.push((unescaped(rest), None));
    Ok(parts)
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::stamp::Stamp;
    use crate::cluster::logs::data::SourceId;
    use crate::model::pod::ContainerKind;

    fn printed(layout: Layout, template: Option<&str>, highlight: &str, extras: Extras, text: &str) -> String {
        let source = LogSource {
            id: SourceId(0),
            namespace: "shop".to_owned(),
            pod: "web-0".to_owned(),
            uid: String::new(),
            container: "app".to_owned(),
            kind: ContainerKind::Regular,
            node: "n1".to_owned(),
            created: Stamp::NONE,
            is_new: false,
        };
        let line =
            LogLine { at: Stamp::parse("2026-01-01T00:00:00Z"), text: text.into(), cut_from: 0, ..LogLine::default() };
        let highlight = if highlight.is_empty() { vec![] } else { vec![Regex::new(highlight).expect("a regex")] };
        Template::new(layout, template, highlight, extras).expect("a form").print(&source, &line)
    }

    #[test]
    fn every_layout() {
        let plain = Extras::default();
        assert_eq!(printed(Layout::Default, None, "", plain, "hi"), "web-0 app hi\n");
        assert_eq!(printed(Layout::Raw, None, "h", plain, "hi"), "hi\n", "no colours were asked for");
        let all = Extras { timestamps: true, namespaces: true, ..plain };
        assert_eq!(printed(Layout::Default, None, "", all, "hi"), "shop web-0 app 2026-01-01T00:00:00Z hi\n");
        let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        assert_eq!(read(&printed(Layout::Json, None, "", plain, r#"{"a":1}"#))["message"], r#"{"a":1}"#);
        assert_eq!(read(&printed(Layout::Extjson, None, "", plain, r#"{"a":1}"#))["message"]["a"], 1);
        assert_eq!(read(&printed(Layout::Extjson, None, "", plain, "a\"b"))["message"], "a\"b");
    }

    #[test]
    fn what_matches_is_marked() {
        let colours = Extras { colours: true, ..Extras::default() };
        assert_eq!(printed(Layout::Raw, None, "i+|^$", colours, "hii!"), "h\u{1b}[1;31mii\u{1b}[0m!\n");
    }

    #[test]
    fn templates_have_fields() {
        let text = Some("{{.PodName}}\\t{{ .Message }}|{{.NodeName}}");
        assert_eq!(printed(Layout::Raw, text, "", Extras::default(), "hi"), "web-0\thi|n1\n");
        for wrong in ["{{.Message", "{{.Nope}}", "{{color .A}}"] {
            assert!(Template::new(Layout::Raw, Some(wrong), vec![], Extras::default()).is_err(), "{wrong}");
        }
    }
}
