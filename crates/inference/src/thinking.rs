use synod_domain::DebateLimits;

/// How much a model may think before it replies. Models that do not think ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thinking {
    /// The maximum of tokens of thought ([`DebateLimits::THINKING_TOKENS`]), on top of
    /// [`max_output_tokens`](crate::Sampling::max_output_tokens), which limits the reply.
    pub max_tokens: u32,
    /// The model should reply at once: hosts are asked to switch thinking off, or to reduce it if it
    /// cannot be switched off. A host that cannot do either lets it think.
    pub is_avoided: bool,
    /// The model was seen to think, so `max_tokens` counts even if its host does not report that it
    /// thinks. A gateway sets this.
    pub is_expected: bool,
}

impl Default for Thinking {
    fn default() -> Self {
        Self { max_tokens: DebateLimits::THINKING_TOKENS, is_avoided: false, is_expected: false }
    }
}

impl Thinking {
    /// The limit of tokens as it is sent to a host: those of the reply and, for a model that thinks, those
    /// of thought.
    #[cfg(any(feature = "ollama", feature = "openai"))]
    pub(crate) fn limit_of_reply(self, said: u32, thinks: bool) -> u32 {
        let thought = if thinks || self.is_expected { self.max_tokens } else { 0 };
        // 0 would be no limit.
        said.max(1).saturating_add(thought)
    }
}
