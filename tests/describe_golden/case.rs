//! Recorded cases: what an API server answered, and the text that kubectl printed from it.
//!
//! `NAME.json` has the `object`, under `around` the answers about what belongs to it (path and
//! query: the items, or the server's refusal), and the moment (`now`) at which kubectl printed `NAME.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use podtriage::base::stamp::Stamp;
use podtriage::base::text::Text;
use podtriage::describe::{describe, related};
use podtriage::model::around::{Answer, ObjectDetails};
use serde_json::Value;

/// One case.
pub struct Case {
    /// The object.
    pub object: Value,
    /// Path and query of what is read around it, with what was answered.
    pub around: BTreeMap<String, Answer>,
    /// When kubectl printed its text.
    pub now: String,
}

/// Where the cases are: pods and nodes here, the other kinds in the folder `kinds`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/describe")
}

/// The `.json` files of all cases, sorted.
pub fn all() -> Vec<PathBuf> {
    let folders = [folder(), folder().join("kinds")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("the folder can be read"));
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    cases.sort();
    cases
}

impl Case {
    /// Reads a case.
    pub fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).expect("the case can be read");
        let case: Value = serde_json::from_str(&text).expect("the case is JSON");
        let answer = |value: &Value| match value {
            Value::Array(items) => Ok(items.clone()),
            refusal => Err(refusal.as_str().expect("a list or a refusal").to_owned()),
        };
        let around = case["around"].as_object().into_iter().flatten();
        Self {
            object: case["object"].clone(),
            around: around.map(|(path, value)| (path.clone(), answer(value))).collect(),
            now: case["now"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// The kind of its object.
    pub fn kind(&self) -> &str {
        self.object["kind"].as_str().expect("the object has a kind")
    }

    /// The object with all that is read around it. What kubectl would fail without must be there.
    pub fn details(&self) -> ObjectDetails {
        related(self.kind(), &self.object).into_iter().fold(
            ObjectDetails::new(self.object.clone()),
            |details, request| match self.around.get(&request.path) {
                Some(answer) => details.with(request.what, answer.clone()),
                None => details,
            },
        )
    }

    /// Our description of it at a moment.
    pub fn described(&self, now: Stamp) -> Text {
        describe(self.kind(), &self.details(), now)
    }
}
