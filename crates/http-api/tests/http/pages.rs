use std::{fs, path::Path};

use actix_web::{
    http::{StatusCode, header},
    test::TestRequest,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::test_app::TestApp;

/// The resources that a page loads.
fn sources(html: &str) -> Vec<String> {
    let is_file =
        |part: &&str| part.ends_with(".js") || part.ends_with(".css") || part.ends_with(".json");
    let parts = html.split(['"', '\'']).filter(is_file);
    parts.map(str::to_owned).collect()
}

#[actix_web::test]
async fn the_document_is_served() {
    let answer = TestApp::new().get("/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(&header::CONTENT_TYPE), "application/json");
    assert_eq!(answer.json["info"]["title"], "Synod");
}

#[actix_web::test]
async fn the_pages_load_nothing_from_other_servers() {
    let app = TestApp::new();
    for path in ["/docs", "/redoc"] {
        let page = app.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.header(&header::CONTENT_TYPE), "text/html; charset=utf-8");
        let policy = page.header(&header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("http"), "{policy}");
        let html = String::from_utf8(page.bytes.clone()).unwrap();
        assert!(!html.contains("//"), "{path} names another host");
        for source in sources(&html) {
            assert_eq!(app.get(&format!("/{source}")).await.status, StatusCode::OK, "{source}");
        }
        assert!(sources(&html).iter().any(|source| source.ends_with(".js")), "{path}");
    }
}

#[actix_web::test]
async fn assets_are_immutable_and_served_with_or_without_gzip() {
    let (app, path) = (TestApp::new(), "/docs/swagger-ui-5.35.0.css");
    let plain = app.get(path).await;
    assert_eq!(plain.header(&header::CONTENT_ENCODING), "");
    assert!(String::from_utf8(plain.bytes.clone()).unwrap().starts_with(".swagger-ui"));
    assert!(plain.header(&header::CACHE_CONTROL).contains("immutable"));

    let ask = |name, value: &str| TestRequest::get().uri(path).insert_header((name, value));
    let small = app.ask(ask(header::ACCEPT_ENCODING, "br, gzip;q=0.8")).await;
    assert_eq!(small.header(&header::CONTENT_ENCODING), "gzip");
    assert_eq!(small.header(&header::CONTENT_TYPE), "text/css; charset=utf-8");
    assert!(small.bytes.len() < plain.bytes.len() / 4);
    let refused = app.ask(ask(header::ACCEPT_ENCODING, "gzip;q=0")).await;
    assert_eq!(refused.header(&header::CONTENT_ENCODING), "");

    let tag = plain.header(&header::ETAG);
    let kept = app.ask(ask(header::IF_NONE_MATCH, tag)).await;
    assert_eq!((kept.status, kept.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
}

#[derive(Deserialize)]
struct Vendored {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    version: String,
    folder: String,
    texts: Vec<String>,
    files: std::collections::BTreeMap<String, String>,
}

#[actix_web::test]
async fn vendored_files_match_their_hashes() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let vendored: Vendored =
        toml::from_str(&fs::read_to_string(assets.join("VENDOR.toml")).unwrap()).unwrap();
    let pages = ["docs.html", "redoc.html"].map(|page| fs::read_to_string(assets.join(page)));
    for package in vendored.package {
        let folder = assets.join(&package.folder);
        let mut there: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        there.sort();
        let mut listed: Vec<_> =
            package.texts.iter().chain(package.files.keys()).cloned().collect();
        listed.sort();
        assert_eq!(there, listed);
        for (file, sum) in package.files {
            let bytes = fs::read(folder.join(&file)).unwrap();
            assert_eq!(format!("{:x}", Sha256::digest(&bytes)), sum, "{file}");
        }
        let named = format!("{}-{}.js", package.folder, package.version);
        let is_named = pages.iter().flatten().any(|page| page.contains(&named));
        assert!(is_named, "no page loads {named}");
    }
}
