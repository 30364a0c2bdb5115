use std::{fmt, time::Duration};

/// The behaviour of a fake. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The time from the request to the first token.
    pub ttft_ms: f64,
    /// The time between two tokens.
    pub itl_ms: f64,
    /// The number of words of a reply in free text, which `num_predict` may cut.
    pub tokens: u32,
    /// The number of words of thought before a reply, unless the request disables thinking; 0 if no model
    /// can think. Thought counts towards `num_predict` and `max_tokens` like the reply.
    pub think: usize,
    /// Whether models think even if the request disables it.
    pub think_always: bool,
    /// Distinguishes the digests of models from those of another host with the same names.
    pub digests: u64,
    /// The seed of replies, together with the prompt and the seed of the request.
    pub seed: u64,
    /// Whether replies depend on the prompt alone: the seed of a call that is made again is another one.
    pub ignores_seed: bool,
    /// The probability of the choice `agree`, if it is a choice.
    pub agree_p: f64,
    /// The time a model takes to load.
    pub load_ms: u64,
    /// The number of models that fit into memory; 0 means all.
    pub max_loaded_models: usize,
    /// The window of a model that is loaded without `num_ctx`.
    pub num_ctx: u64,
    /// The number of first calls that get 503.
    pub fail_first: u64,
    /// The number of tokens before a misbehaviour in mid-stream.
    pub fail_after: usize,
    /// The duration of a stall.
    pub stall_ms: u64,
    /// Whether models other than [`models`](Self::models) are unknown.
    pub strict_models: bool,
    /// The listed models.
    pub models: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ttft_ms: 0.0,
            itl_ms: 0.0,
            tokens: 20,
            think: 0,
            think_always: false,
            digests: 0,
            seed: 1,
            ignores_seed: false,
            agree_p: 0.0,
            load_ms: 0,
            max_loaded_models: 0,
            num_ctx: 4_096,
            fail_first: 0,
            fail_after: 3,
            stall_ms: 600_000,
            strict_models: false,
            models: ["llama3.2", "mistral", "qwen2.5"].map(str::to_owned).to_vec(),
        }
    }
}

impl Settings {
    /// Reads all variables that begin with `SIM_`, except `SIM_ADDR` and `SIM_LOG`.
    ///
    /// # Errors
    /// [`InvalidSetting`] with the name of an unknown variable or an invalid value.
    pub fn from_vars(
        vars: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, InvalidSetting> {
        let mut settings = Self::default();
        for (variable, value) in vars {
            let Some(name) = variable.strip_prefix("SIM_") else { continue };
            let known = settings.set(name, &value);
            known.ok_or_else(|| InvalidSetting { variable: variable.clone(), value })?;
        }
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "ADDR" | "LOG" => {}
            "TTFT_MS" => self.ttft_ms = value.parse().ok().filter(|ms| duration(*ms).is_some())?,
            "ITL_MS" => self.itl_ms = value.parse().ok().filter(|ms| duration(*ms).is_some())?,
            "TOKENS" => self.tokens = value.parse().ok()?,
            "THINK" => self.think = value.parse().ok()?,
            "THINK_ALWAYS" => self.think_always = matches!(value, "1" | "true" | "yes"),
            "DIGESTS" => self.digests = value.parse().ok()?,
            "SEED" => self.seed = value.parse().ok()?,
            "IGNORES_SEED" => self.ignores_seed = matches!(value, "1" | "true" | "yes"),
            "AGREE_P" => self.agree_p = value.parse().ok()?,
            "LOAD_MS" => self.load_ms = value.parse().ok()?,
            "MAX_LOADED_MODELS" => self.max_loaded_models = value.parse().ok()?,
            "NUM_CTX" => self.num_ctx = value.parse().ok()?,
            "FAIL_FIRST" => self.fail_first = value.parse().ok()?,
            "FAIL_AFTER" => self.fail_after = value.parse().ok()?,
            "STALL_MS" => self.stall_ms = value.parse().ok()?,
            "STRICT_MODELS" => self.strict_models = matches!(value, "1" | "true" | "yes"),
            "MODELS" => self.models = value.split(',').map(str::to_owned).collect(),
            _ => return None,
        }
        Some(())
    }

    /// The number of words of thought in a reply.
    pub(super) const fn thought(&self, is_avoided: bool) -> usize {
        if is_avoided && !self.think_always { 0 } else { self.think }
    }

    pub(super) fn first_token(&self) -> Duration {
        duration(self.ttft_ms).unwrap_or_default()
    }

    pub(super) fn between_tokens(&self) -> Duration {
        duration(self.itl_ms).unwrap_or_default()
    }

    pub(super) const fn stall(&self) -> Duration {
        Duration::from_millis(self.stall_ms)
    }
}

fn duration(ms: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(ms / 1_000.0).ok()
}

/// An unknown variable or an invalid value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSetting {
    variable: String,
    value: String,
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value } = self;
        write!(f, "{variable}={value} is unknown or out of range; the README lists what can be set")
    }
}

impl std::error::Error for InvalidSetting {}
