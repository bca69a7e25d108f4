//! Forwards as a whole.
