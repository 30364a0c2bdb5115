use parking_lot::{Mutex, MutexGuard};
use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture},
    stream,
};
use synod_ollama_client::{Client, InstalledModel, LoadedModel};

use super::{
    LoadProfile,
    embed::embed,
    facts::{Facts, is_in_cloud, placement},
    listing_error::listing_error,
    load_profile::FixedProfile,
    model::OllamaModel,
    server::Server,
};
use crate::{
    ChatError, ChatModel, Embeddings, HostError, HostLimits, HostName, HostType, ModelHost,
    ModelInfo, ModelName, ModelSettings,
    abilities::Abilities,
    listing_limit::{time_limits, within},
    parameter_count::{parameters_from_text, parameters_in_id},
    refusal::Learnt,
};

/// The smallest window that an Ollama gives a model by default (since 0.6.7).
const LEAST_WINDOW: u32 = 4_096;

/// A model that runs on most machines and follows instructions and schemas.
const GOOD_MODEL: &str = "llama3.2:3b";

/// Requests at once while a host's models are looked at.
const LOOKS: usize = 8;

/// An Ollama server.
///
/// A model's window is the one it is loaded with or will be by its [`LoadProfile`]; if neither is
/// known it counts as 4,096 tokens, the least that a server gives of itself, until the model is
/// loaded and the server reports it.
pub struct OllamaHost {
    name: HostName,
    server: Arc<Server>,
    limits: HostLimits,
    profile: LoadProfile,
    profiles: HashMap<ModelName, LoadProfile>,
    settings: HashMap<ModelName, ModelSettings>,
    seen: Mutex<Reported>,
}

#[derive(Default)]
struct Reported {
    /// By digest.
    facts: HashMap<String, Facts>,
    profiles: HashMap<ModelName, Arc<FixedProfile>>,
    /// What is refused, by model, of the content of this digest.
    learnt: HashMap<ModelName, (Option<String>, Arc<Learnt>)>,
}

impl OllamaHost {
    /// The server of `client`, under the name by which agents refer to it.
    #[must_use]
    pub fn new(name: HostName, client: Client) -> Self {
        Self {
            name,
            server: Arc::new(Server::new(client)),
            limits: HostLimits::default(),
            profile: LoadProfile::default(),
            profiles: HashMap::new(),
            settings: HashMap::new(),
            seen: Mutex::default(),
        }
    }

    /// Sets how models are loaded that have no profile of their own.
    #[must_use]
    pub fn with_profile(mut self, profile: LoadProfile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets how this model is loaded.
    #[must_use]
    pub fn with_model_profile(mut self, model: ModelName, profile: LoadProfile) -> Self {
        self.profiles.insert(model, profile);
        self
    }

    /// Sets known properties of this model. Its window is set by its [`LoadProfile`].
    #[must_use]
    pub fn with_model_settings(mut self, model: ModelName, settings: ModelSettings) -> Self {
        self.settings.insert(model, settings);
        self
    }

    /// Sets what the server serves at a time, and how long calls wait for it.
    #[must_use]
    pub fn with_limits(mut self, limits: HostLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with another clock.
    #[cfg(test)]
    pub(super) fn with_clock(mut self, now: fn() -> std::time::SystemTime) -> Self {
        self.server = Arc::new(Server::new(self.server.client.clone()).with_clock(now));
        self
    }

    async fn list(&self, limit: Option<Duration>) -> Result<Vec<ModelInfo>, HostError> {
        let client = &self.server.client;
        let limited = limit.map(|limit| client.with_limits(time_limits(limit)));
        let tags = limited.as_ref().unwrap_or(client).tags();
        let version = self.server.learn_version();
        let (installed, loaded, ()) = future::join3(tags, client.ps(), version).await;
        let installed = match installed {
            Ok(installed) => installed,
            Err(error) => return Err(listing_error(client, error, limit).await),
        };
        let loaded = loaded.unwrap_or_else(|error| {
            tracing::debug!(host = %self.name, %error, "could not list the loaded models");
            Vec::new()
        });
        let infos = stream::iter(installed).map(|model| self.look_at(model, &loaded));
        Ok(infos.buffered(LOOKS).filter_map(future::ready).collect().await)
    }

    async fn look_at(&self, model: InstalledModel, loaded: &[LoadedModel]) -> Option<ModelInfo> {
        let facts = self.facts(&model).await;
        let name = ModelName::new(&model.name)
            .inspect_err(|error| tracing::warn!(model = model.name, %error, "left out"))
            .ok()?;
        let loaded = loaded.iter().find(|loaded| loaded.name == model.name);
        let profile = self.profile_of(&name, facts.trained);
        let residency = loaded.map(|loaded| self.server.residency(loaded));
        if let Some(residency) = residency {
            profile.listed(residency);
        }
        let window = profile
            .num_ctx()
            .or(residency.and_then(|residency| residency.window))
            .or_else(|| profile.window())
            .unwrap_or_else(|| facts.trained.map_or(LEAST_WINDOW, |most| most.min(LEAST_WINDOW)));
        let settings = self.settings.get(&name).cloned().unwrap_or_default();
        let parameters = parameters_from_text(&model.details.parameter_size)
            .or(settings.parameters)
            .or_else(|| parameters_in_id(name.as_str()));
        let Abilities { chats, kind, guessed } = facts.abilities(name.as_str(), settings.chats);
        let remote = is_in_cloud(name.as_str());
        let info = ModelInfo::new(self.name.clone(), name)
            .with_digest(Some(model.digest).filter(|digest| !digest.is_empty()))
            .with_family(Some(model.details.family).filter(|family| !family.is_empty()))
            .with_parameters(parameters)
            .with_size(Some(model.size).filter(|size| *size > 0))
            .with_window(window)
            .with_loaded(loaded.is_some())
            .with_embeds(facts.embeds)
            .with_remote(remote);
        let placement = loaded.and_then(placement);
        Some(ModelInfo { chats, kind, guessed, placement, ..info })
    }

    async fn facts(&self, model: &InstalledModel) -> Facts {
        let known = Facts::listed(model).or_else(|| self.seen().facts.get(&model.digest).copied());
        let facts = match known {
            Some(facts) => facts,
            None => match self.server.client.show(&model.name).await {
                Ok(info) => Facts::shown(model, &info),
                Err(error) => {
                    tracing::debug!(host = %self.name, model = model.name, %error, "not shown");
                    return Facts::guessed(model);
                }
            },
        };
        self.seen().facts.insert(model.digest.clone(), facts);
        facts
    }

    fn profile_of(&self, model: &ModelName, trained: Option<u32>) -> Arc<FixedProfile> {
        let wanted = self.profiles.get(model).unwrap_or(&self.profile);
        let mut seen = self.seen();
        let fixed = seen.profiles.entry(model.clone());
        Arc::clone(fixed.or_insert_with(|| Arc::new(FixedProfile::new(wanted.clone(), trained))))
    }

    /// What the server refuses for the model; empty after the model was pulled again.
    fn learnt(&self, info: &ModelInfo) -> Arc<Learnt> {
        let mut seen = self.seen();
        let (digest, learnt) = seen.learnt.entry(info.model.clone()).or_default();
        if *digest != info.digest {
            (*digest, *learnt) = (info.digest.clone(), Arc::default());
        }
        Arc::clone(learnt)
    }

    fn seen(&self) -> MutexGuard<'_, Reported> {
        self.seen.lock()
    }
}

impl ModelHost for OllamaHost {
    fn name(&self) -> &HostName {
        &self.name
    }

    fn kind(&self) -> HostType {
        HostType::Ollama
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
        self.list(None).boxed()
    }

    fn models_within(&self, limit: Duration) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
        within(limit, self.list(Some(limit))).boxed()
    }

    fn chat_model(&self, info: ModelInfo) -> Arc<dyn ChatModel> {
        let digest = info.digest.as_deref().unwrap_or_default();
        let facts = self.seen().facts.get(digest).copied();
        let profile = self.profile_of(&info.model, facts.and_then(|facts| facts.trained));
        let thinks = facts.is_some_and(|facts| facts.thinks);
        let learnt = self.learnt(&info);
        Arc::new(OllamaModel::new(info, Arc::clone(&self.server), profile, thinks, learnt))
    }

    fn embed(
        &self,
        info: &ModelInfo,
        texts: Vec<String>,
    ) -> BoxFuture<'static, Result<Embeddings, ChatError>> {
        let digest = info.digest.as_deref().unwrap_or_default();
        let trained = self.seen().facts.get(digest).and_then(|facts| facts.trained);
        let profile = self.profile_of(&info.model, trained);
        embed(self.server.client.clone(), info.clone(), profile, texts).boxed()
    }

    fn limits(&self) -> HostLimits {
        HostLimits { loads_one_at_a_time: true, ..self.limits }
    }

    fn install_hint(&self, model: Option<&ModelName>) -> Option<String> {
        Some(format!("ollama pull {}", model.map_or(GOOD_MODEL, ModelName::as_str)))
    }
}
