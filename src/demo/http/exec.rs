use super::super::failure::{Answer, Failure};
use super::super::shared::Shared;
use super::Call;
use super::path::Target;
use axum::response::Response;
use std::sync::Arc;
pub async fn open(_shared: &Arc<Shared>, _call: Call, _target: &Target) -> Answer<Response> {
    Err(Failure::method())
}
