//! `events`: what happened, the latest last. Rules: kubectl `events` of 1.37, which differ from those of `get events`.

use std::convert::Infallible;
use std::io::Write;

use serde_json::{Value, json};

use super::args::{self, Output};
use super::documents::{self, Documents, Form};
use super::failure::{Failure, Failures};
use super::session::Session;
use super::tabs::TabWriter;
use super::target;
use crate::base::json::text;
use crate::base::stamp::Stamp;
use crate::base::unstable::sort_as_go;
use crate::cluster::http::ACCEPT_JSON;
use crate::cluster::pages::{self, Ended, Select};
use crate::describe::json::Keys;
use crate::describe::when;
use crate::model::kind::Kind;
use crate::model::resource::Resource;
use crate::runtime::now;

/// Prints the events that `asked` asks for.
pub async fn run(session: &Session, asked: &args::Events, out: &mut dyn Write) -> Result<(), Failures> {
    if !asked.types.iter().all(|name| ["normal", "warning"].contains(&name.to_lowercase().as_str())) {
        return Err(Failure::Usage("valid --types are Normal or Warning".to_owned()).into());
    }
    let resource = Resource::from(Kind::Event);
    let fields = match &asked.about {
        Some(about) => Some(selector(session, about).await?),
        None => None,
    };
    let select = session.select(&resource, None, fields.as_ref());
    if asked.watch {
        return watch(session, asked, &resource, &select, out).await.map(|never| match never {});
    }
    let events = list(session, &resource, &select).await?;
    let events: Vec<Value> = events.into_iter().filter(|event| is_of_type(event, &asked.types)).collect();
    if events.is_empty() {
        let place = if session.all_namespaces { String::new() } else { format!(" in {} namespace", session.namespace) };
        return Ok(session.say(&format!("No events found{place}."))?);
    }
    let events = in_order(events);
    match form(asked)? {
        None => {
            let mut printer = Printer::new(&mut *out, asked.no_headers, session.all_namespaces);
            let now = now();
            for event in &events {
                printer.event(event, now);
            }
            printer.tabs.flush().map_err(Failure::from)?;
        }
        Some(form) => {
            let list = json!({"kind": "EventList", "apiVersion": "v1", "metadata": {}, "items": events});
            Documents::new(&mut *out, form, asked.show_managed_fields).document(list, Keys::AsTheyCame)?;
        }
    }
    Ok(())
}

fn form(asked: &args::Events) -> Result<Option<Form>, Failure> {
    match asked.output {
        None => Ok(None),
        Some(Output::Json) => Ok(Some(Form::Json)),
        Some(Output::Yaml) => Ok(Some(Form::Yaml)),
        Some(Output::Name) => Ok(Some(Form::Name)),
        Some(Output::Wide) => {
            Err(Failure::Usage("events has no wide form; `podtriage get events -o wide` has".to_owned()))
        }
    }
}

/// The field selector for events about an object, as `--for` names it.
async fn selector(session: &Session, about: &str) -> Result<String, Failure> {
    if !about.contains('/') {
        return Err(Failure::Usage("--for must be in resource/name form".to_owned()));
    }
    let (kind, name) = target::pair(about).map_err(Failure::Usage)?;
    let resource = session.resource(&kind).await?;
    let (kind, version) = (&resource.kind, resource.api_version());
    Ok(format!("involvedObject.kind={kind},involvedObject.apiVersion={version},involvedObject.name={name}"))
}

async fn list(session: &Session, resource: &Resource, select: &Select) -> Result<Vec<Value>, Failure> {
    let (mut events, mut token) = (Vec::new(), String::new());
    loop {
        let page = pages::values(&session.connection, resource, select, ACCEPT_JSON, &token).await;
        let mut page = session.heard(page.map_err(|error| Failure::listing(error, "events", select))?)?;
        page["metadata"]["continue"].as_str().unwrap_or_default().clone_into(&mut token);
        events.extend(documents::items(&mut page, "v1", "Event"));
        if token.is_empty() {
            return Ok(events);
        }
    }
}

async fn watch(
    session: &Session,
    asked: &args::Events,
    resource: &Resource,
    select: &Select,
    out: &mut dyn Write,
) -> Result<Infallible, Failures> {
    enum Paper<W> {
        Table(Printer<W>),
        Documents(Documents<W>),
    }
    let mut paper = match form(asked)? {
        None => Paper::Table(Printer::new(out, asked.no_headers, session.all_namespaces)),
        Some(form) => Paper::Documents(Documents::new(out, form, asked.show_managed_fields)),
    };
    let print = |seen: pages::Seen| {
        // The server forgets an event after an hour: that is no news.
        if seen.deleted || !is_of_type(&seen.object, &asked.types) {
            return Ok(());
        }
        match &mut paper {
            Paper::Table(printer) => {
                printer.event(&seen.object, now());
                printer.tabs.flush()
            }
            Paper::Documents(documents) => documents.document(seen.object, Keys::AsTheyCame),
        }
    };
    match pages::follow(&session.connection, resource, select, ACCEPT_JSON, String::new(), print).await {
        Ok(never) => match never {},
        Err(Ended::Failed(error)) => Err(error.into()),
        Err(Ended::Stopped(error)) => Err(error.into()),
    }
}

fn is_of_type(event: &Value, types: &[String]) -> bool {
    types.is_empty() || types.iter().any(|name| name.eq_ignore_ascii_case(text(event, "/type")))
}

/// The latest last. Many events share a second: their order is kubectl's, too.
fn in_order(events: Vec<Value>) -> Vec<Value> {
    let mut timed: Vec<(Stamp, Value)> = events.into_iter().map(|event| (last_seen(&event), event)).collect();
    sort_as_go(&mut timed, |(a, _), (b, _)| a < b);
    timed.into_iter().map(|(_, event)| event).collect()
}

/// By what `kubectl events` sorts.
fn last_seen(event: &Value) -> Stamp {
    let at = |pointer| Stamp::parse(text(event, pointer));
    match event.get("series").filter(|series| !series.is_null()) {
        Some(_) => at("/series/lastObservedTime"),
        None if at("/lastTimestamp").is_set() => at("/lastTimestamp"),
        None => at("/eventTime"),
    }
}

/// Prints events below their headings.
struct Printer<W> {
    tabs: TabWriter<W>,
    with_namespace: bool,
}

impl<W: Write> Printer<W> {
    fn new(out: W, no_headers: bool, with_namespace: bool) -> Self {
        let mut tabs = TabWriter::new(out);
        if !no_headers {
            tabs.put(if with_namespace { "NAMESPACE\t" } else { "" });
            tabs.put("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
        }
        Self { tabs, with_namespace }
    }

    fn event(&mut self, event: &Value, now: Stamp) {
        if self.with_namespace {
            self.tabs.put(&format!("{}\t", text(event, "/metadata/namespace")));
        }
        let [kind, reason, about, name] =
            ["/type", "/reason", "/involvedObject/kind", "/involvedObject/name"].map(|pointer| text(event, pointer));
        let (seen, message) = (when(event, now), text(event, "/message").trim());
        self.tabs.put(&format!("{seen}\t{kind}\t{reason}\t{about}/{name}\t{message}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-01-02T00:00:00Z";

    fn printed(events: &[Value], with_namespace: bool) -> String {
        let mut printer = Printer::new(Vec::new(), false, with_namespace);
        for event in events {
            printer.event(event, Stamp::parse(NOW));
        }
        printer.tabs.flush().expect("memory takes everything");
        String::from_utf8(std::mem::take(printer.tabs.inner())).expect("text")
    }

    /// What the server answered, what `kubectl events -A` printed of it, and what we print at that moment.
    fn recorded(name: &str) -> (String, String) {
        let file = |ending| {
            let path = format!("{}/tests/data/events/{name}.{ending}", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(path).expect("a recorded file")
        };
        let mut answer: Value = serde_json::from_str(&file("json")).expect("JSON");
        let now = Stamp::parse(text(&answer, "/now"));
        let mut printer = Printer::new(Vec::new(), false, true);
        for event in in_order(documents::items(&mut answer, "v1", "Event")) {
            printer.event(&event, now);
        }
        printer.tabs.flush().expect("memory takes everything");
        (file("txt"), String::from_utf8(std::mem::take(printer.tabs.inner())).expect("text"))
    }

    #[test]
    fn e01_e03_e04_e05_events_of_both_schemas() {
        let (theirs, ours) = recorded("schemas");
        assert_eq!(ours, theirs);
        for text in ["3m21s (x12 over 61m)", "2m1s (x7 over 3h)", "<unknown>"] {
            assert!(ours.contains(text), "{text}\n{ours}");
        }
    }

    #[test]
    fn many_events_of_one_second() {
        let (theirs, ours) = recorded("many-in-a-second");
        assert!(theirs.lines().count() > 50);
        assert_eq!(ours, theirs);
    }

    #[test]
    fn the_object_has_its_slash_and_the_message_its_lines() {
        let event = json!({"type": "Warning", "reason": "BackOff", "message": " a\nb\r ", "metadata": {"namespace": "n"},
            "involvedObject": {"kind": "Pod", "name": "web-0"}});
        assert_eq!(
            printed(&[event], true),
            "NAMESPACE   LAST SEEN   TYPE      REASON    OBJECT      MESSAGE\n\
             n           <unknown>   Warning   BackOff   Pod/web-0   a\nb\n"
        );
        let nothing = printed(&[json!({})], false);
        assert!(nothing.ends_with(&format!("<unknown>{:19}/{:8}\n", "", "")), "{nothing:?}");
    }

    #[test]
    fn the_order_is_that_of_the_last_occurrence() {
        let events = [
            json!({"lastTimestamp": "2026-01-01T00:00:00Z"}),
            json!({"series": {"lastObservedTime": "2026-01-01T03:00:00.5Z"}, "lastTimestamp": "2026-01-01T09:00:00Z"}),
            json!({"lastTimestamp": null, "eventTime": "2026-01-01T02:00:00.5Z", "series": null}),
            json!({"firstTimestamp": "2026-01-01T08:00:00Z"}),
        ];
        let seen: Vec<_> = events.iter().map(|event| last_seen(event).rfc3339()).collect();
        assert_eq!(seen, ["2026-01-01T00:00:00Z", "2026-01-01T03:00:00Z", "2026-01-01T02:00:00Z", ""]);
    }

    #[test]
    fn e06_types_are_read_without_regard_to_case() {
        let types = ["warning".to_owned()];
        assert!(is_of_type(&json!({"type": "Warning"}), &types));
        assert!(!is_of_type(&json!({"type": "Normal"}), &types));
        assert!(is_of_type(&json!({}), &[]));
    }
}
