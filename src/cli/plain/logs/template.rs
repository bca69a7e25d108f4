//! A line in its form: names, text, time, colours, JSON. Pure but for the writer. The objects have the fields of stern
//! 1.35. Start with [`Template::new`].

use std::borrow::Cow;
use std::io::{self, Write};

use regex::Regex;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::args::Layout;
use crate::cluster::logs::data::{LogLine, LogSource};

const COLOURS: [u8; 6] = [36, 32, 33, 35, 34, 31];
const MARK: &str = "\u{1b}[1;31m";
const RESET: &str = "\u{1b}[0m";

/// How lines are printed.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags of a command line")]
pub struct Template {
    form: Form,
    highlight: Vec<Regex>,
    /// Whether there are colours.
    colours: bool,
    timestamps: bool,
    /// Whether the namespace stands before the pod.
    namespaces: bool,
    /// Whether kubectl's prefix stands before a line.
    prefix: bool,
}

/// A source, and what is the same in all of its lines.
#[derive(Debug)]
pub struct Named {
    /// The source.
    pub source: LogSource,
    /// What stands before each line.
    head: String,
    /// The fields of each JSON object that do not change, without braces.
    fields: String,
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
#[expect(clippy::struct_excessive_bools, reason = "independent flags of a command line")]
pub struct Extras {
    /// Colours.
    pub colours: bool,
    /// The time before each line.
    pub timestamps: bool,
    /// The namespace before each pod.
    pub namespaces: bool,
    /// The pod and the container before each line, as kubectl writes them.
    pub prefix: bool,
}

impl Template {
    /// Reads a form; `text`, where there is one, wins over `layout`. The error is a sentence.
    pub fn new(layout: Layout, text: Option<&str>, highlight: Vec<Regex>, extras: Extras) -> Result<Self, String> {
        let form = text.map_or(Ok(Form::Layout(layout)), |text| parse(text).map(Form::Text))?;
        let Extras { colours, timestamps, namespaces, prefix } = extras;
        Ok(Self { form, highlight, colours, timestamps, namespaces, prefix })
    }

    /// What is the same in all lines of a source. `pod` is the pod as the server has it, where its labels and annotations
    /// are wanted ([`Self::wants_pods`]).
    pub fn name(&self, source: LogSource, pod: &Value) -> Named {
        let LogSource { pod: name, container, namespace, node, .. } = &source;
        let head = match &self.form {
            Form::Layout(Layout::Raw | Layout::Default) if self.prefix => format!("[pod/{name}/{container}] "),
            Form::Layout(Layout::Default) => self.names(&source) + " ",
            _ => String::new(),
        };
        let of_pod = |field: &str| Some(pod["metadata"][field].clone()).filter(Value::is_object).unwrap_or(json!({}));
        let fields = match &self.form {
            Form::Layout(Layout::Json) => json!({"nodeName": node, "namespace": namespace, "podName": name,
                "containerName": container, "labels": of_pod("labels"), "annotations": of_pod("annotations")}),
            Form::Layout(Layout::Extjson) if self.namespaces => {
                json!({"namespace": namespace, "pod": name, "container": container})
            }
            Form::Layout(Layout::Extjson) => json!({"pod": name, "container": container}),
            _ => Value::Null,
        };
        let fields = fields.to_string();
        let fields = fields.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default().to_owned();
        Named { source, head, fields }
    }

    /// Whether a line has labels and annotations of its pod.
    pub fn wants_pods(&self) -> bool {
        matches!(self.form, Form::Layout(Layout::Json))
    }

    /// Writes a line with its end.
    pub fn write(&self, named: &Named, line: &LogLine, out: &mut dyn Write) -> io::Result<()> {
        let text = &*line.text;
        match &self.form {
            Form::Layout(Layout::Raw | Layout::Default) => {
                out.write_all(named.head.as_bytes())?;
                if self.timestamps {
                    write!(out, "{} ", time(line))?;
                }
                out.write_all(self.marked(text).as_bytes())?;
            }
            Form::Layout(Layout::Json) => {
                write!(out, "{{\"message\":{}{},{}}}", Value::from(text), self.time_field(line), named.fields)?;
            }
            Form::Layout(Layout::Extjson) => {
                let message = match serde_json::from_str::<&RawValue>(text) {
                    Ok(message) => message.get().to_owned(),
                    Err(_) => Value::from(text).to_string(),
                };
                write!(out, "{{{}{},\"message\":{message}}}", named.fields, self.time_field(line))?;
            }
            Form::Text(parts) => out.write_all(self.filled(parts, &named.source, line).as_bytes())?,
        }
        out.write_all(b"\n")
    }

    fn time_field(&self, line: &LogLine) -> String {
        if self.timestamps { format!(",\"timestamp\":\"{}\"", time(line)) } else { String::new() }
    }

    fn filled(&self, parts: &[(String, Option<Field>)], source: &LogSource, line: &LogLine) -> String {
        let field = |field: &Field| match field {
            Field::Message => self.marked(&line.text).into_owned(),
            Field::Pod => source.pod.clone(),
            Field::Container => source.container.clone(),
            Field::Namespace => source.namespace.clone(),
            Field::Node => source.node.clone(),
            Field::Timestamp => time(line),
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

    /// The text with what matches in another colour. Matches of one expression do not overlap; those of several are
    /// marked as one stretch where they do.
    fn marked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.colours || self.highlight.is_empty() {
            return text.into();
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
        (out + &text[at..]).into()
    }
}

/// As the node said it.
fn time(line: &LogLine) -> String {
    line.at.rfc3339_nanos(line.nanos)
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
        let line = LogLine { at: Stamp::parse("2026-01-01T00:00:00.12Z"), nanos: 7, text: text.into(), cut_from: 0 };
        let highlight = if highlight.is_empty() { vec![] } else { vec![Regex::new(highlight).expect("a regex")] };
        let template = Template::new(layout, template, highlight, extras).expect("a form");
        let pod = json!({"metadata": {"labels": {"app": "web"}, "annotations": {"a": "{}"}}});
        let mut out = Vec::new();
        template.write(&template.name(source, &pod), &line, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn every_layout() {
        let plain = Extras::default();
        assert_eq!(printed(Layout::Default, None, "", plain, "hi"), "web-0 app hi\n");
        assert_eq!(printed(Layout::Raw, None, "h", plain, "hi"), "hi\n", "no colours were asked for");
        let all = Extras { timestamps: true, namespaces: true, ..plain };
        let time = "2026-01-01T00:00:00.120000007Z";
        assert_eq!(printed(Layout::Default, None, "", all, "hi"), format!("shop web-0 app {time} hi\n"));
        let prefix = Extras { prefix: true, ..plain };
        assert_eq!(printed(Layout::Default, None, "", prefix, "hi"), "[pod/web-0/app] hi\n");
        assert_eq!(printed(Layout::Raw, None, "", prefix, "hi"), "[pod/web-0/app] hi\n");
    }

    #[test]
    fn objects_have_the_fields_of_stern() {
        let (plain, timed) = (Extras::default(), Extras { timestamps: true, namespaces: true, ..Extras::default() });
        let fields = concat!(
            r#""nodeName":"n1","namespace":"shop","podName":"web-0","containerName":"app","#,
            r#""labels":{"app":"web"},"annotations":{"a":"{}"}}"#,
        );
        let time = r#""timestamp":"2026-01-01T00:00:00.120000007Z""#;
        let json = |extras, text| printed(Layout::Json, None, "", extras, text);
        assert_eq!(json(plain, "\"a\""), format!("{{\"message\":\"\\\"a\\\"\",{fields}\n"));
        assert_eq!(json(timed, "hi"), format!("{{\"message\":\"hi\",{time},{fields}\n"));
        let ext = |extras, text| printed(Layout::Extjson, None, "", extras, text);
        let names = r#""pod":"web-0","container":"app""#;
        assert_eq!(ext(plain, r#"{"a": 1.0}"#), format!("{{{names},\"message\":{{\"a\": 1.0}}}}\n"));
        assert_eq!(ext(plain, "a\"b"), format!("{{{names},\"message\":\"a\\\"b\"}}\n"));
        assert_eq!(ext(timed, "7"), format!("{{\"namespace\":\"shop\",{names},{time},\"message\":7}}\n"));
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
