use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::time::Instant;

use crate::body::Body;
use crate::failure::Failure;
use crate::limits::TimeLimits;

/// The head of a response, and its body as it arrives.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The content type, as `application/json`.
    pub content_type: Option<String>,
    /// The compression of the body, as `gzip`, which was not requested; `None` if it has none.
    pub content_encoding: Option<String>,
    /// The target of a redirect.
    pub location: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Body,
}

impl Response {
    pub(crate) fn of(response: reqwest::Response, limits: &TimeLimits, started: Instant) -> Self {
        let headers = response.headers();
        let text = |name| text_of(headers, name).map(str::to_owned);
        let (content_type, location) = (text(CONTENT_TYPE), text(LOCATION));
        let content_encoding = text(CONTENT_ENCODING)
            .filter(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"));
        let retry_after = retry_after(headers);
        let status = response.status().as_u16();
        let pieces = response.bytes_stream().map(|piece| piece.map_err(Failure::broken)).boxed();
        Self {
            status,
            content_type,
            content_encoding,
            location,
            retry_after,
            body: Body::new(pieces, limits, started),
        }
    }

    /// Returns whether the status is successful (2xx).
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns whether the status is a redirect (3xx).
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status)
    }

    /// Returns whether the content type is this one, with any parameters.
    #[must_use]
    pub fn is_of_type(&self, content_type: &str) -> bool {
        let full = self.content_type.as_deref().unwrap_or_default();
        let bare = full.split(';').next().unwrap_or_default().trim();
        bare.eq_ignore_ascii_case(content_type)
    }
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Milliseconds, sent beside `Retry-After` or in place of it by OpenAI and Azure.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// Reads `retry-after-ms`, or else `Retry-After` as seconds or as a date relative to the server's
/// date. Other values are ignored, and the caller's own back-off applies.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if let Some(Ok(millis)) = text_of(headers, RETRY_AFTER_MS).map(str::parse) {
        return Some(Duration::from_millis(millis));
    }
    let text = text_of(headers, RETRY_AFTER)?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // Some servers write a fraction.
    if let Some(wait) = text.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok()) {
        return Some(wait);
    }
    let date = |text: &str| OffsetDateTime::parse(text, &Rfc2822).ok();
    let wait = date(text)? - date(text_of(headers, DATE)?)?;
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_is_read_as_number_or_date() {
        let read = |retry: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
            headers.insert(RETRY_AFTER, HeaderValue::from_static(retry));
            retry_after(&headers)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("Sun, 06 Nov 1994 08:51:37 GMT"), Some(Duration::from_secs(120)));
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("later"), None);
        assert_eq!(read("1.5"), Some(Duration::from_millis(1_500)));
        assert_eq!(read("-1"), None);
        let ms = HeaderValue::from_static("250");
        let headers = HeaderMap::from_iter([(RETRY_AFTER_MS, ms)]);
        assert_eq!(retry_after(&headers), Some(Duration::from_millis(250)));
    }
}
