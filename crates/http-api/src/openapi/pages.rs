//! The document as pages to read and to try out, without a network.

use std::io::Read;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::header::{
        self, AcceptEncoding, CacheControl, CacheDirective, ContentEncoding, ETag, Encoding,
        EntityTag, IfNoneMatch,
    },
    web::{self, Bytes},
};
use flate2::read::GzDecoder;
use tokio::sync::OnceCell;

use crate::{endpoint::Endpoint, response::error::ApiError};

/// Both pages load from here only; their styles are partly written by their scripts, and Redoc
/// searches in a worker of its own making.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; worker-src blob:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A vendored file, compressed as it is stored.
#[derive(Clone, Copy)]
pub(super) struct Asset {
    /// Where it is served; with its version, so that it can be kept for good.
    pub(super) path: &'static str,
    content_type: &'static str,
    gzip: &'static [u8],
    plain: &'static OnceCell<Bytes>,
}

static PLAIN: [OnceCell<Bytes>; 3] = [const { OnceCell::const_new() }; 3];

pub(super) const ASSETS: [Asset; 3] = [
    Asset {
        path: "/docs/swagger-ui-5.35.0.js",
        content_type: "text/javascript; charset=utf-8",
        gzip: include_bytes!("../../assets/swagger-ui/swagger-ui-bundle.js.gz"),
        plain: &PLAIN[0],
    },
    Asset {
        path: "/docs/swagger-ui-5.35.0.css",
        content_type: "text/css; charset=utf-8",
        gzip: include_bytes!("../../assets/swagger-ui/swagger-ui.css.gz"),
        plain: &PLAIN[1],
    },
    Asset {
        path: "/redoc/redoc-2.5.4.js",
        content_type: "text/javascript; charset=utf-8",
        gzip: include_bytes!("../../assets/redoc/redoc.standalone.js.gz"),
        plain: &PLAIN[2],
    },
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let page = |path, html: &'static str| {
        Endpoint::get(path, "page", move || async move { page(html) }).undescribed()
    };
    let asset = |asset: Asset| {
        let handler = move |request: HttpRequest| async move { asset.answer(&request).await };
        Endpoint::get(asset.path, "asset", handler).undescribed()
    };
    let mut all = vec![
        page("/docs", include_str!("../../assets/docs.html")),
        page("/redoc", include_str!("../../assets/redoc.html")),
        Endpoint::get("/docs/start.js", "start", start).undescribed(),
    ];
    all.extend(ASSETS.map(asset));
    all
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

impl Asset {
    async fn answer(self, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
        let tag = EntityTag::new_weak(self.path.to_owned());
        let is_kept = match request.get_header::<IfNoneMatch>() {
            Some(IfNoneMatch::Any) => true,
            Some(IfNoneMatch::Items(tags)) => tags.iter().any(|kept| kept.weak_eq(&tag)),
            None => false,
        };
        let mut response = if is_kept { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header(ETag(tag))
            .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header((header::VARY, "Accept-Encoding"));
        if is_kept {
            return Ok(response.finish());
        }
        let takes_gzip = takes_gzip(request);
        if takes_gzip {
            response.insert_header(ContentEncoding::Gzip);
        }
        let bytes = if takes_gzip { Bytes::from_static(self.gzip) } else { self.plain().await? };
        Ok(response.content_type(self.content_type).body(bytes))
    }

    /// Unpacked once, since the few who ask for it so may ask often, and not on the thread of others'
    /// requests.
    async fn plain(self) -> Result<Bytes, ApiError> {
        let unpack = async || {
            let mut plain = Vec::new();
            let unpacked = web::block(move || {
                GzDecoder::new(self.gzip).read_to_end(&mut plain).map(|_| Bytes::from(plain))
            });
            let failed = |error: &dyn std::fmt::Display| {
                ApiError::Internal(format!("{}: {error}", self.path))
            };
            unpacked.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
        };
        self.plain.get_or_try_init(unpack).await.cloned()
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request.get_header::<AcceptEncoding>();
    let offered = [Encoding::gzip(), Encoding::identity()];
    accepted.is_some_and(|accepted| accepted.negotiate(offered.iter()) == Some(Encoding::gzip()))
}
