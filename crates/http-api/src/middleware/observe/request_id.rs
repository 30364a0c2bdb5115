use actix_web::http::header::{HeaderMap, HeaderValue};
use uuid::Uuid;

use super::REQUEST_ID;

/// The maximum length of a client's id.
const LONGEST: usize = 128;

/// Returns the client's id of its request if it has visible ASCII characters only, or else a new one.
pub(super) fn of(headers: &HeaderMap) -> HeaderValue {
    let sane = |id: &&HeaderValue| {
        let bytes = id.as_bytes();
        (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
    };
    headers.get(REQUEST_ID).filter(sane).cloned().unwrap_or_else(made)
}

fn made() -> HeaderValue {
    let mut text = Uuid::encode_buffer();
    let id = Uuid::now_v7().hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(id).unwrap_or_else(|_| HeaderValue::from_static("-"))
}
