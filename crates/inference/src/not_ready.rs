//! How servers say, in words of their own, that they are not ready for a call, or not for so many.

/// What servers that load say, in lower case.
const LOADING: &[&str] = &[
    // llama.cpp's server: `Loading model`; Ollama's runner: `llm server loading model`; Hugging Face:
    // `Model X is currently loading`.
    "loading",
    // TabbyAPI and others.
    "being loaded",
    "warming up",
    "is starting",
    "not ready",
];

/// What servers say that have failed to load, and will not go on.
const FAILED: &[&str] = &["fail", "error", "unable", "could not", "cannot"];

/// What a server says whose calls share one context when they do not fit it together: llama.cpp's
/// server when all slots have been stopped for it, and the sentence of its older versions.
const NO_ROOM_FOR_ALL: &[&str] =
    &["context size has been exceeded", "input prompt is too big compared to kv size"];

/// Whether a server that refused a call for now says that it is loading.
pub(crate) fn is_loading(message: &str) -> bool {
    says_any(message, LOADING) && !says_any(message, FAILED)
}

/// Whether a call was stopped since all calls under way together did not fit the context.
pub(crate) fn has_no_room_for_all(message: &str) -> bool {
    says_any(message, NO_ROOM_FOR_ALL)
}

/// Whether a proxy answered for a server that it cannot reach (502), or that it has taken out of
/// service (503 without a word of the server's own).
pub(crate) fn is_gateway_without_server(status: Option<u16>) -> bool {
    matches!(status, Some(502 | 503))
}

fn says_any(message: &str, marks: &[&str]) -> bool {
    let message = message.to_lowercase();
    marks.iter().any(|mark| message.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_in_many_words_that_they_load() {
        for says in [
            "Loading model",
            "llm server loading model",
            "Model gpt2 is currently loading",
            "The model is currently being loaded.",
            "The model is warming up",
            "upstream is starting",
        ] {
            assert!(is_loading(says), "{says}");
        }
        for says in [
            "server busy, please try again.  maximum pending requests exceeded",
            "Model is overloaded",
            "rate limit exceeded",
            "error loading model: unable to allocate CUDA0 buffer",
            "Failed loading model",
            "",
        ] {
            assert!(!is_loading(says), "{says}");
        }
    }
}
