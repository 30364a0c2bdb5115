//! Access checks: host name, origin and API key.

mod host;
mod key;
mod origin;
mod size;

use actix_cors::Cors;
use actix_web::{
    dev::{RequestHead, ServiceResponse},
    http::{Method, StatusCode, header},
};

use crate::{Api, response::error::ApiError};

pub(crate) use host::is_loopback;
pub use key::{ApiKey, InvalidKey};

/// Refuses requests that name a foreign host, come from a foreign page, or announce a body that is too
/// large.
///
/// A page in a browser can make it send requests to any server. It can change neither the `Host` nor the
/// `Origin` that the browser sends.
pub(crate) fn check_host_and_origin(api: &Api, head: &RequestHead) -> Result<(), ApiError> {
    let settings = api.settings();
    let host = host::check(head, &settings.hosts)?;
    origin::check(head.headers(), host, &settings.origins)?;
    size::check(head.headers(), settings.limits.body)
}

/// Refuses requests without the key, if one is set and the path needs it.
pub(crate) fn check_key(api: &Api, head: &RequestHead, path: &str) -> Result<(), ApiError> {
    if let Some(key) = &api.settings().key
        && !is_free(&head.method, path)
        && !key::offered(head.headers()).iter().any(|offer| key.is(offer))
    {
        return Err(ApiError::KeyMissing);
    }
    Ok(())
}

/// Confirms the subprotocol that a socket offered along with its key.
pub(crate) fn echo_subprotocol<B>(response: &mut ServiceResponse<B>) {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS
        && key::offers_protocol(response.request().headers())
    {
        let value = header::HeaderValue::from_static(key::PROTOCOL);
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, value);
    }
}

/// The headers of a response that pages of other origins may read.
const EXPOSED: [&str; 9] = [
    "Allow",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-Id",
    "X-Response-Time",
];

/// Allows pages of these origins, and no others, to read responses.
pub(crate) fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_any_header()
        .expose_headers(EXPOSED)
        .max_age(600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// Whether a request needs no key: for pages that ask for the key themselves, and for liveness.
pub(crate) fn is_free(method: &Method, path: &str) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let exact = [
        "/",
        "/d",
        "/panel",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/livez",
        "/health",
        "/api/v1/page",
    ];
    let below = ["/assets/", "/d/", "/share/", "/docs/", "/redoc/"];
    reads && (exact.contains(&path) || below.iter().any(|folder| path.starts_with(folder)))
}
