//! The words by which servers say that they are not ready for a call, or not for that many.

use std::time::Duration;

/// What servers that load say, in lower case.
const LOADING: &[&str] = &[
    // llama.cpp's server: `Loading model`; Ollama's runner: `llm server loading model`; Hugging Face:
    // `Model X is currently loading`.
    "loading",
    // TabbyAPI and others.
    "being loaded",
    "warming up",
    // llama-swap: `process is starting`, `state is stopping`, while it swaps models.
    "is starting",
    "state is st",
    "not ready",
];

/// What servers say of a model that is not in memory now and will be, in lower case, under a status
/// that otherwise says that the request is at fault: LM Studio's `Model is loading`, `Model
/// unloaded`, `Model has not loaded yet`.
const NOT_LOADED: &[&str] = &[
    "is loading",
    "still loading",
    "currently loading",
    "loading model",
    "loading the model",
    "model loading",
    ": loading",
    "being loaded",
    "unloaded",
    "has not loaded",
    "hasn't loaded",
    "not loaded yet",
    "not yet loaded",
    "not been loaded yet",
    "not finished loading",
    "not ready yet",
    "is not ready",
    "warming up",
    "is starting",
];

/// What servers say whose process that runs the model has stopped, in lower case.
const DIED: &[&str] = &[
    // Ollama, whose server restarts it at the next call.
    "process has terminated",
    "process no longer running",
    "runner has unexpectedly stopped",
    "error was encountered while running the model",
    "do load request: post",
    // vLLM, which usually exits and is restarted by its supervisor.
    "enginecore encountered an issue",
    "enginedeaderror",
    "engine core is dead",
    "engine is already dead",
    "mqllmengine is already dead",
    "background loop has errored already",
    "background loop is stopped",
    // LM Studio.
    "model has crashed",
    "model crashed",
    // TGI, LocalAI.
    "server error: transport error",
    "error reading from server: eof",
    // SGLang, Ray, llama-swap.
    "scheduler died",
    "actor died",
    "worker died",
    "process exited unexpectedly",
    "exited prematurely",
    "unable to start process",
    "is in a failed state",
    "core dumped",
    "segmentation fault",
];

/// Whether a server says that the process that runs the model has stopped.
pub(crate) fn has_died(message: &str) -> bool {
    says_any(message, DIED)
}

/// What servers say that have started a process for the call, in lower case: llama-swap.
const NOT_STARTED: &[&str] =
    &["exited prematurely", "unable to start process", "is in a failed state"];

/// Whether a server says that it has tried to start the process that runs the model for this call.
pub(crate) fn fails_to_start(message: &str) -> bool {
    says_any(message, NOT_STARTED)
}

/// What servers say that have failed to load for good.
const FAILED: &[&str] = &["fail", "error", "unable", "could not", "cannot"];

/// What servers say of a model that will not load as it is, in lower case: Ollama, llama.cpp's server,
/// LM Studio, llama-swap, LocalAI.
const CANNOT_LOAD: &[&str] = &[
    "unknown model architecture",
    "error loading model",
    "failed to load",
    "unable to load model",
    "could not load model",
    "cannot load model",
    "requires more system memory",
    "insufficient system resources",
    "requires a newer version",
    "invalid file magic",
    // Ollama, whose runner did not come up in time.
    "timed out waiting for llama",
    "error starting llama",
];

/// Whether a server says that it cannot load the model.
pub(crate) fn cannot_load(message: &str) -> bool {
    says_any(message, CANNOT_LOAD)
}

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

/// Whether a server that refused a call as wrong or unknown (400, 404) says that the model is not in
/// memory yet, or any more: the next call has it loaded, or finds it loaded.
pub(crate) fn is_not_loaded_yet(message: &str) -> bool {
    says_any(message, &["model"]) && says_any(message, NOT_LOADED) && !says_any(message, FAILED)
}

/// What proxies and routers say that cannot reach the server behind them, in lower case, under a
/// status that says nothing (500, or an error in place of the first piece of a reply).
const NOT_REACHED: &[&str] = &[
    // LiteLLM (`OpenAIException - Connection error.`), whatever the provider.
    "connection error.",
    "apiconnectionerror",
    // Envoy and Istio.
    "upstream connect error",
    "no healthy upstream",
    // Python: aiohttp, httpx, requests.
    "cannot connect to host",
    "all connection attempts failed",
    "server disconnected without sending a response",
    "max retries exceeded with url",
    "failed to establish a new connection",
    // LiteLLM, whose deployments of a model have failed just now; HAProxy; Traefik.
    "no deployments available",
    "no healthy deployment available",
    "no server is available",
    "no available server",
    // Go, Node, the system's own words.
    "dial tcp",
    "econnrefused",
    "econnreset",
    "ehostunreach",
    "enotfound",
    "connection refused",
    "connection reset",
    "no route to host",
    "network is unreachable",
    "host is unreachable",
    "no such host",
    "name resolution",
    "failed to connect",
    "could not connect",
    "unable to connect",
    "error trying to connect",
    "bad gateway",
];

/// A proxy that ends a call since its reply takes too long waits longer than this: nginx 60 s, AWS
/// 60 s, Cloudflare 100 s, Envoy 15 s.
const QUICK: Duration = Duration::from_secs(10);

/// Whether a proxy answered for a server that it cannot reach, that is, for one that is away.
///
/// It is so by status (502; 503 without a word of the server's own; Cloudflare's 520 to 523 and
/// 530) or by words. A 504, and Cloudflare's 524, may mean that the server is away, or that one call
/// took longer than the proxy allows, which the same call would do again. `took`, the time from the
/// request to the answer, distinguishes them: a limit on replies is longer than [`QUICK`]. After that
/// the call has failed, and is sent again a few times only.
pub(crate) fn is_gateway_without_server(
    status: Option<u16>,
    message: &str,
    took: Duration,
) -> bool {
    match status {
        Some(502 | 503 | 520..=523 | 530) => true,
        Some(504 | 524) => took < QUICK,
        Some(200 | 500) => has_not_reached(message),
        Some(_) | None => false,
    }
}

/// Whether a proxy says that it has not reached the server behind it.
pub(crate) fn has_not_reached(message: &str) -> bool {
    // Ollama's own words for the process that runs a model, which it restarts, have its address.
    says_any(message, NOT_REACHED) && !says_any(message, &["127.0.0.1"])
}

fn says_any(message: &str, marks: &[&str]) -> bool {
    let message = message.to_lowercase();
    marks.iter().any(|mark| message.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_without_server_differs_from_one_with_timeouts() {
        let (at_once, long) = (Duration::from_millis(20), Duration::from_secs(60));
        for status in [502, 503, 520, 521, 522, 523, 530] {
            assert!(is_gateway_without_server(Some(status), "", long), "{status}");
        }
        for status in [504, 524] {
            assert!(is_gateway_without_server(Some(status), "Gateway Time-out", at_once));
            assert!(!is_gateway_without_server(Some(status), "Gateway Time-out", long));
        }
        for says in [
            "litellm.InternalServerError: InternalServerError: OpenAIException - Connection error.",
            "litellm.APIConnectionError: Ollama_chatException - [Errno 111] Connection refused",
            "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
            "no healthy upstream",
            "Cannot connect to host gpu:8000 ssl:default [Connect call failed ('10.0.0.7', 8000)]",
            "All connection attempts failed",
            "dial tcp 10.0.0.7:8000: connect: no route to host",
            "connect ECONNREFUSED 10.0.0.7:8000",
            "error trying to connect: tcp connect error",
        ] {
            assert!(is_gateway_without_server(Some(500), says, long), "{says}");
        }
        for says in [
            "Internal Server Error",
            "EngineCore encountered an issue.",
            "Post \"http://127.0.0.1:45231/completion\": dial tcp: connection refused",
            "Request timed out.",
            "",
        ] {
            assert!(!is_gateway_without_server(Some(500), says, at_once), "{says}");
        }
    }

    #[test]
    fn a_stopped_process_differs_from_other_failures() {
        for says in [
            "llama runner process has terminated: exit status 2",
            "llama runner process no longer running: -1 ",
            "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, check ollama server logs for details",
            "do load request: Post \"http://127.0.0.1:45231/load\": EOF",
            "EngineCore encountered an issue. See stack trace (above) for the root cause.",
            "The model has crashed without additional information. (Exit code: null)",
            "Request failed during generation: Server error: transport error",
            "rpc error: code = Unavailable desc = error reading from server: EOF",
            "upstream command exited prematurely but successfully",
        ] {
            assert!(has_died(says), "{says}");
        }
        for says in [
            "model requires more system memory (5.5 GiB) than is available (3.1 GiB)",
            "Internal Server Error",
            "failed to parse grammar",
            "",
        ] {
            assert!(!has_died(says), "{says}");
        }
    }

    #[test]
    fn a_model_to_be_loaded_differs_from_a_wrong_request() {
        for says in [
            "Model is loading, please wait",
            "Model is unloaded.",
            "Model unloaded",
            "Model has not loaded yet",
            "The model 'qwen3' is still loading.",
            "model not ready yet: loading",
            "Model is being loaded, try again later",
        ] {
            assert!(is_not_loaded_yet(says), "{says}");
        }
        for says in [
            "No models loaded. Please load a model in the developer page",
            "Failed to load model \"qwen3\". Error: the model is not ready",
            "model 'qwen3' not found, try downloading it",
            "Streaming is not supported for this model",
            "Model does not support loading images",
            "",
        ] {
            assert!(!is_not_loaded_yet(says), "{says}");
        }
    }

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
