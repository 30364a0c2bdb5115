//! Who is answered at all: asked by one of our names, by no foreign page, with the key.

mod host;
mod key;
mod origin;
mod size;

use actix_cors::Cors;
use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
};

use crate::{Api, error};

pub(crate) use host::is_loopback;
pub use key::{ApiKey, InvalidKey};

/// Refuses requests that name another host than ours, come from a foreign page, or announce a body
/// that is too large.
///
/// A page in a browser can make it send requests anywhere. What it cannot do is lie about the name
/// that it asked, or about its own.
pub(crate) async fn strangers(
    api: Api,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let settings = api.settings();
    let checked = host::check(request.request(), &settings.hosts)
        .and_then(|host| origin::check(request.headers(), host.as_deref(), &settings.origins))
        .and_then(|()| size::check(request.headers(), settings.limits.body));
    match checked {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(refusal) => Ok(error::refuse(&api, request, &refusal)),
    }
}

/// Refuses requests without the key, if there is one and the path is not free of it.
pub(crate) async fn keyless(
    api: Api,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Some(key) = &api.settings().key
        && !is_free(&request)
        && !key::offered(request.headers()).iter().any(|offer| key.is(offer))
    {
        return Ok(error::refuse(&api, request, &error::ApiError::KeyMissing));
    }
    let speaks_ours = key::offers_protocol(request.headers());
    let mut response = next.call(request).await?.map_into_boxed_body();
    if speaks_ours && response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let (name, value) = (header::SEC_WEBSOCKET_PROTOCOL, key::PROTOCOL);
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    Ok(response)
}

/// Lets the pages of these origins read answers, and nobody else's.
pub(crate) fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_any_header()
        .expose_any_header()
        .max_age(600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// Pages that ask for the key themselves, and what says no more than that the server is there.
fn is_free(request: &ServiceRequest) -> bool {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.path();
    let exact = ["/", "/docs", "/redoc", "/openapi.json", "/livez", "/health"];
    let below = ["/assets/", "/docs/", "/redoc/"];
    reads && (exact.contains(&path) || below.iter().any(|folder| path.starts_with(folder)))
}
