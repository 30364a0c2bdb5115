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

/// Errors returned when the model is loaded.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("llama.cpp did not start: {0}")]
    Backend(&'static LlamaCppError),
    #[error("llama.cpp cannot load {}", path.display())]
    Model { path: PathBuf, source: LlamaModelLoadError },
    #[error("not enough memory for a window of {window} tokens")]
    Window { window: u32, source: LlamaContextLoadError },
}

/// The process-wide backend of llama.cpp, started at first use and never stopped.
pub(super) fn backend() -> Result<&'static LlamaBackend, LoadError> {
    static BACKEND: LazyLock<Result<LlamaBackend, LlamaCppError>> = LazyLock::new(|| {
        // The log of llama.cpp is too long for a default log level.
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
