//! What becomes of failures.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::*;
use crate::{RequestFactory, StopReason, Usage};

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_before_output_is_sent_again() {
    let model = ScriptedModel::new("a")
        .then(ScriptedReply::fails(failed()))
        .then(ScriptedReply::silent().then_cut_off());
    let events = whole(&gated(&model)).await;
    assert_eq!(text(&events), "I agree.");
    let paused = completion(events).timings.queued_ms.unwrap();
    assert!((750..=1_500).contains(&paused), "two pauses of ½–1 × 0.5 s and 1 s: {paused} ms");
    let seen = model.record();
    assert_eq!((seen.calls, seen.checks), (3, 3), "the failure may have cost it its residency");
    assert!(seen.requests.windows(2).all(|two| two[0].messages == two[1].messages));
}

#[tokio::test(start_paused = true)]
async fn a_request_with_a_factory_is_rebuilt_and_not_kept() {
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let asked = request();
    let kept = Arc::downgrade(&asked.messages[0].content);
    let factory = RequestFactory::new(move || {
        counted.fetch_add(1, Relaxed);
        request()
    });
    let model = ScriptedModel::new("a").then(ScriptedReply::fails(failed())).without_records();
    let lengths = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lengths);
    let model = model.answering(move |request| {
        seen.lock().unwrap().push(request.messages.len());
        ScriptedReply::hangs()
    });
    let mut call = gated(&model).chat(ChatRequest { factory: Some(factory), ..asked });
    while model.record().calls < 2 {
        // The second attempt says nothing.
        drop(timeout(seconds(3), call.next()).await);
    }
    assert_eq!((made.load(Relaxed), &lengths.lock().unwrap()[..]), (1, &[1][..]));
    assert_eq!(kept.strong_count(), 0, "the prompt is kept while the host works");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_brought_output_is_not_sent_again() {
    for reply in [ScriptedReply::text("I"), ScriptedReply::silent().thinking("Hm")] {
        let model = ScriptedModel::new("a").then(reply.then_fails(failed()));
        assert!(matches!(error(whole(&gated(&model)).await), ChatError::Failed { .. }));
        assert_eq!(model.record().calls, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_piece_is_no_output() {
    let model = ScriptedModel::new("a").then(ScriptedReply::text("").then_fails(failed()));
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_without_a_reply_is_made_once_more() {
    let loaded = ChatError::NoReply { host: host(), detail: "done_reason \"load\"".into() };
    let model = ScriptedModel::new("a").then(ScriptedReply::fails(loaded.clone()));
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
    assert_eq!(model.record().calls, 2);

    let model = ScriptedModel::new("a").always(ScriptedReply::fails(loaded.clone()));
    assert_eq!(error(whole(&gated(&model)).await).to_string(), loaded.to_string());
    assert_eq!(model.record().calls, 2);
}

#[tokio::test(start_paused = true)]
async fn an_empty_reply_is_asked_for_once_more() {
    let model = ScriptedModel::new("a").then(ScriptedReply::silent());
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
    assert_eq!(model.record().calls, 2);

    let model = ScriptedModel::new("a").always(ScriptedReply::silent());
    let events = whole(&gated(&model)).await;
    assert!(matches!(events.last(), Some(Ok(ChatEvent::Finished(_)))), "{events:?}");
    assert_eq!((text(&events).as_str(), model.record().calls), ("", 2));

    let counted = Usage { prompt_tokens: Some(9), output_tokens: Some(1) };
    for white_space in ["", "\n", " \n\n"] {
        let ended = ScriptedReply::text(white_space).finishing(StopReason::Stop, counted);
        let model = ScriptedModel::new("a").then(ended);
        assert_eq!(text(&whole(&gated(&model)).await), "I agree.", "{white_space:?}");
        assert_eq!(model.record().calls, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_correction_is_passed_on() {
    let reply = ScriptedReply::text("Hm.").corrected("Hm.", "").and("Yes.");
    let events = whole(&gated(&ScriptedModel::new("a").then(reply))).await;
    let corrected = ChatEvent::Corrected { thinking: "Hm.".into(), reply: String::new() };
    assert!(events.iter().any(|event| matches!(event, Ok(event) if *event == corrected)));
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_just_ends_broke_off() {
    let model = ScriptedModel::new("a").then(ScriptedReply::text("I").then_cut_off());
    assert!(matches!(error(whole(&gated(&model)).await), ChatError::Interrupted { .. }));
}

#[tokio::test(start_paused = true)]
async fn lasting_errors_are_returned_at_once() {
    let model = ModelName::new("a").unwrap();
    for lasting in [
        ChatError::Deadline { limit: seconds(1) },
        ChatError::ContextOverflow { model: model.clone(), prompt_tokens: None, window: None },
        ChatError::ModelNotFound { host: host(), model },
        ChatError::Refused { host: host(), detail: "no".into(), source: None },
        broke_off(),
    ] {
        let model = ScriptedModel::new("a").then(ScriptedReply::fails(lasting.clone()));
        let failure = error(whole(&gated(&model)).await);
        assert_eq!(failure.to_string(), lasting.to_string());
        assert_eq!(model.record().calls, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_end_with_the_last_error() {
    let model = ScriptedModel::new("a").always(ScriptedReply::fails(failed()));
    assert!(matches!(error(whole(&gated(&model)).await), ChatError::Failed { .. }));
    assert_eq!(model.record().calls, 4);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_asks_to_be_left_alone_is() {
    let retry_after = Some(seconds(9));
    let rest = ChatError::Failed { host: host(), detail: "busy".into(), retry_after, source: None };
    let model = ScriptedModel::new("a").then(ScriptedReply::fails(rest));
    let timings = completion(whole(&gated(&model)).await).timings;
    assert_eq!(timings.queued_ms, Some(9_000));
}

#[tokio::test(start_paused = true)]
async fn failed_attempts_use_up_the_clock_and_pauses_do_not() {
    let model = ScriptedModel::new("a")
        .then(ScriptedReply::fails(failed()).first_after(seconds(6)))
        .then(ScriptedReply::text("Late.").first_after(seconds(3)));
    let timings = completion(whole(&gated(&model)).await).timings;
    assert_eq!(timings.first_token_ms, Some(9_000));
    let model = ScriptedModel::new("a")
        .then(ScriptedReply::fails(failed()).first_after(seconds(6)))
        .then(ScriptedReply::text("Too late.").first_after(seconds(5)));
    assert!(matches!(error(whole(&gated(&model)).await), ChatError::Deadline { .. }));
}
