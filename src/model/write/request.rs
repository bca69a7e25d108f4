//! Requests as they go over the wire, and those of writes that are one request and nothing else.
//!
//! Path, query, content type and body are kubectl's (1.37, recorded), which is also why some have no `fieldManager`
//! and `PUT …/scale` no content type: where a server keeps who owns a field, one person's changes by either program
//! stay under one name. Start with [`Write::request`]; writes that begin with a reading are in [`super::plan`].

use std::fmt;

use serde_json::{Value, json};

use super::{Grace, Operation, Write};

/// The types of patches.
pub const MERGE: &str = "application/merge-patch+json";
/// Merges lists of objects by their keys; what kubectl sends for kinds that it knows.
pub const STRATEGIC: &str = "application/strategic-merge-patch+json";
/// RFC 6902.
pub const JSON_PATCH: &str = "application/json-patch+json";

/// One HTTP request that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `PATCH`, `PUT`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The path with its query.
    pub path: String,
    /// What the body is; empty where kubectl does not say it.
    pub content_type: &'static str,
    /// The body: JSON, or the text that a person edited.
    pub body: String,
}

impl Request {
    /// A patch of a path (with its query).
    pub fn patch(path: String, content_type: &'static str, body: &Value) -> Self {
        Self { method: "PATCH", path, content_type, body: body.to_string() }
    }

    /// A new object, sent to the path of its list.
    pub fn post(path: String, object: &Value) -> Self {
        Self { method: "POST", path, content_type: "application/json", body: object.to_string() }
    }

    /// The same, but the server only says what would come of it.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.path.push_str(if self.path.contains('?') { "&dryRun=All" } else { "?dryRun=All" });
        self
    }
}

/// `PATCH /apis/apps/v1/…`
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Write {
    /// The request, where it does not depend on what the server has now.
    pub fn request(&self) -> Option<Request> {
        match &self.operation {
            Operation::Delete(grace) => Some(self.deletion(*grace)),
            Operation::Scale { replicas, expected: None } => {
                let path = format!("{}/scale", self.target.path());
                Some(Request::patch(path, MERGE, &json!({"spec": {"replicas": replicas}})))
            }
            Operation::Replace(text) => Some(self.replacement(text)),
            Operation::Create(text) => {
                let path = format!(
                    "{}?fieldManager=kubectl-create&fieldValidation=Strict",
                    self.target.resource.list_path(Some(&self.target.namespace))
                );
                Some(Request { method: "POST", path, content_type: "application/json", body: text.clone() })
            }
            _ => None,
        }
    }

    /// `kubectl delete`, with the UID as a precondition of ours.
    fn deletion(&self, grace: Grace) -> Request {
        let mut options = json!({"propagationPolicy": "Background"});
        match grace {
            Grace::Own => {}
            Grace::Now => options["gracePeriodSeconds"] = 1.into(),
            Grace::Force => options["gracePeriodSeconds"] = 0.into(),
        }
        if !self.uid.is_empty() {
            options["preconditions"] = json!({"uid": self.uid});
        }
        let path = self.target.path();
        Request { method: "DELETE", path, content_type: "application/json", body: options.to_string() }
    }

    /// `kubectl replace`; the text is sent as it was typed, so that what it says is what the server reads.
    fn replacement(&self, text: &str) -> Request {
        let json = text.trim_start().starts_with('{');
        Request {
            method: "PUT",
            path: format!("{}?fieldManager=kubectl-replace&fieldValidation=Strict", self.target.path()),
            content_type: if json { "application/json" } else { "application/yaml" },
            body: text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::write;
    use super::*;
    use crate::model::kind::Kind;
    use crate::model::resource::tests::deployments;

    #[test]
    fn w01_delete_says_how_long_it_may_take_and_which_one() {
        let cases = [
            (Grace::Own, json!({"propagationPolicy": "Background"})),
            (Grace::Now, json!({"propagationPolicy": "Background", "gracePeriodSeconds": 1})),
            (Grace::Force, json!({"propagationPolicy": "Background", "gracePeriodSeconds": 0})),
        ];
        for (grace, mut body) in cases {
            let write = write(Kind::Pod, Operation::Delete(grace));
            let request = write.request().expect("one request");
            assert_eq!(request.to_string(), "DELETE /api/v1/namespaces/shop/pods/web");
            body["preconditions"] = json!({"uid": "u1"});
            assert_eq!(serde_json::from_str::<Value>(&request.body).ok(), Some(body));
            let unseen = Write { uid: String::new(), ..write }.request().expect("one request");
            assert!(!unseen.body.contains("preconditions"), "{}", unseen.body);
        }
    }

    #[test]
    fn w02_scale_without_expectation_is_a_merge_patch() {
        let write = write(deployments(), Operation::Scale { replicas: 3, expected: None });
        let request = write.request().expect("one request");
        assert_eq!(request.to_string(), "PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale");
        assert_eq!((request.content_type, request.body.as_str()), (MERGE, r#"{"spec":{"replicas":3}}"#));
    }

    #[test]
    fn an_edited_object_is_sent_as_it_was_typed() {
        for (text, media) in [("kind: Pod # mine\n", "application/yaml"), (" {\"kind\": 1}", "application/json")] {
            let request = write(Kind::Pod, Operation::Replace(text.into())).request().expect("one request");
            assert_eq!((request.method, request.content_type, request.body.as_str()), ("PUT", media, text));
        }
    }
}
