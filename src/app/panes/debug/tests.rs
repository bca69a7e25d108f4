//! The pane by itself.
