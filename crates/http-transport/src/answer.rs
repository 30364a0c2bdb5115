use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::time::Instant;

use crate::{Body, Failure, Limits};

/// The head of an answer, and its body, which arrives.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// What the body is said to be, as `application/json`.
    pub content_type: Option<String>,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Body,
}

impl Answer {
    pub(crate) fn of(response: Response, limits: &Limits, started: Instant) -> Self {
        let headers = response.headers();
        let text = |name| text_of(headers, name).map(str::to_owned);
        let (content_type, location) = (text(CONTENT_TYPE), text(LOCATION));
        let retry_after = retry_after(headers);
        let status = response.status().as_u16();
        let pieces = response.bytes_stream().map(|piece| piece.map_err(Failure::broken)).boxed();
        Self {
            status,
            content_type,
            location,
            retry_after,
            body: Body::new(pieces, limits, started),
        }
    }

    /// The status is one of success (2xx).
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The status is one of redirection (3xx).
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status)
    }

    /// The body is said to be of this type, whatever parameters follow it.
    #[must_use]
    pub fn is_of_type(&self, content_type: &str) -> bool {
        let said = self.content_type.as_deref().unwrap_or_default();
        let bare = said.split(';').next().unwrap_or_default().trim();
        bare.eq_ignore_ascii_case(content_type)
    }
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// In milliseconds, beside `Retry-After` or in place of it (OpenAI, Azure).
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// Reads `retry-after-ms`, and else `Retry-After`, given in seconds or as a date; a date is taken relative to the server's. What
/// is neither says nothing, and the caller's own back-off holds.
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
    fn retry_after_is_a_number_or_a_date() {
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
