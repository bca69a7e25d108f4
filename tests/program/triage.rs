//! The Triage view of the demo cluster, through the whole program.

use crate::{Program, with_args};
