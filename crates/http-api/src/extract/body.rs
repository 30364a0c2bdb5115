use std::{io, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::{StatusCode, header},
    web::Bytes,
};
use serde_json::Value;

use crate::{
    response::error::{ApiError, FieldProblem},
    validation::{self, JsonLimits, Origin, Request},
};

/// A JSON body, read as Pydantic reads it; all problems are reported at once.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: Request> FromRequest for Body<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let stated = request.headers().get(header::CONTENT_TYPE);
        let is_json = is_json(stated.and_then(|value| value.to_str().ok()).unwrap_or_default());
        let limits = request.app_data().copied().unwrap_or_default();
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            let bytes = bytes.await.map_err(|error| unread(&error))?;
            read(&bytes, is_json, limits).map(Self).map_err(ApiError::Invalid)
        })
    }
}

/// Whether a content type is `application/json` or `application/*+json`.
pub(crate) fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/");
    subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

fn unread(error: &actix_web::Error) -> ApiError {
    match error.as_error() {
        Some(PayloadError::Overflow) => ApiError::TooLarge,
        Some(PayloadError::Io(error)) if error.kind() == io::ErrorKind::TimedOut => {
            ApiError::BodyTooSlow
        }
        Some(PayloadError::Io(error)) if error.kind() == io::ErrorKind::QuotaExceeded => {
            ApiError::BodiesFull
        }
        Some(_) | None => {
            let detail = "the body ends too early, or is not encoded as its headers say".to_owned();
            ApiError::Refused { status: StatusCode::BAD_REQUEST, detail }
        }
    }
}

pub(crate) fn read<T: Request>(
    bytes: &[u8],
    is_json: bool,
    limits: JsonLimits,
) -> Result<T, Vec<FieldProblem>> {
    let value = match bytes {
        [] => Value::Null,
        _ if is_json => validation::parse(bytes, limits).map_err(|problem| vec![*problem])?,
        // FastAPI reads nothing else as JSON, and says of the raw text that it is no object.
        _ => Value::String(String::from_utf8_lossy(bytes).into_owned()),
    };
    let sent = || validation::parse(bytes, limits).unwrap_or_default();
    validation::accept(Origin::Body, value, sent)
}
