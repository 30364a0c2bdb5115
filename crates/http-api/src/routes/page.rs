//! The live page and the files that it loads.

use std::borrow::Cow;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, CacheControl, CacheDirective, ContentEncoding, Encoding},
    web::{Bytes, Path},
};
use synod_page::{Index, PageError};

use crate::{
    endpoint::Endpoint,
    path_prefix::Published,
    response::{
        conditional::{Tagged, takes},
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
        .insert_header((header::CONTENT_SECURITY_POLICY, Index::POLICY))
        .insert_header(CacheControl(vec![CacheDirective::NoCache]))
        .body(index.html))
}

/// A file of this version. One of another version is not found: the document of a page names its own.
async fn asset(
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (version, name) = path.into_inner();
    if version != synod_page::version() {
        return Err(ApiError::OtherPageVersion);
    }
    let asset = synod_page::asset(&name)?.ok_or(ApiError::NoRoute)?;
    let tagged = Tagged::new(&request, &asset.hash());
    let mut response = tagged.response();
    let cache =
        if synod_page::IS_EMBEDDED { "public, max-age=31536000, immutable" } else { "no-cache" };
    response
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::VARY, "Accept-Encoding"));
    if tagged.is_kept() {
        return Ok(response.finish());
    }
    response.content_type(asset.content_type);
    if let Some(brotli) = asset.brotli()
        && takes(&request, &Encoding::brotli())
    {
        return Ok(response
            .insert_header(ContentEncoding::Brotli)
            .body(Bytes::from_static(brotli)));
    }
    if takes(&request, &Encoding::gzip()) {
        let gzip = asset.gzip().map_err(|error| ApiError::Internal(error.to_string()))?;
        return Ok(response.insert_header(ContentEncoding::Gzip).body(bytes(gzip)));
    }
    Ok(response.body(bytes(asset.plain())))
}

fn bytes(content: Cow<'static, [u8]>) -> Bytes {
    match content {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        Self::Internal(error.to_string())
    }
}
