//! A minimal actix-web server: a small body, a body of any size, JSON that is read and returned, and an idle
//! socket.

use std::sync::{LazyLock, RwLock};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, error::Error, rt, web};
use futures_util::StreamExt;
use serde_json::{Value, json};

type Blob = web::Data<RwLock<web::Bytes>>;

/// Serves until the process is killed.
pub(crate) fn serve(address: &str) {
    let blob: Blob = web::Data::new(RwLock::default());
    let app = move || {
        App::new()
            .app_data(blob.clone())
            .app_data(web::PayloadConfig::new(1 << 20))
            .route("/health", web::get().to(health))
            .route("/agents", web::get().to(agents))
            .route("/blob", web::get().to(blob_kept))
            .route("/blob", web::post().to(keep_blob))
            .route("/echo", web::post().to(echo))
            .route("/ws", web::get().to(wait))
    };
    let server = HttpServer::new(app).workers(2).bind(address).expect("the address is free");
    rt::System::new().block_on(server.run()).expect("it serves");
}

async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "healthy", "timestamp": "2026-01-01T00:00:00.000Z"}))
}

/// A body of the length of Synod's response.
async fn agents() -> HttpResponse {
    static BODY: LazyLock<String> =
        LazyLock::new(|| json!({"agents": "x".repeat(2_052)}).to_string());
    HttpResponse::Ok().content_type("application/json").body(BODY.as_str())
}

async fn keep_blob(blob: Blob, body: web::Bytes) -> HttpResponse {
    *blob.write().expect("nobody panics") = body;
    HttpResponse::Ok().json(json!({}))
}

async fn blob_kept(blob: Blob) -> HttpResponse {
    let body = blob.read().expect("nobody panics").clone();
    HttpResponse::Ok().content_type("application/json").body(body)
}

async fn echo(body: web::Json<Value>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"debate_id": body["debate_topic"], "status": "initialized"}))
}

async fn wait(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    let (response, session, mut messages) = actix_ws::handle(&request, body)?;
    rt::spawn(async move {
        let _session = session;
        while messages.next().await.is_some() {}
    });
    Ok(response)
}
