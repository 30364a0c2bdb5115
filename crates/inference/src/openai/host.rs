use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use synod_openai_client::{Client, EmbedRequest, Model, TimeLimits};
use tokio::time::Instant;

use super::{
    error::call_error,
    listing_error::listing_error,
    model::{LONGEST_CALL, OpenAiModel},
    slots::Slots,
};
use crate::{
    ChatError, ChatModel, Embeddings, HostError, HostLimits, HostName, HostType, ModelHost,
    ModelInfo, ModelKind, ModelName, ModelSettings,
    abilities::Abilities,
    client_error::tokens,
    listing_limit::{time_limits, within},
    parameter_count::parameters_in_id,
    refusal::Learnt,
};

/// A server that speaks OpenAI's protocol.
///
/// Its models count as resident, and as able to embed, since the protocol does not report it. Whether
/// they chat follows from the kind that the server reports, which few do, or else from their names
/// ([`ModelKind::of_name`]).
pub struct OpenAiHost {
    name: HostName,
    client: Client,
    limits: HostLimits,
    window: Option<u32>,
    settings: HashMap<ModelName, ModelSettings>,
    /// What it refuses, by model.
    learnt: Mutex<HashMap<ModelName, Arc<Learnt>>>,
    slots: Arc<Slots>,
}

impl OpenAiHost {
    /// The server of `client`, under the name by which agents refer to it.
    #[must_use]
    pub fn new(name: HostName, client: Client) -> Self {
        Self {
            name,
            client,
            limits: HostLimits::default(),
            window: None,
            settings: HashMap::new(),
            learnt: Mutex::default(),
            slots: Arc::default(),
        }
    }

    /// Sets what the server serves at a time, and how long calls wait for it.
    #[must_use]
    pub fn with_limits(mut self, limits: HostLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the context window in tokens, prompt and reply together, of models for which the server does
    /// not report it.
    #[must_use]
    pub fn with_window(mut self, window: u32) -> Self {
        self.window = Some(window);
        self
    }

    /// Sets known properties of this model.
    #[must_use]
    pub fn with_model_settings(mut self, model: ModelName, settings: ModelSettings) -> Self {
        self.settings.insert(model, settings);
        self
    }

    /// A llama.cpp server with one model reports its slots; if it does not, it chooses them itself.
    async fn count_slots(&self, models: &[Model]) {
        if let [Model { owned_by, .. }] = models
            && owned_by == "llamacpp"
        {
            let count = self.client.slots().await.unwrap_or_else(|error| {
                tracing::debug!(host = %self.name, %error, "could not read the number of slots");
                None
            });
            self.slots.set_count(count.unwrap_or(1));
        }
    }

    async fn list(&self, limit: Option<Duration>) -> Result<Vec<ModelInfo>, HostError> {
        let limited = limit.map(|limit| self.client.with_limits(time_limits(limit)));
        let models = match limited.as_ref().unwrap_or(&self.client).models().await {
            Ok(models) => models,
            Err(error) => {
                let error = listing_error(&self.client, error, limit).await;
                // A server without a list may serve the models that the settings name.
                let lists_nothing = matches!(error, HostError::NotFound { .. });
                if !lists_nothing || self.named_in_settings().next().is_none() {
                    return Err(error);
                }
                Vec::new()
            }
        };
        self.count_slots(&models).await;
        let mut infos: Vec<_> = models.iter().filter_map(|model| self.info(model)).collect();
        let is_listed = |name: &ModelName| models.iter().any(|model| model.id == name.as_str());
        let unlisted = self.named_in_settings().filter(|name| !is_listed(name));
        infos.extend(unlisted.filter_map(|name| self.unlisted_model(name)));
        Ok(infos)
    }

    /// The models with settings, by name, except those that do not chat.
    fn named_in_settings(&self) -> impl Iterator<Item = &ModelName> {
        let chats = |settings: &ModelSettings| settings.chats != Some(false);
        let mut names: Vec<_> =
            self.settings.iter().filter(|(_, set)| chats(set)).map(|(name, _)| name).collect();
        names.sort();
        names.into_iter()
    }

    /// The model of an entry; `None` for a pattern of names, as LiteLLM lists `openai/*`.
    fn info(&self, model: &Model) -> Option<ModelInfo> {
        if model.id.contains('*') {
            return None;
        }
        let name = ModelName::new(&model.id)
            .inspect_err(|error| tracing::warn!(model = model.id, %error, "left out"))
            .ok()?;
        let settings = self.settings.get(&name).cloned().unwrap_or_default();
        let parameters = model.parameters.filter(|count| *count > 0);
        let parameters =
            parameters.or(settings.parameters).or_else(|| parameters_in_id(name.as_str()));
        let Abilities { chats, kind, guessed } =
            Abilities::of(name.as_str(), reported_kind(model), settings.chats);
        let window = model.context_length.and_then(tokens).or(settings.window).or(self.window);
        let info = ModelInfo::new(self.name.clone(), name)
            .with_parameters(parameters)
            .with_size(model.size.filter(|size| *size > 0))
            .with_window(window)
            .with_loaded(true)
            .with_embeds(true)
            .with_remote(!self.client.base_url().is_local());
        Some(ModelInfo { chats, kind, guessed, ..info })
    }
}

/// Whether the model chats and what it is, if the server reports it.
fn reported_kind(model: &Model) -> Option<(bool, Option<ModelKind>)> {
    let kinds = || model.purposes.iter().filter_map(|word| ModelKind::of_word(word));
    if model.lacks_chat {
        return Some((false, kinds().find(|kind| !kind.chats())));
    }
    let first = kinds().next()?;
    Some((kinds().any(ModelKind::chats), Some(first)))
}

impl ModelHost for OpenAiHost {
    fn name(&self) -> &HostName {
        &self.name
    }

    fn kind(&self) -> HostType {
        HostType::OpenAi
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
        self.list(None).boxed()
    }

    fn models_within(&self, limit: Duration) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
        within(limit, self.list(Some(limit))).boxed()
    }

    /// Servers of this protocol may list nothing, patterns of names, or fewer models than they serve, as
    /// OpenRouter, whose variants (`:online`) are not in its list.
    fn unlisted_model(&self, model: &ModelName) -> Option<ModelInfo> {
        let info = self.info(&Model { id: model.to_string(), ..Model::default() })?;
        Some(ModelInfo { guessed: info.chats, unlisted: true, ..info })
    }

    fn chat_model(&self, info: ModelInfo) -> Arc<dyn ChatModel> {
        let mut learnt = self.learnt.lock();
        let learnt = Arc::clone(learnt.entry(info.model.clone()).or_default());
        Arc::new(OpenAiModel::new(info, self.client.clone(), learnt, Arc::clone(&self.slots)))
    }

    fn embed(
        &self,
        info: &ModelInfo,
        texts: Vec<String>,
    ) -> BoxFuture<'static, Result<Embeddings, ChatError>> {
        let limits = TimeLimits { first_byte: None, idle: None, total: Some(LONGEST_CALL) };
        let (client, info) = (self.client.with_limits(limits), info.clone());
        let embedded = async move {
            let request = EmbedRequest { model: info.model.to_string(), input: texts };
            let begin = Instant::now();
            let reply = client.embed(&request).await;
            let reply =
                reply.map_err(|error| call_error(error, &info, LONGEST_CALL, begin, false))?;
            let prompt_tokens = reply.prompt_tokens.and_then(tokens);
            Ok(Embeddings { vectors: reply.embeddings, prompt_tokens })
        };
        embedded.boxed()
    }

    fn limits(&self) -> HostLimits {
        self.limits
    }
}
