use synod_domain::Millis;
use synod_inference::{Completion, Usage};

use super::Conclusion;
use crate::agent::{
    reply_attempt::ReplyAttempt,
    token_gauge::{Shortfall, TokenGauge},
};

impl Conclusion<'_> {
    /// Records the tokens and times that the host reported, and estimates of missing token counts.
    pub(super) fn count(&mut self, completion: &Completion, attempt: &ReplyAttempt) {
        self.count_tokens(completion.usage, attempt);
        self.meta.queued_ms = completion.timings.queued_ms.map(Millis::new);
        self.meta.load_ms = completion.timings.load_ms.map(Millis::new);
        self.meta.first_token_ms = completion.timings.first_token_ms.map(Millis::new);
        self.meta.generation_ms = completion.timings.generation_ms.map(Millis::new);
    }

    /// Records the tokens that the host reported, and estimates of missing counts.
    pub(super) fn count_tokens(&mut self, usage: Usage, attempt: &ReplyAttempt) {
        self.estimate(attempt);
        if let Some(tokens) = usage.prompt_tokens {
            let once = tokens / attempt.asked();
            let result = self.context.gauge.learn(attempt.prompt_length(), once);
            if let Err(Shortfall { counted, expected }) = result {
                let profile = &self.context.profile;
                let host = self.meta.host.as_deref().unwrap_or(&profile.host);
                tracing::warn!(
                    %host, model = %profile.model, counted, expected,
                    "the host counted far fewer tokens than the prompt has; it may have truncated \
                     the prompt. Check the context window of the host"
                );
            }
            self.meta.prompt_tokens = tokens;
        }
        if let Some(tokens) = usage.output_tokens {
            self.meta.output_tokens = tokens;
        }
        self.meta.estimated = usage.prompt_tokens.is_none() || usage.output_tokens.is_none();
    }

    /// Records estimated tokens.
    pub(super) fn estimate(&mut self, attempt: &ReplyAttempt) {
        let prompt = TokenGauge::guess(attempt.prompt_length());
        self.meta.prompt_tokens = prompt.saturating_mul(attempt.asked());
        self.meta.output_tokens =
            TokenGauge::guess(attempt.length().saturating_add(attempt.thought()));
        self.meta.estimated = true;
    }
}
