use std::collections::HashMap;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{
    ModelTrials, TrialReport,
    directory::{Directory, HostEntry},
    model::ModelAtHost,
    trial::try_if_unknown,
};
use crate::{ChatError, CrashEvidence, HostName, ModelInfo, ModelName, ModelRefusal};

/// Attempts at a load that ends with the process of the model, which its host may restart.
const LOAD_ATTEMPTS: u32 = 2;

/// The trials of the models that are about to be used.
///
/// A model that has to be loaded is loaded now: calls would load it all the same, and find it in memory.
/// The models of one host are loaded one after another, and only as long as none displaces another that
/// is about to be used, as far as that is known. Then models of which the host does not report whether they
/// chat are tried by a call.
pub(super) struct TrialRun<'a> {
    directory: &'a Directory,
    trials: ModelTrials<'a>,
    /// The models that were tried, and the refusals of their hosts.
    tried: HashMap<(HostName, ModelName), Option<ModelRefusal>>,
}

/// A model that was tried, and why its host does not serve it, if it refuses.
pub(super) type TriedModel = (ModelInfo, Option<ModelRefusal>);

impl<'a> TrialRun<'a> {
    pub(super) fn new(directory: &'a Directory, trials: ModelTrials<'a>) -> Self {
        Self { directory, trials, tried: HashMap::new() }
    }

    /// Tries those of the models that were not tried yet. Returns them, each with the refusal of its host.
    pub(super) async fn try_all(&mut self, chosen: &[ModelInfo]) -> Vec<TriedModel> {
        let run = &*self;
        let trials = self.directory.hosts().iter().map(|host| run.try_models_of(host, chosen));
        let tried: Vec<_> = join_all(trials).await.into_iter().flatten().collect();
        self.tried.extend(tried.iter().map(|(info, refusal)| (key(info), refusal.clone())));
        tried
    }

    /// Why the host does not serve the model, if a trial has shown that.
    pub(super) fn refusal(&self, info: &ModelInfo) -> Option<&ModelRefusal> {
        self.tried.get(&key(info))?.as_ref()
    }

    /// Reports the models that were tried, whose calls fail for now, and in place of which others were
    /// chosen.
    pub(super) fn report_passed_over(&self, chosen: &[ModelInfo]) {
        for (host, name) in self.tried.keys() {
            let is_chosen = chosen.iter().any(|info| info.host == *host && info.model == *name);
            let known = || self.directory.host(host).ok()?.known_model(name);
            if let (false, Some(model)) = (is_chosen, known())
                && let Some(error) = model.state().failure()
            {
                let refusal = ModelRefusal { why: error.reason(), is_load: true };
                self.trials.report(TrialReport::Refused { model: model.info(), refusal: &refusal });
            }
        }
    }

    async fn try_models_of(&self, host: &HostEntry, chosen: &[ModelInfo]) -> Vec<TriedModel> {
        let mut seats: Vec<ModelAtHost> = Vec::new();
        for info in chosen.iter().filter(|info| info.host == *host.name()) {
            if seats.iter().all(|seat| seat.info().model != info.model) {
                seats.push(host.model(info.clone()));
            }
        }
        let is_new = |model: &&ModelAtHost| !self.tried.contains_key(&key(model.info()));
        let new: Vec<_> = seats.iter().filter(is_new).collect();
        if new.is_empty() {
            return Vec::new();
        }
        let are_held = join_all(seats.iter().map(is_in_memory)).await;
        let held = seats.iter().zip(are_held).filter(|(_, is_held)| *is_held);
        let mut held: Vec<_> = held.map(|(seat, _)| seat).collect();
        let mut refusals = Vec::with_capacity(new.len());
        for model in &new {
            let mut refusal = None;
            if self.is_to_be_loaded(host, model, &held).await {
                refusal = self.load(model).await;
                held.extend(refusal.is_none().then_some(*model));
            }
            refusals.push(refusal);
        }
        let chats = new.iter().zip(refusals).map(|(model, refusal)| async {
            let refusal = match refusal {
                Some(refusal) => Some(refusal),
                None => try_if_unknown(model).await,
            };
            (model.info().clone(), refusal)
        });
        join_all(chats).await
    }

    /// Whether the model is to be loaded now: it is not among those that are `held` in memory, and has room
    /// beside them.
    async fn is_to_be_loaded(
        &self,
        host: &HostEntry,
        model: &ModelAtHost,
        held: &[&ModelAtHost],
    ) -> bool {
        let ModelInfo { model: name, demo, .. } = model.info();
        let held_names: Vec<_> = held.iter().map(|held| &held.info().model).collect();
        let is_loaded_by_use = !model.inner().reports_residency();
        let has_time = !self.trials.time_left(model.state().settings.load_limit).is_zero();
        if held_names.contains(&name) || *demo || is_loaded_by_use || !has_time {
            return false;
        }
        // An earlier load may have shown that the host holds fewer than these.
        let are_held = join_all(held.iter().map(|held| is_resident(held))).await;
        are_held.into_iter().all(|is_held| is_held) && host.has_room_beside(&held_names, name)
    }

    async fn load(&self, model: &ModelAtHost) -> Option<ModelRefusal> {
        model.state().ability.forget_failed_load();
        self.trials.report(TrialReport::Loading(model.info()));
        let refusal = self.load_attempts(model).await;
        self.trials.report(TrialReport::Ended(model.info()));
        refusal
    }

    async fn load_attempts(&self, model: &ModelAtHost) -> Option<ModelRefusal> {
        let mut attempt = 1;
        loop {
            let limit = self.trials.time_left(model.state().settings.load_limit);
            let Ok(Err(error)) = timeout(limit, model.clone().warm_up()).await else { return None };
            let refusal = error.model_refusal();
            let is_reported =
                matches!(error, ChatError::Crashed { evidence: CrashEvidence::Reported, .. });
            if refusal.is_some() || !is_reported {
                return refusal;
            }
            if attempt == LOAD_ATTEMPTS {
                let refusal = ModelRefusal { why: error.to_string(), is_load: true };
                model.state().ability.is_unable(refusal.clone());
                return Some(refusal);
            }
            attempt += 1;
        }
    }
}

/// Whether the model is in memory, as its host says now unless it is known.
async fn is_in_memory(model: &ModelAtHost) -> bool {
    model.state().scheduler.is_known_loaded() || is_resident(model).await
}

/// Whether the host says that the model is in memory.
async fn is_resident(model: &ModelAtHost) -> bool {
    let limit = model.state().settings.listing_limit;
    matches!(timeout(limit, model.inner().is_resident()).await, Ok(true))
}

fn key(info: &ModelInfo) -> (HostName, ModelName) {
    (info.host.clone(), info.model.clone())
}

#[cfg(test)]
mod tests;
