//! Replies that fit their clock.

use super::*;
use crate::{StopReason, Usage};

/// A model that writes this many tokens of a long reply per second, up to its limit, and reads the
/// prompt for a second.
fn verbose(tokens_per_second: u32) -> ScriptedModel {
    ScriptedModel::new("a").answering(move |request| {
        let most = request.sampling.max_output_tokens;
        let usage = Usage { prompt_tokens: Some(100), output_tokens: Some(most) };
        ScriptedReply::pieces((0..most).map(|_| "word "))
            .first_after(seconds(1))
            .then_every(seconds(1) / tokens_per_second)
            .finishing(StopReason::Length, usage)
    })
}

#[tokio::test(start_paused = true)]
async fn once_its_speed_is_known_no_reply_is_ended_by_the_clock() {
    let model = verbose(20);
    let gated = gated(&model);
    let late = error(whole(&gated).await);
    assert!(matches!(late, ChatError::Deadline { .. }), "nothing is known yet");
    for _ in 0..20 {
        let begun = Instant::now();
        let completion = completion(whole(&gated).await);
        assert!(begun.elapsed() < seconds(10));
        assert!(begun.elapsed() > seconds(7), "the time is used: {:?}", begun.elapsed());
        assert_eq!(completion.reason, StopReason::Length);
    }
    assert_eq!(model.record().cancelled, 1);
}

#[tokio::test(start_paused = true)]
async fn a_fast_model_is_asked_for_as_much_as_before() {
    let model = verbose(500);
    let gated = gated(&model);
    for _ in 0..3 {
        completion(whole(&gated).await);
    }
    let requests = model.record().requests;
    assert!(requests.iter().all(|request| request.sampling.max_output_tokens == 400));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_failed_leaves_less_to_write() {
    let model = verbose(20);
    let gated = gated(&model);
    whole(&gated).await;
    let (known, slow) = (gated.tokens_within(13, seconds(10)), gated.tokens_within(13, seconds(6)));
    let model = model.then(ScriptedReply::fails(failed()).first_after(seconds(4)));
    completion(whole(&gated).await);
    let requests = model.record().requests;
    let asked: Vec<_> = requests.iter().map(|asked| asked.sampling.max_output_tokens).collect();
    assert_eq!(asked, [400, known.unwrap(), slow.unwrap()]);
}

#[tokio::test(start_paused = true)]
async fn a_load_takes_nothing_from_the_reply() {
    let model = verbose(20);
    let gated = gated(&model);
    whole(&gated).await;
    let _cold = model.clone().loading_takes(seconds(20));
    advance(seconds(1)).await;
    gated.own().state().scheduler.doubt();
    let before = gated.tokens_within(13, seconds(10));
    let timings = completion(whole(&gated).await).timings;
    assert_eq!(timings.load_ms, Some(20_000));
    let asked = model.record().requests.pop().unwrap().sampling.max_output_tokens;
    assert_eq!(Some(asked), before);
}

#[tokio::test(start_paused = true)]
async fn an_object_may_be_whole_however_slow_the_model() {
    let model = verbose(2);
    let gated = gated(&model);
    whole(&gated).await;
    let form = ReplyForm::json(&serde_json::json!({}));
    let _: Events = gated.chat(ChatRequest { form, ..request() }).collect().await;
    whole(&gated).await;
    let requests = model.record().requests;
    let asked: Vec<_> = requests.iter().map(|asked| asked.sampling.max_output_tokens).collect();
    assert_eq!(asked, [400, 64, 16]);
}

/// A host that falls silent has not become slow.
#[tokio::test(start_paused = true)]
async fn silence_after_the_last_piece_is_no_writing() {
    let stuck = ScriptedReply::pieces(["word "; 21]).then_every(Duration::from_millis(50));
    let model = ScriptedModel::new("a").then(stuck.then_hangs());
    let gated = gated(&model);
    assert!(matches!(error(whole(&gated).await), ChatError::Deadline { .. }));
    assert_eq!(gated.tokens_within(0, seconds(10)), Some(171));
}
