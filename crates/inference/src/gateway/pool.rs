use super::{
    ResolveError, choice::Experience, gated_model::GatedModel, listed_host::ListedHost,
    standing::Standing,
};
use crate::{ChatModel, HostName, ModelInfo, ModelName};

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
        let replicas = self.replicas(host, model, digest);
        Some(replicas.min_by_key(|(standing, _)| *standing)?.1)
    }

    /// All of them.
    pub(super) fn replicas<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
        digest: Option<&'a str>,
    ) -> impl Iterator<Item = (Standing, GatedModel)> + 'a {
        self.models(model, move |info| info.host != *host && may_stand_in(info, digest))
    }

    /// The models that pass, each with its standing.
    pub(super) fn models<'a>(
        &'a self,
        model: &'a ModelName,
        passes: impl Fn(&ModelInfo) -> bool + 'a,
    ) -> impl Iterator<Item = (Standing, GatedModel)> + 'a {
        self.hosts.iter().filter_map(move |host| {
            let held = host.holding(model)?;
            passes(held.info()).then(|| (Standing::of(host, &held), held))
        })
    }
}

impl Experience for Pool {
    fn install_hint(&self, host: &HostName, model: Option<&ModelName>) -> Option<String> {
        self.find(host)?.install_hint(model)
    }

    fn standing(&self, info: &ModelInfo) -> Standing {
        let held = self
            .find(&info.host)
            .and_then(|host| Some(Standing::of(host, &host.holding(&info.model)?)));
        held.unwrap_or_else(|| Standing::idle(info))
    }

    fn refusal(&self, info: &ModelInfo) -> Option<String> {
        self.find(&info.host)?.holding(&info.model)?.lane().ability.refusal()
    }

    fn is_resting(&self, host: &HostName) -> bool {
        self.find(host).is_some_and(|host| host.health().is_resting())
    }
}

/// Whether a model may serve in place of one of its name.
pub(super) fn may_stand_in(info: &ModelInfo, digest: Option<&str>) -> bool {
    let is_other = digest.zip(info.digest.as_deref()).is_some_and(|(one, other)| one != other);
    info.can_be_pooled() && !is_other
}

#[cfg(test)]
mod tests;
