mod berths;
mod call;
mod choice;
mod embedder;
mod gated_model;
mod lane;
mod listed_host;
mod loads;
mod pace;
mod residency;
mod resolve_error;
mod retry;
mod settings;

use std::sync::Arc;

use futures_util::future::join_all;

pub use choice::Wanted;
pub use embedder::Embedder;
pub use lane::Traffic;
pub use listed_host::HostModels;
pub use loads::Loads;
pub use resolve_error::ResolveError;
pub use retry::RetrySettings;
pub use settings::GatewaySettings;

use crate::{AdmissionClass, ChatError, ChatModel, HostName, ModelCard, ModelHost, ModelName};
use choice::choose;
use listed_host::ListedHost;

/// The way to the models: every call of a program to a model goes through one gateway.
///
/// Its models are [`ChatModel`]s whose calls are admitted, timed and sent again by the rules of
/// [`GatewaySettings`]. All calls for one model on one host share one queue.
pub struct Gateway {
    hosts: Vec<ListedHost>,
}

impl Gateway {
    /// A gateway to these hosts, in the order in which they are preferred. Of hosts that share a
    /// name the first counts.
    #[must_use]
    pub fn new(hosts: Vec<Arc<dyn ModelHost>>, settings: GatewaySettings) -> Self {
        let settings = Arc::new(settings);
        let mut listed = Vec::<ListedHost>::with_capacity(hosts.len());
        for host in hosts {
            if listed.iter().any(|earlier| earlier.name() == host.name()) {
                tracing::warn!(host = %host.name(), "left out: an earlier host has this name");
            } else {
                listed.push(ListedHost::new(host, Arc::clone(&settings)));
            }
        }
        Self { hosts: listed }
    }

    /// Asks all hosts at once for their models. A host that fails or takes longer than
    /// [`listing_limit`](GatewaySettings::listing_limit) does not hold up the others.
    pub async fn models(&self) -> Vec<HostModels> {
        join_all(self.hosts.iter().map(ListedHost::list)).await
    }

    /// A model by host and name. The host is asked only for a model it has not told of before.
    ///
    /// # Errors
    /// [`ResolveError`] if there is no such host, it does not answer, or the model is missing or
    /// cannot chat.
    pub async fn chat_model(
        &self,
        host: &HostName,
        model: &ModelName,
    ) -> Result<Arc<dyn ChatModel>, ResolveError> {
        let host = self.host(host)?;
        if let Some(model) = host.known(model) {
            return Ok(model);
        }
        let wanted = Wanted { host: Some(host.name().clone()), model: Some(model.clone()) };
        let listing = host.list().await;
        let mut cards = self.choose(&[wanted], &[listing])?;
        Ok(host.model(cards.remove(0)))
    }

    /// One model per seat, in the order of the seats.
    ///
    /// A model that is named must exist and chat; it is never replaced by another. Ollama's
    /// implied tag is understood: `llama3.2` is `llama3.2:latest`. If no host is named with it,
    /// the first host that has it loaded serves, else the first that has it.
    ///
    /// Seats without a model get models that can chat: loaded ones first, since they cost no
    /// loading and push nothing out; then those whose weights have at most 8 GiB, which load in
    /// reasonable time on a person's machine, the largest first; then larger ones, the smallest
    /// first. Between two alike the order of the hosts decides, then size. The best of this list
    /// and the best of another family take turns over the seats; if there is no other family, or
    /// only a large one that is not loaded, one model serves all. Demo models are taken only if there
    /// is nothing else, and remote models only if they are named, so that no text leaves the
    /// machine and its network unasked.
    ///
    /// Hosts are asked at once, and only those that the seats allow.
    ///
    /// # Errors
    /// [`ResolveError`] for the first seat that cannot be filled.
    pub async fn resolve(&self, wanted: &[Wanted]) -> Result<Vec<ModelCard>, ResolveError> {
        self.know_hosts(wanted)?;
        let allowed = self.hosts.iter().filter(|host| {
            wanted.iter().any(|seat| seat.host.as_ref().is_none_or(|name| name == host.name()))
        });
        let listings = join_all(allowed.map(ListedHost::list)).await;
        self.choose(wanted, &listings)
    }

    /// One model per seat as [`resolve`](Self::resolve) chooses it, from what the hosts told
    /// before: none is asked.
    ///
    /// # Errors
    /// [`ResolveError`] for the first seat that cannot be filled.
    pub fn resolve_among(
        &self,
        listings: &[HostModels],
        wanted: &[Wanted],
    ) -> Result<Vec<ModelCard>, ResolveError> {
        self.know_hosts(wanted)?;
        self.choose(wanted, listings)
    }

    /// Waits until the model of this card, which [`models`](Self::models) gave, may embed. It
    /// shares its queue with the chats of the model. Dropping the future leaves the queue.
    ///
    /// # Errors
    /// [`ChatError::Busy`] if too many wait, or it waited too long; [`ChatError::ModelNotFound`]
    /// if there is no such host.
    pub async fn embedder(
        &self,
        card: &ModelCard,
        class: AdmissionClass,
    ) -> Result<Embedder, ChatError> {
        let host = self.host(&card.host).map_err(|_| ChatError::ModelNotFound {
            host: card.host.clone(),
            model: card.model.clone(),
        })?;
        host.embedder(card.clone(), class).await
    }

    /// How busy each model is that was ever listed.
    #[must_use]
    pub fn traffic(&self) -> Vec<Traffic> {
        self.hosts.iter().flat_map(ListedHost::traffic).collect()
    }

    /// What was loaded on each host, and how often that was avoided.
    #[must_use]
    pub fn loads(&self) -> Vec<Loads> {
        self.hosts.iter().map(ListedHost::loads).collect()
    }

    fn know_hosts(&self, wanted: &[Wanted]) -> Result<(), ResolveError> {
        wanted.iter().filter_map(|seat| seat.host.as_ref()).try_for_each(|name| {
            self.host(name)?;
            Ok(())
        })
    }

    fn host(&self, name: &HostName) -> Result<&ListedHost, ResolveError> {
        self.hosts.iter().find(|host| host.name() == name).ok_or_else(|| {
            ResolveError::UnknownHost {
                host: name.clone(),
                known: self.hosts.iter().map(|host| host.name().clone()).collect(),
            }
        })
    }

    fn choose(
        &self,
        wanted: &[Wanted],
        listings: &[HostModels],
    ) -> Result<Vec<ModelCard>, ResolveError> {
        choose(wanted, listings, &|host, model| self.host(host).ok()?.how_to_get(model))
    }
}

#[cfg(test)]
mod tests;
