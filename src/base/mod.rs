//! Small pure pieces that every other module may use: ages, display width, keys, text values.
//!
//! Nothing here knows Kubernetes, reads a clock, or touches the world. Start with [`text`], the value
//! that every pane shows and every plain command prints.

pub mod age;
pub mod count;
pub mod diff;
pub mod filter;
pub mod golang;
pub mod input;
pub mod json;
pub mod jsonline;
pub mod key;
pub mod keybytes;
pub mod level;
pub mod lines;
pub mod percent;
pub mod problem;
pub mod quote;
pub mod redact;
pub mod search;
pub mod selector;
pub mod sgr;
pub mod stamp;
pub mod tabs;
pub mod text;
pub mod unstable;
pub mod width;
