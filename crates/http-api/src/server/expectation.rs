//! Requests that wait for `100 Continue` before they send their body.

use std::sync::Arc;

use actix_http::{Request, Response};
use actix_web::{HttpResponse, body::BoxBody, http::Method};

use crate::{
    Api, PathPrefix,
    middleware::{guard, observe::refused_at_head},
    peer::{Awaited, Peer},
    response::error::{ApiError, takes_problems, to_response},
};

/// Lets a request send its body, or refuses it by its head: for its size, a foreign host or page, or a
/// missing key. Without this check the framework asks for every body.
pub(super) fn judge(api: &Api, request: Request) -> Result<Request, Response<BoxBody>> {
    let head = request.head();
    let prefix = api.settings().prefix.as_ref().map(PathPrefix::as_str).unwrap_or_default();
    let path = head.uri.path();
    let path = path.strip_prefix(prefix).unwrap_or(path);
    let Err(error) = check(api, &request, path) else { return Ok(request) };
    let mut refusal: HttpResponse = to_response(api, &error, takes_problems(head.headers(), path));
    refused_at_head(head, &mut refusal);
    if let Some(peer) = request.conn_data::<Arc<Peer>>() {
        peer.expect(Some(Awaited::End));
    }
    Err(refusal.into())
}

fn check(api: &Api, request: &Request, path: &str) -> Result<(), ApiError> {
    let head = request.head();
    guard::check_host_and_origin(api, head)?;
    // A preflight shows no key.
    if head.method == Method::OPTIONS { Ok(()) } else { guard::check_key(api, head, path) }
}
