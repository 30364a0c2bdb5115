use std::{io, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::{StatusCode, header},
    web::Bytes,
};
use synod_request_validation::{RequestModel, read_body};

use crate::response::error::ApiError;

/// A JSON body, read as Pydantic reads it; all problems are reported at once.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: RequestModel> FromRequest for JsonBody<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let stated = request.headers().get(header::CONTENT_TYPE);
        let is_json = is_json(stated.and_then(|value| value.to_str().ok()).unwrap_or_default());
        let limits = request.app_data().copied().unwrap_or_default();
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            let bytes = bytes.await.map_err(|error| unread(&error))?;
            read_body(&bytes, is_json, limits).map(Self).map_err(ApiError::Invalid)
        })
    }
}

/// Whether a content type is `application/json` or `application/*+json`.
fn is_json(content_type: &str) -> bool {
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
