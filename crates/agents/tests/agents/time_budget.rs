//! Statements with little time on a slow host.

use std::{sync::Arc, time::Duration};

use synod_agents::ModelSource;
use synod_domain::{Brief, FailureCause, Scale};
use synod_inference::{
    ChatRequest, Gateway, GatewaySettings, Limitation, ModelName, ScriptedHost, ScriptedModel,
    ScriptedReply, StopReason, Usage,
};
use tokio::time::Instant;

use crate::{
    briefs,
    call_harness::{CallHarness, user},
};

/// Tokens per word.
const TOKENS_PER_WORD: f64 = 1.35;

/// A model of about 20 tokens per second, plus or minus 10%, that is not loaded yet. `words` returns the words
/// that it writes for the words that the prompt asks for.
fn slow(words: impl Fn(u32) -> u32 + Send + 'static) -> ScriptedModel {
    let mut call = 0;
    ScriptedModel::new("m")
        .with_info(|info| info.model = ModelName::new("frobmodel").unwrap())
        .answering(move |request| {
            call += 1;
            let words = words(requested_words(request));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let tokens = (f64::from(words) * TOKENS_PER_WORD) as u32;
            let most = request.sampling.max_output_tokens;
            let written = tokens.min(most);
            let mut pieces = vec!["la "; written as usize];
            let reason = if tokens <= most {
                *pieces.last_mut().unwrap() = "la.";
                StopReason::Stop
            } else {
                StopReason::Length
            };
            let usage = Usage { prompt_tokens: Some(800), output_tokens: Some(written) };
            ScriptedReply::pieces(pieces)
                .first_after(Duration::from_millis([900, 400, 1_200][call % 3]))
                .then_every(Duration::from_millis([50, 45, 55, 52][call % 4]))
                .finishing(reason, usage)
        })
        .loading_takes(Duration::from_secs(20))
}

/// Returns the words that a prompt asks for.
fn requested_words(request: &ChatRequest) -> u32 {
    let words = user(request).rsplit_once("at most ").unwrap().1;
    words.split_once(' ').unwrap().0.parse().unwrap()
}

/// Returns how many of forty turns with 10 s each were complete, cut at the token limit, cut by the time limit.
async fn forty_turns(model: ScriptedModel) -> [usize; 3] {
    let host = ScriptedHost::new("quuxhost").with(model.clone());
    let gateway: Arc<dyn ModelSource> =
        Arc::new(Gateway::new(vec![Arc::new(host)], GatewaySettings::default()));
    let harness = CallHarness::on(gateway, model, Scale::Regular);
    let mut ended = [0; 3];
    for turn in 0..40 {
        let brief = if turn == 0 { briefs::opening() } else { briefs::argument() };
        let brief = Brief { time_limit: Duration::from_secs(10), ..brief };
        let begun = Instant::now();
        let reply = harness.ask(brief).await;
        let load = Duration::from_secs(if turn == 0 { 20 } else { 0 });
        assert!(begun.elapsed() <= load + Duration::from_millis(10_500), "turn {turn}");
        match reply {
            Ok(reply) if reply.cut => ended[1] += 1,
            Ok(reply) => {
                assert!(reply.text.ends_with('.'));
                ended[0] += 1;
            }
            Err(failure) => {
                assert_eq!(failure.cause, FailureCause::Deadline);
                assert!(
                    failure.text.len() > 400,
                    "loading does not count as time of the statement"
                );
                ended[2] += 1;
            }
        }
    }
    ended
}

#[tokio::test(start_paused = true)]
async fn replies_of_the_requested_length_end_in_time() {
    let ended = forty_turns(slow(|words| words)).await;
    assert!(ended[0] >= 36 && ended[0] + ended[2] == 40, "{ended:?}");
}

/// Models exceed the requested length.
#[tokio::test(start_paused = true)]
async fn token_budget_leaves_headroom_for_90_percent_of_replies() {
    let ended = forty_turns(slow(|words| words * 3 / 2)).await;
    assert!(ended[0] >= 36, "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn overlong_replies_hit_the_token_limit_before_the_time_limit() {
    let ended = forty_turns(slow(|_| 500)).await;
    assert!(ended[1] >= 38 && ended[2] <= 2, "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn requested_words_follow_the_speed_of_the_model() {
    let model = slow(|words| words);
    forty_turns(model.clone()).await;
    let requests = model.record().requests;
    assert_eq!(requested_words(&requests[0]), 130, "the speed is not known yet");
    for request in &requests[1..] {
        let most = request.sampling.max_output_tokens;
        assert!((60..190).contains(&most), "{most}");
        assert!(
            (requested_words(request) * 3).abs_diff(most) <= 40,
            "{} of {most}",
            requested_words(request)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn requested_words_respect_the_output_limit_of_the_host() {
    let model = ScriptedModel::new("m")
        .with_info(|info| info.model = ModelName::new("frobmodel").unwrap())
        .limited(Limitation::OutputTokens { max: 200 });
    let host = ScriptedHost::new("quuxhost").with(model.clone());
    let gateway: Arc<dyn ModelSource> =
        Arc::new(Gateway::new(vec![Arc::new(host)], GatewaySettings::default()));
    CallHarness::on(gateway, model.clone(), Scale::Regular).ask(briefs::opening()).await.unwrap();
    let request = &model.record().requests[0];
    assert_eq!(request.sampling.max_output_tokens, 200);
    assert!(requested_words(request) < 130, "{}", requested_words(request));
}
