//! Renews what is generated in `docs`: `cargo run -p synod-http-api --example describe`.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::write(docs.join("openapi.json"), synod_http_api::openapi())?;
    fs::write(docs.join("events.md"), synod_http_api::event_catalogue())
}
