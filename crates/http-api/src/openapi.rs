//! The description of the interface: OpenAPI 3.1, written as FastAPI writes it, so that clients
//! generated from either are the same.

mod components;
mod document;
mod form;
mod header;
mod operation;
mod pages;
mod tag;

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::{endpoint::Endpoint, path_prefix::Published, response::error::ApiError, router};
pub(crate) use header::Header;
pub(crate) use operation::Operation;

/// Where the document is.
pub(crate) const PATH: &str = "/openapi.json";

/// The interface's OpenAPI 3.1 document, as served at `/openapi.json`.
///
/// ```
/// let document: serde_json::Value = serde_json::from_str(synod_http_api::openapi())?;
/// assert_eq!(document["openapi"], "3.1.0");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn openapi() -> &'static str {
    static DOCUMENT: LazyLock<String> =
        LazyLock::new(|| format!("{:#}\n", document::document(router::endpoints())));
    &DOCUMENT
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![Endpoint::get(PATH, "openapi", document).undescribed()];
    all.extend(pages::endpoints());
    all
}

/// The document, whose paths are below where the interface is published.
async fn document(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let published = Published::of(&request);
    let mut response = HttpResponse::Ok();
    response.content_type("application/json");
    if published == Published::default() {
        return Ok(response.body(openapi()));
    }
    let document = serde_json::from_str(openapi());
    let mut document: Value = document.map_err(|error| ApiError::Internal(error.to_string()))?;
    document["servers"] = json!([{ "url": published.path("") }]);
    Ok(response.body(format!("{document:#}\n")))
}

#[cfg(test)]
mod tests;
