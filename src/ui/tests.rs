//! The screen at several sizes, and that nothing breaks at absurd ones.
