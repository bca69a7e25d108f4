//! Why a pod or node is unhappy, as pure rules over what is known of the cluster. No I/O, no clock of its own.
//!
//! [`fit`] says on which nodes a pod would fit, and why not on the others.

pub mod fit;
