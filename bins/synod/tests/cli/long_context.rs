//! Contexts that are too long for a window that no host has reported.

use crate::{scripted_host::ScriptedHost, synod::Synod};

/// As vLLM without figures, llama.cpp's server and LM Studio refuse.
#[tokio::test]
async fn refused_prompts_end_the_debate_with_lengths_and_a_setting() {
    let context = "The town has a market each week. ".repeat(380);
    let length = "the question and its context have 12.6 KB, about 3136 tokens";
    let larger = "start the server with a context of 8192 tokens";
    for (refusal, window, setting) in [
        (
            r#"{"error":{"message":"Please reduce the length of the messages or completion.","type":"invalid_request_error"}}"#,
            "gpu refused prompts as too long for m, whose window is not known",
            "set `window` of [hosts.gpu] to the size of its context",
        ),
        (
            r#"{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":3700,"n_ctx":2048}}"#,
            "the window of m on gpu has 2048 tokens, of which a debate needs about",
            "set `window` of [hosts.gpu] if the server does not report it",
        ),
    ] {
        let models = r#"{"object":"list","data":[{"id":"m","object":"model"}]}"#;
        let host = ScriptedHost::with_responses(&[
            ("/v1/models", "200 OK", models),
            ("/v1/chat/completions", "400 Bad Request", refusal),
        ])
        .await;
        let synod = Synod::without_variables();
        synod.file("synod.toml", format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n", host.url));
        for flags in [&["debate", "Cars?"][..], &["debate", "Cars?", "--quiet"]] {
            let run = synod.run_with(flags, context.as_bytes()).await;
            assert_eq!(run.code, 1, "{}", run.stderr);
            let last = run.stderr.lines().last().expect("a line");
            for text in ["the debate could not be completed: ", length, window, larger, setting] {
                assert!(last.contains(text), "{text}\n{}", run.stderr);
            }
            assert!(!last.contains("doctor"), "{last}");
        }
    }
}
