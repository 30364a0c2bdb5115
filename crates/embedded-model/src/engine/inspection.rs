use std::path::Path;

use llama_cpp_2::model::params::LlamaModelParams;

use super::load::{LoadError, backend, load};

/// Facts from the header of a file of weights.
#[derive(Debug)]
pub(crate) struct Inspection {
    pub(crate) family: Option<String>,
    pub(crate) parameters: u64,
    /// The window of the training in tokens.
    pub(crate) trained_window: u32,
}

impl Inspection {
    /// Reads header and vocabulary of the file, but no weights.
    pub(crate) fn of(path: &Path) -> Result<Self, LoadError> {
        let model = load(backend()?, path, &LlamaModelParams::default().with_no_alloc(true))?;
        Ok(Self {
            family: model.meta_val_str("general.architecture").ok(),
            parameters: model.n_params(),
            trained_window: model.n_ctx_train(),
        })
    }
}
