//! All Kubernetes I/O: connecting, watching, reading objects, logs, exec, writes, port-forwards, copying files.
//!
//! Asynchronous functions that a caller drives; nothing here spawns or keeps state of its own. Results leave
//! as the plain data of [`api`], the only part that the application above may name. Start with
//! [`connect`], then [`watch`].

pub mod access;
pub mod api;
pub mod connect;
pub mod copy;
pub mod credential;
pub mod debugging;
pub mod discovery;
pub mod drain;
pub mod error;
pub mod exec;
mod finish;
pub mod forward;
pub mod http;
pub mod kubeconfig;
pub mod logs;
pub mod lookup;
pub mod objects;
pub mod outbox;
pub mod pages;
pub mod sight;
pub mod subject;
mod warning;
pub mod watch;
pub mod write;
