//! Vendored scripts and styles of the pages of the OpenAPI document.

use std::io::Read;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ContentEncoding, Encoding},
    web::{self, Bytes},
};
use flate2::read::GzDecoder;
use tokio::sync::OnceCell;

use crate::{
    endpoint::Endpoint,
    response::{
        conditional::{Tagged, takes},
        error::ApiError,
    },
};

/// A vendored file, compressed as it is stored.
#[derive(Clone, Copy)]
struct Asset {
    /// The path, which contains the version, so that clients may cache the file for ever.
    path: &'static str,
    content_type: &'static str,
    gzip: &'static [u8],
    plain: &'static OnceCell<Bytes>,
}

static PLAIN: [OnceCell<Bytes>; 3] = [const { OnceCell::const_new() }; 3];

const ASSETS: [Asset; 3] = [
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

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let endpoint = |asset: Asset| {
        let handler = move |request: HttpRequest| async move { asset.answer(&request).await };
        Endpoint::get(asset.path, "asset", handler).undescribed()
    };
    ASSETS.map(endpoint).into()
}

impl Asset {
    async fn answer(self, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
        let tagged = Tagged::new(request, self.path);
        let mut response = tagged.response();
        response
            .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header((header::VARY, "Accept-Encoding"));
        if tagged.is_kept() {
            return Ok(response.finish());
        }
        let takes_gzip = takes(request, &Encoding::gzip());
        if takes_gzip {
            response.insert_header(ContentEncoding::Gzip);
        }
        let bytes = if takes_gzip { Bytes::from_static(self.gzip) } else { self.plain().await? };
        Ok(response.content_type(self.content_type).body(bytes))
    }

    /// The decompressed file, for clients that do not accept gzip. It is kept, and decompressed on a
    /// thread that serves no requests.
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
