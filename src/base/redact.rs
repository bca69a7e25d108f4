//! Takes secrets out of what is handed to other people: log lines, messages, objects.
//!
//! Rather too much than too little: what looks like a secret is one. Values go, names and places stay, so that a reader sees
//! that there was something. Start with [`text`] and [`object`]. Laws over secrets in many disguises are in the tests.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

/// What stands in place of a secret.
pub const MARK: &str = "[redacted]";

/// Names whose values are secrets, as part of a longer name too (`DB_PASSWORD`, `x-api-key`).
const PARTS: &str = "passw(?:or)?d|passphrase|passcode|pwd|secret|token|api[_.-]?key|access[_.-]?key|private[_.-]?key|\
     signing[_.-]?key|encryption[_.-]?key|account[_.-]?key|shared[_.-]?key|credentials?|authorization|cookie|\
     session[_.-]?id|signature|jwt|dsn";

/// Names of secrets that would be found in names of other things (`author`, `signal`).
const WHOLE: &str = "auth|pass|sig|otp|sid|bearer";

/// An expression for the name of a secret.
fn name() -> String {
    format!("(?:[A-Za-z0-9_.-]*(?:{PARTS})[A-Za-z0-9_.-]*|\\b(?:{WHOLE}))")
}

/// What a pattern finds, and what of it stays before the mark and after it.
struct Pattern {
    regex: LazyLock<Option<Regex>>,
    /// Whether a match is a secret after all.
    is_secret: fn(&str) -> bool,
}

const fn pattern(make: fn() -> Option<Regex>) -> Pattern {
    Pattern { regex: LazyLock::new(make), is_secret: |_| true }
}

/// In this order: what takes most goes first. A group `keep` before the secret stays, `end` after it too.
static PATTERNS: [Pattern; 8] = [
    // Private keys, whole or cut off.
    pattern(|| Regex::new(r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----.*?(?:-----END [A-Z0-9 ]*-----|\z)").ok()),
    // Headers whose whole value is secret, up to a quote or the end of the line.
    pattern(|| {
        Regex::new(r#"(?i)(?P<keep>\b(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]*(?:token|key|auth|secret)[a-z-]*)\\*["']?\s*[:=]\s*(?:\[\s*)?\\*["']?)[^\\"'\r\n\]]+"#).ok()
    }),
    pattern(|| Regex::new(r"(?i)(?P<keep>\b(?:bearer|basic|digest|negotiate)\s+)[A-Za-z0-9._~+/=-]{6,}").ok()),
    // The user's part of a URL, up to the last @ of the word: a password may hold any character.
    pattern(|| Regex::new(r#"(?P<keep>[A-Za-z][A-Za-z0-9+.-]*://)[^\s"'<>]*(?P<end>@)"#).ok()),
    // name=value, name: value, "name":"value", also escaped once more.
    pattern(|| {
        let name = name();
        Regex::new(&format!(
            r#"(?i)(?P<keep>(?:{name}\\*["']?\s*(?:=>|:=|[:=])\s*)+)(?:\\+"(?:[^\\"]|\\+[^"\\])*|"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&"'}}\])]+)"#
        ))
        .ok()
    }),
    // --password value, -token value.
    pattern(|| {
        Regex::new(&format!(
            r#"(?i)(?P<keep>(?:^|[\s"'\[,])--?[a-z0-9-]*(?:{PARTS})[a-z0-9-]*["']?,?\s+["']?)[^\s"',\]]+"#
        ))
        .ok()
    }),
    // Tokens that are known by how they begin.
    pattern(|| {
        Regex::new(concat!(
            r"\b(?:ey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)*",
            r"|(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{12,}",
            r"|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|gl(?:pat|ptt|dt|rt)-[A-Za-z0-9_-]{12,}",
            r"|xox[a-z]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}|[rsp]k_(?:live|test)_[A-Za-z0-9]{8,}|sk-[A-Za-z0-9_-]{16,}",
            r"|AIza[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{8,}|npm_[A-Za-z0-9]{20,}|dckr_pat_[A-Za-z0-9_-]{12,}",
            r"|hv[sbr]\.[A-Za-z0-9_-]{12,}|do[opr]_v1_[a-f0-9]{16,}|pypi-[A-Za-z0-9_-]{16,}|SG\.[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{12,})"
        ))
        .ok()
    }),
    // As long as an AWS secret, and of upper case, lower case and digits: no hash, and no path.
    Pattern {
        regex: LazyLock::new(|| Regex::new(r"[A-Za-z0-9/+]{40,}={0,2}").ok()),
        is_secret: |word| {
            let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
            let is_path = word.matches('/').count() > 3;
            !is_path && has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit)
        },
    },
];

/// A text without its secrets, and how many were taken out. It may have many lines.
pub fn text(text: &str) -> (Cow<'_, str>, usize) {
    let (mut out, mut count) = (Cow::Borrowed(text), 0);
    for pattern in &PATTERNS {
        // A pattern that cannot be made would be a mistake of ours; then nothing of the text may pass.
        let Some(regex) = pattern.regex.as_ref() else { return (Cow::Borrowed(MARK), 1) };
        if !regex.is_match(&out) {
            continue;
        }
        let replaced = regex.replace_all(&out, |found: &Captures<'_>| {
            let part = |name| found.name(name).map_or("", |part| part.as_str());
            let (keep, end, whole) = (part("keep"), part("end"), &found[0]);
            let secret = &whole[keep.len()..whole.len() - end.len()];
            let is_done = secret.trim_matches(['\\', '"', '\'', ' ', '[', ']']) == MARK.trim_matches(['[', ']']);
            if is_done || !(pattern.is_secret)(secret) {
                return whole.to_owned();
            }
            count += 1;
            format!("{keep}{MARK}{end}")
        });
        out = Cow::Owned(replaced.into_owned());
    }
    (out, count)
}

/// What was taken out of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Values of environment variables; their names stay.
    pub env: usize,
    /// Values of a Secret or a ConfigMap; the names of their keys stay.
    pub data: usize,
    /// Secrets found in other texts, annotations with a second copy of the object among them.
    pub texts: usize,
}

/// The annotation in which kubectl keeps what was applied: everything, environment included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Takes the secrets out of an object of any kind.
pub fn object(object: &mut Value) -> Withheld {
    let mut withheld = Withheld::default();
    for field in ["data", "stringData", "binaryData"] {
        let data = object.get_mut(field).and_then(Value::as_object_mut);
        for value in data.into_iter().flat_map(|data| data.values_mut()) {
            *value = MARK.into();
            withheld.data += 1;
        }
    }
    walk(object, &mut withheld);
    withheld
}

fn walk(value: &mut Value, withheld: &mut Withheld) {
    match value {
        Value::String(string) => {
            let (clean, count) = text(string);
            if count > 0 {
                withheld.texts += count;
                *string = clean.into_owned();
            }
        }
        Value::Array(items) => words(items, withheld),
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "env" => environment(value, withheld),
                    "annotations" => annotations(value, withheld),
                    _ => walk(value, withheld),
                }
            }
        }
        _ => {}
    }
}

/// Items; of a command line, what stands behind a flag that names a secret is one.
fn words(items: &mut [Value], withheld: &mut Withheld) {
    let mut is_behind_flag = false;
    for item in items {
        let word = item.as_str().unwrap_or_default().to_owned();
        if is_behind_flag && !word.is_empty() {
            *item = MARK.into();
            withheld.texts += 1;
        } else {
            walk(item, withheld);
        }
        is_behind_flag = word.starts_with('-') && !word.contains('=') && is_secret_name(&word);
    }
}

fn environment(list: &mut Value, withheld: &mut Withheld) {
    for variable in list.as_array_mut().into_iter().flatten() {
        if let Some(value) = variable.get_mut("value").filter(|value| **value != "") {
            *value = MARK.into();
            withheld.env += 1;
        }
    }
}

fn annotations(list: &mut Value, withheld: &mut Withheld) {
    for (name, value) in list.as_object_mut().into_iter().flatten() {
        if name == LAST_APPLIED || is_secret_name(name) {
            *value = MARK.into();
            withheld.texts += 1;
        } else {
            walk(value, withheld);
        }
    }
}

/// Whether a name says that its value is a secret.
fn is_secret_name(word: &str) -> bool {
    static REGEX: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!("(?i){}", name())).ok());
    REGEX.as_ref().is_none_or(|regex| regex.is_match(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn clean(line: &str) -> String {
        text(line).0.into_owned()
    }

    #[test]
    fn what_is_no_secret_stays() {
        for line in [
            "GET /healthz 200 in 3ms from 10.0.0.7:4431",
            "2026-11-24T10:00:00Z panic: runtime error: index out of range [3] with length 3",
            "dial tcp: lookup db.shop.svc on 10.96.0.10:53: no such host",
            "image nginx@sha256:0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31 pulled",
            "commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
            "http://10.0.0.7:8080/metrics answered 503",
            "author=me, signal: killed, mapping: a, bypass: 3, secret \"app-tls\" not found",
            "0/5 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s).",
        ] {
            assert_eq!(text(line), (Cow::Borrowed(line), 0));
        }
    }

    #[test]
    fn the_name_stays_and_the_value_goes() {
        assert_eq!(clean("DB_PASSWORD=hunter2 retries=3"), "DB_PASSWORD=[redacted] retries=3");
        assert_eq!(clean(r#"{"user":"a","password":"b c"}"#), r#"{"user":"a","password":[redacted]}"#);
        assert_eq!(clean("Authorization: Bearer abc.def"), "Authorization: [redacted]");
        assert_eq!(clean("postgres://app:p@ss/w0rd@db:5432/shop"), "postgres://[redacted]@db:5432/shop");
        assert_eq!(clean("auth: token: abc, b"), "auth: token: [redacted], b");
        assert_eq!(clean("run --api-key 12345 --port 80"), "run --api-key [redacted] --port 80");
        assert_eq!(clean("GET /x?token=abc&page=2"), "GET /x?token=[redacted]&page=2");
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----";
        assert_eq!(clean(&format!("a\n{key}\nb")), "a\n[redacted]\nb");
        assert_eq!(clean("a -----BEGIN PRIVATE KEY-----\ncut off"), "a [redacted]");
    }

    #[test]
    fn of_an_object_names_and_references_stay() {
        let mut pod = json!({
            "metadata": {"annotations": {LAST_APPLIED: "{\"env\":1}", "team": "shop", "vault-token": "abc"}},
            "spec": {
                "containers": [{
                    "env": [{"name": "DEBUG", "value": "1"}, {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "k", "key": "token"}}}],
                    "command": ["run", "--password", "hunter2", "--token=abc", "--port", "80"],
                }],
                "volumes": [{"secret": {"secretName": "app-tls"}}],
            },
            "status": {"message": "password=hunter2"},
        });
        let withheld = object(&mut pod);
        assert_eq!(withheld, Withheld { env: 1, data: 0, texts: 5 });
        let container = &pod["spec"]["containers"][0];
        assert_eq!(container["env"][0], json!({"name": "DEBUG", "value": MARK}));
        assert_eq!(container["env"][1]["valueFrom"]["secretKeyRef"]["key"], "token");
        let command = json!(["run", "--password", MARK, "--token=[redacted]", "--port", "80"]);
        assert_eq!(
            (&container["command"], &pod["spec"]["volumes"][0]["secret"]["secretName"]),
            (&command, &json!("app-tls"))
        );
        assert_eq!(pod["metadata"]["annotations"], json!({LAST_APPLIED: MARK, "team": "shop", "vault-token": MARK}));
        let mut secret = json!({"kind": "Secret", "data": {"a": "YQ=="}, "stringData": {"b": "b"}});
        assert_eq!(object(&mut secret).data, 2);
        assert_eq!(secret["data"]["a"], MARK);
    }

    /// Ways in which lines hold a secret.
    fn disguises(secret: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for name in
            ["password", "DB_PASSWORD", "client_secret", "apiKey", "x-api-key", "access_token", "AWS_SECRET_ACCESS_KEY"]
        {
            for line in [
                format!("{name}={secret}"),
                format!("{name}: {secret}"),
                format!("{name} = '{secret}'"),
                format!(r#"{{"{name}": "{secret}", "b": 1}}"#),
                format!(r#"msg="{{\"{name}\":\"{secret}\"}}""#),
                format!("GET /path?{name}={secret}&x=1 200"),
                format!("exec: start --{} {secret}", name.to_lowercase().replace('_', "-")),
                format!("level=info {name}=\"{secret}\" took=3ms"),
            ] {
                lines.push(line);
            }
        }
        lines.extend([
            format!("Authorization: Bearer {secret}"),
            format!("authorization: Basic {secret}"),
            format!("> Proxy-Authorization: token {secret}"),
            format!("headers: map[Authorization:[Bearer {secret}]]"),
            format!("Set-Cookie: session={secret}; Path=/"),
            format!("sent bearer {secret} upstream"),
            format!("could not reach amqp://guest:{secret}@mq:5672/vhost"),
            format!("https://{secret}@github.com/acme/app.git"),
            format!("jdbc:postgresql://app:{secret}@db/x?y=1"),
            format!("eyJhbGciOiJIUzI1NiJ9.{secret}.c2lnbmF0dXJl"),
            format!("key AKIA{}", secret.to_uppercase()),
            format!("ghp_{secret}{secret} was refused"),
            format!("-----BEGIN EC PRIVATE KEY-----\n{secret}\n-----END EC PRIVATE KEY-----"),
        ]);
        lines
    }

    proptest! {
        #[test]
        fn no_secret_survives_in_any_disguise(secret in "[a-zA-Z][a-zA-Z0-9]{11,30}", before in "[ -~]{0,20}", after in "[ -~]{0,20}") {
            for line in disguises(&secret) {
                for line in [line.clone(), format!("{before} {line}"), format!("{line} {after}")] {
                    // What stands around it may happen to close a quote of ours; the secret must be gone all the same.
                    let shown = clean(&line);
                    prop_assert!(!shown.contains(&secret) && !shown.contains(&secret.to_uppercase()), "{line:?} became {shown:?}");
                }
            }
        }

        #[test]
        fn what_was_cleaned_stays_as_it_is(line in "[ -~]{0,80}") {
            let once = clean(&line);
            prop_assert_eq!(clean(&once), once);
        }

        #[test]
        fn any_text_can_be_cleaned(line in any::<String>()) {
            let _ = text(&line);
        }
    }
}
