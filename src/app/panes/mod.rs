//! Tiles that were opened: one file a kind of pane. State only; `ui::panes` draws them.

pub mod debug;
pub mod document;
pub mod edit;
pub mod logs;
pub mod marks;
pub mod object;
pub mod run;
pub mod shell;

use crate::app::action::Place;
use crate::model::kind::ObjectKey;

use debug::DebugPane;
use edit::EditPane;
use logs::{LogPane, LogTarget};
use object::{ObjectPane, ObjectView};
use run::RunPane;
use shell::{Purpose, ShellPane};

/// An open pane.
#[derive(Debug)]
pub enum Pane {
    /// Describe or YAML of an object.
    Object(Box<ObjectPane>),
    /// A container's log, or those of many.
    Logs(Box<LogPane>),
    /// A shell.
    Shell(Box<ShellPane>),
    /// A command and what it printed.
    Run(Box<RunPane>),
    /// An object that is edited.
    Edit(Box<EditPane>),
    /// A form for debugging.
    Debug(Box<DebugPane>),
}

/// What makes two panes the same: opening it again focuses the one that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A view of an object.
    Object(ObjectView, ObjectKey),
    /// A log.
    Logs(LogTarget),
    /// A shell in a container, a command, or its first process.
    Shell(Purpose, ObjectKey, String),
    /// A command in a container.
    Run(ObjectKey, String, String),
    /// An object that is edited.
    Edit(ObjectKey),
    /// A form for debugging an object.
    Debug(ObjectKey),
}

impl Pane {
    /// What it is.
    pub fn identity(&self) -> Identity {
        match self {
            Self::Object(pane) => Identity::Object(pane.view, pane.key.clone()),
            Self::Logs(pane) => Identity::Logs(pane.target().clone()),
            Self::Shell(pane) => Identity::Shell(pane.purpose.clone(), pane.key.clone(), pane.container.clone()),
            Self::Run(pane) => Identity::Run(pane.key.clone(), pane.container.clone(), pane.command.clone()),
            Self::Edit(pane) => Identity::Edit(pane.key.clone()),
            Self::Debug(pane) => Identity::Debug(pane.key.clone()),
        }
    }

    /// Where its keys are looked up.
    pub fn places(&self) -> &'static [Place] {
        match self {
            Self::Object(_) => &[Place::Folding, Place::Texts, Place::Moving, Place::Anywhere],
            Self::Logs(_) => &[Place::Logs, Place::Texts, Place::Moving, Place::Anywhere],
            // Only what the leader leads to gets here: what it leads to elsewhere as well.
            Self::Shell(pane) if pane.copy.is_some() && pane.is_living() => {
                &[Place::Shells, Place::Anywhere, Place::Copying, Place::Moving]
            }
            Self::Shell(pane) if pane.copy.is_some() => &[Place::Copying, Place::Moving, Place::Texts, Place::Anywhere],
            Self::Shell(pane) if pane.is_living() => &[Place::Shells, Place::Anywhere],
            Self::Shell(_) => &[Place::Texts, Place::Moving, Place::Anywhere],
            Self::Run(_) => &[Place::Texts, Place::Moving, Place::Anywhere],
            Self::Edit(pane) => pane.places(),
            Self::Debug(pane) => pane.places(),
        }
    }

    /// The title of its tile.
    pub fn title(&self) -> String {
        match self {
            Self::Object(pane) => pane.title(),
            Self::Logs(pane) => pane.title(),
            Self::Shell(pane) => pane.title(),
            Self::Run(pane) => pane.title(),
            Self::Edit(pane) => pane.title(),
            Self::Debug(pane) => pane.title(),
        }
    }

    /// All of its text, without colors: what is copied and saved.
    pub fn plain_text(&self) -> String {
        match self {
            Self::Object(pane) => pane.document.plain(),
            Self::Logs(pane) => pane.plain_text(),
            Self::Shell(pane) => pane.emulator.snapshot().text(),
            Self::Run(pane) => pane.document.plain(),
            Self::Edit(pane) => pane.area.text(),
            Self::Debug(pane) => pane.preview.plain(),
        }
    }

    /// The file name that is offered for its text.
    pub fn file_name(&self) -> String {
        match self {
            Self::Object(pane) => {
                let ending = if pane.view == ObjectView::Yaml { "yaml" } else { "txt" };
                format!("{}-{}.{ending}", pane.key.resource.singular, pane.key.name)
            }
            Self::Logs(pane) => pane.file_name(),
            Self::Shell(pane) => format!("{}-{}-{}.txt", pane.purpose.word(), pane.key.name, pane.container),
            Self::Run(pane) => format!("exec-{}-{}.txt", pane.key.name, pane.container),
            Self::Edit(pane) => format!("{}.yaml", pane.file_name()),
            Self::Debug(pane) => format!("debug-{}.txt", pane.key.name),
        }
    }
}
