//! One connection from its beginning to its end: connecting, the server's version, renewing credentials.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::now;
use super::source::Source;
use crate::app::message::{Epoch, Msg};
use crate::base::problem::Problem;
use crate::cluster::connect::Connection;
use crate::cluster::objects;
use crate::cluster::outbox::{Gone, Outbox};

/// How long before its end a credential is renewed.
const RENEW_BEFORE: Duration = Duration::from_secs(30);
/// A refused credential is not renewed more often than this: its plugin may open a browser.
const RENEW_PAUSE: Duration = Duration::from_secs(20);

/// Connects and stays to renew the credential, until nobody listens. `refused` is called when the server did
/// not accept it.
pub async fn keep(
    source: Source,
    context: Option<String>,
    epoch: Epoch,
    refused: Arc<Notify>,
    up: impl FnOnce(watch::Receiver<Connection>),
    out: Outbox<Msg, Msg>,
) {
    let connection = match source.connect(context.clone()).await {
        Ok(connection) => connection,
        Err(problem) => {
            let _gone = out.send(Msg::NotConnected(epoch, problem)).await;
            return;
        }
    };
    let info = connection.info.clone();
    let (sender, receiver) = watch::channel(connection);
    up(receiver);
    let _gone: Result<(), Gone> = async {
        out.send(Msg::Connected(epoch, info)).await?;
        let connection = sender.borrow().clone();
        if let Ok(version) = objects::version(&connection).await {
            out.send(Msg::Version(epoch, version)).await?;
        }
        loop {
            wait_for_renewal(&sender, &refused).await;
            match source.connect(context.clone()).await {
                Ok(connection) => sender.send_modify(|present| *present = connection),
                Err(problem) => out.send(notice(&problem)).await?,
            }
            sleep(RENEW_PAUSE).await;
        }
    }
    .await;
}

fn notice(problem: &Problem) -> Msg {
    Msg::Notice(crate::app::message::Notice::error(problem.to_string()))
}

async fn wait_for_renewal(sender: &watch::Sender<Connection>, refused: &Notify) {
    let until = sender.borrow().valid_until;
    let left = until.micros_since(now()).map(|micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
    match left {
        Some(left) => {
            tokio::select! {
                () = sleep(left.saturating_sub(RENEW_BEFORE)) => {}
                () = refused.notified() => {}
            }
        }
        None => refused.notified().await,
    }
}
