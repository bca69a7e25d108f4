//! All Kubernetes I/O. Offers async functions; spawns nothing.

pub mod exec;
