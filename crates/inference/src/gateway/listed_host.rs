use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::timeout;

use super::{
    Embedder, GatewaySettings, Loads, Traffic, berths::Berths, gated_model::GatedModel, lane::Lane,
};
use crate::{
    AdmissionClass, ChatError, ChatModel, HostError, HostName, ModelCard, ModelHost, ModelName,
};

/// What one host told of its models.
#[derive(Clone, Debug)]
pub struct HostModels {
    /// The host.
    pub host: HostName,
    /// Its models in its own order, or why it did not tell them.
    pub models: Result<Vec<ModelCard>, HostError>,
}

/// A host and the models it has told of.
pub(super) struct ListedHost {
    host: Arc<dyn ModelHost>,
    settings: Arc<GatewaySettings>,
    berths: Arc<Berths>,
    models: Mutex<HashMap<ModelName, Arc<GatedModel>>>,
}

impl ListedHost {
    pub(super) fn new(host: Arc<dyn ModelHost>, settings: Arc<GatewaySettings>) -> Self {
        let berths = Berths::new(host.models_at_once(), host.loads_one_at_a_time());
        Self { host, settings, berths: Arc::new(berths), models: Mutex::default() }
    }

    pub(super) fn name(&self) -> &HostName {
        self.host.name()
    }

    pub(super) fn how_to_get(&self, model: Option<&ModelName>) -> Option<String> {
        self.host.how_to_get(model)
    }

    pub(super) async fn list(&self) -> HostModels {
        let limit = self.settings.listing_limit;
        let models = match timeout(limit, self.host.models()).await {
            Ok(models) => models,
            Err(_) => Err(HostError::TimedOut { limit }),
        };
        for card in models.iter().flatten().filter(|card| card.chats) {
            self.model(card.clone());
        }
        HostModels { host: self.name().clone(), models }
    }

    /// A model that can chat, by the name on its card.
    pub(super) fn known(&self, model: &ModelName) -> Option<Arc<dyn ChatModel>> {
        let models = self.models();
        let known = models.get(model).filter(|known| known.card().chats)?;
        Some(Arc::clone(known) as Arc<dyn ChatModel>)
    }

    /// The model of this card.
    pub(super) fn model(&self, card: ModelCard) -> Arc<dyn ChatModel> {
        self.gated(card)
    }

    /// Waits for a place in service of the model of this card.
    pub(super) async fn embedder(
        &self,
        card: ModelCard,
        class: AdmissionClass,
    ) -> Result<Embedder, ChatError> {
        let model = self.gated(card.clone());
        Embedder::admitted(Arc::clone(&self.host), &model, class).await
    }

    /// The model of this card. A card that has changed (the model was pulled anew, its window is
    /// known now) replaces the earlier one and keeps its queue.
    fn gated(&self, card: ModelCard) -> Arc<GatedModel> {
        let mut models = self.models();
        let earlier = models.get(&card.model);
        if let Some(same) = earlier.filter(|model| same_but_for_loading(model.card(), &card)) {
            return Arc::clone(same);
        }
        let lane = earlier.map_or_else(|| self.lane(), |model| Arc::clone(model.lane()));
        let name = card.model.clone();
        let model = Arc::new(GatedModel::new(self.host.chat_model(card), lane));
        models.insert(name, Arc::clone(&model));
        model
    }

    pub(super) fn traffic(&self) -> Vec<Traffic> {
        self.models().values().map(|model| model.traffic()).collect()
    }

    pub(super) fn loads(&self) -> Loads {
        self.berths.loads(self.name().clone())
    }

    #[cfg(test)]
    pub(super) fn berths(&self) -> &Berths {
        &self.berths
    }

    fn lane(&self) -> Arc<Lane> {
        let limit =
            self.host.concurrent_calls().map_or(self.settings.concurrent_calls, usize::from);
        Lane::new(limit, Arc::clone(&self.settings), Arc::clone(&self.berths))
    }

    fn models(&self) -> MutexGuard<'_, HashMap<ModelName, Arc<GatedModel>>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn same_but_for_loading(one: &ModelCard, other: &ModelCard) -> bool {
    *one == ModelCard { loaded: one.loaded, ..other.clone() }
}
