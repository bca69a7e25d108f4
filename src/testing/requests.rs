//! Changes to the demo cluster behind the program's back, as another client makes them.

use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::Program;

impl Program {
    /// Creates an object in the collection at a path, as `/api/v1/namespaces/shop/pods`.
    pub async fn create(&self, path: &str, object: &Value) {
        self.request(Method::POST, path, "application/json", object.to_string()).await;
    }

    /// Changes an object by a merge patch.
    pub async fn patch(&self, path: &str, patch: &Value) {
        self.request(Method::PATCH, path, "application/merge-patch+json", patch.to_string()).await;
    }

    /// Deletes an object.
    pub async fn delete(&self, path: &str) {
        self.request(Method::DELETE, path, "application/json", "{}".to_owned()).await;
    }

    /// What the server says at a path, as text.
    pub async fn get(&self, path: &str) -> String {
        self.request(Method::GET, path, "application/json", String::new()).await
    }

    async fn request(&self, method: Method, path: &str, media: &str, body: String) -> String {
        let client = Client::builder(TokioExecutor::new()).build(self.cluster.connector());
        let request = Request::builder()
            .method(method.clone())
            .uri(format!("http://demo{path}"))
            .header(header::CONTENT_TYPE, media)
            .body(Full::new(bytes::Bytes::from(body)))
            .expect("a request");
        let response = client.request(request).await.expect("the demo answers");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a whole answer").to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        text
    }
}
