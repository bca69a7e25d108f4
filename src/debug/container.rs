//! The container of a form: a new one, and what is changed of one that is there.

use serde_json::{Value, json};

use super::edit;
use super::form::Form;

/// A new container as kubectl begins one. The server fills in the rest.
pub fn new(form: &Form, name: &str) -> Value {
    let mut container = json!({"name": name});
    edit::set_text(&mut container, "image", &form.image);
    if !form.command.is_empty() {
        let words = if form.arguments_only { "args" } else { "command" };
        edit::set(&mut container, words, form.command.clone());
    }
    if !form.env.is_empty() {
        edit::set(&mut container, "env", env(form));
    }
    edit::set(&mut container, "resources", json!({}));
    edit::set(&mut container, "terminationMessagePolicy", "File");
    edit::set_text(&mut container, "imagePullPolicy", &form.pull_policy);
    talk(form, &mut container);
    container
}

/// Changes a container of a copy: what the form does not say stays, but for the terminal.
pub fn change(form: &Form, container: &mut Value) {
    if !form.command.is_empty() {
        if form.arguments_only {
            edit::set(container, "args", form.command.clone());
        } else {
            edit::set(container, "command", form.command.clone());
            edit::remove(container, "args");
        }
    }
    if !form.env.is_empty() {
        edit::set(container, "env", env(form));
    }
    edit::set_text(container, "image", &form.image);
    edit::set_text(container, "imagePullPolicy", &form.pull_policy);
    talk(form, container);
}

/// Standard input and terminal are switched off as well as on.
fn talk(form: &Form, container: &mut Value) {
    for (name, is_on) in [("stdin", form.stdin), ("tty", form.tty)] {
        edit::remove(container, name);
        if is_on {
            edit::set(container, name, true);
        }
    }
}

/// In the order in which they were typed; of one name the last value counts.
fn env(form: &Form) -> Value {
    let mut out: Vec<Value> = Vec::new();
    for (name, value) in &form.env {
        let mut entry = json!({"name": name});
        edit::set_text(&mut entry, "value", value);
        match out.iter_mut().find(|known| known["name"] == name.as_str()) {
            Some(known) => *known = entry,
            None => out.push(entry),
        }
    }
    Value::Array(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_keep_their_order() {
        let env = [("B", "2"), ("A", "1"), ("B", "3"), ("E", "")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let container = new(&Form { env, ..Form::default() }, "d");
        let wanted = json!([{"name": "B", "value": "3"}, {"name": "A", "value": "1"}, {"name": "E"}]);
        assert_eq!(container["env"], wanted);
    }

    #[test]
    fn what_is_not_said_is_not_there() {
        assert_eq!(
            new(&Form { image: "busybox".to_owned(), ..Form::default() }, "d"),
            json!({"name": "d", "image": "busybox", "resources": {}, "terminationMessagePolicy": "File"})
        );
    }

    #[test]
    fn a_changed_container_keeps_what_the_form_does_not_say() {
        let before = json!({"name": "app", "image": "app:1", "args": ["serve"], "stdin": true, "tty": true, "x": 1});
        let mut after = before.clone();
        change(&Form { image: "other".to_owned(), ..Form::default() }, &mut after);
        assert_eq!(after, json!({"name": "app", "image": "other", "args": ["serve"], "x": 1}));
        let command = vec!["sh".to_owned()];
        let mut after = before;
        change(&Form { command, stdin: true, ..Form::default() }, &mut after);
        assert_eq!(after, json!({"name": "app", "image": "app:1", "command": ["sh"], "stdin": true, "x": 1}));
    }
}
