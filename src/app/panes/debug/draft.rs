//! What a person has chosen so far, as it is typed, and the form that comes of it.
//!
//! Start with [`Draft::form`]: it always gives a form, and says beside it what of the typed text could not be read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::row::{Holds, Row, Way};
use crate::app::prompt::Prompt;
use crate::base::json::{list, text};
use crate::base::quote;
use crate::config::Ttl;
use crate::debug::form::{CopyForm, Form, Keep};
use crate::debug::{Custom, Profile};

/// What happens when the container is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// One is attached to it, with a terminal.
    #[default]
    Attach,
    /// It has a terminal, and waits for somebody to attach.
    Leave,
    /// It has no terminal and runs by itself.
    Alone,
}

impl Then {
    const ALL: [Self; 3] = [Self::Attach, Self::Leave, Self::Alone];

    fn title(self) -> &'static str {
        match self {
            Self::Attach => "attach to it",
            Self::Leave => "leave it waiting; the sessions lead back to it",
            Self::Alone => "leave it alone, without a terminal",
        }
    }
}

/// Something that is wrong with what was typed, or worth knowing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Where.
    pub row: Row,
    /// What.
    pub said: String,
    /// Whether nothing can be sent.
    pub is_fatal: bool,
}

impl Trouble {
    /// Something that keeps it from being sent.
    pub fn fatal(row: Row, said: impl Into<String>) -> Self {
        Self { row, said: said.into(), is_fatal: true }
    }
}

/// When an image is pulled, as kubectl's flag says it; nothing is the server's default.
const PULLS: [&str; 4] = ["", "Always", "IfNotPresent", "Never"];
/// Whether processes are shared, where it is said.
const SHARES: [Option<bool>; 3] = [None, Some(true), Some(false)];

/// The choices.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The way.
    pub way: Way,
    /// The profile.
    pub profile: Profile,
    /// What happens then.
    pub then: Then,
    /// The custom part, as it was typed.
    pub custom: String,
    /// The file that it was read from, and what stood there.
    pub loaded: Option<(String, String)>,
    texts: BTreeMap<Row, Prompt>,
    switches: BTreeSet<Row>,
    /// The pod's containers, those that run before the others last.
    containers: Vec<String>,
    /// Which of them is the target; none beyond the last.
    target: usize,
    changed: usize,
    share: usize,
    pull: usize,
}

impl Draft {
    /// The choices to begin with for a pod or node. `container`: the one that is meant; `image`: for the debug container.
    pub fn new(object: &Value, container: Option<&str>, image: &str, profile: Profile) -> Self {
        let is_node = object["kind"] == "Node";
        let names = |path| list(object, path).iter().map(|one| text(one, "/name").to_owned());
        let containers: Vec<String> = names("/spec/containers").chain(names("/spec/initContainers")).collect();
        let chosen = containers.iter().position(|name| Some(name.as_str()) == container).unwrap_or(0);
        let mut draft = Self {
            way: if is_node { Way::Node } else { Way::Ephemeral },
            profile,
            then: Then::default(),
            custom: String::new(),
            loaded: None,
            texts: BTreeMap::new(),
            switches: BTreeSet::from([Row::Init]),
            containers,
            target: chosen,
            changed: chosen,
            share: 0,
            pull: 0,
        };
        draft.put(Row::Image, image);
        draft
    }

    /// Puts a text into a row.
    pub fn put(&mut self, row: Row, text: &str) {
        self.texts.insert(row, Prompt::new(text));
    }

    /// The text of a row.
    pub fn text(&self, row: Row) -> &str {
        self.texts.get(&row).map_or("", Prompt::text).trim()
    }

    /// The line that is typed in a row.
    pub fn prompt(&self, row: Row) -> Option<&Prompt> {
        self.texts.get(&row)
    }

    /// The same, to type in.
    pub fn prompt_mut(&mut self, row: Row) -> &mut Prompt {
        self.texts.entry(row).or_insert_with(|| Prompt::new(""))
    }

    /// Whether a switch is on.
    pub fn is_on(&self, row: Row) -> bool {
        self.switches.contains(&row)
    }

    /// The next choice of a row, or the one before.
    pub fn turn(&mut self, row: Row, back: bool) {
        let next = |at: usize, of: usize| if back { (at + of - 1) % of } else { (at + 1) % of };
        let at = |all: &[Way], one| all.iter().position(|other| *other == one).unwrap_or(0);
        match row {
            Row::Way if self.way != Way::Node => {
                self.way = Way::OF_POD[next(at(&Way::OF_POD, self.way), Way::OF_POD.len())];
            }
            Row::Target => self.target = next(self.target, self.containers.len() + 1),
            Row::Changed if !self.containers.is_empty() => {
                self.changed = next(self.changed, self.containers.len());
            }
            Row::Profile => {
                let at = Profile::ALL.iter().position(|one| *one == self.profile).unwrap_or(0);
                self.profile = Profile::ALL[next(at, Profile::ALL.len())];
            }
            Row::Attach => {
                let at = Then::ALL.iter().position(|one| *one == self.then).unwrap_or(0);
                self.then = Then::ALL[next(at, Then::ALL.len())];
            }
            Row::Share => self.share = next(self.share, SHARES.len()),
            Row::Pull => self.pull = next(self.pull, PULLS.len()),
            row if row.holds() == Holds::Switch && !self.switches.remove(&row) => {
                self.switches.insert(row);
            }
            _ => {}
        }
    }

    fn target(&self) -> &str {
        self.containers.get(self.target).map_or("", String::as_str)
    }

    fn changed(&self) -> &str {
        self.containers.get(self.changed).map_or("", String::as_str)
    }

    /// The value of a row as it is shown.
    pub fn value(&self, row: Row) -> String {
        match row {
            Row::Way => self.way.title().to_owned(),
            Row::Target if self.target().is_empty() => "the pod as a whole".to_owned(),
            Row::Target => self.target().to_owned(),
            Row::Changed => self.changed().to_owned(),
            Row::Profile => self.profile.name().to_owned(),
            Row::Attach => self.then.title().to_owned(),
            Row::Share => match SHARES[self.share] {
                None => "as the profile says",
                Some(true) => "yes",
                Some(false) => "no",
            }
            .to_owned(),
            Row::Pull => match PULLS[self.pull] {
                "" => "as usual",
                policy => policy,
            }
            .to_owned(),
            Row::Custom => {
                let of = Some(self.file()).filter(|file| !file.is_empty());
                let of = of.map(|file| format!(" of {file}")).unwrap_or_default();
                match self.custom.trim().lines().count() {
                    0 => "none".to_owned(),
                    1 => format!("1 line{of}"),
                    lines => format!("{lines} lines{of}"),
                }
            }
            row if row.holds() == Holds::Switch => if self.is_on(row) { "yes" } else { "no" }.to_owned(),
            row => self.texts.get(&row).map_or_else(String::new, |prompt| prompt.text().to_owned()),
        }
    }

    /// How many seconds it may live; `None` where nothing is said.
    pub fn ttl(&self) -> Option<u32> {
        self.text(Row::Ttl).parse::<Ttl>().ok().and_then(Ttl::seconds)
    }

    /// The form, and what of it could not be read.
    pub fn form(&self) -> (Form, Vec<Trouble>) {
        let mut troubles = Vec::new();
        let mut form = Form { profile: self.profile, ..Form::default() };
        let has = |row| {
            let (first, more) = self.way.rows();
            first.contains(&row) || more.contains(&row)
        };
        let mut words = |row: Row| -> Vec<String> {
            let words = if has(row) { quote::split(self.text(row)) } else { Ok(Vec::new()) };
            words.unwrap_or_else(|wrong| {
                troubles.push(Trouble::fatal(row, wrong));
                Vec::new()
            })
        };
        form.command = words(Row::Command);
        let (env, images) = (words(Row::Env), words(Row::Images));
        form.env = pairs(Row::Env, &env, &mut troubles);
        if let Some(image) = [Row::Image, Row::OtherImage].into_iter().find(|row| has(*row)) {
            self.text(image).clone_into(&mut form.image);
            PULLS[self.pull].clone_into(&mut form.pull_policy);
            form.arguments_only = self.is_on(Row::Arguments);
            form.custom = self.custom_part(&mut troubles);
        }
        match self.way {
            Way::Ephemeral => self.target().clone_into(&mut form.target),
            Way::Command => self.changed().clone_into(&mut form.container),
            _ => {}
        }
        if has(Row::Name) {
            self.text(Row::Name).clone_into(&mut form.container);
        }
        if has(Row::Attach) {
            (form.stdin, form.tty) = (self.then != Then::Alone, self.then != Then::Alone);
            form.attach = (self.then == Then::Leave).then_some(false);
        }
        if self.way.is_copy() {
            form.copy = self.copy(pairs(Row::Images, &images, &mut troubles));
        }
        if let Err(wrong) = self.text(Row::Ttl).parse::<Ttl>()
            && has(Row::Ttl)
        {
            troubles.push(Trouble::fatal(Row::Ttl, wrong));
        }
        (form, troubles)
    }

    fn copy(&self, set_image: Vec<(String, String)>) -> CopyForm {
        let probes = self.is_on(Row::Probes);
        let keeps_labels = self.is_on(Row::Labels);
        CopyForm {
            to: self.text(Row::CopyTo).to_owned(),
            replace: self.is_on(Row::Replace),
            same_node: self.is_on(Row::SameNode),
            set_image,
            share_processes: SHARES[self.share],
            keep: Keep {
                labels: keeps_labels,
                annotations: self.is_on(Row::Annotations),
                liveness: probes,
                readiness: probes,
                startup: probes,
                init_containers: self.is_on(Row::Init),
            },
            // With their labels, services would send requests to copies.
            always_strip: self.way == Way::Images && !keeps_labels,
        }
    }

    /// The file that the custom part is from, as long as it is what stood there; else empty.
    fn file(&self) -> &str {
        self.loaded.as_ref().filter(|(_, text)| *text == self.custom).map_or("", |(file, _)| file)
    }

    fn custom_part(&self, troubles: &mut Vec<Trouble>) -> Option<Custom> {
        match Custom::parse(&self.custom, self.file()) {
            Ok(custom) => custom,
            Err(error) => {
                let line = error.line.map(|line| format!("line {line}: ")).unwrap_or_default();
                troubles.push(Trouble::fatal(Row::Custom, format!("{line}{}", error.said)));
                None
            }
        }
    }
}

/// `NAME=value` each.
fn pairs(row: Row, words: &[String], troubles: &mut Vec<Trouble>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for word in words {
        match word.split_once('=') {
            Some((name, value)) if !name.is_empty() => found.push((name.to_owned(), value.to_owned())),
            _ => troubles.push(Trouble::fatal(row, format!("`{word}` is not of the form {}", row.about()))),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod() -> Value {
        json!({"kind": "Pod", "spec": {"containers": [{"name": "app"}, {"name": "side"}], "initContainers": [{"name": "ini"}]}})
    }

    fn draft(way: Way) -> Draft {
        Draft { way, ..Draft::new(&pod(), Some("side"), "busybox", Profile::General) }
    }

    #[test]
    fn it_begins_with_a_container_that_sees_the_one_under_the_cursor() {
        let (form, troubles) = draft(Way::Ephemeral).form();
        assert_eq!(troubles, []);
        let wanted =
            Form { image: "busybox".to_owned(), target: "side".to_owned(), stdin: true, tty: true, ..Form::default() };
        assert_eq!(form, wanted);
        assert!(form.attaches());
    }

    #[test]
    fn what_the_way_has_no_row_for_is_not_in_the_form() {
        let mut draft = draft(Way::Images);
        draft.put(Row::Command, "sh");
        draft.put(Row::Images, "app=app:2 *=other");
        draft.put(Row::CopyTo, "copy");
        let (form, troubles) = draft.form();
        assert_eq!((troubles.as_slice(), form.command.len(), form.image.as_str()), ([].as_slice(), 0, ""));
        assert_eq!(form.copy.set_image, [("app".to_owned(), "app:2".to_owned()), ("*".to_owned(), "other".to_owned())]);
        assert!(form.copy.always_strip, "a copy with its labels is sent requests");
        draft.turn(Row::Labels, false);
        assert!(!draft.form().0.copy.always_strip);
    }

    #[test]
    fn a_command_is_taken_apart_as_a_shell_does() {
        let mut draft = draft(Way::Command);
        draft.put(Row::Command, "sh -c 'sleep 5; ls'");
        let (form, _) = draft.form();
        assert_eq!(
            (form.command, form.container.as_str()),
            (vec!["sh".to_owned(), "-c".to_owned(), "sleep 5; ls".to_owned()], "side")
        );
        draft.put(Row::Command, "sh -c 'sleep");
        assert_eq!(draft.form().1[0].row, Row::Command);
        assert_eq!(draft.form().0.image, "", "the container keeps its image");
        draft.put(Row::OtherImage, "app:debug");
        assert_eq!(draft.form().0.image, "app:debug");
    }

    #[test]
    fn what_cannot_be_read_is_said_at_its_row() {
        let mut draft = draft(Way::NewContainer);
        draft.put(Row::Env, "A=1 B");
        draft.put(Row::Ttl, "soon");
        draft.custom = "env: [".to_owned();
        let rows: Vec<_> = draft.form().1.into_iter().map(|trouble| trouble.row).collect();
        assert_eq!(rows, [Row::Env, Row::Custom, Row::Ttl]);
    }

    #[test]
    fn choices_go_round() {
        let mut draft = draft(Way::Ephemeral);
        for (row, count) in [
            (Row::Way, 4),
            (Row::Target, 4),
            (Row::Changed, 3),
            (Row::Profile, 6),
            (Row::Attach, 3),
            (Row::Share, 3),
            (Row::Pull, 4),
            (Row::Replace, 2),
        ] {
            let first = draft.value(row);
            for _ in 0..count {
                draft.turn(row, false);
            }
            assert_eq!(draft.value(row), first, "{row:?}");
            draft.turn(row, true);
            assert_ne!(draft.value(row), first, "{row:?}");
            draft.turn(row, false);
        }
    }

    #[test]
    fn a_node_has_one_way() {
        let mut draft = Draft::new(&json!({"kind": "Node"}), None, "busybox", Profile::Sysadmin);
        draft.turn(Row::Way, false);
        assert_eq!((draft.way, draft.form().0.profile), (Way::Node, Profile::Sysadmin));
    }
}
