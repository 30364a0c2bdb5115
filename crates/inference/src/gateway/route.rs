use super::{gated_model::GatedModel, pooled_model::PooledModel, standing::Standing};
use crate::{ChatModel, ChatRequest, HostName, ModelInfo, Sampling};

/// Where a call may go, and where it has failed.
#[derive(Clone)]
pub(super) struct Route {
    model: PooledModel,
    /// Tokens of prompt and reply, as a guess that is rather too high.
    tokens: u32,
    failed_at: Vec<HostName>,
}

impl Route {
    pub(super) fn new(model: PooledModel, request: &ChatRequest) -> Self {
        let bytes: usize = request.messages.iter().map(|message| message.content.len()).sum();
        // Three bytes a token is what the densest of the usual texts have.
        let prompt = u32::try_from(bytes / 3).unwrap_or(u32::MAX);
        let Sampling { max_output_tokens: said, thinking, .. } = request.sampling;
        let thinks = model.own().usual_thinking(&request.form).is_some();
        let thought = if thinks { thinking.max_tokens } else { 0 };
        let tokens = prompt.saturating_add(said).saturating_add(thought);
        Self { model, tokens, failed_at: Vec::new() }
    }

    /// For a call that has not been begun and may be of any length.
    pub(super) fn ahead(model: PooledModel) -> Self {
        Self { model, tokens: 0, failed_at: Vec::new() }
    }

    /// The model on the host that serves the call best now, of those where it has not failed. The
    /// own host wins a tie, for it may have kept what it read of the prompt.
    pub(super) fn best(&self) -> Option<GatedModel> {
        let own = self.model.own();
        let models = self.model.pool().models(&own.info().model, |info| self.may_serve(info));
        let key = |(standing, model): &(Standing, GatedModel)| {
            (*standing, model.info().host != own.info().host)
        };
        let best = models.min_by_key(key).map(|(_, model)| model);
        best.or_else(|| self.failed_at.is_empty().then(|| own.clone()))
    }

    /// All models that may serve the call where it has not failed, the best first.
    pub(super) fn candidates(&self) -> Vec<GatedModel> {
        let own = self.model.own();
        let models = self.model.pool().models(&own.info().model, |info| self.may_serve(info));
        let mut models: Vec<_> = models.collect();
        models.sort_by_key(|(standing, model)| (*standing, model.info().host != own.info().host));
        let mut models: Vec<_> = models.into_iter().map(|(_, model)| model).collect();
        if models.is_empty() && self.failed_at.is_empty() {
            models.push(own.clone());
        }
        models
    }

    /// Another host, which does not rest, would take the call that is on this one.
    pub(super) fn leads_away_from(&self, host: &HostName) -> bool {
        let elsewhere = |info: &ModelInfo| info.host != *host && self.may_serve(info);
        let mut models = self.model.pool().models(&self.model.own().info().model, elsewhere);
        models.any(|(standing, _)| !standing.is_resting)
    }

    /// The call has failed on this host.
    pub(super) fn close(&mut self, host: HostName) {
        self.failed_at.push(host);
    }

    fn may_serve(&self, info: &ModelInfo) -> bool {
        !self.failed_at.contains(&info.host) && self.model.accepts(info) && self.fits(info)
    }

    /// A prompt is made for the window of its own host.
    fn fits(&self, info: &ModelInfo) -> bool {
        match (info.window, self.model.own().info().window) {
            (Some(window), Some(own)) => window >= own || window >= self.tokens,
            (Some(window), None) => window >= self.tokens,
            (None, _) => true,
        }
    }
}
