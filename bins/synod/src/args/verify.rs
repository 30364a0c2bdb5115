use std::path::PathBuf;

/// `synod verify`
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// A log, one event per line, as `synod debate -o ndjson` writes it; `-` for stdin
    pub(crate) file: PathBuf,
}
