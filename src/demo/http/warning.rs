//! `Warning` headers: what the API server takes, but not without a word.

use axum::response::Response;
use http::{HeaderValue, header};
use serde_json::Value;

use super::super::json::{list, text};

/// Where the pods of a kind are written down.
const SPECS: [(&str, &str); 7] = [
    ("pods", "spec"),
    ("cronjobs", "spec.jobTemplate.spec.template.spec"),
    ("daemonsets", "spec.template.spec"),
    ("deployments", "spec.template.spec"),
    ("jobs", "spec.template.spec"),
    ("replicasets", "spec.template.spec"),
    ("statefulsets", "spec.template.spec"),
];

/// Adds to an answer what there is to warn of in the object that was written.
pub fn add(response: &mut Response, plural: &str, object: &Value) {
    add_texts(response, of(plural, object));
}

/// Adds sentences to an answer.
pub fn add_texts(response: &mut Response, warnings: Vec<String>) {
    for warning in warnings {
        let escaped = warning.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{escaped}\"")) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
}

/// Variables that hide others of their name.
fn of(plural: &str, object: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    let Some((_, path)) = SPECS.iter().find(|(known, _)| *known == plural) else { return warnings };
    for field in ["initContainers", "containers"] {
        let containers = list(object, &format!("/{}/{field}", path.replace('.', "/")));
        for (at, container) in containers.iter().enumerate() {
            let variables = list(container, "/env");
            for (index, variable) in variables.iter().enumerate() {
                let name = text(variable, "/name");
                if variables[..index].iter().any(|before| text(before, "/name") == name) {
                    warnings.push(format!(
                        "{path}.{field}[{at}].env[{index}]: hides previous definition of {name:?}, which may be \
                         dropped when using apply"
                    ));
                }
            }
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hidden_variable_is_warned_of_where_it_is() {
        let env = json!([{"name": "A"}, {"name": "B"}, {"name": "A"}]);
        let object = json!({"spec": {"template": {"spec": {"containers": [{"env": []}, {"env": env}]}}}});
        let mut response = Response::default();
        add(&mut response, "deployments", &object);
        let said = "299 - \"spec.template.spec.containers[1].env[2]: hides previous definition of \\\"A\\\", which may \
                    be dropped when using apply\"";
        assert_eq!(response.headers().get(header::WARNING).and_then(|value| value.to_str().ok()), Some(said));
        assert_eq!(of("pods", &object), [""; 0]);
    }
}
