use super::{
    ResolveError, choice::Experience, gated_model::GatedModel, listed_host::ListedHost,
    standing::Standing,
};
use crate::{ChatModel, HostName, ModelCard, ModelName};

/// The hosts, which stand in for each other where they hold the same model.
pub(super) struct Pool {
    /// In the order in which they are preferred.
    hosts: Vec<ListedHost>,
}

impl Pool {
    pub(super) fn new(hosts: Vec<ListedHost>) -> Self {
        Self { hosts }
    }

    pub(super) fn hosts(&self) -> &[ListedHost] {
        &self.hosts
    }

    pub(super) fn host(&self, name: &HostName) -> Result<&ListedHost, ResolveError> {
        self.find(name).ok_or_else(|| ResolveError::UnknownHost {
            host: name.clone(),
            known: self.hosts.iter().map(|host| host.name().clone()).collect(),
        })
    }

    fn find(&self, name: &HostName) -> Option<&ListedHost> {
        self.hosts.iter().find(|host| host.name() == name)
    }

    /// The best of the other hosts that hold the model of this host.
    pub(super) fn stand_in(
        &self,
        host: &HostName,
        model: &ModelName,
        digest: Option<&str>,
    ) -> Option<GatedModel> {
        let stand_ins = self.stand_ins(host, model, digest);
        Some(stand_ins.min_by_key(|(standing, _)| *standing)?.1)
    }

    /// All of them.
    pub(super) fn stand_ins<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
        digest: Option<&'a str>,
    ) -> impl Iterator<Item = (Standing, GatedModel)> + 'a {
        self.models(model, move |card| card.host != *host && may_stand_in(card, digest))
    }

    /// The models that pass, each with its standing.
    pub(super) fn models<'a>(
        &'a self,
        model: &'a ModelName,
        passes: impl Fn(&ModelCard) -> bool + 'a,
    ) -> impl Iterator<Item = (Standing, GatedModel)> + 'a {
        self.hosts.iter().filter_map(move |host| {
            let held = host.holding(model)?;
            passes(held.card()).then(|| (Standing::of(host, &held), held))
        })
    }
}

impl Experience for Pool {
    fn how_to_get(&self, host: &HostName, model: Option<&ModelName>) -> Option<String> {
        self.find(host)?.how_to_get(model)
    }

    fn standing(&self, card: &ModelCard) -> Standing {
        let held = self
            .find(&card.host)
            .and_then(|host| Some(Standing::of(host, &host.holding(&card.model)?)));
        held.unwrap_or_else(|| Standing::idle(card))
    }

    fn refusal(&self, card: &ModelCard) -> Option<String> {
        self.find(&card.host)?.holding(&card.model)?.lane().ability.refusal()
    }

    fn is_resting(&self, host: &HostName) -> bool {
        self.find(host).is_some_and(|host| host.health().is_resting())
    }
}

/// Whether a model may serve in place of one of its name.
pub(super) fn may_stand_in(card: &ModelCard, digest: Option<&str>) -> bool {
    let is_other = digest.zip(card.digest.as_deref()).is_some_and(|(one, other)| one != other);
    card.can_be_pooled() && !is_other
}

#[cfg(test)]
mod tests;
