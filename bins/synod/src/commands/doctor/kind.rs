//! Checks that a host is of the configured kind. A host that does not speak the configured protocol
//! fails earlier, when it lists its models.

use std::time::Duration;

use synod_inference::ModelInfo;
use synod_ollama_client as ollama;
use synod_openai_client as openai;

use super::finding::Finding;
use crate::{compose::ModelServer, config::HostKind};

/// Time limit for the version of a server.
const LIMIT: Duration = Duration::from_secs(2);

/// Finds an Ollama server that is configured as `openai`. Ollama speaks OpenAI's protocol too, but then
/// reports neither context windows nor loads.
pub(super) async fn check(server: &ModelServer, infos: &[ModelInfo]) -> Option<Finding> {
    match server.kind {
        HostKind::Ollama => None,
        HostKind::OpenAi if !is_ollama(&server.url).await => None,
        HostKind::OpenAi => {
            let what = format!("host {}", server.name);
            let found = "an Ollama server, used through the OpenAI protocol";
            let finding = if infos.iter().all(|info| info.window.is_some()) {
                Finding::note(format!("{what}: {found}"))
            } else {
                let cut = format!(
                    "{found}, which hides its context window and truncates prompts silently"
                );
                Finding::problem(what, cut)
            };
            let settings = &server.settings;
            Some(finding.with_fix(format!(
                "set {} to \"ollama\", and {} to its address without a path",
                settings.named("kind"),
                settings.url()
            )))
        }
    }
}

/// Whether the server of this base URL reports a version as Ollama does.
async fn is_ollama(url: &str) -> bool {
    let Ok(base) = openai::BaseUrl::parse(url) else { return false };
    let origin = base.as_url().origin().ascii_serialization();
    let Ok(client) = ollama::Client::new(&origin) else { return false };
    matches!(tokio::time::timeout(LIMIT, client.version()).await, Ok(Ok(_)))
}
