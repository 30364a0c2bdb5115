use actix_web::http::header::{self, HeaderMap};

use crate::response::error::ApiError;

/// Whether a body is small enough, if its size is announced. One whose size is not is measured as it
/// is read.
pub(super) fn check(headers: &HeaderMap, most: usize) -> Result<(), ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let is_too_large =
        |length: &str| length.parse::<u64>().is_ok_and(|length| length > most as u64);
    if announced.is_some_and(is_too_large) { Err(ApiError::TooLarge) } else { Ok(()) }
}
