//! What is known of an edited text before it is sent: whether it is YAML, and of which object.
//!
//! Only that. What the object may be is the server's to say, which reads the text itself: YAML of another version
//! than the one that is read here.

use serde::Deserialize;
use serde_yaml::{Deserializer, Value};

use super::fields::line_of;
use crate::model::kind::ObjectKey;

/// Why a text is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong, without a full stop.
    pub said: String,
    /// The line of the text where it is, from 0.
    pub line: Option<usize>,
}

impl Flaw {
    fn new(said: impl Into<String>, line: Option<usize>) -> Self {
        Self { said: said.into(), line }
    }
}

/// Whether a text is one object, and still the one that was read: `key` with this UID.
pub fn check(text: &str, key: &ObjectKey, uid: &str) -> Result<(), Flaw> {
    let object = single(text)?;
    if !object.is_mapping() {
        return Err(Flaw::new("this is no object: an object has `apiVersion`, `kind` and `metadata`", Some(0)));
    }
    let metadata = &object["metadata"];
    let api_version = key.resource.api_version();
    for (path, found, expected) in [
        ("apiVersion", &object["apiVersion"], api_version.as_str()),
        ("kind", &object["kind"], key.resource.kind.as_str()),
        ("metadata.name", &metadata["name"], &key.name),
        ("metadata.namespace", &metadata["namespace"], &key.namespace),
        ("metadata.uid", &metadata["uid"], uid),
    ] {
        let field = path.trim_start_matches("metadata.");
        // The server fills in a namespace that is missing, and compares no UID that is.
        let optional = matches!(field, "namespace" | "uid");
        let same = found.as_str().map_or(found.is_null() && optional, |found| found == expected);
        if !same {
            let said =
                format!("`{field}` must stay `{expected}`: this edits {key}; another object is made with kubectl");
            return Err(Flaw::new(said, line_of(text, path)));
        }
    }
    if metadata["resourceVersion"].as_str().is_none_or(str::is_empty) {
        let said = "`resourceVersion` must stay: without it, what others changed meanwhile would be overwritten unseen";
        return Err(Flaw::new(said, line_of(text, "metadata")));
    }
    Ok(())
}

/// The one document of a text.
fn single(text: &str) -> Result<Value, Flaw> {
    let mut documents = Vec::new();
    for document in Deserializer::from_str(text) {
        let read = Value::deserialize(document).map_err(|error| {
            let line = error.location().map(|location| location.line().saturating_sub(1));
            Flaw::new(format!("this is not YAML: {error}"), line)
        })?;
        if !read.is_null() {
            documents.push(read);
        }
    }
    match documents.len() {
        0 => Err(Flaw::new("the text is empty: an object is deleted by its own key, not by an empty text", Some(0))),
        1 => Ok(documents.remove(0)),
        count => Err(Flaw::new(format!("the text has {count} documents: one object is edited at a time"), Some(0))),
    }
}

/// `mine`, as a change of the version that `theirs` has.
pub fn with_version_of(mine: &str, theirs: &str) -> String {
    const VERSION: &str = "metadata.resourceVersion";
    let theirs = line_of(theirs, VERSION).and_then(|line| theirs.lines().nth(line)).map_or("", str::trim_start);
    let at = line_of(mine, VERSION).filter(|_| theirs.starts_with("resourceVersion:"));
    let mut taken = String::with_capacity(mine.len());
    for (number, line) in mine.split_inclusive('\n').enumerate() {
        if Some(number) == at {
            let blanks = line.len() - line.trim_start().len();
            taken.extend([&line[..blanks], theirs, if line.ends_with('\n') { "\n" } else { "" }]);
        } else {
            taken.push_str(line);
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;

    const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  namespace: shop
  resourceVersion: \"7\"
  uid: u1
spec: {}
";

    fn said(text: &str) -> (String, Option<usize>) {
        let key = ObjectKey::new(Kind::Pod, "shop", "web-0");
        check(text, &key, "u1").map_or_else(|flaw| (flaw.said, flaw.line), |()| ("fine".to_owned(), None))
    }

    #[test]
    fn an_object_that_is_still_itself_is_fine() {
        assert_eq!(said(POD).0, "fine");
        assert_eq!(said(&POD.replace("spec: {}", "spec: {nodeName: yes}\n---\n# nothing")).0, "fine");
        assert_eq!(said(&POD.replace("  namespace: shop\n", "")).0, "fine");
        let json = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","resourceVersion":"7"}}"#;
        assert_eq!(said(json).0, "fine");
    }

    #[test]
    fn another_object_is_refused_at_its_line() {
        for (from, to, field, line) in [
            ("name: web-0", "name: web-1", "name", 3),
            ("namespace: shop", "namespace: other", "namespace", 4),
            ("kind: Pod", "kind: Node", "kind", 1),
            ("apiVersion: v1", "apiVersion: apps/v1", "apiVersion", 0),
            ("uid: u1", "uid: u2", "uid", 6),
        ] {
            let (said, at) = said(&POD.replace(from, to));
            assert!(said.starts_with(&format!("`{field}` must stay `")), "{said}");
            assert_eq!(at, Some(line), "{said}");
        }
        let nameless = POD.replace("  name: web-0\n", "").replace("spec: {}", "spec:\n  containers:\n  - name: app");
        assert_eq!(said(&nameless).1, Some(2), "where it is missing, and no name of something else");
        assert!(said(&POD.replace("kind: Pod\n", "")).0.starts_with("`kind` must stay"));
        assert!(said(&POD.replace("  resourceVersion: \"7\"\n", "")).0.starts_with("`resourceVersion` must stay"));
    }

    #[test]
    fn what_is_no_yaml_is_refused_at_its_line() {
        let (text, line) = said(&POD.replace("  uid: u1", "  uid: [u1"));
        assert!(text.starts_with("this is not YAML: "), "{text}");
        assert!(line.is_some_and(|line| (6..=7).contains(&line)), "{line:?} {text}");
        assert!(
            said(&POD.replace("  uid: u1", "  name: web-0")).0.contains("duplicate"),
            "the server would take the last"
        );
        assert!(said(&format!("{POD}---\n{POD}")).0.contains("2 documents"));
        assert!(said("").0.contains("empty") && said("# nothing\n").0.contains("empty"));
        assert!(said("just text").0.contains("no object") && said("[1]").0.contains("no object"));
    }

    #[test]
    fn a_version_is_taken_over_and_nothing_else() {
        let theirs = POD.replace("\"7\"", "\"12\"").replace("spec: {}", "spec: {a: b}");
        let mine = POD.replace("  name", "  annotations:\n    a: |\n      resourceVersion: \"1\"\n  name");
        assert_eq!(with_version_of(&mine, &theirs), mine.replace("\"7\"", "\"12\""));
        assert_eq!(with_version_of("a: b\n", &theirs), "a: b\n");
    }
}
