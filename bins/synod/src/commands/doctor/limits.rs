//! What a model and its host allow.

use synod_inference::ModelInfo;

use super::finding::{Finding, indented};
use crate::{compose::ModelServer, config::HostKind};

/// A debate of three in a smaller window leaves out most of what was said.
const SMALL_WINDOW: u32 = 2_048;

/// The window of a model that chats, where it matters.
pub(super) fn check(info: &ModelInfo, server: &ModelServer) -> Vec<Finding> {
    let name = indented(info);
    match (info.window, server.kind) {
        (Some(window), _) if window < SMALL_WINDOW => {
            let finding = Finding::note(format!(
                "{name}: a window of {window} tokens, so statements of earlier rounds are left out"
            ));
            vec![finding.with_fix(larger_window(server))]
        }
        (None, HostKind::OpenAi) => {
            let finding = Finding::note(format!("{name}: its window is not known"));
            let window = server.settings.named("window");
            vec![finding.with_fix(format!("set {window} to what the server runs with"))]
        }
        (Some(_), _) | (None, HostKind::Ollama) => Vec::new(),
    }
}

/// What makes the window of a host's models larger.
fn larger_window(server: &ModelServer) -> String {
    match server.kind {
        HostKind::Ollama => format!("set {}, as 8192", server.settings.named("num_ctx")),
        HostKind::OpenAi => "start the server with a larger context".to_owned(),
    }
}
