//! Prompts below a list or a text: filter, search, and where to save; copying what a pane shows.

use super::App;
use super::content::Content;
use super::layout::Slot;
use super::message::{Effect, Notice};
use super::modal::{Asked, Modal};
use super::panes::Pane;
use super::prompt::Prompt;

impl App {
    pub(super) fn find(&mut self) {
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
            Some(Pane::Run(pane)) => pane.document.search(text),
            Some(Pane::Edit(pane)) => pane.area.search(text),
            Some(Pane::Shell(pane)) => pane.copy.as_mut().map_or(Ok(()), |copy| copy.search(text)),
            Some(Pane::Debug(_)) | None => Ok(()),
        }
    }

    /// Ends the search of the focused pane, and what else can be backed out of there; false when there was nothing.
    pub(super) fn end_search(&mut self) -> bool {
        let Slot::Pane(id) = self.layout.focused() else { return false };
        match self.panes.get_mut(&id) {
            Some(Pane::Object(pane)) => pane.document.search_state().is_some() && self.search("").is_ok(),
            Some(Pane::Run(pane)) => pane.document.search_state().is_some() && self.search("").is_ok(),
            Some(Pane::Logs(pane)) => pane.back_out(),
            _ => false,
        }
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
            Asked::LogFilter | Asked::LogContainers | Asked::JumpToTime | Asked::Since | Asked::JsonFields => {
                self.log_prompt_done(asked, text);
            }
            Asked::SaveAs | Asked::SaveAllAs => self.save(asked, text),
            Asked::Change => self.change_to(text),
            Asked::Ports | Asked::Copy => self.begin_transfer(asked, text),
            Asked::Run => self.run_typed(text),
            Asked::PartFile => self.load_part(text),
        }
    }

    /// Copies the whole text of the focused pane.
    pub(super) fn copy_text(&mut self) {
        if let Some((_, pane)) = self.focused_pane() {
            let text = pane.plain_text();
            self.notify(Notice::info(format!("copied {} lines", text.lines().count())));
            self.effects.push(Effect::Copy(text));
        }
    }

    /// Asks where to save the text of the focused pane.
    pub(super) fn ask_where_to_save(&mut self) {
        if let Some((_, pane)) = self.focused_pane() {
            self.modal = Some(Modal::Prompt(Asked::SaveAs, Prompt::new(&pane.file_name())));
        }
    }

    fn save(&mut self, asked: Asked, path: &str) {
        let path = path.trim();
        if let Some((id, pane)) = self.focused_pane()
            && !path.is_empty()
        {
            let text = match pane {
                Pane::Logs(pane) if asked == Asked::SaveAllAs => Content::Log(id, Box::new(pane.whole_text())),
                Pane::Logs(pane) => Content::Log(id, Box::new(pane.shown_text())),
                pane => Content::Text(pane.plain_text()),
            };
            self.effects.push(Effect::Save { path: path.to_owned(), text });
        }
    }
}
