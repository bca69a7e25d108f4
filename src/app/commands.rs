//! The command line, and choosing a namespace, a context or an action from a list.

use super::App;
use super::action::{ACTIONS, Action, Place};
use super::message::{Effect, Notice};
use super::modal::{Chooses, Modal};
use super::picker::{Choice, Picker};
use super::session::Link;
use super::watched::ALL_NAMESPACES;

impl App {
    pub(super) fn pick_namespace(&mut self) {
        let (choices, note) = self.namespace_choices();
        let mut picker = Picker::new("namespace", choices);
        picker.note = note;
        picker.select(self.session.namespace.as_deref().unwrap_or(ALL_NAMESPACES));
        self.modal = Some(Modal::Picker(Chooses::Namespace, picker));
        self.effects.push(Effect::ListNamespaces(self.session.epoch));
    }

    pub(super) fn toggle_all_namespaces(&mut self) {
        let to = if self.session.namespace.is_none() { Some(self.session.last_namespace.clone()) } else { None };
        self.switch_namespace(to.filter(|name| !name.is_empty()));
    }

    pub(super) fn pick_context(&mut self) {
        let about = |name: &String| if *name == self.session.context { "now" } else { "" };
        let contexts = self.session.info.contexts.iter();
        let choices = contexts.map(|name| Choice { text: name.clone(), about: about(name).to_owned() }).collect();
        let mut picker = Picker::new("context", choices);
        picker.select(&self.session.context);
        self.modal = Some(Modal::Picker(Chooses::Context, picker));
    }

    pub(super) fn command_picker(&mut self) -> Picker {
        self.need_resources();
        Picker::new("go to, or do", self.command_choices())
    }

    /// What can be chosen in the palette: actions, commands, kinds.
    pub(super) fn command_choices(&self) -> Vec<Choice> {
        let mut choices: Vec<_> = ACTIONS
            .iter()
            .filter(|row| !matches!(row.place, Place::Shells | Place::Ended | Place::Copying))
            .map(|row| Choice {
                text: row.name.to_owned(),
                about: format!("{}  {}", row.about, self.keys.keys_of(row.action)),
            })
            .collect();
        let about = |text: &str, about: &str| Choice { text: text.to_owned(), about: about.to_owned() };
        choices.push(about("ns NAME", "list a namespace; `ns` alone chooses"));
        choices.push(about("ctx NAME", "go to a context; `ctx` alone chooses"));
        choices.push(about(
            "logs TARGET",
            "logs of POD, KIND/NAME, pods -l LABELS or --all; -c CONTAINERS -p --since 10m --tail 5",
        ));
        choices.push(about("sort COLUMN", "sort by a column; `sort -COLUMN` the other way round"));
        choices.extend(self.kind_choices());
        choices
    }

    pub(super) fn chosen(&mut self, chooses: Chooses, picker: &Picker) {
        let chosen = picker.chosen().map(|choice| choice.text.clone());
        let typed = picker.prompt.text().trim().to_owned();
        match chooses {
            Chooses::Namespace => match chosen {
                Some(name) if name == ALL_NAMESPACES => self.switch_namespace(None),
                Some(name) => self.switch_namespace(Some(name)),
                // Where namespaces may not be listed, one can still be named.
                None if !typed.is_empty() => self.switch_namespace(Some(typed)),
                None => {}
            },
            Chooses::Context => match chosen {
                Some(name) if name != self.session.context || self.session.link != Link::Up => {
                    self.switch_context(&name);
                }
                Some(_) => {}
                None => self.notify(Notice::error(format!("there is no context `{typed}`"))),
            },
            Chooses::Command => self.command(&typed, chosen.as_deref()),
            Chooses::Revision => {
                if let Some(revision) = chosen {
                    self.change_to(&revision);
                }
            }
            Chooses::LogStream => {
                if let Some(name) = chosen {
                    self.show_stream(&name);
                }
            }
            Chooses::Kubectl => {
                if let Some(command) = chosen {
                    self.copy_command(command);
                }
            }
        }
    }

    /// One word: an action by its whole name, a kind by any of its names, or what was chosen.
    fn word(&mut self, word: &str, chosen: Option<&str>) {
        match (Action::parse(word), chosen) {
            (Some(action), _) => self.perform(action),
            (None, Some(chosen)) if word.is_empty() => self.go_to_kind(chosen, None, Some(chosen)),
            (None, chosen) => self.go_to_kind(word, None, chosen),
        }
    }

    /// A command: a word with a name behind it, a kind, or the action that was chosen.
    fn command(&mut self, typed: &str, chosen: Option<&str>) {
        let (word, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let rest = rest.trim();
        match (word, rest) {
            ("ns" | "namespace", "") => self.pick_namespace(),
            ("ns" | "namespace", "all") => self.switch_namespace(None),
            ("ns" | "namespace", name) => self.switch_namespace(Some(name.to_owned())),
            ("ctx" | "context", "") => self.pick_context(),
            ("ctx" | "context", name) if self.session.info.contexts.iter().any(|known| known == name) => {
                self.switch_context(name);
            }
            ("ctx" | "context", name) => self.notify(Notice::error(format!("there is no context `{name}`"))),
            ("logs", asked) if !asked.is_empty() => self.ask_for_logs(asked),
            ("sort", field) if !field.is_empty() => self.sort_by(field),
            ("q" | "quit", "") if !self.unsent().is_empty() => self.quit_program(),
            ("q" | "q!" | "quit", "") => self.quit_now(),
            (word, "") => self.word(word, chosen),
            _ => match chosen.and_then(Action::parse) {
                Some(action) => self.perform(action),
                None => self.notify(Notice::error(format!("there is no command `{typed}`"))),
            },
        }
    }
}
