//! Config maps and Secrets. They have a form of their own because the general one would show what a Secret
//! holds. Rules: kubectl describe, `ConfigMapDescriber` and `SecretDescriber`; other than kubectl this
//! shows no service account token either.

use serde_json::Value;

use super::fields::{entries, shown, text};
use super::meta;
use super::tabs::Writer;
use crate::base::text::Role;

/// Writes a Secret: names and sizes, no values. A Secret has no events.
pub(super) fn secret(w: &mut Writer, secret: &Value) {
    meta::identity(w, secret);
    w.line(0, "");
    w.field(0, "Type", text(secret, "/type"));
    title(w, "Data", "====");
    for (name, value) in entries(secret, "/data") {
        w.field(0, name, format_args!("{} bytes", decoded_length(&shown(value))));
    }
}

/// Writes a config map: every value in full, of binary ones the size.
pub(super) fn config_map(w: &mut Writer, map: &Value) {
    meta::identity(w, map);
    title(w, "Data", "====");
    for (name, value) in entries(map, "/data") {
        w.indented(0, &format!("{name}:\n"), Role::Label);
        w.indented(0, "----\n", Role::Dim);
        w.line(0, &shown(value));
        w.line(0, "");
    }
    title(w, "BinaryData", "====");
    for (name, value) in entries(map, "/binaryData") {
        w.line(0, &format!("{name}: {} bytes", decoded_length(&shown(value))));
    }
    w.line(0, "");
}

fn title(w: &mut Writer, title: &str, rule: &str) {
    w.line(0, "");
    w.section(title);
    w.indented(0, &format!("{title}\n"), Role::Heading);
    w.indented(0, &format!("{rule}\n"), Role::Dim);
}

/// Bytes that a base64 text stands for.
fn decoded_length(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_shows_sizes_only() {
        let mut w = Writer::default();
        let data = json!({"token": "dmFsdWU=", "a": ""});
        secret(&mut w, &json!({"type": "kubernetes.io/service-account-token", "data": data}));
        let text = w.finish().plain();
        assert!(text.ends_with("\nData\n====\na:      0 bytes\ntoken:  5 bytes\n"), "{text}");
    }

    #[test]
    fn sizes_of_base64() {
        for (text, size) in [("", 0), ("YQ==", 1), ("YWI=", 2), ("YWJj", 3), ("YWJjZA==", 4)] {
            assert_eq!(decoded_length(text), size);
        }
    }
}
