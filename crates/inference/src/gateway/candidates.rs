use std::sync::Arc;

use super::{
    directory::{Directory, is_replica},
    host_rank::HostRank,
    model::ModelAtHost,
};
use crate::{ChatModel, ChatRequest, HostName, ModelInfo, Sampling, scheduler::max_prompt_tokens};

/// The hosts that may serve a call. It holds no model: it asks the directory each time.
#[derive(Clone)]
pub(super) struct Candidates {
    directory: Arc<Directory>,
    /// The model that was asked for, on its own host.
    own: Arc<dyn ChatModel>,
    digest: Option<Arc<str>>,
    /// Tokens of prompt and reply. Rather too many.
    tokens: u32,
    failed_at: Vec<HostName>,
}

impl Candidates {
    /// For a call with this request, whose model thinks or not; without a request, for a call of any
    /// length.
    pub(super) fn new(
        directory: Arc<Directory>,
        own: &Arc<dyn ChatModel>,
        digest: Option<Arc<str>>,
        request: Option<(&ChatRequest, bool)>,
    ) -> Self {
        let tokens = request.map_or(0, |(request, thinks)| {
            let bytes = request.messages.iter().map(|message| message.content.len()).sum();
            let Sampling { max_output_tokens: said, thinking, .. } = request.sampling;
            let thought = if thinks { thinking.max_tokens } else { 0 };
            max_prompt_tokens(bytes).saturating_add(said).saturating_add(thought)
        });
        Self { directory, own: Arc::clone(own), digest, tokens, failed_at: Vec::new() }
    }

    /// The model on the host that serves the call best now, of those where it has not failed. Its own
    /// host wins a tie, since it may have cached the prompt.
    pub(super) fn best(&self) -> Option<ModelAtHost> {
        self.ranked().into_iter().next()
    }

    /// All models that may serve the call where it has not failed, the best first.
    pub(super) fn ranked(&self) -> Vec<ModelAtHost> {
        let name = &self.own.info().model;
        let models = self.directory.models(name, |info| self.may_serve(info));
        let mut models: Vec<_> = models.collect();
        models.sort_by_key(|(rank, model)| (*rank, *model.host() != self.own.info().host));
        models.into_iter().map(|(_, model)| model).collect()
    }

    /// Whether the call has failed nowhere yet, so that its own host may be tried even if it does not
    /// list the model.
    pub(super) fn is_untried(&self) -> bool {
        self.failed_at.is_empty()
    }

    /// Whether another host than this one, which is not avoided, would take the call.
    pub(super) fn lead_away_from(&self, host: &HostName) -> bool {
        let elsewhere = |info: &ModelInfo| info.host != *host && self.may_serve(info);
        let mut models = self.directory.models(&self.own.info().model, elsewhere);
        models.any(|(HostRank { is_avoided, .. }, _)| !is_avoided)
    }

    /// The call has failed on this host.
    pub(super) fn exclude(&mut self, host: HostName) {
        self.failed_at.push(host);
    }

    fn may_serve(&self, info: &ModelInfo) -> bool {
        !self.failed_at.contains(&info.host) && self.accepts(info) && self.fits(info)
    }

    /// Whether this is the own model, or the same on another host.
    fn accepts(&self, info: &ModelInfo) -> bool {
        let own = self.own.info();
        info.host == own.host || own.can_be_pooled() && is_replica(info, self.digest.as_deref())
    }

    /// Whether the call fits the window. A prompt is made for the window of its own host.
    fn fits(&self, info: &ModelInfo) -> bool {
        match (info.window, self.own.info().window) {
            (Some(window), Some(own)) => window >= own || window >= self.tokens,
            (Some(window), None) => window >= self.tokens,
            (None, _) => true,
        }
    }
}
