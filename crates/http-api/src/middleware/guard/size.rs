use actix_web::http::header::{self, HeaderMap};

use crate::response::error::ApiError;

/// Refuses a body whose announced size is too large. A body without one is measured while it is read.
pub(super) fn check(headers: &HeaderMap, most: usize) -> Result<(), ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let is_too_large =
        |length: &str| length.parse::<u64>().is_ok_and(|length| length > most as u64);
    if announced.is_some_and(is_too_large) { Err(ApiError::TooLarge) } else { Ok(()) }
}
