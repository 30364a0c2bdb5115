//! Calls of agents: requests, replies, failures and costs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use synod_agents::ModelSource;
use synod_debate_engine::{
    CallPhase, NoService, Participant, ParticipantFactory, Progress, Report,
};
use synod_domain::{
    AgentId, BallotForm, Brief, CallTask, DebateId, FailureCause, ParticipantProfile, Purpose,
    Scale, TranscriptEntry,
};
use synod_inference::{
    ChatError, ChatModel, ChatRequest, ChatStream, CrashEvidence, CrashSuspect, Flow, Gateway,
    GatewaySettings, HostName, ModelInfo, ModelName, ReplyForm, ResolveError, ScriptedHost,
    ScriptedModel, ScriptedReply, StopReason, Usage,
};
use tokio::time::Instant;

use crate::{
    briefs,
    call_harness::{CallHarness, user},
};

fn host() -> HostName {
    HostName::new("h").unwrap()
}

fn model() -> ModelName {
    ModelName::new("m").unwrap()
}

fn deadline() -> ChatError {
    ChatError::Deadline { limit: Duration::from_secs(60) }
}

fn overflow(prompt_tokens: Option<u32>) -> ChatError {
    ChatError::ContextOverflow { model: model(), prompt_tokens, window: Some(4_096) }
}

fn usage(prompt: u32, output: u32) -> Usage {
    Usage { prompt_tokens: Some(prompt), output_tokens: Some(output) }
}

fn scripted(reply: ScriptedReply) -> ScriptedModel {
    ScriptedModel::new("m").always(reply)
}

/// An argument in round 3, with two rounds of statements before.
fn late_argument() -> Brief {
    let mut transcript = briefs::openings();
    transcript.push(briefs::interjection(1, "Think of the winter."));
    transcript.push(briefs::statement(1, 4, 0, "In winter it is dark."));
    transcript.push(briefs::statement(2, 5, 2, "Lamps cost little."));
    transcript.push(briefs::statement(3, 6, 0, "Lamps break."));
    Brief { round: 3, transcript: transcript.into(), ..briefs::argument() }
}

#[tokio::test(start_paused = true)]
async fn retried_requests_are_identical() {
    let mut excerpts = 0;
    for scale in [Scale::Tiny, Scale::Small, Scale::Regular] {
        let late = [("late argument", late_argument())];
        for (title, brief) in briefs::debate().into_iter().chain(late) {
            let failed = ChatError::Failed {
                host: host(),
                detail: "gone".to_owned(),
                retry_after: None,
                source: None,
            };
            let model = scripted(ScriptedReply::text("It is dark."))
                .then(ScriptedReply::fails(failed))
                .with_info(|info| info.window = Some(1_400));
            let gateway = Gateway::new(
                vec![Arc::new(ScriptedHost::new("h").with(model.clone()))],
                GatewaySettings::default(),
            );
            let served = gateway.chat_model(&host(), &self::model()).await.unwrap();
            let source =
                move |_: &HostName, _: &ModelName| Ok::<_, ResolveError>(Arc::clone(&served));
            let harness = CallHarness::on(Arc::new(source), model, scale);
            excerpts += usize::from(harness.ask(brief).await.unwrap().meta.omitted > 0);
            let requests = harness.model.record().requests;
            let [first, again] = &requests[..] else { panic!("{} requests", requests.len()) };
            assert_eq!(first.messages, again.messages, "{title}, {scale:?}");
            assert_eq!(form(first), form(again), "{title}, {scale:?}");
        }
    }
    assert!(excerpts > 0, "no window was too small for the whole transcript");
}

fn form(request: &ChatRequest) -> Option<&str> {
    match &request.form {
        ReplyForm::Text => None,
        ReplyForm::Json(schema) => Some(schema.get()),
    }
}

#[tokio::test]
async fn replies_have_token_counts_and_are_reported() {
    let reply = ScriptedReply::pieces(["It is ", "dark."])
        .thinking("hmm")
        .finishing(StopReason::Length, usage(310, 12));
    let model = scripted(reply).with_info(|info| info.digest = Some("sha256:now".to_owned()));
    let harness = CallHarness::new(model, Scale::Regular);
    let reply = harness.ask(briefs::argument()).await.unwrap();
    assert_eq!(reply.text, "It is dark.");
    assert!(reply.cut);
    assert_eq!((reply.meta.prompt_tokens, reply.meta.output_tokens), (310, 12));
    assert!(!reply.meta.estimated);
    assert_eq!(reply.meta.omitted, 0);
    assert_eq!(reply.meta.model, harness.profile.model);
    assert_eq!(reply.meta.digest.as_deref(), Some("sha256:now"));
    assert_eq!(harness.watched(), reply.text);
    assert!(harness.reports().contains(&Report::Thought("hmm".to_owned())));
}

#[tokio::test]
async fn uncounted_tokens_are_estimated() {
    let text = "x".repeat(400);
    let reply = ScriptedReply::text(&text).finishing(StopReason::Stop, Usage::default());
    let harness = CallHarness::new(scripted(reply), Scale::Regular);
    let meta = harness.ask(briefs::argument()).await.unwrap().meta;
    assert!(meta.estimated);
    assert_eq!(meta.output_tokens, 100);
    let request = harness.model.record().requests.pop().unwrap();
    let chars: usize = request.messages.iter().map(|m| m.content.chars().count()).sum();
    assert_eq!(meta.prompt_tokens as usize, chars.div_ceil(4));
    assert_eq!(meta.digest.as_deref(), Some("sha256:begun"));
}

#[tokio::test]
async fn text_before_a_deadline_is_kept() {
    let reply = ScriptedReply::pieces(["It is ", "da"]).then_fails(deadline());
    let harness = CallHarness::new(scripted(reply), Scale::Regular);
    let failure = harness.ask(briefs::argument()).await.unwrap_err();
    assert_eq!(failure.cause, FailureCause::Deadline);
    assert_eq!(failure.text, "It is da");
    assert_eq!(failure.meta.failure.as_deref(), Some("time limit of 60 s"));
    assert!(failure.meta.estimated);
    assert!(failure.meta.prompt_tokens > 50);
}

#[tokio::test]
async fn failed_calls_without_output_cost_no_tokens() {
    // A gateway reports the prompting phase when it sends the request, before the host reads it.
    let failed =
        |detail: &str| ChatError::Refused { host: host(), detail: detail.to_owned(), source: None };
    for error in [failed("no"), overflow(Some(9_000))] {
        let model = scripted(ScriptedReply::fails(error));
        let model = model.with_info(|info| info.model = ModelName::new("frobmodel").unwrap());
        let host = ScriptedHost::new("quuxhost").with(model.clone());
        let gateway = Gateway::new(vec![Arc::new(host)], GatewaySettings::default());
        let harness = CallHarness::on(Arc::new(gateway), model, Scale::Regular);
        let meta = harness.ask(briefs::argument()).await.unwrap_err().meta;
        assert_eq!((meta.tokens(), meta.estimated), (0, false), "{meta:?}");
        assert!(meta.failure.is_some(), "{meta:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_gateway_applies_the_time_limit_of_the_brief() {
    let slow =
        ScriptedReply::pieces(["one ", "two ", "three "]).then_every(Duration::from_secs(40));
    let model = scripted(slow).with_info(|info| info.model = ModelName::new("frobmodel").unwrap());
    let host = ScriptedHost::new("quuxhost").with(model.clone());
    let gateway: Arc<dyn ModelSource> =
        Arc::new(Gateway::new(vec![Arc::new(host)], GatewaySettings::default()));
    let harness = CallHarness::on(gateway, model, Scale::Regular);
    let failure = harness.ask(briefs::argument()).await.unwrap_err();
    assert_eq!((failure.cause, failure.text.as_str()), (FailureCause::Deadline, "one two "));
    assert!(harness.reports().contains(&Report::Phase(CallPhase::Generating)));
}

/// llama.cpp's server stops all calls when their shared context is full.
#[tokio::test]
async fn replies_stopped_by_a_full_shared_context_start_afresh() {
    let stopped = || {
        let error = ChatError::SharedContextFull {
            host: host(),
            model: model(),
            detail: "Context size has been exceeded.".to_owned(),
            begun: true,
            source: None,
        };
        ScriptedReply::text("Half a").then_fails(error)
    };
    let model = scripted(ScriptedReply::text("The whole sentence.")).then(stopped());
    let harness = CallHarness::new(model.then(stopped()), Scale::Regular);
    assert_eq!(harness.ask(briefs::argument()).await.unwrap().text, "The whole sentence.");
    let reports = harness.reports();
    assert!(reports.contains(&Report::Whole(String::new())), "watchers see the fresh start");

    let harness = CallHarness::new(scripted(stopped()), Scale::Regular);
    let failure = harness.ask(briefs::argument()).await.unwrap_err();
    assert_eq!((failure.cause, failure.text.as_str()), (FailureCause::ModelError, "Half a"));
    assert_eq!(harness.model.record().calls, 4);
}

fn lost_connection() -> ChatError {
    let source = Arc::new(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    ChatError::Interrupted { host: host(), detail: "reset".to_owned(), source: Some(source) }
}

/// Like a host whose process is killed and restarted.
#[tokio::test(start_paused = true)]
async fn replies_with_a_lost_connection_start_afresh() {
    let lost = || ScriptedReply::text("Half a").then_fails(lost_connection());
    let model = scripted(ScriptedReply::text("The whole sentence.")).then(lost()).then(lost());
    let harness = CallHarness::new(model, Scale::Regular);
    assert_eq!(harness.ask(briefs::argument()).await.unwrap().text, "The whole sentence.");
    let reports = harness.reports();
    assert!(reports.contains(&Report::Whole(String::new())), "watchers see the fresh start");

    let begun = Instant::now();
    let harness = CallHarness::new(scripted(lost()), Scale::Regular);
    let failure = harness.ask(briefs::argument()).await.unwrap_err();
    assert_eq!((failure.cause, failure.text.as_str()), (FailureCause::ModelError, "Half a"));
    assert_eq!(failure.unserved.map(|unserved| unserved.why), Some(NoService::Lost));
    assert_eq!(harness.model.record().calls, 3);
    assert!(begun.elapsed() <= Duration::from_secs(10), "the call fails soon");
}

/// The state is shared by all agents of the debate on this model, until a reply is complete again.
#[tokio::test(start_paused = true)]
async fn unsteady_models_get_one_fresh_start_per_call() {
    let lost = || ScriptedReply::text("Half a").then_fails(lost_connection());
    let fails = (0..5).fold(scripted(ScriptedReply::text("Whole.")), |model, _| model.then(lost()));
    let model = fails.then(ScriptedReply::text("Whole.")).then(lost());
    let harness = CallHarness::new(model, Scale::Regular);
    let agent = |flow: &str| harness.factory.agent(&harness.profile, Flow::named(flow.to_owned()));
    let agents = [agent("debate"), agent("debate"), agent("other")];
    let mut took = Vec::new();
    for agent in [0, 1, 2, 0, 0] {
        let begun = Instant::now();
        let speaks = agents[agent].speak(briefs::argument(), harness.progress());
        let result = speaks.await.map(|reply| reply.text).map_err(|failure| failure.text);
        took.push((begun.elapsed().as_secs(), result, harness.model.record().calls));
    }
    let (half, whole) = (Err("Half a".to_owned()), Ok("Whole.".to_owned()));
    assert_eq!(
        took,
        [
            (7, half.clone(), 3),
            (1, half, 5),
            (0, whole.clone(), 6),
            (1, whole.clone(), 8),
            (0, whole, 9)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn ballots_with_a_lost_connection_start_afresh() {
    let ballot = r#"{"choice":"A"}"#;
    let lost = ScriptedReply::text(r#"{"choice":"#).then_fails(lost_connection());
    let harness =
        CallHarness::new(scripted(ScriptedReply::text(ballot)).then(lost), Scale::Regular);
    let reply = harness.ask(briefs::ballot(briefs::form())).await.unwrap();
    assert_eq!((reply.text.as_str(), harness.model.record().calls), (ballot, 2));
}

/// Makes a call whose every reply is interrupted by this error. Returns the reason, the message, the number of
/// requests, and the time it took.
async fn interrupted_by(cause: ChatError) -> (Option<NoService>, String, usize, Duration) {
    let error = ChatError::Interrupted {
        host: host(),
        detail: "as it said".to_owned(),
        source: Some(Arc::new(cause)),
    };
    let begun = Instant::now();
    let reply = ScriptedReply::text("Half a").then_fails(error);
    let harness = CallHarness::new(scripted(reply), Scale::Regular);
    let failure = harness.ask(briefs::argument()).await.unwrap_err();
    let (why, reason) = (failure.unserved.map(|unserved| unserved.why), failure.meta.failure);
    let reason = reason.unwrap_or_default().to_string();
    (why, reason, harness.model.record().calls, begun.elapsed())
}

/// The error comes after the HTTP status and some text were sent.
#[tokio::test(start_paused = true)]
async fn errors_in_mid_reply_are_handled_by_their_cause() {
    let (detail, source) = ("no".to_owned(), None);
    let crashed = ChatError::Crashed {
        host: host(),
        model: model(),
        detail: detail.clone(),
        evidence: CrashEvidence::Reported,
        suspect: CrashSuspect::Unknown,
        source: None,
    };
    let (why, reason, calls, took) = interrupted_by(crashed).await;
    assert_eq!((why, calls, took.as_secs()), (None, 3, 7), "its process ran each time");
    assert_eq!(reason, "the process of m on h stopped in mid-reply: as it said");

    let overloaded = |retry_after| ChatError::Overloaded {
        host: host(),
        detail: "no".to_owned(),
        retry_after,
        source: None,
    };
    let (why, reason, calls, took) = interrupted_by(overloaded(None)).await;
    assert_eq!((why, calls, took.as_secs()), (Some(NoService::Busy), 4, 22));
    assert_eq!(reason, "h broke off its reply: as it said");
    let asked = Some(Duration::from_secs(20));
    let (why, _, calls, took) = interrupted_by(overloaded(asked)).await;
    assert_eq!((why, calls, took.as_secs()), (Some(NoService::Busy), 4, 60));
    let (why, _, calls, took) = interrupted_by(overloaded(Some(Duration::from_hours(1)))).await;
    assert_eq!((why, calls, took.as_secs()), (Some(NoService::Away), 1, 0));

    let loading = ChatError::Loading {
        host: host(),
        detail: detail.clone(),
        retry_after: None,
        source: None,
    };
    let (why, _, calls, _) = interrupted_by(loading).await;
    assert_eq!((why, calls), (Some(NoService::NotReady), 4));

    let failed =
        ChatError::Failed { host: host(), detail: detail.clone(), retry_after: None, source: None };
    let (why, _, calls, took) = interrupted_by(failed).await;
    assert_eq!((why, calls, took.as_secs()), (None, 3, 7));

    let refused = ChatError::Refused { host: host(), detail, source };
    let (why, _, calls, _) = interrupted_by(refused).await;
    assert_eq!((why, calls), (None, 1), "a refusal of the request is final");
}

#[tokio::test]
async fn failed_calls_are_model_errors_and_free_without_output() {
    let errors = [
        ChatError::Busy { host: host(), model: model(), waiting: 3 },
        ChatError::ModelNotFound { host: host(), model: model() },
        ChatError::Unreachable { host: host(), source: Arc::new(std::io::Error::other("no")) },
        ChatError::Refused { host: host(), detail: "no".to_owned(), source: None },
        ChatError::Failed {
            host: host(),
            detail: "no".to_owned(),
            retry_after: None,
            source: None,
        },
        ChatError::Interrupted { host: host(), detail: "no".to_owned(), source: None },
    ];
    for error in errors {
        let harness = CallHarness::new(scripted(ScriptedReply::fails(error)), Scale::Regular);
        let failure = harness.ask(briefs::argument()).await.unwrap_err();
        assert_eq!((failure.cause, failure.meta.tokens()), (FailureCause::ModelError, 0));
    }
    let error = ChatError::Interrupted { host: host(), detail: "no".to_owned(), source: None };
    let harness =
        CallHarness::new(scripted(ScriptedReply::text("Half a").then_fails(error)), Scale::Regular);
    let failure = harness.ask(briefs::argument()).await.unwrap_err();
    assert_eq!((failure.cause, failure.text.as_str()), (FailureCause::ModelError, "Half a"));
    assert!(failure.meta.tokens() > 0);
}

#[tokio::test]
async fn streams_without_an_end_are_model_errors() {
    let harness =
        CallHarness::new(scripted(ScriptedReply::text("Half a").then_cut_off()), Scale::Regular);
    let failure = harness.ask(briefs::argument()).await.unwrap_err();
    assert_eq!((failure.cause, failure.text.as_str()), (FailureCause::ModelError, "Half a"));
}

#[tokio::test]
async fn calls_to_a_missing_model_fail() {
    let gone = |host: &HostName, _: &ModelName| -> Result<Arc<dyn ChatModel>, ResolveError> {
        Err(ResolveError::UnknownHost { host: host.clone(), known: Vec::new() })
    };
    let harness = CallHarness::on(Arc::new(gone), ScriptedModel::new("m"), Scale::Regular);
    let failure = harness.ask(briefs::argument()).await.unwrap_err();
    assert_eq!((failure.cause, failure.meta.tokens()), (FailureCause::ModelError, 0));
}

#[tokio::test]
async fn prompts_that_are_too_long_lose_their_oldest_rounds() {
    let model = ScriptedModel::new("m")
        .then(ScriptedReply::fails(overflow(None)))
        .then(ScriptedReply::fails(overflow(None)));
    let harness = CallHarness::new(model, Scale::Regular);
    let reply = harness.ask(late_argument()).await.unwrap();
    assert_eq!(reply.meta.omitted, 4);
    let requests = harness.model.record().requests;
    let [whole, without_openings, shortest] = requests.as_slice() else { panic!("three calls") };
    assert!(user(whole).contains("\n\nSaid so far:\n\n[Speaker A, statement 1]\n"));
    assert!(user(without_openings).contains(
        "\n\nSaid so far:\n(3 earlier statements are left out here)\n\n[A person in the room]\nThink"
    ));
    assert!(user(shortest).contains(
        "\n\nSaid so far:\n(4 earlier statements are left out here)\n\n[Speaker C, statement 5]\n"
    ));
    assert!(user(shortest).contains("Lamps break."));
}

/// The prompt fits and the reply limit does not. The refusal states the sizes.
#[tokio::test]
async fn reply_limits_shrink_to_the_room_stated_by_the_host() {
    for brief in [late_argument(), briefs::ballot(briefs::form())] {
        let model = ScriptedModel::new("m").then(ScriptedReply::fails(overflow(Some(3_900))));
        let harness = CallHarness::new(model, Scale::Regular);
        let reply = harness.ask(brief).await.unwrap();
        assert_eq!(reply.meta.omitted, 0, "no round is left out");
        let requests = harness.model.record().requests;
        let [refused, fitting] = requests.as_slice() else { panic!("two calls") };
        assert!(refused.sampling.max_output_tokens > 196);
        let most = fitting.sampling.max_output_tokens;
        assert!((150..=196).contains(&most), "{most}");
    }
}

#[tokio::test]
async fn stated_windows_apply_to_all_agents_on_the_model() {
    let small =
        ChatError::ContextOverflow { model: model(), prompt_tokens: Some(700), window: Some(900) };
    let model = ScriptedModel::new("m").then(ScriptedReply::fails(small));
    let harness = CallHarness::new(model, Scale::Regular);
    harness.ask(late_argument()).await.unwrap();
    let calls = harness.model.record().calls;
    let other =
        ParticipantProfile { agent_id: AgentId::new("other").unwrap(), ..harness.profile.clone() };
    let agent = harness.factory.agent(&other, Flow::default());
    agent.speak(late_argument(), harness.progress()).await.unwrap();
    let requests = &harness.model.record().requests[calls..];
    assert_eq!(requests.len(), 1, "no second refusal");
    assert!(requests[0].sampling.max_output_tokens < 900);
}

#[tokio::test]
async fn text_that_turns_out_to_be_thinking_is_replaced() {
    let reply = ScriptedReply::text("Hm {\"choice\": \"O1\"}.")
        .corrected("Hm {\"choice\": \"O1\"}.", "")
        .and("It is dark.");
    let harness = CallHarness::new(scripted(reply), Scale::Regular);
    assert_eq!(harness.ask(briefs::argument()).await.unwrap().text, "It is dark.");
    let reports = harness.reports();
    let whole = reports.iter().position(|report| *report == Report::Whole(String::new())).unwrap();
    let after: String = reports[whole..]
        .iter()
        .filter_map(|report| match report {
            Report::Delta(text) => Some(text.as_str()),
            Report::Whole(_) | Report::Thought(_) | Report::Phase(_) => None,
        })
        .collect();
    assert_eq!(after, "It is dark.");
    let thought = Report::Thought("Hm {\"choice\": \"O1\"}.".to_owned());
    assert!(reports.contains(&thought), "{reports:?}");

    let ballot = r#"{"choice": "O1"}"#;
    let reply = ScriptedReply::text("{\"choice\": \"O2\"}").corrected("x", "").and(ballot);
    let harness = CallHarness::new(scripted(reply), Scale::Regular);
    assert_eq!(harness.ask(briefs::ballot(briefs::form())).await.unwrap().text, ballot);
}

#[tokio::test]
async fn the_current_round_is_never_left_out() {
    let harness =
        CallHarness::new(scripted(ScriptedReply::fails(overflow(Some(9_000)))), Scale::Regular);
    let failure = harness.ask(late_argument()).await.unwrap_err();
    assert_eq!(failure.cause, FailureCause::Context);
    assert_eq!((failure.meta.omitted, failure.meta.tokens()), (5, 0));
    let requests = harness.model.record().requests;
    assert!(user(requests.last().unwrap()).contains("Lamps break."));
    let opening = harness.ask(briefs::opening()).await.unwrap_err();
    assert_eq!(opening.cause, FailureCause::Context);
}

#[tokio::test]
async fn prompts_are_shortened_to_a_known_window() {
    let model = ScriptedModel::new("m").with_info(|info| info.window = Some(1_300));
    let harness = CallHarness::new(model, Scale::Regular);
    let reply = harness.ask(late_argument()).await.unwrap();
    assert_eq!(harness.model.record().calls, 1);
    assert!(reply.meta.omitted > 0);
}

/// A model whose window is known only once it is loaded. Its model info has a guess.
struct Unloaded(ScriptedModel, Arc<AtomicBool>);

impl ChatModel for Unloaded {
    fn info(&self) -> &ModelInfo {
        self.0.info()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        self.0.chat(request)
    }

    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        self.1.store(true, Ordering::Relaxed);
        future::ready(Ok(())).boxed()
    }

    fn window(&self) -> Option<u32> {
        self.1.load(Ordering::Relaxed).then_some(8_192)
    }
}

#[tokio::test]
async fn nothing_is_left_out_for_a_guessed_window() {
    for (guess, loads) in [(1_300, true), (8_192, false)] {
        let model = ScriptedModel::new("m").with_info(|info| info.window = Some(guess));
        let is_loaded = Arc::new(AtomicBool::new(false));
        let serving: Arc<dyn ChatModel> = Arc::new(Unloaded(model.clone(), Arc::clone(&is_loaded)));
        let source = move |_: &HostName, _: &ModelName| Ok::<_, ResolveError>(Arc::clone(&serving));
        let harness = CallHarness::on(Arc::new(source), model, Scale::Regular);
        let reply = harness.ask(late_argument()).await.unwrap();
        assert_eq!(reply.meta.omitted, 0);
        assert_eq!(is_loaded.load(Ordering::Relaxed), loads, "a guess of {guess}");
    }
}

/// The first estimate is cautious; a count of the host shows that more fits.
#[tokio::test]
async fn estimates_learn_from_counts_of_the_host() {
    let counted = ScriptedReply::text("Yes.").finishing(StopReason::Stop, usage(600, 2));
    let model = scripted(counted).with_info(|info| info.window = Some(1_300));
    let harness = CallHarness::new(model, Scale::Regular);
    let agent = harness.factory.agent(&harness.profile, Flow::default());
    let first = agent.speak(late_argument(), harness.progress()).await.unwrap();
    let second = agent.speak(late_argument(), harness.progress()).await.unwrap();
    assert!(first.meta.omitted > 0);
    assert_eq!(second.meta.omitted, 0);
}

#[tokio::test]
async fn calls_that_fail_after_output_are_not_repeated() {
    let reply = ScriptedReply::text("Half a").then_fails(overflow(None));
    let harness = CallHarness::new(scripted(reply), Scale::Regular);
    let failure = harness.ask(late_argument()).await.unwrap_err();
    assert_eq!((failure.cause, failure.text.as_str()), (FailureCause::ModelError, "Half a"));
    assert_eq!(harness.model.record().calls, 1);
}

#[tokio::test]
async fn ballots_name_only_statements_in_their_prompt() {
    let model = ScriptedModel::new("m").then(ScriptedReply::fails(overflow(None)));
    let harness = CallHarness::new(model, Scale::Regular);
    let request = harness.request(briefs::ballot(briefs::form())).await;
    let ReplyForm::Json(schema) = request.form else { panic!("a ballot has a schema") };
    let schema: serde_json::Value = serde_json::from_str(schema.get()).unwrap();
    for form in schema["anyOf"].as_array().unwrap() {
        assert_eq!(form["properties"]["moved_by"]["enum"], serde_json::json!(["S4", "none"]));
    }
}

#[tokio::test]
async fn endless_replies_are_cut_and_their_calls_dropped() {
    let line = "la".repeat(1_000_000);
    for brief in [briefs::argument(), briefs::ballot(briefs::form())] {
        let harness =
            CallHarness::new(scripted(ScriptedReply::text(&line).then_hangs()), Scale::Regular);
        let reply = harness.ask(brief).await.unwrap();
        assert!(reply.cut);
        let seen = harness.model.record();
        let most_tokens = seen.requests[0].sampling.max_output_tokens;
        assert_eq!(reply.text.len(), most_tokens as usize * 16);
        assert_eq!((seen.cancelled, seen.in_flight), (1, 0));
    }
}

#[tokio::test]
async fn opening_objects_are_reported_as_text() {
    let object =
        r#"{"answer": "Yes, close the street to cars", "statement": "It is \"safe\". 😀"}"#;
    let letters = object.chars().map(String::from);
    let harness = CallHarness::new(scripted(ScriptedReply::pieces(letters)), Scale::Small);
    let reply = harness.ask(briefs::opening()).await.unwrap();
    assert_eq!(reply.text, "Answer: Yes, close the street to cars\nIt is \"safe\". 😀");
    assert_eq!(harness.watched(), reply.text);

    let cut = ScriptedReply::text(&object[..60]).then_fails(deadline());
    let harness = CallHarness::new(scripted(cut), Scale::Small);
    let failure = harness.ask(briefs::opening()).await.unwrap_err();
    assert_eq!(failure.text, "Answer: Yes, close the street to cars\nIt");
}

#[tokio::test]
async fn begun_words_are_part_of_the_statement() {
    let continuing = || ScriptedModel::new("m").with_info(|info| info.continues_reply = true);
    let harness =
        CallHarness::new(continuing().always(ScriptedReply::pieces([" it", " is."])), Scale::Tiny);
    let reply = harness.ask(briefs::opening()).await.unwrap();
    assert_eq!(reply.text, format!("I say: {}. The main reason is that it is.", briefs::NO));
    assert_eq!(harness.watched(), reply.text);

    let silent = ScriptedReply::fails(deadline());
    let harness = CallHarness::new(continuing().always(silent), Scale::Tiny);
    assert_eq!(harness.ask(briefs::opening()).await.unwrap_err().text, "");

    let harness = CallHarness::new(continuing(), Scale::Tiny);
    let ballot = harness.request(briefs::ballot(briefs::form())).await;
    assert_eq!(ballot.messages.len(), 2, "an object is never begun");
    let harness = CallHarness::new(ScriptedModel::new("m"), Scale::Tiny);
    let opening = harness.request(briefs::opening()).await;
    assert_eq!(opening.messages.len(), 2, "only a model that continues gets a beginning");
}

#[tokio::test]
async fn the_token_limit_of_a_brief_is_never_exceeded() {
    for scale in [Scale::Tiny, Scale::Small, Scale::Regular] {
        let harness = CallHarness::new(ScriptedModel::new("m"), scale);
        for (_, brief) in briefs::debate() {
            for max_tokens in [0, 32, 4_096] {
                let brief = Brief { max_tokens, ..brief.clone() };
                let most = harness.request(brief).await.sampling.max_output_tokens;
                assert!((1..=max_tokens.max(1)).contains(&most));
            }
        }
    }
}

#[tokio::test]
async fn only_regular_models_may_pass() {
    for (scale, offered) in [(Scale::Tiny, false), (Scale::Small, false), (Scale::Regular, true)] {
        let harness = CallHarness::new(ScriptedModel::new("m"), scale);
        for (_, brief) in briefs::debate() {
            let argument = brief.purpose == Purpose::Argument;
            let request = harness.request(brief).await;
            assert_eq!(user(&request).contains("PASS"), offered && argument);
            let conduct = request.messages[0].content.lines();
            let explained: Vec<_> = conduct.filter(|line| line.contains("PASS")).collect();
            assert_eq!(explained.len(), usize::from(offered));
            assert!(explained.iter().all(|line| line.starts_with("\"Argue\": ")));
        }
    }
}

#[tokio::test]
async fn long_questions_are_not_repeated() {
    let topic = "whence ".repeat(1_000);
    let task = CallTask::Opening { options: None };
    let brief = Brief { topic: topic.as_str().into(), task, ..briefs::opening() };
    let harness = CallHarness::new(ScriptedModel::new("m"), Scale::Tiny);
    let request = harness.request(brief).await;
    assert_eq!(user(&request).matches("whence").count(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn statistics_count_calls_by_result() {
    let model = ScriptedModel::new("m")
        .then(
            ScriptedReply::text("Yes.")
                .first_after(Duration::from_secs(2))
                .finishing(StopReason::Stop, usage(100, 5)),
        )
        .then(
            ScriptedReply::text("No.")
                .first_after(Duration::from_secs(4))
                .finishing(StopReason::Stop, usage(100, 5)),
        )
        .then(ScriptedReply::fails(deadline()))
        .then(ScriptedReply::fails(overflow(Some(9_000))))
        .then(ScriptedReply::hangs());
    let harness = CallHarness::new(model, Scale::Regular);
    for _ in 0..4 {
        let _ = harness.ask(briefs::opening()).await;
    }
    let id = &harness.profile.agent_id;
    let (agent, progress) =
        (harness.factory.agent(&harness.profile, Flow::default()), harness.progress());
    let hanging = tokio::spawn(async move { agent.speak(briefs::opening(), progress).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(harness.factory.statistics(id).open, 1);
    hanging.abort();
    assert!(hanging.await.unwrap_err().is_cancelled());

    let statistics = harness.factory.statistics(id);
    assert_eq!((statistics.calls, statistics.open, statistics.cancelled), (5, 0, 1));
    assert_eq!((statistics.succeeded, statistics.timed_out, statistics.failed), (2, 1, 1));
    assert_eq!(statistics.mean_duration(), Some(Duration::from_secs(3)));
    assert_eq!(statistics.output_tokens, 10);
    assert!(statistics.prompt_tokens > 200, "the call that timed out counts");
    assert_eq!(harness.model.record().in_flight, 0);
    let unknown = harness.factory.statistics(&synod_domain::AgentId::new("unknown").unwrap());
    assert_eq!((unknown.calls, unknown.mean_duration()), (0, None));
}

/// A round that nearly fills the window leaves little for the reply. The prompt states the shorter length.
#[tokio::test]
async fn reply_limits_shrink_to_the_room_in_the_window() {
    let counted = ScriptedReply::text("Yes.").finishing(StopReason::Stop, usage(1_000, 2));
    let model = scripted(counted).with_info(|info| info.window = Some(4_096));
    let harness = CallHarness::new(model, Scale::Regular);
    let agent = harness.factory.agent(&harness.profile, Flow::default());
    let mut brief = briefs::argument();
    let long = "Lamps cost little. ".repeat(465);
    Arc::make_mut(&mut brief.transcript).push(briefs::statement(brief.round, 6, 0, &long));
    agent.speak(brief.clone(), harness.progress()).await.unwrap();
    let request = harness.model.record().requests.pop().unwrap();
    let bytes: usize = request.messages.iter().map(|message| message.content.len()).sum();
    let room = 4_096 - u32::try_from(bytes.div_ceil(3)).unwrap();
    let most = request.sampling.max_output_tokens;
    assert!(room < brief.max_tokens && most.abs_diff(room) <= 2, "{most} of {room}");
    assert!(user(&request).contains(&format!("at most {} words", most / 30 * 10)));
}

/// Old servers truncate prompts silently. Learning from their counts would make the next prompts even longer.
#[tokio::test]
async fn counts_of_truncated_prompts_are_ignored() {
    let counted = ScriptedReply::text("Yes.").finishing(StopReason::Stop, usage(60, 2));
    let model = scripted(counted).with_info(|info| info.window = Some(1_300));
    let harness = CallHarness::new(model, Scale::Regular);
    let agent = harness.factory.agent(&harness.profile, Flow::default());
    let first = agent.speak(late_argument(), harness.progress()).await.unwrap();
    let second = agent.speak(late_argument(), harness.progress()).await.unwrap();
    assert!(first.meta.omitted > 0);
    assert_eq!(second.meta.omitted, first.meta.omitted);
    assert_eq!(second.meta.prompt_tokens, 60, "the count of the host is reported");
}

#[tokio::test]
async fn each_debate_is_one_flow() {
    let harness = CallHarness::new(ScriptedModel::new("m"), Scale::Regular);
    let other =
        ParticipantProfile { agent_id: AgentId::new("other").unwrap(), ..harness.profile.clone() };
    let debates = [1, 2].map(|n| format!("0193fb3e-0000-7000-8000-00000000000{n}"));
    let debates = debates.map(|id| id.parse::<DebateId>().unwrap());
    for (debate, profile) in
        [(debates[0], &harness.profile), (debates[0], &other), (debates[1], &harness.profile)]
    {
        let participant = harness.factory.participant(debate, &Arc::new(profile.clone()));
        participant.speak(briefs::argument(), Progress::unheard()).await.unwrap();
        participant.ballot(briefs::argument(), Progress::unheard()).await.unwrap();
    }
    let flows: Vec<_> = harness.model.record().requests.into_iter().map(|r| r.flow).collect();
    let [a, b, c, d, e, f] = flows.as_slice() else { panic!("{flows:?}") };
    assert!([b, c, d].iter().all(|flow| *flow == a), "{flows:?}");
    assert!(e == f && a != e && *a != Flow::default(), "{flows:?}");
}

/// For every line of the prompt.
#[tokio::test]
async fn lines_of_the_prompt_are_removed_from_statements() {
    for scale in [Scale::Small, Scale::Regular] {
        let harness = CallHarness::new(ScriptedModel::new("m"), scale);
        let prompt = harness.request(late_argument()).await;
        let text = |entry: &TranscriptEntry| match entry {
            TranscriptEntry::Statement { text, .. }
            | TranscriptEntry::Interjection { text, .. } => Arc::clone(text),
        };
        let statements: Vec<_> = late_argument().transcript.iter().map(text).collect();
        let lines = prompt.messages.iter().flat_map(|message| message.content.lines());
        let frame = lines.filter(|line| {
            !line.is_empty()
                && !line.starts_with('[')
                && !statements.iter().any(|text| text.contains(line))
        });
        let mut tried = 0;
        for line in frame {
            let model = scripted(ScriptedReply::text(format!("{line}\n\nThe lamps are old.")));
            let reply = CallHarness::new(model, scale).ask(late_argument()).await.unwrap();
            assert_eq!(reply.text, "The lamps are old.", "after {line:?}");
            tried += 1;
        }
        assert!(tried > 8);
    }
}

/// Small models that may abstain do nothing else.
#[tokio::test]
async fn only_regular_voters_are_offered_to_abstain() {
    for (scale, offered) in [(Scale::Tiny, false), (Scale::Small, false), (Scale::Regular, true)] {
        for smallest in [Scale::Tiny, scale] {
            let harness = CallHarness::new(ScriptedModel::new("m"), scale);
            for brief in [briefs::ballot(briefs::form()), run_off()] {
                let request = harness.request(Brief { smallest, ..brief.clone() }).await;
                let ReplyForm::Json(schema) = &request.form else { panic!("a form") };
                assert_eq!(schema.get().contains("abstain"), offered, "{scale:?}");
                let mentioned =
                    request.messages.iter().any(|message| message.content.contains("abstain"));
                assert_eq!(mentioned, offered, "{scale:?}");
            }
        }
    }
    // Without options, abstaining is the only choice.
    let form = BallotForm { choices: vec![], ..briefs::form() };
    let harness = CallHarness::new(ScriptedModel::new("m"), Scale::Tiny);
    let request = harness.request(briefs::ballot(form)).await;
    let ReplyForm::Json(schema) = &request.form else { panic!("a form") };
    assert!(schema.get().contains(r#"{"enum":["abstain"]}"#));
}

fn run_off() -> Brief {
    let form = BallotForm { may_propose: false, moved_by: None, ..briefs::form() };
    Brief { purpose: Purpose::RunOff, ..briefs::ballot(form) }
}
