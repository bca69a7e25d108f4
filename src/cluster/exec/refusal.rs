//! Why a session was not opened: the server's refusal, or a way to it that lets no WebSocket through.

use kube::Error as Refused;

use super::Error;

/// What is said where only the older protocol would get through.
const NO_SPDY: &str = "the server, or a proxy before it, does not switch to WebSocket. Exec and attach are WebSockets \
                       here; SPDY, which kubectl tries then, is not spoken";

/// The error of a connection that did not come about.
pub(super) fn refusal(error: Refused) -> Error {
    match error {
        Refused::UpgradeConnection(why) => Error::Transport(format!("{NO_SPDY} ({why})")),
        // What asks for an upgrade that was asked for has not seen it: the headers were lost on the way.
        Refused::Api(status) if status.message.to_lowercase().contains("upgrade request required") => {
            let message = format!("{}: {NO_SPDY}", status.message);
            Error::Api { code: status.code, reason: status.reason, message }
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use kube::client::Body;

    use super::*;
    use crate::cluster::api::{ConnectionInfo, ExecRequest};
    use crate::cluster::connect::over;

    /// What comes of asking a server that answers so.
    async fn asked(code: u16, body: &'static str) -> Error {
        let service = tower::service_fn(move |request: Request<Body>| async move {
            let offered = request.headers()["sec-websocket-protocol"].to_str().expect("a text").to_owned();
            assert!(offered.contains("v5.channel.k8s.io") && offered.contains("v4.channel.k8s.io"), "{offered}");
            let response = Response::builder().status(code).body(Full::new(Bytes::from_static(body.as_bytes())));
            response.map_err(std::io::Error::other)
        });
        let connection = over(service, ConnectionInfo::default());
        let request = ExecRequest {
            namespace: "ns".into(),
            pod: "web-0".into(),
            container: None,
            command: vec!["ls".into()],
            tty: false,
            stdin: false,
            attach: false,
        };
        let (_, input) = tokio::sync::mpsc::channel(1);
        super::super::run(connection.client, request, input, |_| std::future::ready(())).await.expect_err("a refusal")
    }

    #[tokio::test]
    async fn x08_a_way_without_websockets_is_said_to_be_one() {
        let plain = asked(200, "{}").await;
        assert!(matches!(&plain, Error::Transport(said) if said.contains("SPDY")), "{plain:?}");
        let status = r#"{"kind":"Status","status":"Failure","code":400,"reason":"BadRequest","message":"Upgrade request required"}"#;
        let lost = asked(400, status).await;
        assert!(matches!(&lost, Error::Api { code: 400, message, .. } if message.contains("SPDY")), "{lost:?}");
    }

    #[tokio::test]
    async fn another_refusal_keeps_the_words_of_the_server() {
        let status = r#"{"kind":"Status","status":"Failure","code":403,"reason":"Forbidden","message":"no"}"#;
        let error = asked(403, status).await;
        assert!(matches!(&error, Error::Api { code: 403, message, .. } if message == "no"), "{error:?}");
    }
}
