mod host_entry;

pub(super) use self::host_entry::HostEntry;
use super::{ResolveError, host_rank::HostRank, model::ModelAtHost, resolve::Experience};
use crate::{HostName, ModelInfo, ModelName, ModelRefusal};

/// The hosts, and which of them hold the same model.
pub(super) struct Directory {
    /// In the order in which they are preferred.
    hosts: Vec<HostEntry>,
}

impl Directory {
    pub(super) fn new(hosts: Vec<HostEntry>) -> Self {
        Self { hosts }
    }

    pub(super) fn hosts(&self) -> &[HostEntry] {
        &self.hosts
    }

    pub(super) fn host(&self, name: &HostName) -> Result<&HostEntry, ResolveError> {
        self.find(name).ok_or_else(|| ResolveError::UnknownHost {
            host: name.clone(),
            known: self.hosts.iter().map(|host| host.name().clone()).collect(),
        })
    }

    fn find(&self, name: &HostName) -> Option<&HostEntry> {
        self.hosts.iter().find(|host| host.name() == name)
    }

    /// The best of the other hosts that hold the model of this host.
    pub(super) fn best_replica(
        &self,
        host: &HostName,
        model: &ModelName,
        digest: Option<&str>,
    ) -> Option<ModelAtHost> {
        let replicas = self.replicas(host, model, digest);
        Some(replicas.min_by_key(|(rank, _)| *rank)?.1)
    }

    /// The model of this host on all other hosts that hold it.
    pub(super) fn replicas<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
        digest: Option<&'a str>,
    ) -> impl Iterator<Item = (HostRank, ModelAtHost)> + 'a {
        self.models(model, move |info| info.host != *host && is_replica(info, digest))
    }

    /// The models of this name that pass, each with the rank of its host.
    pub(super) fn models<'a>(
        &'a self,
        model: &'a ModelName,
        passes: impl Fn(&ModelInfo) -> bool + 'a,
    ) -> impl Iterator<Item = (HostRank, ModelAtHost)> + 'a {
        self.hosts.iter().filter_map(move |host| {
            let held = host.holding(model)?;
            passes(held.info()).then(|| (host.rank(&held), held))
        })
    }
}

impl Experience for Directory {
    fn install_hint(&self, host: &HostName, model: Option<&ModelName>) -> Option<String> {
        self.find(host)?.install_hint(model)
    }

    fn rank(&self, info: &ModelInfo) -> HostRank {
        let held =
            self.find(&info.host).and_then(|host| Some(host.rank(&host.holding(&info.model)?)));
        held.unwrap_or_else(|| HostRank::idle(info))
    }

    fn refusal(&self, info: &ModelInfo) -> Option<ModelRefusal> {
        self.find(&info.host)?.refusal(&info.model)
    }

    fn fails(&self, info: &ModelInfo) -> bool {
        self.find(&info.host).is_some_and(|host| host.failure(&info.model).is_some())
    }

    fn unlisted_model(&self, host: &HostName, model: &ModelName) -> Option<ModelInfo> {
        self.find(host)?.unlisted_model(model)
    }

    fn is_avoided(&self, host: &HostName) -> bool {
        self.find(host).is_some_and(|host| host.health().is_avoided())
    }
}

/// Whether a model may serve in place of one of its name and this digest.
pub(super) fn is_replica(info: &ModelInfo, digest: Option<&str>) -> bool {
    let is_other = digest.zip(info.digest.as_deref()).is_some_and(|(one, other)| one != other);
    info.can_be_pooled() && !is_other
}

#[cfg(test)]
mod tests;
