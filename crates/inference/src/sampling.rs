use crate::Thinking;

/// How the tokens of a reply are drawn.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sampling {
    /// Softmax temperature; `None`: the model's own.
    pub temperature: Option<f32>,
    /// Repeat penalty; `None`: the model's own.
    pub repeat_penalty: Option<f32>,
    /// Seed; the same seed and prompt give the same reply where the host allows it.
    pub seed: Option<u32>,
    /// The reply ends before the first of these texts.
    pub stop: Vec<String>,
    /// The maximum of tokens in the reply, at least 1. Thought has tokens of its own.
    pub max_output_tokens: u32,
    /// How much, and whether, the model may think before it replies.
    pub thinking: Thinking,
}

impl Sampling {
    /// The default of [`max_output_tokens`](Self::max_output_tokens).
    pub const MAX_OUTPUT_TOKENS: u32 = 1_024;

    /// Sets the softmax temperature.
    #[must_use]
    pub fn with_temperature(mut self, temperature: impl Into<Option<f32>>) -> Self {
        self.temperature = temperature.into();
        self
    }

    /// Sets the repeat penalty.
    #[must_use]
    pub fn with_repeat_penalty(mut self, penalty: impl Into<Option<f32>>) -> Self {
        self.repeat_penalty = penalty.into();
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(mut self, seed: impl Into<Option<u32>>) -> Self {
        self.seed = seed.into();
        self
    }

    /// Sets the texts to stop at.
    #[must_use]
    pub fn with_stop(mut self, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.stop = texts.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the maximum of tokens in the reply, at least 1.
    #[must_use]
    pub const fn with_max_output_tokens(mut self, tokens: u32) -> Self {
        self.max_output_tokens = tokens;
        self
    }

    /// Sets how much, and whether, the model may think before it replies.
    #[must_use]
    pub const fn with_thinking(mut self, thinking: Thinking) -> Self {
        self.thinking = thinking;
        self
    }
}

/// The settings of the model, and at most [`Sampling::MAX_OUTPUT_TOKENS`] tokens.
impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: None,
            repeat_penalty: None,
            seed: None,
            stop: Vec::new(),
            max_output_tokens: Self::MAX_OUTPUT_TOKENS,
            thinking: Thinking::default(),
        }
    }
}
