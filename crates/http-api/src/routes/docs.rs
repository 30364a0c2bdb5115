//! The OpenAPI document, and pages to read it and to try it out. They load nothing from other servers.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, CacheControl, CacheDirective},
};
use serde_json::{Value, json};

use crate::{endpoint::Endpoint, path_prefix::Published, response::error::ApiError};

/// Both pages load from this server only. Their scripts write some styles, and Redoc searches in a worker
/// that it creates.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; worker-src blob:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `openapi` returns the OpenAPI document of all endpoints.
pub(crate) fn endpoints(openapi: fn() -> &'static str) -> Vec<Endpoint> {
    let page = |path, html: &'static str| {
        Endpoint::get(path, "page", move || async move { page(html) }).undescribed()
    };
    let document =
        move |request: HttpRequest| async move { document(openapi(), &Published::of(&request)) };
    vec![
        Endpoint::get("/openapi.json", "openapi", document).undescribed(),
        page("/docs", include_str!("../../assets/docs.html")),
        page("/redoc", include_str!("../../assets/redoc.html")),
        Endpoint::get("/docs/start.js", "start", start).undescribed(),
    ]
}

/// The document, with the URL under which the interface is published.
fn document(openapi: &'static str, published: &Published) -> Result<HttpResponse, ApiError> {
    let mut response = HttpResponse::Ok();
    response.content_type("application/json");
    if *published == Published::default() {
        return Ok(response.body(openapi));
    }
    let document = serde_json::from_str(openapi);
    let mut document: Value = document.map_err(|error| ApiError::Internal(error.to_string()))?;
    document["servers"] = json!([{ "url": published.path("") }]);
    Ok(response.body(format!("{document:#}\n")))
}

fn page(html: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(CacheControl(vec![CacheDirective::NoCache]))
        .body(html)
}

async fn start() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header(CacheControl(vec![CacheDirective::NoCache]))
        .body(include_str!("../../assets/start.js"))
}
