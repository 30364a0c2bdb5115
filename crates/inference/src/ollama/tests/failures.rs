//! Failures, and how they are classified.

use super::*;

/// A server that sends a piece of its list per second is there: it is slow.
#[tokio::test(start_paused = true)]
async fn a_list_that_trickles_differs_from_silence() {
    let mut trickling = Answer::json(&installed("qwen3:4b", &["completion"]));
    let byte = (Duration::from_secs(1), b" ".to_vec());
    trickling.pieces.splice(0..0, vec![byte; 9]);
    let fake = serving(&["completion"]).await;
    fake.replace("/api/tags", trickling);
    let gateway = gateway(host(&fake));
    let error = gateway.models().await.remove(0).models.unwrap_err();
    assert_eq!(error.to_string(), "the list of models was not complete after 5 s");
    fake.replace("/api/tags", Answer::text(200, "").after(Duration::from_secs(9)));
    let error = gateway.models().await.remove(0).models.unwrap_err();
    assert_eq!(error.to_string(), "no answer within 5 s");
}

type IsExpected = fn(&ChatError) -> bool;

/// The end of a reply of a service behind the server, which took all of it away.
fn filtered() -> Value {
    json!({"model": "qwen3:4b", "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": ""},
        "done": true, "done_reason": "content_filter", "eval_count": 40})
}

#[tokio::test]
async fn errors_before_output_are_classified_by_cause() {
    let said = |text: &str| json!({ "error": text });
    let overflow = r#"{"error":{"code":400,"message":"request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}"#;
    let busy = said("server busy, please try again.  maximum pending requests exceeded");
    let cases: Vec<(Answer, IsExpected)> = vec![
        (Answer::status(404, &said("model 'qwen3:4b' not found")), |e| {
            matches!(e, ChatError::ModelNotFound { .. })
        }),
        (Answer::lines(&[said("model 'qwen3:4b' not found")]), |e| {
            matches!(e, ChatError::ModelNotFound { .. })
        }),
        (Answer::status(400, &said(overflow)), |e| {
            let (tokens, most) = (Some(9_000), Some(4_096));
            matches!(e, ChatError::ContextOverflow { prompt_tokens, window, .. }
                if *prompt_tokens == tokens && *window == most)
        }),
        (Answer::status(503, &busy).header("retry-after", "7"), |e| {
            e.retry_after() == Some(Duration::from_secs(7)) && e.is_transient()
        }),
        (Answer::status(500, &said("model runner has unexpectedly stopped")), |e| {
            matches!(e, ChatError::Crashed { .. }) && e.is_host_not_ready()
        }),
        (Answer::status(500, &said("llama runner process has terminated: exit status 2")), |e| {
            matches!(e, ChatError::Crashed { .. })
        }),
        (Answer::lines(&[said("model runner has unexpectedly stopped")]), |e| {
            matches!(e, ChatError::Crashed { .. })
        }),
        (
            Answer::status(
                500,
                &said("llama runner process has terminated: cudaMalloc failed: out of memory"),
            ),
            |e| matches!(e, ChatError::Refused { .. }),
        ),
        (Answer::lines(&[filtered()]), |e| matches!(e, ChatError::Filtered { .. })),
        (Answer::status(500, &said("option \"stop\" must be of type array")), |e| {
            matches!(e, ChatError::Refused { .. })
        }),
        (
            Answer::status(
                500,
                &said("model requires more system memory (9 GiB) than is available"),
            ),
            |e| matches!(e, ChatError::Refused { .. }),
        ),
        (Answer::status(400, &said("\"qwen3:4b\" does not support chat")), |e| {
            matches!(e, ChatError::Refused { .. })
        }),
        (Answer::text(404, "404 page not found"), |e| matches!(e, ChatError::Refused { .. })),
        (Answer::text(200, ""), |e| matches!(e, ChatError::Failed { .. })),
        (Answer::reset(), |e| matches!(e, ChatError::Unreachable { .. })),
    ];
    for (answer, is_expected) in cases {
        let fake = serving(&["completion"]).await;
        fake.replace("/api/chat", answer);
        let error = error(whole(&only(&host(&fake)).await).await);
        assert!(is_expected(&error), "{error:?}");
    }
}

#[tokio::test]
async fn after_some_output_every_failure_is_a_reply_broken_off() {
    let crash = json!({"error": "an error was encountered while running the model: CUDA"});
    for answer in [
        Answer::lines(&[line("Té"), crash]),
        Answer::lines(&[line("Té")]),
        Answer::lines(&[line("Té")]).then_reset(),
        Answer::text(200, &format!("{}\n<html>\n", line("Té"))),
    ] {
        let fake = serving(&["completion"]).await;
        fake.replace("/api/chat", answer);
        let events = whole(&only(&host(&fake)).await).await;
        assert_eq!(text(&events), "Té");
        let error = error(events);
        assert!(matches!(error, ChatError::Interrupted { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_failure_is_the_same_before_and_after_the_first_word() {
    let failure = async |lines: &[Value]| {
        let fake = serving(&["completion"]).await;
        fake.replace("/api/chat", Answer::lines(lines));
        error(whole(&only(&host(&fake)).await).await)
    };
    for said in [
        "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, check ollama server logs for details",
        "an error was encountered while running the model: unexpected EOF",
        "an error was encountered while running the model: read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer",
        "an error was encountered while running the model: CUDA error: out of memory",
    ] {
        let report = json!({ "error": said });
        let (before, after) =
            (failure(std::slice::from_ref(&report)).await, failure(&[line("Té"), report]).await);
        assert!(matches!(before, ChatError::Crashed { .. }), "{before:?}");
        let cause = after.cause_in_mid_reply();
        assert!(matches!(cause, Some(ChatError::Crashed { .. })), "{after:?}");
        assert!(after.is_lost_connection());
        let reason = format!("the process of qwen3:4b on local stopped in mid-reply: {said}");
        assert_eq!(after.reason(), reason);
    }
    let busy = "server busy, please try again.  maximum pending requests exceeded";
    let after = failure(&[line("Té"), json!({ "error": busy })]).await;
    assert!(matches!(after.cause_in_mid_reply(), Some(ChatError::Overloaded { .. })), "{after:?}");
    let page = Answer::text(200, &format!("{}\n<html>\n", line("Té")));
    let fake = serving(&["completion"]).await;
    fake.replace("/api/chat", page);
    let after = error(whole(&only(&host(&fake)).await).await);
    assert!(after.is_lost_connection(), "a proxy whose server is away: {after:?}");
}

#[tokio::test]
async fn counts_that_the_bytes_make_impossible_are_none() {
    let odd = json!({"model": "qwen3:4b", "message": {"role": "assistant", "content": ""},
        "done": true, "done_reason": "stop", "prompt_eval_count": 4_294_967_295_u64,
        "eval_count": 4_294_967_295_u64});
    let fake = serving(&["completion"]).await;
    fake.replace("/api/chat", Answer::lines(&[line("Té"), odd]));
    let end = whole(&only(&host(&fake)).await).await.pop();
    let Some(Ok(ChatEvent::Finished(end))) = end else { panic!("{end:?}") };
    assert_eq!(end.usage, Usage::default());
}

#[tokio::test]
async fn a_server_that_is_gone_is_unreachable() {
    let fake = serving(&["completion"]).await;
    let model = only(&host(&fake)).await;
    drop(fake);
    let error = error(whole(&model).await);
    assert!(matches!(error, ChatError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let busy =
        json!({"error": "server busy, please try again.  maximum pending requests exceeded"});
    let fake = serving(&["completion"]).await;
    let busy = Answer::status(503, &busy).header("retry-after", "0");
    fake.replace_all("/api/chat", [busy, tea()]);
    let gateway = gateway(host(&fake));
    assert_eq!(text(&whole(&only_gated(&gateway).await).await), "Té, naturally.");
}

#[tokio::test]
async fn the_limit_of_a_call_holds_without_a_gateway() {
    let fake = serving(&["completion"]).await;
    fake.replace("/api/chat", Answer::lines(&[line("Té")]).then_silence());
    let time_limit = Duration::from_millis(100);
    let request = ChatRequest { time_limit, ..request(ReplyForm::Text) };
    let events: Events = only(&host(&fake)).await.chat(request).collect().await;
    assert!(matches!(error(events), ChatError::Deadline { limit } if limit == time_limit));
    fake.left().await;
}

/// What a proxy sends whose server is taken out of service, for chats, lists and loads alike.
#[tokio::test]
async fn a_web_page_after_a_reply_is_waited_out() {
    let fake = serving(&["completion"]).await;
    let page = || Answer::text(200, "<!DOCTYPE html><html><head><title>Down</title></head></html>");
    let gateway = gateway(host(&fake));
    let reply = || Answer::lines(&[line("Té"), last_line("stop")]);
    fake.replace_all("/api/chat", [reply(), page(), reply()]);
    let model = only_gated(&gateway).await;
    assert_eq!(text(&whole(&model).await), "Té");
    let done = json!({"model": "qwen3:4b", "created_at": "2026-01-01T00:00:00Z", "response": "",
        "done": true, "done_reason": "load"});
    fake.replace_all("/api/ps", [page(), page(), Answer::json(&loaded("qwen3:4b", 8_192))]);
    fake.replace_all("/api/generate", [page(), page(), Answer::json(&done)]);
    assert_eq!(text(&whole(&model).await), "Té");
    assert_eq!(fake.requests("/api/chat").len(), 3);
}
