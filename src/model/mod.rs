//! Kubernetes as the program sees it: pure values and the rules over them.
//!
//! Nothing here does I/O or reads a clock. Start with [`quantity`], the numbers of requests and limits.

pub mod quantity;
