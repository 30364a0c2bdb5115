use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use llama_cpp_2::{
    LlamaContextLoadError, LlamaCppError, LlamaModelLoadError, LogOptions,
    llama_backend::LlamaBackend,
    model::{LlamaModel, params::LlamaModelParams},
    send_logs_to_tracing,
};
use thiserror::Error;

/// Why the model did not become resident.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("llama.cpp did not start: {0}")]
    Backend(&'static LlamaCppError),
    #[error("llama.cpp cannot load {}", path.display())]
    Model { path: PathBuf, source: LlamaModelLoadError },
    #[error("llama.cpp has no room for a window of {window} tokens")]
    Window { window: u32, source: LlamaContextLoadError },
}

/// llama.cpp's process-wide part, started at first use and never ended.
pub(super) fn backend() -> Result<&'static LlamaBackend, LoadError> {
    static BACKEND: LazyLock<Result<LlamaBackend, LlamaCppError>> = LazyLock::new(|| {
        // Its log is for who asks for details; it would fill a terminal otherwise.
        let wanted = tracing::enabled!(target: "llama-cpp-2", tracing::Level::DEBUG);
        send_logs_to_tracing(LogOptions::default().with_logs_enabled(wanted));
        LlamaBackend::init()
    });
    BACKEND.as_ref().map_err(LoadError::Backend)
}

pub(super) fn load(
    backend: &LlamaBackend,
    path: &Path,
    params: &LlamaModelParams,
) -> Result<LlamaModel, LoadError> {
    LlamaModel::load_from_file(backend, path, params)
        .map_err(|source| LoadError::Model { path: path.to_owned(), source })
}
