//! The live page and the files that it loads.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, CacheControl, CacheDirective, ContentEncoding},
    web::{Bytes, Path},
};
use synod_page::PageError;

use crate::{
    endpoint::Endpoint,
    path_prefix::Published,
    response::{
        conditional::{Tagged, takes_gzip},
        error::ApiError,
    },
};

/// The paths of the page. It reads the path itself, and says what is wrong with it.
const PATHS: [&str; 4] = ["/", "/d", "/d/{debate_id}", "/panel"];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let handler = async |request: HttpRequest| page(&request);
    let page = |path| Endpoint::get(path, "page", handler).undescribed();
    let mut endpoints: Vec<_> = PATHS.map(page).into();
    endpoints.push(Endpoint::get("/assets/{version}/{path:.*}", "asset", asset).undescribed());
    endpoints
}

/// The document.
pub(crate) fn page(request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    let index = synod_page::index(&Published::of(request).path("/"))?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, index.policy))
        .insert_header(CacheControl(vec![CacheDirective::NoCache]))
        .body(index.html))
}

/// A file of this version. One of another version is not found: modules of two versions do not fit together.
async fn asset(
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (version, path) = path.into_inner();
    if version != synod_page::version() {
        return Err(ApiError::OtherPageVersion);
    }
    let asset = synod_page::asset(&path).ok_or(ApiError::NoRoute)?;
    let tagged = Tagged::new(&request, &asset.hash);
    let mut response = tagged.response();
    let cache =
        if synod_page::IS_EMBEDDED { "public, max-age=31536000, immutable" } else { "no-cache" };
    response
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::VARY, "Accept-Encoding"));
    if tagged.is_kept() {
        return Ok(response.finish());
    }
    let gzip = if takes_gzip(&request) { asset.gzip() } else { None };
    if gzip.is_some() {
        response.insert_header(ContentEncoding::Gzip);
    }
    let bytes = Bytes::copy_from_slice(gzip.unwrap_or(&asset.bytes));
    Ok(response.content_type(asset.content_type).body(bytes))
}

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        Self::Internal(error.to_string())
    }
}
