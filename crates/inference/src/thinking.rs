use synod_domain::DebateLimits;

/// What a model that thinks before it replies may do of it. Models that do not think ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thinking {
    /// Most tokens of thought ([`DebateLimits::THINKING_TOKENS`]). They come on top of
    /// [`max_output_tokens`](crate::Sampling::max_output_tokens), which limits what is said.
    pub max_tokens: u32,
    /// The model should reply at once: hosts are asked to switch thinking off, or to lessen it
    /// where it cannot be switched off. A host that cannot do either lets it think.
    pub is_avoided: bool,
    /// The model has been seen to think, so that `max_tokens` count even if its host does not say
    /// that it thinks. A gateway sets this.
    pub is_expected: bool,
}

impl Default for Thinking {
    fn default() -> Self {
        Self { max_tokens: DebateLimits::THINKING_TOKENS, is_avoided: false, is_expected: false }
    }
}

impl Thinking {
    /// The limit of a reply's tokens as it is sent to a host: what may be said, and for a model
    /// that thinks also what may be thought.
    #[cfg(any(feature = "ollama", feature = "openai"))]
    pub(crate) fn limit_of_reply(self, said: u32, thinks: bool) -> u32 {
        let thought = if thinks || self.is_expected { self.max_tokens } else { 0 };
        // 0 would be no limit.
        said.max(1).saturating_add(thought)
    }
}
