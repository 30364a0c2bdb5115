//! Chooses models for requests, and tries them.

use futures_util::future::join_all;

use super::{
    Gateway, HostModels, ModelTrials, RequestedModel, ResolveError, TrialReport,
    directory::HostEntry, resolve::choose, trial::try_if_unknown, trial_run::TrialRun,
};
#[cfg(doc)]
use crate::GatewaySettings;
use crate::{ModelInfo, ModelRefusal};

impl Gateway {
    /// Chooses one model per request, in the order of the requests.
    ///
    /// A model that is named must exist and chat; it is never replaced by another. Ollama's implied tag
    /// is understood: `llama3.2` is `llama3.2:latest`. If no host is named with it, the host with the
    /// least to do for it is chosen, as for a call of a [`pooled_model`](Self::pooled_model); of equal
    /// hosts, the first.
    ///
    /// Requests without a model get models that can chat, on hosts that are not avoided before others. Of
    /// those, models known to chat come before models of which neither the host nor the name shows it:
    /// models in memory first, since they need no load and push nothing out; then those whose weights
    /// have at most 8 GiB, which load in reasonable time on a personal machine, the largest first; then
    /// larger ones, the smallest first. Between equal ones the order of the hosts decides, then size. The
    /// best of this list and the best of another family alternate over the requests; if there is no other
    /// family, or only a large one that is not in memory, one model serves all. Tiny models
    /// ([`Scale::Tiny`](crate::Scale::Tiny)) are chosen only if no host that is not avoided has a larger
    /// one, in memory or not; demo models only if there is nothing else; and remote models only if they
    /// are named, so that no text leaves the machine and its network unless its user asks for that.
    ///
    /// Models that are not served are excluded: by what their host reports, else by what their name shows
    /// ([`ModelKind::of_name`](crate::ModelKind::of_name)), else by what they do, which is tried before they
    /// are returned:
    /// * A model that is not in memory is loaded, as its first call would do, unless that displaces another of
    ///   these models, as far as the host shows. So it is on the further hosts that the first calls would
    ///   share. If the host refuses, as for lack of memory, the next model, or the next host with a named
    ///   model, is chosen. A load may take [`load_limit`](GatewaySettings::load_limit).
    /// * A model of which its host does not report whether it chats is tried by a call of one token, once in
    ///   the life of the gateway, unless it has chatted before. A call may take
    ///   [`trial_limit`](GatewaySettings::trial_limit).
    ///
    /// A model whose calls fail, while its host lists its models, is chosen only if there is no other, since it
    /// may be served again in a while.
    ///
    /// Only the hosts that the requests allow are asked, all at once.
    ///
    /// # Errors
    /// [`ResolveError`] for the first request without a model, or for the first whose named model is refused
    /// ([`ResolveError::CannotChat`]).
    pub async fn resolve(&self, wanted: &[RequestedModel]) -> Result<Vec<ModelInfo>, ResolveError> {
        self.resolve_with(wanted, ModelTrials::default()).await
    }

    /// Chooses one model per request as [`resolve`](Self::resolve) does, with these limits of trials.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub async fn resolve_with(
        &self,
        wanted: &[RequestedModel],
        trials: ModelTrials<'_>,
    ) -> Result<Vec<ModelInfo>, ResolveError> {
        self.know_hosts(wanted)?;
        let allowed = self.directory.hosts().iter().filter(|host| {
            wanted
                .iter()
                .any(|request| request.host.as_ref().is_none_or(|name| name == host.name()))
        });
        let listings = join_all(allowed.map(HostEntry::list)).await;
        self.resolve_by_trial(&listings, wanted, trials).await
    }

    /// Chooses one model per request as [`resolve`](Self::resolve) does, from earlier listings: no host is
    /// asked for its models, and models are tried.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub async fn resolve_by_trial(
        &self,
        listings: &[HostModels],
        wanted: &[RequestedModel],
        trials: ModelTrials<'_>,
    ) -> Result<Vec<ModelInfo>, ResolveError> {
        let mut run = TrialRun::new(&self.directory, trials);
        loop {
            let infos = self.resolve_among(listings, wanted)?;
            let mut models = infos.clone();
            models.extend(self.replicas_to_load(wanted, &infos));
            let tried = run.try_all(&models).await;
            if tried.is_empty() {
                // A named model that could not be loaded is chosen again if no other host has it.
                let refusal = infos.iter().find_map(|info| Some((info, run.refusal(info)?)));
                let Some((info, refusal)) = refusal else {
                    run.report_passed_over(&infos);
                    return Ok(infos);
                };
                let (host, model) = (info.host.clone(), info.model.clone());
                return Err(ResolveError::CannotChat { host, model, why: refusal.why.clone() });
            }
            for (model, refusal) in &tried {
                if let Some(refusal) = refusal {
                    trials.report(TrialReport::Refused { model, refusal });
                }
            }
        }
    }

    /// Chooses one model per request as [`resolve`](Self::resolve) does, from earlier listings: no host is
    /// asked, and no model is tried.
    ///
    /// # Errors
    /// [`ResolveError`] for the first request without a model.
    pub fn resolve_among(
        &self,
        listings: &[HostModels],
        wanted: &[RequestedModel],
    ) -> Result<Vec<ModelInfo>, ResolveError> {
        self.know_hosts(wanted)?;
        choose(wanted, listings, &*self.directory)
    }

    /// Why the host does not serve this model, as it listed it, if that was shown by a call or a load. A model
    /// of which neither the host nor a call has shown whether it chats is tried, as
    /// [`resolve`](Self::resolve) does; no model is loaded for that alone.
    pub async fn chat_refusal(&self, info: &ModelInfo) -> Option<ModelRefusal> {
        try_if_unknown(&self.directory.host(&info.host).ok()?.model(info.clone())).await
    }

    /// Why the host does not serve this model, if a call or a load has shown that. Nothing is tried.
    #[must_use]
    pub fn known_refusal(&self, info: &ModelInfo) -> Option<ModelRefusal> {
        self.directory.host(&info.host).ok()?.refusal(&info.model)
    }

    /// The models on further hosts that the first calls of these seats would load, since they share the hosts
    /// with the same model: one host for each call, where the model is in memory on none of them.
    fn replicas_to_load(&self, wanted: &[RequestedModel], infos: &[ModelInfo]) -> Vec<ModelInfo> {
        let seats = wanted.iter().zip(infos).filter(|(request, info)| {
            request.host.is_none() && info.can_be_pooled() && !info.loaded
        });
        let mut calls: Vec<(&ModelInfo, usize)> = Vec::new();
        for (_, info) in seats {
            match calls.iter_mut().find(|(other, _)| *other == info) {
                Some((_, count)) => *count += 1,
                None => calls.push((info, 1)),
            }
        }
        let replicas = calls.into_iter().flat_map(|(info, count)| {
            let digest = info.digest.as_deref();
            let replicas = self.directory.replicas(&info.host, &info.model, digest);
            let mut replicas: Vec<_> = replicas.filter(|(rank, _)| !rank.is_avoided).collect();
            replicas.sort_by_key(|(rank, _)| *rank);
            let infos = replicas.into_iter().map(|(_, replica)| replica.info().clone());
            let is_to_be_loaded =
                |info: &ModelInfo| !info.loaded && self.known_refusal(info).is_none();
            infos.filter(is_to_be_loaded).take(count - 1).collect::<Vec<_>>()
        });
        replicas.collect()
    }

    fn know_hosts(&self, wanted: &[RequestedModel]) -> Result<(), ResolveError> {
        wanted.iter().filter_map(|request| request.host.as_ref()).try_for_each(|name| {
            self.directory.host(name)?;
            Ok(())
        })
    }
}
