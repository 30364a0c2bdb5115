//! Models that think before they reply.

use synod_domain::DebateLimits;

use super::*;
use crate::{StopReason, Usage};

/// A model on a server that holds thought and speech to one limit, as all do. It thinks
/// `thought` tokens, unless it is asked not to and obeys, then says `said` tokens.
#[derive(Clone, Copy)]
struct Thinker {
    thought: u32,
    said: u32,
    per_second: u32,
    obeys: bool,
}

const QUICK: Thinker = Thinker { thought: 900, said: 50, per_second: 10_000, obeys: true };

impl Thinker {
    fn model(self) -> ScriptedModel {
        ScriptedModel::new("a").answering(move |request| self.reply(request))
    }

    fn reply(self, request: &ChatRequest) -> ScriptedReply {
        let thinking = request.sampling.thinking;
        let allowance = if thinking.is_expected { thinking.max_tokens } else { 0 };
        let most = request.sampling.max_output_tokens + allowance;
        let thought = if thinking.is_avoided && self.obeys { 0 } else { self.thought }.min(most);
        let said = self.said.min(most - thought);
        let is_cut = thought + said == most;
        let usage = Usage { prompt_tokens: Some(100), output_tokens: Some(thought + said) };
        let reason = if is_cut { StopReason::Length } else { StopReason::Stop };
        ScriptedReply::pieces((0..said).map(|_| "word "))
            .thinking_pieces((0..thought).map(|_| "hm "))
            .first_after(Duration::from_millis(100))
            .then_every(seconds(1) / self.per_second)
            .finishing(reason, usage)
    }
}

fn said(events: &Events) -> usize {
    text(events).split_whitespace().count()
}

fn asked(model: &ScriptedModel) -> Vec<(u32, u32, bool)> {
    let requests = model.record().requests;
    let asked = requests.iter().map(|request| {
        let Sampling { max_output_tokens, thinking, .. } = request.sampling;
        let thought = if thinking.is_expected { thinking.max_tokens } else { 0 };
        (max_output_tokens, thought, thinking.is_avoided)
    });
    asked.collect()
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_was_all_thought_is_asked_for_once_more_without() {
    let model = QUICK.model();
    let gated = gated(&model);
    let events = whole(&gated).await;
    assert_eq!(said(&events), 50);
    let completion = completion(events);
    assert_eq!(completion.reason, StopReason::Stop);
    let both = Usage { prompt_tokens: Some(200), output_tokens: Some(450) };
    assert_eq!(completion.usage, both, "both replies cost tokens");
    assert_eq!(asked(&model)[0], (400, 0, false), "nothing is known of it yet");
    assert_eq!(asked(&model)[1], (400, DebateLimits::MORE_THINKING_TOKENS, true));
}

/// An OpenAI host that hides thought and sends no usage either: an empty reply that its limit ended.
#[tokio::test(start_paused = true)]
async fn hidden_thought_that_is_not_counted_gets_more_room() {
    let model = ScriptedModel::new("a").answering(|request| {
        let (said, reason) = match request.sampling.thinking.is_avoided {
            true => (50, StopReason::Stop),
            false => (0, StopReason::Length),
        };
        ScriptedReply::pieces((0..said).map(|_| "word ")).finishing(reason, Usage::default())
    });
    let events = whole(&gated(&model)).await;
    assert_eq!(said(&events), 50);
    assert_eq!(asked(&model)[1], (400, DebateLimits::MORE_THINKING_TOKENS, true));
}

#[tokio::test(start_paused = true)]
async fn thought_has_tokens_of_its_own() {
    let model = QUICK.model().usually_thinking(512);
    let model = model.answering(|request| {
        let mut request = request.clone();
        request.sampling.thinking.is_expected = true;
        QUICK.reply(&request)
    });
    let gated = gated(&model);
    for _ in 0..3 {
        let events = whole(&gated).await;
        assert_eq!(said(&events), 50);
        let usage = completion(events).usage;
        assert_eq!(usage.output_tokens, Some(950));
    }
    assert_eq!(model.record().calls, 3, "none was asked for twice");
    let requests = model.record().requests;
    assert!(requests.iter().all(|request| !request.sampling.thinking.is_avoided));
    assert!(requests[2].sampling.thinking.is_expected);
}

#[tokio::test(start_paused = true)]
async fn unused_thought_tokens_do_not_lengthen_the_reply() {
    let talker = Thinker { thought: 30, said: 2_000, ..QUICK };
    let model = talker.model();
    let gated = gated(&model);
    let first = whole(&gated).await;
    assert_eq!(said(&first), 370, "the server's limit, before it is known to think");
    let second = whole(&gated).await;
    assert_eq!(said(&second), 400);
    let completion = completion(second);
    assert_eq!(completion.reason, StopReason::Length);
    assert_eq!(completion.usage.output_tokens, Some(430));
    let seen = model.record();
    assert_eq!((seen.cancelled, seen.in_flight), (1, 0), "the connection is closed");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_cannot_stop_thinking_fails_with_its_cause() {
    let endless = Thinker { thought: u32::MAX, obeys: false, ..QUICK };
    let model = endless.model();
    let gated = gated(&model);
    let failed = error(whole(&gated).await);
    let ChatError::AllThought { usage, .. } = failed else { panic!("{failed:?}") };
    assert_eq!(usage.output_tokens, Some(400 + 400 + DebateLimits::MORE_THINKING_TOKENS));
    assert_eq!(model.record().calls, 2, "it is asked again once");
    assert!(matches!(error(whole(&gated).await), ChatError::AllThought { .. }));
    assert_eq!(model.record().calls, 4);
    assert!(!asked(&model)[2].2, "that asking it not to think is of no use is remembered");
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_thought_stays_within_the_window() {
    let endless = Thinker { thought: u32::MAX, obeys: false, ..QUICK };
    let model = endless.model().with_info(|info| info.window = Some(1_024));
    let failed = error(whole(&gated(&model)).await);
    assert!(matches!(failed, ChatError::AllThought { .. }));
    assert_eq!(asked(&model)[1], (400, 1_024 - 100 - 400, true));
}

#[tokio::test(start_paused = true)]
async fn a_reply_of_nothing_at_all_is_no_thought() {
    let model = ScriptedModel::new("a").always(ScriptedReply::text(" \n"));
    completion(whole(&gated(&model)).await);
    let asked_to_avoid: Vec<_> = asked(&model).iter().map(|asked| asked.2).collect();
    assert_eq!(asked_to_avoid, [false, false], "it is asked once more as before");
}

/// Some servers show no thought, and count it all the same.
#[tokio::test(start_paused = true)]
async fn an_empty_reply_ended_by_its_limit_was_hidden_thought() {
    let usage = Usage { prompt_tokens: Some(100), output_tokens: Some(400) };
    let hidden = ScriptedReply::silent().finishing(StopReason::Length, usage);
    let model = ScriptedModel::new("a").then(hidden);
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
    assert!(asked(&model)[1].2);
}

#[tokio::test(start_paused = true)]
async fn thought_that_ends_without_a_reply_is_retried() {
    let mute = ScriptedReply::silent().thinking_pieces(["hm", " so"]);
    let model = ScriptedModel::new("a").then(mute);
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
}

/// A clock of 10 s and a thought of 45.
#[tokio::test(start_paused = true)]
async fn thought_is_interrupted_in_time_for_a_reply() {
    let slow = Thinker { thought: 900, said: 50, per_second: 20, obeys: true };
    let model = slow.model();
    let gated = gated(&model);
    let begun = Instant::now();
    let events = whole(&gated).await;
    assert_eq!(said(&events), 50);
    assert!(begun.elapsed() < seconds(10), "{:?}", begun.elapsed());
    assert_eq!(model.record().cancelled, 1, "the first was left");
    let begun = Instant::now();
    assert_eq!(said(&whole(&gated).await), 50);
    assert!(begun.elapsed() < seconds(4), "it is not let think again: {:?}", begun.elapsed());
    assert!(asked(&model)[2].2);
}

fn ballot() -> ChatRequest {
    ChatRequest { form: crate::ReplyForm::json(&serde_json::json!({})), ..request() }
}

/// Its host does not say that it thinks, nor whether it does before objects.
#[tokio::test(start_paused = true)]
async fn thought_before_text_is_expected_before_objects() {
    let slow = Thinker { thought: 400, said: 30, per_second: 20, obeys: true };
    let model = slow.model();
    let gated = gated(&model);
    whole(&gated).await;
    let events: Events = gated.chat(ballot()).collect().await;
    assert_eq!(said(&events), 30);
    let asked: Vec<_> = asked(&model).iter().map(|(_, _, is_avoided)| *is_avoided).collect();
    assert_eq!(asked, [false, true, true], "the ballot was asked for once, without");
}

#[tokio::test(start_paused = true)]
async fn an_all_thought_ballot_is_retried_even_with_little_time() {
    let little = Thinker { thought: 4, said: 20, per_second: 12, obeys: true };
    let model = ScriptedModel::new("a").answering(move |request| match request.form {
        crate::ReplyForm::Text => little.reply(request),
        crate::ReplyForm::Json(_) => Thinker { thought: 400, ..little }.reply(request),
    });
    let gated = gated(&model);
    assert_eq!(said(&whole(&gated).await), 20);
    let events: Events = gated.chat(ballot()).collect().await;
    assert_eq!(said(&events), 20, "{events:?}");
    assert!(asked(&model)[2].2, "the second time without");
}

/// A server that holds a reply to no limit.
#[tokio::test(start_paused = true)]
async fn a_deadline_within_the_thought_is_a_deadline() {
    let thought = ScriptedReply::silent().thinking_pieces(["hm "; 1_000]);
    let model = ScriptedModel::new("a").always(thought.then_every(seconds(1) / 20));
    let gated = gated(&model);
    let begun = Instant::now();
    let events = whole(&gated).await;
    assert_eq!(begun.elapsed(), seconds(10));
    assert_eq!(text(&events), "");
    assert!(matches!(error(events), ChatError::Deadline { .. }));
    assert_eq!(model.record().calls, 2);
    assert!(matches!(error(whole(&gated).await), ChatError::Deadline { .. }));
    assert_eq!(model.record().calls, 3, "breaking off is of no use, and is not tried again");
}

/// The same on a fast machine, where the clock would not help.
#[tokio::test(start_paused = true)]
async fn thought_that_no_limit_ends_is_ended_here() {
    let thought = ScriptedReply::silent().thinking_pieces(std::iter::repeat_n("hm ", 20_000));
    let model = ScriptedModel::new("a").then(thought.then_every(seconds(1) / 5_000).then_hangs());
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
    assert_eq!((model.record().calls, model.record().cancelled), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_slow_thinker_is_not_retried_without_time() {
    let slow = Thinker { thought: 900, said: 50, per_second: 20, obeys: false };
    let model = slow.model();
    let gated = gated(&model);
    assert!(matches!(error(whole(&gated).await), ChatError::AllThought { .. }));
    assert_eq!(model.record().calls, 2);
    assert!(matches!(error(whole(&gated).await), ChatError::AllThought { .. }));
    assert_eq!(model.record().calls, 3);
}

#[tokio::test(start_paused = true)]
async fn a_thought_that_ends_in_time_is_not_broken_off() {
    let thinker = Thinker { thought: 80, said: 40, per_second: 20, obeys: true };
    let model = thinker.model();
    let gated = gated(&model);
    for _ in 0..3 {
        assert_eq!(said(&whole(&gated).await), 40);
    }
    assert_eq!((model.record().calls, model.record().cancelled), (3, 0));
}

/// 200 tokens in a clock of 10 s: half of them are thought.
#[tokio::test(start_paused = true)]
async fn replies_are_sized_by_what_thought_leaves() {
    let thinker = Thinker { thought: 80, said: 40, per_second: 20, obeys: true };
    let gated = gated(&thinker.model());
    whole(&gated).await;
    let all = gated.own().state().throughput.tokens_within(0, seconds(10)).unwrap();
    assert!((165..=175).contains(&all), "{all}");
    let said = gated.tokens_within(0, seconds(10)).unwrap();
    assert_eq!(said, all - 80);
    assert_eq!(gated.usual_thinking(&ReplyForm::Text), Some(80));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_does_not_think_is_asked_for_no_more_than_before() {
    let model = ScriptedModel::new("a");
    let gated = gated(&model);
    whole(&gated).await;
    assert_eq!(asked(&model), [(400, 0, false)]);
    assert_eq!(gated.usual_thinking(&ReplyForm::Text), None);
}

#[tokio::test(start_paused = true)]
async fn phases_begin_anew_with_the_second_reply() {
    let mute = ScriptedReply::silent().thinking_pieces(["hm"]);
    let model = ScriptedModel::new("a").then(mute);
    let events = whole(&gated(&model)).await.into_iter().map(Result::unwrap);
    let shown: Vec<_> = events.filter(|e| !matches!(e, ChatEvent::Finished(_))).collect();
    let [prompting, generating] = [Phase::Prompting, Phase::Generating].map(ChatEvent::Phase);
    let expected = [
        prompting.clone(),
        generating.clone(),
        ChatEvent::Thinking("hm".into()),
        prompting,
        generating,
        ChatEvent::Delta("I agree.".into()),
    ];
    assert_eq!(shown, expected);
}

#[tokio::test(start_paused = true)]
async fn a_second_reply_that_fails_early_is_retried() {
    let mute = ScriptedReply::silent().thinking_pieces(["hm"]);
    let model = ScriptedModel::new("a").then(mute).then(ScriptedReply::fails(failed()));
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
    assert_eq!(model.record().calls, 3);
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_limit_of_time_may_think() {
    let mute = ScriptedReply::silent().thinking_pieces(["hm"]);
    let model = ScriptedModel::new("a").then(mute);
    let request = ChatRequest { time_limit: Duration::MAX, ..request() };
    let events: Events = gated(&model).chat(request).collect().await;
    assert_eq!(text(&events), "I agree.");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The maximum cost of a debate is computed from these bounds.
    #[test]
    fn limits_of_thought_and_speech_and_the_clock_hold(
        thought in 0_u32..9_000,
        said_at_most in 0_u32..3_000,
        per_second in prop_oneof![1_u32..60, 200_u32..5_000],
        obeys: bool,
        reports_thought: bool,
    ) {
        let thinker = Thinker { thought, said: said_at_most, per_second, obeys };
        let mut model = thinker.model();
        if reports_thought {
            model = model.usually_thinking(512);
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let calls = runtime.block_on(async {
            let gated = gated(&model);
            let mut calls = Vec::new();
            for _ in 0..3 {
                let begun = Instant::now();
                let events = whole(&gated).await;
                calls.push((begun.elapsed(), events));
            }
            calls
        });
        for (elapsed, events) in calls {
            prop_assert!(elapsed <= seconds(10) + Duration::from_millis(2), "{elapsed:?}");
            prop_assert!(said(&events) <= 400);
            let usage = match events.last() {
                Some(Ok(ChatEvent::Finished(completion))) => completion.usage,
                Some(Err(ChatError::AllThought { usage, .. })) => *usage,
                Some(Err(ChatError::Deadline { .. })) => Usage::default(),
                other => panic!("{other:?}"),
            };
            let most = 2 * 400 + DebateLimits::THINKING_TOKENS + DebateLimits::MORE_THINKING_TOKENS;
            prop_assert!(usage.output_tokens.unwrap_or_default() <= most, "{usage:?}");
        }
    }
}
