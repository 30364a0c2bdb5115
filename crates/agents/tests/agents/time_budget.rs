//! Speakers with little time, on a slow host.

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

/// Pieces that such a model writes per word: a token is less than a word.
const TOKENS_PER_WORD: f64 = 1.35;

/// A cold model of about 20 tokens a second, now a tenth slower, now a tenth faster, that speaks as
/// many words as `words` makes of those it is told.
fn slow(words: impl Fn(u32) -> u32 + Send + 'static) -> ScriptedModel {
    let mut call = 0;
    ScriptedModel::new("m")
        .with_info(|info| info.model = ModelName::new("frobmodel").unwrap())
        .answering(move |request| {
            call += 1;
            let words = words(told(request));
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

/// The words that a prompt allows.
fn told(request: &ChatRequest) -> u32 {
    let told = user(request).rsplit_once("at most ").unwrap().1;
    told.split_once(' ').unwrap().0.parse().unwrap()
}

/// How forty turns with 10 s each ended: whole, cut at their length, cut by the clock.
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
                assert!(failure.text.len() > 400, "the load took nothing from the argument");
                ended[2] += 1;
            }
        }
    }
    ended
}

#[tokio::test(start_paused = true)]
async fn who_heeds_the_words_it_is_told_ends_in_a_whole_sentence() {
    let ended = forty_turns(slow(|told| told)).await;
    assert!(ended[0] >= 36 && ended[0] + ended[2] == 40, "{ended:?}");
}

/// Models overshoot.
#[tokio::test(start_paused = true)]
async fn nine_of_ten_end_by_themselves_even_if_they_write_half_as_much_again() {
    let ended = forty_turns(slow(|told| told * 3 / 2)).await;
    assert!(ended[0] >= 36, "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn who_heeds_nothing_is_cut_at_its_length_and_not_by_the_clock() {
    let ended = forty_turns(slow(|_| 500)).await;
    assert!(ended[1] >= 38 && ended[2] <= 2, "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn the_words_told_follow_the_speed() {
    let model = slow(|told| told);
    forty_turns(model.clone()).await;
    let requests = model.record().requests;
    assert_eq!(told(&requests[0]), 130, "nothing is known yet");
    for request in &requests[1..] {
        let most = request.sampling.max_output_tokens;
        assert!((60..190).contains(&most), "{most}");
        assert!((told(request) * 3).abs_diff(most) <= 40, "{} of {most}", told(request));
    }
}

#[tokio::test(start_paused = true)]
async fn a_speaker_is_told_fewer_words_where_its_host_allows_fewer_tokens() {
    let model = ScriptedModel::new("m")
        .with_info(|info| info.model = ModelName::new("frobmodel").unwrap())
        .limited(Limitation::OutputTokens { max: 200 });
    let host = ScriptedHost::new("quuxhost").with(model.clone());
    let gateway: Arc<dyn ModelSource> =
        Arc::new(Gateway::new(vec![Arc::new(host)], GatewaySettings::default()));
    CallHarness::on(gateway, model.clone(), Scale::Regular).ask(briefs::opening()).await.unwrap();
    let request = &model.record().requests[0];
    assert_eq!(request.sampling.max_output_tokens, 200);
    assert!(told(request) < 130, "{}", told(request));
}
