//! `describe`: one object or several, by name, by the beginning of their names, by labels. Rules: kubectl `describe` of
//! 1.37; the text itself is that of the pane.

use std::io::Write;

use serde_json::Value;

use super::args::Describing;
use super::documents::Form;
use super::failure::{Failure, Failures};
use super::fetch::Pages;
use super::session::{Session, Wanted};
use crate::cluster::http::ACCEPT_JSON;
use crate::cluster::{objects, pages};
use crate::describe::{describe, related};
use crate::model::around::{Around, Request};
use crate::model::kind::ObjectKey;
use crate::model::resource::Resource;
use crate::runtime::now;

/// Describes what `asked` names.
pub async fn run(session: &Session, asked: &Describing, out: &mut dyn Write) -> Result<(), Failures> {
    let wanted = session.wanted(&asked.objects).await?;
    if asked.selector.is_some() && wanted.iter().any(|one| one.name.is_some()) {
        return Err(Failure::Usage("name cannot be provided when a selector is specified".to_owned()).into());
    }
    let (mut keys, mut failures) = (Vec::new(), Vec::new());
    for one in &wanted {
        match found(session, asked, one).await {
            Ok(found) => keys.extend(found),
            Err(failure) => failures.push(failure),
        }
    }
    if asked.objects.len() == 2 && matches!(failures.as_slice(), [missing] if missing.is_not_found()) {
        return missing_of_two(session, asked, &wanted, failures, out).await;
    }
    let is_single = keys.len() <= 1 && failures.is_empty();
    let with_events = asked.show_events.unwrap_or(is_single);
    let nothing = keys.is_empty() && failures.is_empty();
    let mut between = "";
    for key in keys {
        match text(session, &key, with_events).await {
            Ok(text) => {
                write!(out, "{between}{text}").map_err(Failure::from)?;
                between = "\n\n";
            }
            Err(failure) => failures.push(failure),
        }
    }
    if nothing {
        session.say(&session.nothing_found(true))?;
    }
    Failures::of(failures)
}

/// One thing was not found of two words: kubectl takes them for a kind and the beginning of a name, whatever they are.
async fn missing_of_two(
    session: &Session,
    asked: &Describing,
    wanted: &[Wanted],
    failures: Vec<Failure>,
    out: &mut dyn Write,
) -> Result<(), Failures> {
    if asked.objects[0].contains(',') {
        return Err(Failure::Usage("you may only specify a single resource type".to_owned()).into());
    }
    if let [Wanted { resource, name: Some(prefix) }] = wanted
        && matching(session, resource, prefix, asked.show_events.unwrap_or(false), out).await?
    {
        return Ok(());
    }
    Failures::of(failures)
}

/// The objects behind what was named.
async fn found(session: &Session, asked: &Describing, wanted: &Wanted) -> Result<Vec<ObjectKey>, Failure> {
    if let Some(name) = &wanted.name {
        let key = session.key(&wanted.resource, name)?;
        session.heard(pages::value(&session.connection, &key, ACCEPT_JSON).await?)?;
        return Ok(vec![key]);
    }
    let select = session.select(&wanted.resource, asked.selector.as_ref(), None);
    let (mut pages, mut keys) = (Pages::new(session, wanted, select), Vec::new());
    while let Some(objects) = pages.objects(Form::Name).await? {
        let text = |object: &Value, name: &str| object["metadata"][name].as_str().unwrap_or_default().to_owned();
        let key = |object| ObjectKey::new(wanted.resource.clone(), &text(object, "namespace"), &text(object, "name"));
        keys.extend(objects.iter().map(key));
    }
    Ok(keys)
}

/// Describes all objects whose name begins with `prefix`; whether there was one.
async fn matching(
    session: &Session,
    resource: &Resource,
    prefix: &str,
    with_events: bool,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let all = Wanted { resource: resource.clone(), name: None };
    let mut any = false;
    for key in found(session, &Describing::default(), &all).await? {
        if key.name.starts_with(prefix) {
            any = true;
            writeln!(out, "{}", text(session, &key, with_events).await?)?;
        }
    }
    Ok(any)
}

async fn text(session: &Session, key: &ObjectKey, with_events: bool) -> Result<String, Failure> {
    let surroundings = if with_events { related } else { all_but_events };
    let details = objects::read(&session.connection, key, Some(surroundings)).await?;
    Ok(describe(&key.resource.kind, &details, now()).plain())
}

fn all_but_events(kind: &str, object: &Value) -> Vec<Request> {
    related(kind, object).into_iter().filter(|request| request.what != Around::Events).collect()
}
