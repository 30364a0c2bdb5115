use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};

use tokio::time::Instant;

use super::{ScriptedModel, ScriptedReply, memory::Memory};
use crate::{
    ChatError, ChatModel, Embeddings, HostError, HostLimits, HostName, ModelHost, ModelInfo,
    ModelName,
};

/// A host of scripted models.
#[derive(Clone)]
pub struct ScriptedHost {
    name: HostName,
    models: Vec<ScriptedModel>,
    listing: Listing,
    limits: HostLimits,
    memory: Memory,
}

#[derive(Clone)]
enum Listing {
    /// It answers unless this is an error.
    Answers(Arc<dyn Fn() -> Option<HostError> + Send + Sync>),
    Hangs,
}

impl ScriptedHost {
    /// A host without models.
    ///
    /// # Panics
    /// If the name is not a host name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: HostName::new(name).expect("a host name"),
            models: Vec::new(),
            listing: Listing::Answers(Arc::new(|| None)),
            limits: HostLimits::default(),
            memory: Memory::default(),
        }
    }

    /// Adds a model, which belongs to this host from now on.
    #[must_use]
    pub fn with(mut self, model: ScriptedModel) -> Self {
        self.models.push(model.on_host(&self.name).in_memory(&self.memory));
        self
    }

    /// Sets the number of calls that each model serves at a time.
    #[must_use]
    pub fn serving(mut self, concurrent_calls: NonZeroUsize) -> Self {
        self.limits.concurrent_calls = Some(concurrent_calls);
        self
    }

    /// Holds this many models: at the end of a load, those that were not used for the longest time
    /// are not resident any more. A chat with a model that is not loads it first.
    #[must_use]
    pub fn holding(self, models: NonZeroUsize) -> Self {
        self.memory.hold(models.get());
        self
    }

    /// Reports that it holds this many models.
    #[must_use]
    pub fn with_models_at_once(mut self, models: NonZeroUsize) -> Self {
        self.limits.models_at_once = Some(models);
        self
    }

    /// Reports that it serves this many calls of all models at a time.
    #[must_use]
    pub fn with_calls_at_once(mut self, calls: NonZeroUsize) -> Self {
        self.limits.calls_at_once = Some(calls);
        self
    }

    /// Sets the time that calls wait for it while it cannot be reached.
    #[must_use]
    pub fn waited_for(mut self, limit: Duration) -> Self {
        self.limits.away_limit = Some(limit);
        self
    }

    /// Says that it loads one model at a time.
    #[must_use]
    pub fn loading_one_at_a_time(mut self) -> Self {
        self.limits.loads_one_at_a_time = true;
        self
    }

    /// Fails with this error instead of listing models.
    #[must_use]
    pub fn failing(self, error: HostError) -> Self {
        self.failing_when(move || Some(error.clone()))
    }

    /// Fails with this error instead of listing models, for this time from now on.
    #[must_use]
    pub fn failing_for(self, time: Duration, error: HostError) -> Self {
        let end = Instant::now() + time;
        self.failing_when(move || (Instant::now() < end).then(|| error.clone()))
    }

    /// Fails whenever it is asked for its models and this is an error.
    #[must_use]
    pub fn failing_when(
        mut self,
        error: impl Fn() -> Option<HostError> + Send + Sync + 'static,
    ) -> Self {
        self.listing = Listing::Answers(Arc::new(error));
        self
    }

    /// Never answers when asked for its models.
    #[must_use]
    pub fn hanging(mut self) -> Self {
        self.listing = Listing::Hangs;
        self
    }
}

impl ModelHost for ScriptedHost {
    fn name(&self) -> &HostName {
        &self.name
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
        match &self.listing {
            Listing::Answers(error) => {
                let infos = || self.models.iter().map(|model| model.info().clone()).collect();
                future::ready(error().map_or_else(|| Ok(infos()), Err)).boxed()
            }
            Listing::Hangs => future::pending().boxed(),
        }
    }

    /// The model of that name; if there is none, one whose calls fail with `ModelNotFound`.
    fn chat_model(&self, info: ModelInfo) -> Arc<dyn ChatModel> {
        match self.models.iter().find(|model| model.info().model == info.model) {
            Some(model) => Arc::new(model.clone().with_info(|own| *own = info)),
            None => {
                let (host, model) = (self.name.clone(), info.model.clone());
                let missing = ScriptedReply::fails(ChatError::ModelNotFound { host, model });
                let name = info.model.as_str();
                Arc::new(ScriptedModel::new(name).on_host(&self.name).always(missing))
            }
        }
    }

    fn embed(
        &self,
        info: &ModelInfo,
        texts: Vec<String>,
    ) -> BoxFuture<'static, Result<Embeddings, ChatError>> {
        let model = self.models.iter().find(|model| model.info().model == info.model);
        let (host, model) = match model {
            Some(model) if info.embeds => return model.clone().embed(texts).boxed(),
            Some(_) | None => (info.host.clone(), info.model.clone()),
        };
        future::ready(Err(ChatError::ModelNotFound { host, model })).boxed()
    }

    fn limits(&self) -> HostLimits {
        self.limits
    }

    fn install_hint(&self, model: Option<&ModelName>) -> Option<String> {
        model.map(|model| format!("script {model}"))
    }
}
