//! Makes the page for release builds, and compresses what browsers load. A debug build makes it when it is asked
//! for.

#[path = "src/bundle.rs"]
mod bundle;
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the library returns the other errors, and publishes them"
)]
#[path = "src/error.rs"]
mod error;
#[path = "src/make.rs"]
mod make;
#[path = "src/module.rs"]
mod module;
#[path = "src/part.rs"]
mod part;
#[path = "src/sheet.rs"]
mod sheet;
#[path = "src/tokens.rs"]
mod tokens;

use std::{error::Error, fs, io::Write, path::Path};

use brotli::enc::{BrotliEncoderParams, backward_references::BrotliEncoderMode};
use flate2::{Compression, write::GzEncoder};
use part::PagePart;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rustc-check-cfg=cfg(embedded)");
    println!("cargo::rerun-if-changed=build.rs");
    if variable("PROFILE")? != "release" {
        return Ok(());
    }
    println!("cargo::rustc-cfg=embedded");
    for folder in ["web", "src"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    let out = variable("OUT_DIR")?;
    let parts = [
        PagePart::Index,
        PagePart::Script,
        PagePart::Style,
        PagePart::Player,
        PagePart::PlayerScript,
        PagePart::PlayerStyle,
        PagePart::Licences,
    ];
    for part in parts {
        let text = part.make(Path::new("web"))?;
        let file = Path::new(&out).join(part.name());
        fs::write(&file, &text)?;
        fs::write(file.with_added_extension("gz"), gzip(text.as_bytes())?)?;
        fs::write(file.with_added_extension("br"), brotli(text.as_bytes())?)?;
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo passes the profile and the folder to a build script so"
)]
fn variable(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name)
}

fn gzip(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text)?;
    encoder.finish()
}

fn brotli(mut text: &[u8]) -> std::io::Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: 11,
        mode: BrotliEncoderMode::BROTLI_MODE_TEXT,
        size_hint: text.len(),
        ..BrotliEncoderParams::default()
    };
    let mut small = Vec::new();
    brotli::BrotliCompress(&mut text, &mut small, &parameters)?;
    Ok(small)
}
