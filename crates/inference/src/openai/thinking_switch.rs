use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use synod_openai_client::ChatRequest;

/// How a server is asked to let its model reply without thinking. There is no common way, so that
/// what a server refuses is left out of later requests; what it does not know it mostly ignores.
#[derive(Debug, Default)]
pub(super) struct ThinkingSwitch {
    /// The first of [`WAYS`] that the server has not refused.
    way: AtomicUsize,
}

/// One way to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way(usize);

/// Whether to set variables of the chat template (llama.cpp, vLLM, SGLang), and whether to name an
/// effort (Ollama, OpenAI, newer vLLM and llama.cpp), from the most to the least.
const WAYS: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

impl ThinkingSwitch {
    /// The way to try first.
    pub(super) fn way(&self) -> Way {
        Way(self.way.load(Ordering::Relaxed))
    }

    /// The server has taken a request that asks this way.
    pub(super) fn taken(&self, way: Way) {
        self.way.store(way.0, Ordering::Relaxed);
    }
}

impl Way {
    /// The next way, for a server that refused this one.
    pub(super) fn next(self) -> Option<Self> {
        Some(Self(self.0 + 1)).filter(|way| way.0 < WAYS.len())
    }

    /// Writes it into a request.
    pub(super) fn write(self, request: &mut ChatRequest) {
        let (by_template, by_effort) = WAYS[self.0];
        // The name of the variable is up to the template: Qwen, GLM and Gemma have the first,
        // DeepSeek and Granite the second.
        let variables = || json!({"enable_thinking": false, "thinking": false});
        request.chat_template_kwargs = by_template.then(variables);
        // gpt-oss always thinks, and can be asked for little of it.
        let effort = if request.model.contains("gpt-oss") { "low" } else { "none" };
        request.reasoning_effort = by_effort.then(|| effort.to_owned());
    }
}
