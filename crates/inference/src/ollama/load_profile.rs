use std::{sync::OnceLock, time::Duration};

use synod_ollama_client::KeepAlive;

/// How a model is loaded on an Ollama server. Every call sends the same, for a differing `num_ctx`
/// loads the model anew, and the last `keep_alive` counts for all who use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadProfile {
    /// Tokens of the window, at most what the model was trained for. `None`: what the model is
    /// loaded with when it is first used, so that it is not loaded anew; if it is not loaded
    /// then, the server chooses, now and later.
    pub num_ctx: Option<u32>,
    /// How long the model stays loaded after a call (10 minutes); `None`: for ever.
    pub keep_alive: Option<Duration>,
}

impl Default for LoadProfile {
    fn default() -> Self {
        Self { num_ctx: None, keep_alive: Some(Duration::from_mins(10)) }
    }
}

/// The profile of a model, fixed at its first use.
pub(super) struct FixedProfile {
    wanted: LoadProfile,
    num_ctx: OnceLock<Option<u32>>,
}

impl FixedProfile {
    /// `trained` is the window the model was trained for. The server would load no more, and then
    /// what is loaded would differ from what was asked.
    pub(super) fn new(mut wanted: LoadProfile, trained: Option<u32>) -> Self {
        wanted.num_ctx = wanted.num_ctx.map(|num_ctx| num_ctx.min(trained.unwrap_or(num_ctx)));
        Self { wanted, num_ctx: OnceLock::new() }
    }

    /// The window to ask for, if any.
    pub(super) fn num_ctx(&self) -> Option<u32> {
        self.num_ctx.get().copied().unwrap_or(self.wanted.num_ctx)
    }

    /// The model is about to be used: fixes the window, given the one it is loaded with, if it is
    /// and the server tells. Whether it is loaded as it should be.
    pub(super) fn fix(&self, loaded: Option<Option<u32>>) -> bool {
        let num_ctx = *self.num_ctx.get_or_init(|| self.wanted.num_ctx.or(loaded.flatten()));
        match (num_ctx, loaded) {
            (Some(num_ctx), Some(Some(loaded))) => num_ctx == loaded,
            (None, Some(Some(_))) | (_, Some(None)) => true,
            (_, None) => false,
        }
    }

    pub(super) fn keep_alive(&self) -> KeepAlive {
        match self.wanted.keep_alive {
            None => KeepAlive::Forever,
            Some(Duration::ZERO) => KeepAlive::Unload,
            Some(time) => KeepAlive::For(time),
        }
    }

    pub(super) fn stays_loaded(&self) -> Duration {
        self.wanted.keep_alive.unwrap_or(Duration::MAX)
    }
}
