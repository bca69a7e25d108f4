//! Tiles that were opened: one file a kind of pane. State only; `ui::panes` draws them.

pub mod logs;
