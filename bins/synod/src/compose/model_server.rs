use std::{sync::Arc, time::Duration};

use synod_domain::HostName;
use synod_inference::ModelHost;
use synod_ollama_client as ollama;
use tokio::time::timeout;

use super::HostSettings;
use crate::config::{HostKind, LOCAL};

/// The longest wait for the version of a server.
const VERSION_LIMIT: Duration = Duration::from_secs(2);

/// A configured server of models. It may be unreachable.
#[derive(Clone)]
pub(crate) struct ModelServer {
    pub(crate) name: HostName,
    pub(crate) kind: HostKind,
    pub(crate) url: String,
    pub(crate) host: Arc<dyn ModelHost>,
    pub(crate) settings: HostSettings,
    /// The client of an Ollama, which reports its version.
    pub(super) ollama: Option<ollama::Client>,
}

impl ModelServer {
    /// The name and the address for messages. The Ollama of this machine is called Ollama, since its
    /// name `local` is not the user's.
    pub(crate) fn name_and_url(&self) -> String {
        let is_local_ollama = self.kind == HostKind::Ollama && self.name.as_str() == LOCAL;
        let name = if is_local_ollama { "Ollama" } else { self.name.as_str() };
        format!("{name} at {}", self.url)
    }

    /// The version of the server, if it reports one within two seconds.
    pub(crate) async fn version(&self) -> Option<String> {
        let version = timeout(VERSION_LIMIT, self.ollama.as_ref()?.version()).await.ok()?.ok()?;
        Some(version.as_str().to_owned())
    }
}
