//! What the doctor reports of models that think.

use synod_tests::Settings;

use crate::{
    scripted_host::ScriptedHost,
    synod::{Synod, ollama},
};

/// A thinking model is asked for a statement too, because thinking may use up all tokens.
#[tokio::test]
async fn thinking_models_are_tested_with_the_limits_of_a_debate() {
    let thinks = |think, think_always| Settings { think, think_always, ..Settings::default() };
    let host = ollama(thinks(700, false)).await;
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
    let shown = "thinks for about 700 tokens before a statement";
    assert!(run.stdout.contains(shown), "{}", run.stdout);

    let host = ollama(thinks(9_000, false)).await;
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("makes a statement without thinking"), "{}", run.stdout);

    let host = ollama(thinks(9_000, true)).await;
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        run.stdout.contains("no statement: zmodel:latest thought and said nothing"),
        "{}",
        run.stdout
    );
}

/// The pieces of a stream are not tokens.
#[tokio::test]
async fn thought_is_reported_in_tokens_as_far_as_it_was_seen() {
    let delta =
        |delta: &str| format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}\n\n");
    let thought = delta(&format!(r#"{{"reasoning_content":"{}"}}"#, "hmm ".repeat(50))).repeat(18);
    let said = delta(r#"{"content":"Tea is better, since it keeps us awake."}"#);
    let end = |usage: &str| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"stop\"}}]{usage}}}\n\ndata: [DONE]\n\n"
        )
    };
    let counted = r#","usage":{"prompt_tokens":90,"completion_tokens":920,"completion_tokens_details":{"reasoning_tokens":905}}"#;
    for (chat, shown) in [
        (format!("{thought}{said}{}", end(counted)), Some("thinks for about 905 tokens")),
        (format!("{thought}{said}{}", end("")), Some("thinks for about 900 tokens")),
        (format!("{said}{}", end(counted)), Some("thinks for about 905 tokens")),
        (format!("{said}{}", end("")), None),
    ] {
        let models = r#"{"object":"list","data":[{"id":"m","object":"model"}]}"#;
        let responses =
            [("/v1/models", "200 OK", models), ("/v1/chat/completions", "200 OK", chat.as_str())];
        let host = ScriptedHost::with_responses(&responses).await;
        let synod = Synod::without_variables();
        synod.file("synod.toml", format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n", host.url));
        let run = synod.run(&["doctor"]).await;
        match shown {
            Some(shown) => assert!(run.stdout.contains(shown), "{shown}\n{}", run.stdout),
            None => assert!(!run.stdout.contains("think"), "{}", run.stdout),
        }
    }
    // An Ollama says that its model thinks, and it does not.
    let host = ScriptedHost::with_responses(&[
        (
            "/api/tags",
            "200 OK",
            r#"{"models":[{"name":"m:latest","capabilities":["completion","thinking"]}]}"#,
        ),
        ("/api/ps", "200 OK", r#"{"models":[{"name":"m:latest","model":"m:latest"}]}"#),
        ("/api/version", "200 OK", r#"{"version":"0.32.15"}"#),
        (
            "/api/chat",
            "200 OK",
            r#"{"model":"m:latest","message":{"role":"assistant","content":"Tea is better."},"done":true,"done_reason":"stop"}"#,
        ),
    ])
    .await;
    let run = Synod::with_host(&host.url).run(&["doctor"]).await;
    assert!(!run.stdout.contains("512"), "{}", run.stdout);
    assert!(run.stdout.contains("makes a statement; no thinking was seen"), "{}", run.stdout);
}
