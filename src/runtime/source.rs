//! Where a cluster comes from. The rest of the program cannot tell them apart.

use crate::base::problem::Problem;
use crate::cluster::api::ConnectOptions;
use crate::cluster::connect::{self, Connection};

/// A way to get a connection.
#[derive(Clone, Debug)]
pub enum Source {
    /// By kubeconfig, or from inside a cluster.
    Cluster(Box<ConnectOptions>),
}

impl Source {
    /// Connects to a context; `None` is the one that the command line or the kubeconfig names.
    pub async fn connect(&self, context: Option<String>) -> Result<Connection, Problem> {
        match self {
            Self::Cluster(options) => {
                let mut options = (**options).clone();
                if context.is_some() && context != options.context {
                    // The command line's cluster and user were meant for its own context.
                    options = ConnectOptions { context, cluster: None, user: None, ..options };
                }
                connect::connect(&options).await
            }
        }
    }
}
