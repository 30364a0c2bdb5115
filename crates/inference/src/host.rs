use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use synod_domain::{HostName, ModelName};
use tokio::time::timeout;

use crate::{ChatError, ChatModel, Embeddings, HostError, HostLimits, ModelInfo};

/// What a host is, for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostType {
    /// An Ollama server.
    Ollama,
    /// A server of OpenAI's protocol.
    OpenAi,
    /// The engine in this process.
    Embedded,
    /// Another one, supplied by the program.
    Other,
}

/// A server or engine that serves models: an Ollama server, the engine in this process.
pub trait ModelHost: Send + Sync {
    /// The name by which agents refer to it.
    fn name(&self) -> &HostName;

    /// What it is, for display.
    fn kind(&self) -> HostType {
        HostType::Other
    }

    /// Lists the models that it has now, in its own order.
    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>>;

    /// Lists the models that it has now, within this time. A host that can distinguish a list that is not
    /// complete ([`HostError::Incomplete`]) from silence ([`HostError::TimedOut`]) overrides this.
    fn models_within(&self, limit: Duration) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
        async move {
            let listed = timeout(limit, self.models()).await;
            listed.unwrap_or(Err(HostError::TimedOut { limit }))
        }
        .boxed()
    }

    /// One of its models, as [`models`](Self::models) listed it.
    fn chat_model(&self, info: ModelInfo) -> Arc<dyn ChatModel>;

    /// A model that the host may serve although it does not list it; `None` if it lists all that it serves.
    fn unlisted_model(&self, model: &ModelName) -> Option<ModelInfo> {
        let _ = model;
        None
    }

    /// Turns texts into vectors by one of its models, and loads it if need be. Dropping the future
    /// cancels the call. A host that cannot embed refuses.
    fn embed(
        &self,
        info: &ModelInfo,
        texts: Vec<String>,
    ) -> BoxFuture<'static, Result<Embeddings, ChatError>> {
        drop(texts);
        let detail = format!("{} does not embed texts", info.model);
        let refused = ChatError::Refused { host: info.host.clone(), detail, source: None };
        future::ready(Err(refused)).boxed()
    }

    /// What it serves at a time, and how long calls wait for it.
    fn limits(&self) -> HostLimits {
        HostLimits::default()
    }

    /// A command that installs `model` here or, if `None`, some model that can chat.
    fn install_hint(&self, model: Option<&ModelName>) -> Option<String> {
        let _ = model;
        None
    }
}
