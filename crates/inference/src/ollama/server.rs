use std::{sync::OnceLock, time::SystemTime};

use synod_ollama_client::{Client, Error, LoadedModel, ServerVersion};

use super::{facts::placement, load_profile::Loaded};
use crate::{ModelName, Placement, client_error::tokens};

/// An Ollama server and its known state.
pub(super) struct Server {
    pub(super) client: Client,
    version: OnceLock<ServerVersion>,
    now: fn() -> SystemTime,
}

impl Server {
    pub(super) fn new(client: Client) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "servers report wall-clock times; tests set another clock"
        )]
        let now = SystemTime::now;
        Self { client, version: OnceLock::new(), now }
    }

    /// The same with another clock.
    #[cfg(test)]
    pub(super) fn with_clock(self, now: fn() -> SystemTime) -> Self {
        Self { now, ..self }
    }

    /// Asks for the version unless it is known.
    pub(super) async fn learn_version(&self) {
        if self.version.get().is_some() {
            return;
        }
        match self.client.version().await {
            Ok(version) => {
                let _ = self.version.set(version);
            }
            Err(error) => tracing::debug!(%error, "could not read the version"),
        }
    }

    /// What is sent of `shift`: where the server knows it, the context of a reply is not to lose
    /// its beginning in silence.
    pub(super) fn shift(&self) -> Option<bool> {
        self.is_at_least(0, 12, 6).then_some(false)
    }

    /// Whether a model that was loaded with another `shift` is reloaded.
    pub(super) fn reloads_for_shift(&self) -> bool {
        self.is_at_least(0, 30, 0)
    }

    /// The model in memory, if it is.
    pub(super) async fn loaded(&self, model: &ModelName) -> Result<Option<Loaded>, Error> {
        let models = self.client.ps().await?;
        Ok(models
            .iter()
            .find(|loaded| loaded.name == model.as_str())
            .map(|own| self.residency(own)))
    }

    pub(super) fn residency(&self, loaded: &LoadedModel) -> Loaded {
        let window = loaded.context_length.and_then(tokens);
        // A time that has passed is that of another clock.
        let stays = loaded.remaining((self.now)()).filter(|stays| !stays.is_zero());
        let on_processor = placement(loaded) == Some(Placement::Cpu);
        Loaded { window, stays, on_processor }
    }

    fn is_at_least(&self, major: u32, minor: u32, patch: u32) -> bool {
        self.version.get().and_then(|version| version.at_least(major, minor, patch)) == Some(true)
    }
}
