//! Checks the context window of a model.

use synod_inference::ModelInfo;

use super::finding::{Finding, indented};
use crate::{compose::ModelServer, config::HostKind};

/// In a smaller window, prompts of three participants leave out most statements.
const SMALL_WINDOW: u32 = 2_048;

/// Reports the context window of a chat model if it is small or unknown.
pub(super) fn check(info: &ModelInfo, server: &ModelServer) -> Vec<Finding> {
    let name = indented(info);
    match (info.window, server.kind) {
        (Some(window), _) if window < SMALL_WINDOW => {
            let finding = Finding::note(format!(
                "{name}: a context window of {window} tokens, so prompts leave out statements of earlier rounds"
            ));
            vec![finding.with_fix(larger_window(server))]
        }
        (None, HostKind::OpenAi) => {
            let finding = Finding::note(format!("{name}: its context window is unknown"));
            let window = server.settings.named("window");
            vec![finding.with_fix(format!("set {window} to the context size of the server"))]
        }
        (Some(_), _) | (None, HostKind::Ollama) => Vec::new(),
    }
}

/// How to enlarge the context window of a host.
fn larger_window(server: &ModelServer) -> String {
    match server.kind {
        HostKind::Ollama => {
            format!("set {}, for example to 8192", server.settings.named("num_ctx"))
        }
        HostKind::OpenAi => "start the server with a larger context".to_owned(),
    }
}
