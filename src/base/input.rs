//! What a person does to the terminal, apart from any terminal library.

use serde::Serialize;

use super::key::Key;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum InputEvent {
    /// A key went down, or repeats.
    Key(#[serde(serialize_with = "written")] Key),
    /// Something was done with the mouse.
    Mouse(Mouse),
    /// Text was pasted; its lines end with `\n`.
    Paste(String),
    /// The terminal has a new size: columns, rows.
    Resize(u16, u16),
    /// The terminal's window got the focus, or lost it.
    Focus(bool),
}

/// Something done with the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Mouse {
    /// What.
    pub kind: MouseKind,
    /// The column of the cell, from 0.
    pub column: u16,
    /// The row of the cell, from 0.
    pub row: u16,
    /// Control held.
    pub ctrl: bool,
    /// Alt held.
    pub alt: bool,
    /// Shift held; most terminals keep such a click to themselves.
    pub shift: bool,
}

/// What is done with the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum MouseKind {
    /// A button went down.
    Down(Button),
    /// A button went up.
    Up(Button),
    /// The mouse moved with a button down.
    Drag(Button),
    /// The mouse moved with no button down. Only reported while a program wishes it ([`Wishes::movement`]).
    Moved,
    /// The wheel turned up by one step.
    ScrollUp,
    /// The wheel turned down by one step.
    ScrollDown,
    /// The wheel turned to the left by one step.
    ScrollLeft,
    /// The wheel turned to the right by one step.
    ScrollRight,
}

/// The shape that a program gave the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CursorShape {
    /// As the user's terminal has it.
    #[default]
    Default,
    /// A block.
    Block,
    /// A line below.
    Underline,
    /// A line to the left.
    Bar,
}

/// What the program that has the keys wants of the terminal, apart from what is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The shape of the cursor.
    pub cursor: CursorShape,
    /// Movement of the mouse with no button down.
    pub movement: bool,
}

/// A button of the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Button {
    /// Left.
    Left,
    /// Right.
    Right,
    /// Middle.
    Middle,
}

fn written<S: serde::Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_recorded_as_it_is_written() {
        let json = |event| serde_json::to_string(&event).expect("it has no maps");
        assert_eq!(json(InputEvent::Key(Key::ctrl('w'))), r#"{"Key":"ctrl-w"}"#);
        assert_eq!(json(InputEvent::Resize(80, 24)), r#"{"Resize":[80,24]}"#);
    }
}
