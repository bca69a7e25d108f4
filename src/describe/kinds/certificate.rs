//! Certificate signing requests. Rules: kubectl describe, `describeCertificateSigningRequest`,
//! `extractCSRStatus`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::fields::{date, list, or_none, text, whole};
use super::super::selector;
use super::super::tabs::Writer;
use super::der::{self, NameKind, Request};
use crate::base::age::human_duration;
use crate::base::text::Role;

/// What kubectl calls the parts of a subject that may be there several times.
const PARTS: [(&str, u8); 7] = [
    ("Organization", 10),
    ("Organizational Unit", 11),
    ("Country", 6),
    ("Locality", 7),
    ("Province", 8),
    ("StreetAddress", 9),
    ("PostalCode", 17),
];
const NAMES: [(&str, NameKind); 4] = [
    ("DNS Names", NameKind::Dns),
    ("Email Addresses", NameKind::Email),
    ("URIs", NameKind::Uri),
    ("IP Addresses", NameKind::Ip),
];

/// Writes a request. Of one that cannot be read the subject is empty; kubectl describes no such request.
pub(super) fn write(w: &mut Writer, object: &Value) {
    w.field(0, "Name", text(object, "/metadata/name"));
    w.field(0, "Labels", or_none(&selector::map(object, "/metadata/labels")));
    w.field(0, "Annotations", or_none(&selector::map(object, "/metadata/annotations")));
    w.field(0, "CreationTimestamp", date(object, "/metadata/creationTimestamp"));
    w.field(0, "Requesting User", text(object, "/spec/username"));
    let signer = text(object, "/spec/signerName");
    if !signer.is_empty() {
        w.field(0, "Signer", signer);
    }
    if let Some(seconds) = whole(object, "/spec/expirationSeconds") {
        w.field(0, "Requested Duration", human_duration(seconds.saturating_mul(1_000_000)));
    }
    w.field(0, "Status", status(object));
    subject(w, &decoded(text(object, "/spec/request")).unwrap_or_default());
}

fn status(object: &Value) -> String {
    let conditions = list(object, "/status/conditions");
    let is = |kind: &str| conditions.iter().any(|condition| text(condition, "/type") == kind);
    let mut status = match (is("Denied"), is("Approved")) {
        (true, _) => "Denied",
        (false, true) => "Approved",
        (false, false) => "Pending",
    }
    .to_owned();
    if is("Failed") {
        status.push_str(",Failed");
    }
    if !text(object, "/status/certificate").is_empty() {
        status.push_str(",Issued");
    }
    status
}

/// From PEM in base64.
fn decoded(request: &str) -> Option<Request> {
    let pem = String::from_utf8(STANDARD.decode(request).ok()?).ok()?;
    let (_, body) = pem.split_once("-----BEGIN CERTIFICATE REQUEST-----")?;
    let (body, _) = body.split_once("-----END CERTIFICATE REQUEST-----")?;
    let body: String = body.split_whitespace().collect();
    der::read(&STANDARD.decode(body).ok()?)
}

fn subject(w: &mut Writer, request: &Request) {
    let values = |number: u8| {
        let own = request.subject.iter().filter(move |(found, _)| *found == number);
        own.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    w.section("Subject");
    w.heading(0, "Subject");
    // Of these the last one counts.
    for (label, number) in [("Common Name", 3), ("Serial Number", 5)] {
        w.line(0, &format!("\t{label}:\t{}", values(number).last().copied().unwrap_or_default()));
    }
    for (label, number) in PARTS {
        column(w, label, &values(number));
    }
    if request.names.is_empty() {
        return;
    }
    w.indented(0, "Subject Alternative Names:\n", Role::Heading);
    for (label, kind) in NAMES {
        let own = request.names.iter().filter(|(found, _)| *found == kind);
        column(w, label, &own.map(|(_, name)| name.as_str()).collect::<Vec<_>>());
    }
}

fn column(w: &mut Writer, label: &str, values: &[&str]) {
    if !values.is_empty() {
        w.line(0, &format!("\t{label}:\t{}", values.join("\n\t\t")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn states() {
        let with = |kinds: &[&str], certificate: &str| {
            let conditions: Vec<Value> = kinds.iter().map(|kind| json!({"type": kind})).collect();
            status(&json!({"status": {"conditions": conditions, "certificate": certificate}}))
        };
        assert_eq!(with(&[], ""), "Pending");
        assert_eq!(with(&["Approved"], "MA=="), "Approved,Issued");
        assert_eq!(with(&["Approved", "Failed", "Denied"], ""), "Denied,Failed");
    }

    #[test]
    fn a_request_that_cannot_be_read_has_no_subject() {
        let mut w = Writer::default();
        write(&mut w, &json!({"spec": {"request": "bm90aGluZw=="}}));
        let text = w.finish().plain();
        assert!(text.ends_with("Subject:\n  Common Name:    \n  Serial Number:  \n"), "{text}");
    }
}
