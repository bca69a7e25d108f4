//! What each action does.

use super::App;
use super::action::{ACTIONS, Action, Place};
use super::keys::step;
use super::layout::{Direction, Inspector as Shown, Orientation, PaneId, Slot};
use super::message::{Effect, Notice};
use super::modal::{Asked, Chooses, Modal, Question, Then};
use super::panes::document::Document;
use super::panes::object::{ObjectPane, ObjectView};
use super::panes::{Identity, Pane};
use super::picker::{Choice, Picker};
use super::prompt::Prompt;
use super::screen;
use super::watched::ALL_NAMESPACES;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role, Section, Text};
use crate::model::kind::{Kind, ObjectKey};
use crate::store::feed::Status;

/// Cells that a text moves to the side, and a border moves.
const SIDEWAYS: isize = 8;
const BORDER: u16 = 2;

impl App {
    pub(super) fn perform(&mut self, action: Action) {
        if let Some(step) = step(action) {
            self.step_focused(step);
            return;
        }
        match action {
            Action::Quit => self.quit(),
            Action::Help => self.show_help(),
            Action::Messages => self.show_messages(),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Command => self.modal = Some(Modal::Picker(Chooses::Command, self.command_picker())),
            Action::ViewPods => self.show(Kind::Pod),
            Action::ViewNodes => self.show(Kind::Node),
            Action::ViewEvents => self.show(Kind::Event),
            Action::Namespaces => self.pick_namespace(),
            Action::AllNamespaces => self.toggle_all_namespaces(),
            Action::Contexts => self.pick_context(),
            Action::Reconnect => self.reconnect(),
            Action::Back => self.back(),
            Action::Find => self.find(),
            Action::Wide | Action::SortLeft | Action::SortRight | Action::SortReverse => self.arrange(action),
            Action::Enter | Action::GoToNode | Action::Events | Action::CopyName => self.go(action),
            Action::Describe => self.open_object(ObjectView::Describe),
            Action::Yaml => self.open_object(ObjectView::Yaml),
            Action::Shell => self.open_shell(),
            Action::Logs => self.open_logs(false),
            Action::PreviousLogs => self.open_logs(true),
            Action::NextTile
            | Action::PreviousTile
            | Action::FocusLeft
            | Action::FocusDown
            | Action::FocusUp
            | Action::FocusRight
            | Action::ResizeLeft
            | Action::ResizeRight
            | Action::ResizeUp
            | Action::ResizeDown
            | Action::Zoom
            | Action::SplitBeside
            | Action::SplitBelow
            | Action::CloseTile
            | Action::Inspector => self.arrange_tiles(action),
            _ => self.perform_in_pane(action),
        }
    }

    fn quit(&mut self) {
        match self.layout.focused() {
            Slot::Pane(id) => self.close_pane(id),
            Slot::Inspector => self.back(),
            Slot::List => match self.living() {
                0 => self.quit_now(),
                living => {
                    let text = match living {
                        1 => "A shell is still running; it ends with the program. Quit?".to_owned(),
                        _ => format!("{living} shells are still running; they end with the program. Quit?"),
                    };
                    self.modal = Some(Modal::Confirm(Question { text, then: Then::Quit }));
                }
            },
        }
    }

    /// Shells that would end with the program.
    fn living(&self) -> usize {
        self.panes.values().filter(|pane| matches!(pane, Pane::Shell(pane) if pane.is_living())).count()
    }

    pub(super) fn quit_now(&mut self) {
        self.effects.push(Effect::Quit);
    }

    fn step_focused(&mut self, step: super::list::Step) {
        let containers = self.target().and_then(|key| Some(self.pod(&key)?.containers.len())).unwrap_or(0);
        match self.layout.focused() {
            // In a pod's inspector the cursor goes over its containers.
            Slot::Inspector if containers > 0 => {
                self.inspector.container = step.from(self.inspector.container, containers, 5);
                self.show_container();
            }
            slot => self.scroll(slot, step),
        }
    }

    /// Scrolls the inspector so that the chosen container is visible.
    fn show_container(&mut self) {
        let page = self.area_of(Slot::Inspector).map_or(1, |area| usize::from(screen::contents(area).height));
        let first = self.inspect().containers.get(self.inspector.container).copied().unwrap_or(0);
        let scroll = self.inspector.scroll;
        // A tile may be lower than what is to be shown.
        self.inspector.scroll = scroll.clamp((first + 4).saturating_sub(page).min(first), first);
    }

    pub(super) fn show(&mut self, kind: Kind) {
        self.view = kind;
        self.layout.focus(Slot::List);
        self.forget_widths();
    }

    /// Lets columns be as narrow as what is visible.
    pub(super) fn forget_widths(&mut self) {
        self.pods.forget_widths();
        self.nodes.forget_widths();
        self.events.forget_widths();
    }

    /// Esc: out of what one is in, one step at a time.
    fn back(&mut self) {
        if self.layout.is_zoomed() {
            self.layout.zoom();
            return;
        }
        match self.layout.focused() {
            Slot::List if !self.filter_text().is_empty() => self.filter(""),
            Slot::List => self.notice = None,
            Slot::Inspector => {
                if self.layout.inspector() == Shown::Open {
                    self.layout.set_inspector(Shown::WhenWide);
                }
                self.layout.focus(Slot::List);
            }
            Slot::Pane(_) => {
                if !self.end_search() {
                    self.layout.focus(Slot::List);
                }
            }
        }
    }

    /// The filter of the present list, as typed.
    pub fn filter_text(&self) -> &str {
        match self.view {
            Kind::Pod => &self.pods.filter_text,
            Kind::Node => &self.nodes.filter_text,
            Kind::Event => &self.events.filter_text,
        }
    }

    /// Why what is typed is no filter.
    pub fn filter_error(&self) -> Option<String> {
        let error = match self.view {
            Kind::Pod => &self.pods.filter_error,
            Kind::Node => &self.nodes.filter_error,
            Kind::Event => &self.events.filter_error,
        };
        error.as_ref().map(ToString::to_string)
    }

    pub(super) fn filter(&mut self, text: &str) {
        match self.view {
            Kind::Pod => self.pods.set_filter(text, &self.store.pods.table, self.now),
            Kind::Node => self.nodes.set_filter(text, &self.store.nodes.table, self.now),
            Kind::Event => self.events.set_filter(text, &self.store.events.table, self.now),
        }
    }

    fn find(&mut self) {
        self.modal = Some(if let Slot::Pane(_) = self.layout.focused() {
            Modal::Prompt(Asked::Search, Prompt::new(""))
        } else {
            self.layout.focus(Slot::List);
            Modal::Prompt(Asked::Filter, Prompt::new(self.filter_text()))
        });
    }

    /// Searches in the focused pane.
    pub(super) fn search(&mut self, text: &str) -> Result<(), String> {
        let Slot::Pane(id) = self.layout.focused() else { return Ok(()) };
        match self.panes.get_mut(&id) {
            Some(Pane::Object(pane)) => pane.document.search(text),
            Some(Pane::Logs(pane)) => pane.search(text).map_err(|error| error.to_string()),
            Some(Pane::Shell(_)) | None => Ok(()),
        }
    }

    /// Ends the search of the focused pane; false when there was none.
    fn end_search(&mut self) -> bool {
        let searching = match self.focused_pane() {
            Some((_, Pane::Object(pane))) => pane.document.search_state().is_some(),
            Some((_, Pane::Logs(pane))) => pane.is_searching(),
            _ => false,
        };
        searching && self.search("").is_ok()
    }

    pub(super) fn prompt_done(&mut self, asked: Asked, text: &str) {
        match asked {
            Asked::Filter => {
                if let Some(error) = self.filter_error() {
                    self.notify(Notice::error(error));
                }
            }
            Asked::Search => {
                if let Err(error) = self.search(text) {
                    self.notify(Notice::error(error));
                }
            }
            Asked::SaveAs => self.save(text),
        }
    }

    fn save(&mut self, path: &str) {
        let text = self.focused_pane().map(|(_, pane)| match pane {
            Pane::Object(pane) => pane.document.plain(),
            Pane::Logs(pane) => pane.plain_text(),
            Pane::Shell(pane) => pane.emulator.snapshot().lines().join("\n"),
        });
        if let Some(text) = text.filter(|_| !path.trim().is_empty()) {
            self.effects.push(Effect::Save { path: path.trim().to_owned(), text });
        }
    }

    fn arrange(&mut self, action: Action) {
        macro_rules! on_list {
            ($list:ident) => {{
                let (list, table, now) = (&mut self.$list, &self.store.$list.table, self.now);
                match action {
                    Action::Wide => {
                        list.wide = !list.wide;
                        list.forget_widths();
                    }
                    Action::SortLeft => list.sort_by_next(-1, table, now),
                    Action::SortRight => list.sort_by_next(1, table, now),
                    _ => list.reverse(table, now),
                }
            }};
        }
        match self.view {
            Kind::Pod => on_list!(pods),
            Kind::Node => on_list!(nodes),
            Kind::Event => on_list!(events),
        }
    }

    fn arrange_tiles(&mut self, action: Action) {
        let Some(body) = screen::divide(self.size.0, self.size.1).map(|screen| screen.body) else { return };
        let layout = &mut self.layout;
        match action {
            Action::NextTile => layout.focus_next(),
            Action::PreviousTile => layout.focus_prev(),
            Action::FocusLeft => drop(layout.focus_dir(Direction::Left, body)),
            Action::FocusDown => drop(layout.focus_dir(Direction::Down, body)),
            Action::FocusUp => drop(layout.focus_dir(Direction::Up, body)),
            Action::FocusRight => drop(layout.focus_dir(Direction::Right, body)),
            Action::ResizeLeft => drop(layout.resize(Direction::Left, BORDER, body)),
            Action::ResizeRight => drop(layout.resize(Direction::Right, BORDER, body)),
            Action::ResizeUp => drop(layout.resize(Direction::Up, BORDER, body)),
            Action::ResizeDown => drop(layout.resize(Direction::Down, BORDER, body)),
            Action::Zoom => layout.zoom(),
            Action::SplitBeside => layout.split(Orientation::Beside, body),
            Action::SplitBelow => layout.split(Orientation::Stacked, body),
            Action::Inspector => {
                let visible = self.area_of(Slot::Inspector).is_some();
                self.layout.show_inspector(!visible);
            }
            _ => match layout.focused() {
                Slot::Pane(id) => self.close_pane(id),
                Slot::Inspector => drop(layout.close(Slot::Inspector)),
                Slot::List => {}
            },
        }
    }

    fn go(&mut self, action: Action) {
        let Some(target) = self.target() else {
            self.notify(Notice::error("there is no object under the cursor"));
            return;
        };
        match action {
            Action::CopyName => {
                self.effects.push(Effect::Copy(target.name.to_string()));
                self.notify(Notice::info(format!("copied {}", target.name)));
            }
            Action::Events => {
                self.show(Kind::Event);
                self.filter(&format!("object:/^{}\\/{}( |$)/", target.kind.name(), regex_text(&target.name)));
            }
            Action::GoToNode => {
                let node = self.pod(&target).map(|pod| pod.node.clone()).filter(|node| !node.is_empty());
                match node {
                    Some(node) => {
                        self.show(Kind::Node);
                        self.nodes.select("", &node, &self.store.nodes.table);
                    }
                    None => self.notify(Notice::error(format!("{target} is on no node"))),
                }
            }
            _ => self.enter(&target),
        }
    }

    fn enter(&mut self, target: &ObjectKey) {
        match self.view {
            Kind::Node => {
                self.show(Kind::Pod);
                self.filter(&format!("node:/^{}$/", regex_text(&target.name)));
                if let Some(namespace) = &self.session.namespace {
                    let text = format!("pods of namespace {namespace} on {}; 0 for all", target.name);
                    self.notify(Notice::info(text));
                }
            }
            _ if self.layout.focused() == Slot::Inspector => self.open_object(ObjectView::Describe),
            _ => drop(self.layout.focus(Slot::Inspector)),
        }
    }

    fn open_object(&mut self, view: ObjectView) {
        let Some(key) = self.target().or_else(|| self.selected()) else {
            self.notify(Notice::error("there is no object under the cursor"));
            return;
        };
        if let Ok(id) = self.pane_for(&Identity::Object(view, key.clone())) {
            self.open_pane(id, Pane::Object(Box::new(ObjectPane::new(key.clone(), view))));
            let surroundings = view == ObjectView::Describe;
            self.effects.push(Effect::ReadObject { pane: id, key, surroundings, delay: 0 });
        }
    }

    fn perform_in_pane(&mut self, action: Action) {
        let Slot::Pane(id) = self.layout.focused() else {
            return;
        };
        match self.panes.get_mut(&id) {
            Some(Pane::Object(_)) => self.perform_in_object(id, action),
            Some(Pane::Logs(_)) => self.perform_in_logs(id, action),
            Some(Pane::Shell(_)) => self.perform_in_shell(id, action),
            None => {}
        }
    }

    fn perform_in_object(&mut self, id: PaneId, action: Action) {
        let Some(Pane::Object(pane)) = self.panes.get_mut(&id) else { return };
        match action {
            Action::Left => pane.document.shift(-SIDEWAYS),
            Action::Right => pane.document.shift(SIDEWAYS),
            Action::Wrap => pane.document.toggle_wrap(),
            Action::Fold => pane.document.toggle_fold(),
            Action::NextMatch => pane.document.next_match(false),
            Action::PreviousMatch => pane.document.next_match(true),
            Action::Retry => self.read_again(id),
            Action::CopyText => {
                let text = pane.document.plain();
                self.notify(Notice::info(format!("copied {} lines", text.lines().count())));
                self.effects.push(Effect::Copy(text));
            }
            Action::Save => {
                let ending = if pane.view == ObjectView::Yaml { "yaml" } else { "txt" };
                let name = format!("{}-{}.{ending}", pane.key.kind.name().to_ascii_lowercase(), pane.key.name);
                self.modal = Some(Modal::Prompt(Asked::SaveAs, Prompt::new(&name)));
            }
            _ => {}
        }
    }

    fn pick_namespace(&mut self) {
        let (choices, note) = self.namespace_choices();
        let mut picker = Picker::new("namespace", choices);
        picker.note = note;
        picker.select(self.session.namespace.as_deref().unwrap_or(ALL_NAMESPACES));
        self.modal = Some(Modal::Picker(Chooses::Namespace, picker));
        self.effects.push(Effect::ListNamespaces(self.session.epoch));
    }

    fn toggle_all_namespaces(&mut self) {
        let to = if self.session.namespace.is_none() { Some(self.session.last_namespace.clone()) } else { None };
        self.switch_namespace(to.filter(|name| !name.is_empty()));
    }

    fn pick_context(&mut self) {
        let about = |name: &String| if *name == self.session.context { "now" } else { "" };
        let contexts = self.session.info.contexts.iter();
        let choices = contexts.map(|name| Choice { text: name.clone(), about: about(name).to_owned() }).collect();
        let mut picker = Picker::new("context", choices);
        picker.select(&self.session.context);
        self.modal = Some(Modal::Picker(Chooses::Context, picker));
    }

    fn command_picker(&self) -> Picker {
        let mut choices: Vec<_> = ACTIONS
            .iter()
            .filter(|row| row.place != Place::Shells)
            .map(|row| Choice {
                text: row.name.to_owned(),
                about: format!("{}  {}", row.about, self.keys.keys_of(row.action)),
            })
            .collect();
        let about = |text: &str, about: &str| Choice { text: text.to_owned(), about: about.to_owned() };
        choices.push(about("ns NAME", "list a namespace; `ns` alone chooses"));
        choices.push(about("ctx NAME", "go to a context; `ctx` alone chooses"));
        choices.push(about("sort COLUMN", "sort by a column; `sort -COLUMN` the other way round"));
        Picker::new("go to, or do", choices)
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
                Some(name) if name != self.session.context || self.session.link != super::session::Link::Up => {
                    self.switch_context(&name);
                }
                Some(_) => {}
                None => self.notify(Notice::error(format!("there is no context `{typed}`"))),
            },
            Chooses::Command => self.command(&typed, chosen.as_deref()),
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
            ("sort", field) if !field.is_empty() => self.sort_by(field),
            ("q" | "q!" | "quit", "") => self.quit_now(),
            (word, "") if Kind::parse(word).is_some() => self.show(Kind::parse(word).unwrap_or(self.view)),
            _ => match chosen.and_then(Action::parse) {
                Some(action) => self.perform(action),
                None => self.notify(Notice::error(format!("there is no command `{typed}`"))),
            },
        }
    }

    fn sort_by(&mut self, field: &str) {
        let (field, descending) = field.strip_prefix('-').map_or((field, false), |field| (field, true));
        let (store, now) = (&self.store, self.now);
        let found = match self.view {
            Kind::Pod => self.pods.sort_by(field, descending, &store.pods.table, now),
            Kind::Node => self.nodes.sort_by(field, descending, &store.nodes.table, now),
            Kind::Event => self.events.sort_by(field, descending, &store.events.table, now),
        };
        if !found {
            self.notify(Notice::error(format!("{} have no column `{field}`", self.view.plural())));
        }
    }

    /// Since when what is listed is stale, if it is.
    pub(super) fn stale_since(&self) -> Option<Stamp> {
        let stale = |kind| match self.store.status(kind) {
            Status::Stale { since, .. } => Some(*since),
            _ => None,
        };
        Kind::ALL.into_iter().filter_map(stale).min()
    }

    fn show_help(&mut self) {
        let mut sections: Vec<Section> = Vec::new();
        let here = self.places();
        let mut places: Vec<Place> = here.to_vec();
        for row in ACTIONS {
            if !places.contains(&row.place) {
                places.push(row.place);
            }
        }
        for place in places {
            let title =
                if here.contains(&place) { place.title().to_owned() } else { format!("{} (not here)", place.title()) };
            let mut lines = vec![Line::new(title, Role::Heading)];
            for row in ACTIONS.iter().filter(|row| row.place == place) {
                let keys = self.keys.keys_of(row.action);
                lines.push(Line::new(format!("  {keys:<18} "), Role::Key).and(row.about, Role::Plain));
            }
            lines.push(Line::default());
            sections.push(Section { title: String::new(), lines });
        }
        self.read("keys", Text { sections });
    }

    fn show_messages(&mut self) {
        let line = |(at, notice): &(Stamp, Notice)| {
            let role = if notice.is_error { Role::Bad } else { Role::Plain };
            Line::new(format!("{}  ", at.rfc3339()), Role::Dim).and(&*notice.text, role)
        };
        let mut lines: Vec<_> = self.messages.iter().rev().map(line).collect();
        if lines.is_empty() {
            lines.push(Line::new("no messages yet", Role::Dim));
        }
        self.read("messages", Text::from_lines(lines));
    }

    fn read(&mut self, title: &str, text: Text) {
        let mut document = Document::new(true);
        document.set_text(text);
        self.modal = Some(Modal::Reader { title: title.to_owned(), document });
    }
}

/// A name as a regular expression that matches it alone.
fn regex_text(name: &str) -> String {
    name.replace('.', "\\.")
}
