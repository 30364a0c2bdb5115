use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use synod_domain::{HostName, ModelName};
use tokio::time::timeout;

use crate::{ChatError, ChatModel, Embeddings, HostError, ModelInfo};

/// A server or engine that serves models: an Ollama server, the engine in this process.
pub trait ModelHost: Send + Sync {
    /// The name by which agents refer to it.
    fn name(&self) -> &HostName;

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

    /// The calls that each of its models serves at a time, if known.
    fn concurrent_calls(&self) -> Option<NonZeroUsize> {
        None
    }

    /// The models that it holds in memory at once, if known. Otherwise the gateway learns it from models
    /// that were pushed out.
    fn models_at_once(&self) -> Option<NonZeroUsize> {
        None
    }

    /// The calls that it serves at a time, of all its models together, if known. Otherwise calls of all
    /// its models are made one after another while one of them runs on the CPU
    /// ([`ChatModel::runs_on_cpu`]).
    fn calls_at_once(&self) -> Option<NonZeroUsize> {
        None
    }

    /// The longest time that a call waits for the host, or one of its models, to be loaded. `None`:
    /// [`GatewaySettings::load_limit`](crate::GatewaySettings::load_limit).
    fn load_limit(&self) -> Option<Duration> {
        None
    }

    /// The longest time that a call waits for the host while it cannot be reached. `None`:
    /// [`GatewaySettings::away_limit`](crate::GatewaySettings::away_limit).
    fn away_limit(&self) -> Option<Duration> {
        None
    }

    /// Whether it loads one model at a time, so that a second load would only wait.
    fn loads_one_at_a_time(&self) -> bool {
        false
    }

    /// A command that installs `model` here or, if `None`, some model that can chat.
    fn install_hint(&self, model: Option<&ModelName>) -> Option<String> {
        let _ = model;
        None
    }
}
