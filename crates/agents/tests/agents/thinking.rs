//! Models that think before they reply.

use std::sync::Arc;

use synod_agents::{AgentChat, ModelSource, TaskError, TaskInput, TaskState};
use synod_domain::{Brief, DebateLimits, FailureCause, Purpose, Scale};
use synod_inference::{
    ChatError, ChatRequest, Gateway, GatewaySettings, Message, ModelName, ScriptedHost,
    ScriptedModel, ScriptedReply, StopReason, Usage,
};

use crate::{
    briefs,
    call_harness::{CallHarness, user},
    task_harness::{TaskHarness, order, text_input},
};

const THOUGHT: u32 = 900;

/// A model that writes `thought` tokens of thinking before `It is dark.`, on a server with one limit for both.
/// If it `obeys`, it can be asked not to think.
fn thinker(thought: u32, obeys: bool) -> ScriptedModel {
    ScriptedModel::new("m")
        .with_info(|info| info.model = ModelName::new("frobmodel").unwrap())
        .answering(move |request| {
            let (thinking, most) = (request.sampling.thinking, most(request));
            let thought = if thinking.is_avoided && obeys { 0 } else { thought.min(most) };
            let words = ["It ", "is ", "dark."];
            let written = words.len().min((most - thought) as usize);
            let cut = written < words.len();
            let output = thought + u32::try_from(written).unwrap();
            let usage = Usage { prompt_tokens: Some(300), output_tokens: Some(output) };
            let reason = if cut { StopReason::Length } else { StopReason::Stop };
            ScriptedReply::pieces(words.into_iter().take(written))
                .thinking_pieces((0..thought).map(|_| "hm "))
                .finishing(reason, usage)
        })
}

/// Returns the token limit of a request.
fn most(request: &ChatRequest) -> u32 {
    let thinking = request.sampling.thinking;
    let thought = if thinking.is_expected { thinking.max_tokens } else { 0 };
    request.sampling.max_output_tokens + thought
}

/// An agent on the model, behind a gateway.
fn harness(model: ScriptedModel) -> CallHarness {
    let host = ScriptedHost::new("quuxhost").with(model.clone());
    let gateway: Arc<dyn ModelSource> =
        Arc::new(Gateway::new(vec![Arc::new(host)], GatewaySettings::default()));
    CallHarness::on(gateway, model, Scale::Regular)
}

#[tokio::test(start_paused = true)]
async fn replies_of_thinking_only_are_retried_and_both_counted() {
    let harness = harness(thinker(THOUGHT, true));
    let reply = harness.ask(briefs::argument()).await.unwrap();
    assert_eq!(reply.text, "It is dark.");
    assert_eq!(harness.watched(), reply.text);
    assert_eq!((reply.meta.prompt_tokens, reply.meta.output_tokens), (600, 403));
    assert!(!reply.cut && !reply.meta.estimated);
}

#[tokio::test(start_paused = true)]
async fn models_seen_to_think_get_tokens_for_it() {
    let harness = harness(thinker(300, false));
    for _ in 0..3 {
        let reply = harness.ask(briefs::argument()).await.unwrap();
        assert_eq!(reply.text, "It is dark.");
    }
    let requests = harness.model.record().requests;
    let limits: Vec<_> = requests.iter().map(most).collect();
    assert_eq!(
        limits,
        [400, 400 + DebateLimits::THINKING_TOKENS, 400 + DebateLimits::THINKING_TOKENS]
    );
}

/// Openings and arguments, ballots, the clerk, the moderator and the judge.
#[tokio::test(start_paused = true)]
async fn two_replies_of_thinking_only_fail_with_their_cause() {
    let mut purposes = Vec::<Purpose>::new();
    for (title, brief) in briefs::debate() {
        let harness = harness(thinker(u32::MAX, false));
        purposes.push(brief.purpose);
        let failure = harness.ask(brief).await.unwrap_err();
        assert_eq!((failure.cause, &*failure.text), (FailureCause::AllThought, ""), "{title}");
        assert_eq!(harness.model.record().calls, 2, "{title}");
        let allowed: u32 = harness.model.record().requests.iter().map(most).sum();
        assert_eq!(failure.meta.output_tokens, allowed, "{title}");
    }
    assert!(purposes.contains(&Purpose::Move) && purposes.contains(&Purpose::Options));
}

#[tokio::test(start_paused = true)]
async fn room_for_thinking_comes_before_old_rounds() {
    let small = || thinker(300, true).usually_thinking(600);
    let wide = harness(small().with_info(|info| info.window = Some(8_192)));
    let whole = wide.ask(long_argument()).await.unwrap();
    assert_eq!(whole.meta.omitted, 0);
    let narrow = harness(small().with_info(|info| info.window = Some(2_300)));
    let reply = narrow.ask(long_argument()).await.unwrap();
    assert!(reply.meta.omitted > 0);
    let request = narrow.model.record().requests.pop().unwrap();
    let bytes: usize = request.messages.iter().map(|message| message.content.len()).sum();
    let prompt = u32::try_from(bytes.div_ceil(3)).unwrap();
    let all = request.sampling.max_output_tokens + request.sampling.thinking.max_tokens;
    assert!(prompt + all <= 2_300, "{prompt} and {all}");
    assert!(!request.sampling.thinking.is_avoided);
}

#[tokio::test(start_paused = true)]
async fn without_room_for_thinking_models_are_asked_not_to_think() {
    let model = thinker(300, true).usually_thinking(600);
    let harness = harness(model.with_info(|info| info.window = Some(1_200)));
    harness.ask(long_argument()).await.unwrap();
    let request = harness.model.record().requests.pop().unwrap();
    assert!(request.sampling.thinking.is_avoided);
    assert!(user(&request).contains("Lamps break."), "the current round is shown");
}

/// An argument in round 2, after a long round 1.
fn long_argument() -> Brief {
    let mut transcript = briefs::openings();
    transcript.push(briefs::statement(1, 4, 0, &"In winter it is dark. ".repeat(100)));
    transcript.push(briefs::statement(2, 5, 2, "Lamps break."));
    Brief { round: 2, transcript: transcript.into(), ..briefs::argument() }
}

fn a_chat() -> AgentChat {
    let (model, messages) = (ModelName::new("m").unwrap(), vec![Message::user("Tea?")]);
    AgentChat {
        model: model.into(),
        agent: None,
        messages,
        temperature: None,
        max_tokens: Some(64),
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_and_chats_of_thinking_only_are_retried() {
    let mute = || ScriptedReply::silent().thinking_pieces(["hm "; 64]);
    let model = ScriptedModel::new("m").then(mute()).always(ScriptedReply::text("Tea."));
    let harness = TaskHarness::with(&model);
    assert_eq!(harness.tasks.chat(a_chat()).await.unwrap().text, "Tea.");
    assert!(model.record().requests[1].sampling.thinking.is_avoided);

    let model = ScriptedModel::new("m").always(mute());
    let harness = TaskHarness::with(&model);
    let failed = harness.tasks.chat(a_chat()).await.unwrap_err();
    assert!(matches!(failed, TaskError::Call(ChatError::AllThought { .. })), "{failed:?}");
    let task = harness.run(order(TaskInput::Critique(text_input("Tea")))).await;
    let TaskState::Failed(error) = &task.state else { panic!("{task:?}") };
    assert!(error.to_string().contains("used all of its tokens for thinking"), "{error}");
}
