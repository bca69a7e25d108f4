//! The form by keys.
