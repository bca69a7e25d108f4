//! What the server says when it refuses: Kubernetes' `Status`, with the words of a real API server.

use serde_json::{Value, json};

/// A refusal, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The HTTP status.
    pub code: u16,
    /// The machine-readable reason, such as `NotFound`.
    pub reason: &'static str,
    /// The sentence that kubectl prints.
    pub message: String,
    /// `details`, or null.
    pub details: Value,
}

/// Why an object would not be valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The field, as `spec.containers[0].name`.
    pub field: String,
    /// Such as `FieldValueDuplicate`.
    pub reason: &'static str,
    /// The sentence, which begins with the reason in words.
    pub why: String,
}

/// What most functions of the demo cluster give back.
pub type Answer<T> = Result<T, Failure>;

impl Failure {
    /// A refusal without details.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Value::Null }
    }

    /// No such object.
    pub fn not_found(plural: &str, group: &str, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} {name:?} not found", qualified(plural, group)))
            .about(plural, group, name)
    }

    /// No such path below a known API.
    pub fn no_resource() -> Self {
        let mut failure = Self::new(404, "NotFound", "the server could not find the requested resource");
        failure.details = json!({});
        failure
    }

    /// The request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// The name is taken.
    pub fn exists(plural: &str, group: &str, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} {name:?} already exists", qualified(plural, group)))
            .about(plural, group, name)
    }

    /// Somebody else was faster, or the precondition does not hold.
    pub fn conflict(plural: &str, group: &str, name: &str, why: &str) -> Self {
        let what = qualified(plural, group);
        Self::new(409, "Conflict", format!("Operation cannot be fulfilled on {what} {name:?}: {why}"))
            .about(plural, group, name)
    }

    /// The object would not be valid. `field` and `why` are the one cause.
    pub fn invalid(kind: &str, name: &str, field: &str, cause: &'static str, why: &str) -> Self {
        Self::invalid_for(kind, name, &[Cause { field: field.to_owned(), reason: cause, why: why.to_owned() }])
    }

    /// The object would not be valid, for one cause or more.
    pub fn invalid_for(kind: &str, name: &str, causes: &[Cause]) -> Self {
        let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.why)).collect();
        let all = if let [one] = said.as_slice() { one.clone() } else { format!("[{}]", said.join(", ")) };
        let mut failure = Self::new(422, "Invalid", format!("{kind} {name:?} is invalid: {all}"));
        let causes: Vec<Value> = causes
            .iter()
            .map(|cause| json!({"reason": cause.reason, "message": cause.why, "field": cause.field}))
            .collect();
        failure.details = json!({"name": name, "kind": kind, "causes": causes});
        failure
    }

    /// A patch that does not apply: the server keeps to itself why.
    pub fn patch() -> Self {
        let mut failure = Self::new(422, "Invalid", "the server rejected our request due to an error in our request");
        failure.details = json!({});
        failure
    }

    /// The standards that a namespace holds its pods to are not met.
    pub fn pod_security(pod: &str, violation: &str) -> Self {
        Self::pod_refused(pod, &format!("violates PodSecurity {violation}"))
    }

    /// Admission lets a pod not in.
    pub fn pod_refused(pod: &str, why: &str) -> Self {
        Self::new(403, "Forbidden", format!("pods {pod:?} is forbidden: {why}")).about("pods", "", pod)
    }

    /// The change log no longer reaches back that far. The reason of lists and watches alike.
    pub fn expired(asked: u64, oldest: u64) -> Self {
        Self::new(410, "Expired", format!("too old resource version: {asked} ({oldest})"))
    }

    /// The body is in a form that this server does not read.
    pub fn media_type() -> Self {
        Self::new(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, \
             application/yaml",
        )
    }

    /// No valid token.
    pub fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// The user may not do that.
    pub fn forbidden(user: &str, verb: &str, resource: &str, group: &str, namespace: Option<&str>, name: &str) -> Self {
        let place =
            namespace.map_or_else(|| "at the cluster scope".to_owned(), |space| format!("in the namespace {space:?}"));
        let what = qualified(resource.split('/').next().unwrap_or(resource), group);
        let target = if name.is_empty() { what } else { format!("{what} {name:?}") };
        let message = format!(
            "{target} is forbidden: User {user:?} cannot {verb} resource {resource:?} in API group {group:?} {place}"
        );
        Self::new(403, "Forbidden", message).about(resource.split('/').next().unwrap_or(resource), group, name)
    }

    /// Too many requests.
    pub fn too_many() -> Self {
        let mut failure = Self::new(
            429,
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later",
        );
        failure.details = json!({"retryAfterSeconds": 1});
        failure
    }

    /// The method exists for other paths only.
    pub fn method() -> Self {
        let mut failure =
            Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        failure.details = json!({});
        failure
    }

    fn about(mut self, plural: &str, group: &str, name: &str) -> Self {
        self.details = json!({"name": name});
        if !group.is_empty() {
            self.details["group"] = group.into();
        }
        self.details["kind"] = plural.into();
        self
    }

    /// The body.
    pub fn status(&self) -> Value {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason});
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status["code"] = self.code.into();
        status
    }
}

fn qualified(plural: &str, group: &str) -> String {
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_api_server() {
        let status = Failure::not_found("deployments", "apps", "web").status();
        assert_eq!(status["message"], "deployments.apps \"web\" not found");
        assert_eq!(status["details"], json!({"name": "web", "group": "apps", "kind": "deployments"}));
        assert_eq!(Failure::expired(1, 9).status()["code"], 410);
    }
}
