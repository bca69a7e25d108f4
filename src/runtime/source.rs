//! Where a cluster comes from. The rest of the program cannot tell them apart.

use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kube::client::Body;
use tower::ServiceBuilder;

use crate::base::problem::Problem;
use crate::cluster::api::{ConnectOptions, ConnectionInfo};
use crate::cluster::connect::{self, Connection};
use crate::demo::DemoCluster;

/// A way to get a connection.
#[derive(Clone, Debug)]
pub enum Source {
    /// By kubeconfig, or from inside a cluster.
    Cluster(Box<ConnectOptions>),
    /// The cluster in a box.
    Demo(DemoCluster),
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
            Self::Demo(cluster) => Ok(demo(cluster)),
        }
    }
}

/// A client whose connections end in the demo cluster; nothing leaves the process.
fn demo(cluster: &DemoCluster) -> Connection {
    let info = ConnectionInfo {
        context: "demo".to_owned(),
        server: "in memory".to_owned(),
        namespace: "shop".to_owned(),
        contexts: vec!["demo".to_owned()],
    };
    let http = Client::builder(TokioExecutor::new()).build(cluster.connector());
    let to_the_box = |mut request: http::Request<Body>| {
        // The connector takes any authority; HTTP wants one.
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        if let Ok(uri) = format!("http://demo{path}").parse() {
            *request.uri_mut() = uri;
        }
        request
    };
    connect::over(ServiceBuilder::new().map_request(to_the_box).service(http), info)
}
