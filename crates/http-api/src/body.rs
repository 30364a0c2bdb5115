use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Bytes};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{ApiError, FieldProblem};

/// A request's body of JSON, read as Pydantic reads it, with everything that is wrong told at once.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// What a body can be read into.
pub(crate) trait RequestBody: DeserializeOwned + JsonSchema + 'static {}

impl<T: RequestBody> FromRequest for Body<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            let bytes = bytes.await.map_err(|_| ApiError::TooLarge)?;
            read(&bytes).map(Self)
        })
    }
}

fn read<T: RequestBody>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let reason = error.to_string();
        ApiError::Invalid(vec![FieldProblem::value_error(vec!["body".into()], reason, Value::Null)])
    })
}

impl RequestBody for crate::wire::AgentRegistration {}
impl RequestBody for crate::wire::AgentPatch {}
impl RequestBody for crate::wire::TaskRequest {}
impl RequestBody for crate::wire::OllamaChatRequest {}
impl RequestBody for crate::wire::DebateConfigurationRequest {}
impl RequestBody for crate::wire::DebateControlRequest {}
