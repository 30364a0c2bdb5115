use std::{error::Error, sync::Arc};

use synod_inference::{ChatError, HostName, ModelName};

/// The host and the model that errors name.
#[derive(Clone, Debug)]
pub(crate) struct ErrorContext {
    pub(crate) host: HostName,
    pub(crate) model: ModelName,
}

impl ErrorContext {
    pub(super) fn refused(&self, error: impl Error + Send + Sync + 'static) -> ChatError {
        let (host, detail) = (self.host.clone(), error.to_string());
        ChatError::Refused { host, detail, source: Some(Arc::new(error)) }
    }

    /// The error of a failed engine; `spoke`: there was output before.
    pub(super) fn failed(
        &self,
        error: impl Error + Send + Sync + 'static,
        spoke: bool,
    ) -> ChatError {
        self.ended(&error.to_string(), Some(Arc::new(error)), spoke)
    }

    /// The error of a thread that ended during a call.
    pub(super) fn stopped(&self, spoke: bool) -> ChatError {
        self.ended("the engine thread has stopped: restart the program", None, spoke)
    }

    fn ended(
        &self,
        detail: &str,
        source: Option<Arc<dyn Error + Send + Sync>>,
        spoke: bool,
    ) -> ChatError {
        let (host, detail) = (self.host.clone(), detail.to_owned());
        if spoke {
            ChatError::Interrupted { host, detail, source }
        } else {
            ChatError::Failed { host, detail, retry_after: None, source }
        }
    }

    pub(super) fn overflow(&self, prompt_tokens: Option<u32>, window: u32) -> ChatError {
        let model = self.model.clone();
        ChatError::ContextOverflow { model, prompt_tokens, window: Some(window) }
    }
}
