use actix_web::http::header::{self, HeaderMap};

use crate::response::error::ApiError;

/// Accepts requests without a page, from pages of this server, and from configured origins.
pub(super) fn check(
    headers: &HeaderMap,
    host: Option<&str>,
    known: &[String],
) -> Result<(), ApiError> {
    let mut origins = headers.get_all(header::ORIGIN).peekable();
    if origins.peek().is_none() {
        return if is_embedded_elsewhere(headers) { Err(ApiError::ForeignOrigin) } else { Ok(()) };
    }
    let is_known = |origin: &str| {
        is_own(origin, host) || known.iter().any(|known| known.eq_ignore_ascii_case(origin))
    };
    if origins.all(|origin| origin.to_str().is_ok_and(is_known)) {
        Ok(())
    } else {
        Err(ApiError::ForeignOrigin)
    }
}

fn is_own(origin: &str, host: Option<&str>) -> bool {
    let without_default =
        |host: &str| host.strip_suffix(":80").unwrap_or(host).to_ascii_lowercase();
    let (Some(own), Some(page)) = (host, origin.strip_prefix("http://")) else { return false };
    without_default(own) == without_default(page)
}

/// Whether a foreign page loads an image or a script from here: it sends no origin, but this header.
fn is_embedded_elsewhere(headers: &HeaderMap) -> bool {
    let says = |name: &str, word: &str| headers.get(name).is_some_and(|value| value == word);
    says("sec-fetch-site", "cross-site") && !says("sec-fetch-mode", "navigate")
}
