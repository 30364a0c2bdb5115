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
pub(crate) trait RequestBody: DeserializeOwned + JsonSchema + 'static {
    fn check(&self) -> Result<(), garde::Report> {
        Ok(())
    }
}

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
    let wrong = |reason: String| {
        ApiError::Invalid(vec![FieldProblem::value_error(vec!["body".into()], reason, Value::Null)])
    };
    let read: T = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    read.check().map_err(|report| wrong(report.to_string()))?;
    Ok(read)
}

impl RequestBody for crate::wire::TaskRequest {}
impl RequestBody for crate::wire::OllamaChatRequest {}
impl RequestBody for crate::wire::DebateConfigurationRequest {}
impl RequestBody for crate::wire::DebateControlRequest {}
impl RequestBody for crate::wire::InterjectionRequest {
    fn check(&self) -> Result<(), garde::Report> {
        garde::Validate::validate(self)
    }
}
