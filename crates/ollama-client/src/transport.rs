use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Method, Request, Response};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::time::Instant;

use crate::body::{Body, Interruption};
use crate::error::ServerReport;
use crate::{BaseUrl, Error, ErrorKind, Limits, Result, Retryable, TimeLimit};

/// The most that is read of an error's body.
const MAX_ERROR_BODY: usize = 64 * 1024;
/// The most that is read of an answer that is one JSON value.
const MAX_JSON_BODY: usize = 256 * 1024 * 1024;

/// Sends requests to one server.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) base: BaseUrl,
    /// Set for https only.
    pub(crate) authorization: Option<HeaderValue>,
}

impl Transport {
    /// Sends a request and returns the body of the answer if its status is a success.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        json: Option<Bytes>,
        limits: &Limits,
    ) -> Result<Body> {
        let started = Instant::now();
        let request = || self.request(method.clone(), path, json.clone());
        let answer = async {
            match self.http.execute(request()).await {
                Err(error) if was_cut_before_headers(&error) => {
                    tracing::debug!(path, %error, "reset before the answer began, trying again");
                    self.http.execute(request()).await
                }
                other => other,
            }
        };
        let (limit, within) = match (limits.first_byte, limits.total) {
            (Some(first), Some(total)) if total < first => (TimeLimit::Total, Some(total)),
            (None, Some(total)) => (TimeLimit::Total, Some(total)),
            (first, _) => (TimeLimit::FirstByte, first),
        };
        let response = match within {
            Some(within) => tokio::time::timeout_at(started + within, answer)
                .await
                .map_err(|_| Error::timeout(limit, Retryable::ByCaller))?,
            None => answer.await,
        };
        accept(response.map_err(before_headers)?, limits, started).await
    }

    fn request(&self, method: Method, path: &str, json: Option<Bytes>) -> Request {
        let mut request = Request::new(method, self.base.endpoint(path));
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        if let Some(json) = json {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(json.into());
        }
        request
    }
}

/// Sorts answers by their status. A 200 of a web page is none of Ollama's.
async fn accept(response: Response, limits: &Limits, started: Instant) -> Result<Body> {
    let status = response.status();
    let headers = response.headers();
    let is_page = text_of(headers, CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
    let location = text_of(headers, LOCATION).map(str::to_owned);
    let retry_after = retry_after(headers);
    let mut body = Body::new(response.bytes_stream().boxed(), limits, started);
    if status.is_success() && !is_page {
        return Ok(body);
    }
    let said = read_some(&mut body, MAX_ERROR_BODY).await?;
    if status.is_success() {
        return Err(Error::protocol("a web page", &said).with_status(status.as_u16()));
    }
    if let (true, Some(location)) = (status.is_redirection(), location) {
        let problem = "redirects are not followed, the server points to";
        return Err(Error::protocol(problem, location.as_bytes()).with_status(status.as_u16()));
    }
    let report = ServerReport::of_body(&said);
    Err(Error::answered(status.as_u16(), report).with_retry_after(retry_after))
}

/// Reads an answer that is one JSON value.
pub(crate) async fn read_json<T: DeserializeOwned>(mut body: Body) -> Result<T> {
    let json = read_some(&mut body, MAX_JSON_BODY).await?;
    if let Some(report) = ServerReport::of_json(&json) {
        return Err(Error::in_stream(report, false));
    }
    serde_json::from_slice(&json).map_err(|error| {
        let starts_well = json.first().is_none_or(|&byte| byte == b'{');
        let failure = if error.is_eof() && starts_well {
            Error::truncated(Retryable::Yes)
        } else {
            Error::protocol("not the JSON that was expected", &json)
        };
        failure.with_status(200).with_source(error)
    })
}

/// Reads a body to its end, or as much of it as is allowed.
async fn read_some(body: &mut Body, most: usize) -> Result<Vec<u8>> {
    let mut read = Vec::new();
    while let Some(piece) = body.piece().await {
        let piece = piece.map_err(|interruption| interrupted(interruption, false))?;
        read.extend_from_slice(&piece[..piece.len().min(most - read.len())]);
        if read.len() == most {
            break;
        }
    }
    Ok(read)
}

/// The error of a body that did not come to its end.
pub(crate) fn interrupted(interruption: Interruption, delivered: bool) -> Error {
    match interruption {
        Interruption::TimedOut(limit) => Error::timeout(limit, Retryable::ByCaller),
        Interruption::Broken(error) => {
            let retryable = if delivered { Retryable::ByCaller } else { Retryable::Yes };
            transport(error, retryable)
        }
    }
}

fn before_headers(error: reqwest::Error) -> Error {
    if error.is_connect() && error.is_timeout() {
        return Error::timeout(TimeLimit::Connect, Retryable::Yes).with_source(error.without_url());
    }
    if is_distrust(&error) {
        return transport(error, Retryable::No);
    }
    match cause::<hyper::Error>(&error) {
        Some(refused) if !is_cut(&error) && cause::<io::Error>(&error).is_none() => {
            Error::protocol("not HTTP", refused.to_string().as_bytes()).with_source(error)
        }
        _ => transport(error, Retryable::Yes),
    }
}

fn transport(error: reqwest::Error, retryable: Retryable) -> Error {
    let error = error.without_url();
    let root = causes(&error).last().map_or_else(|| error.to_string(), ToString::to_string);
    Error::new(ErrorKind::Transport, retryable, root).with_source(error)
}

/// Whether a connection that stood was lost before any byte of an answer: then nothing is lost by
/// sending the request again. A pooled connection that the server closed meanwhile looks like this.
fn was_cut_before_headers(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_connect() && !error.is_timeout() && is_cut(error)
}

fn is_cut(error: &reqwest::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    cause::<io::Error>(error).is_some_and(|error| {
        matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
    }) || cause::<hyper::Error>(error).is_some_and(|error| {
        error.is_incomplete_message() || error.is_closed() || error.is_canceled()
    })
}

/// Whether the server's certificate, or its TLS, was refused.
fn is_distrust(error: &reqwest::Error) -> bool {
    // One I/O error within another hides it from `source`.
    fn nested(error: &io::Error) -> Option<&io::Error> {
        error.get_ref()?.downcast_ref()
    }
    std::iter::successors(cause::<io::Error>(error), |&error| nested(error))
        .filter_map(io::Error::get_ref)
        .any(|inner| inner.is::<rustls::Error>())
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(|error| error.downcast_ref())
}

fn text_of(headers: &HeaderMap, name: reqwest::header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Reads `Retry-After`, given in seconds or as a date; a date is taken relative to the server's. What
/// is neither says nothing, and the caller's own back-off holds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = text_of(headers, RETRY_AFTER)?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| OffsetDateTime::parse(text, &Rfc2822).ok();
    let wait = date(text)? - date(text_of(headers, DATE)?)?;
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
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
    }
}
