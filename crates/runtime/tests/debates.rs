//! Debates of a program that embeds the runtime.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

use std::{future::ready, sync::Arc};

use synod_debate_engine::{CallFailure, Participant, Progress, ReplyFuture};
use synod_domain::{
    Brief, CallTask, DebateMode, Event, FailureCause, HostName, MoveSource, OptionsSource, Outcome,
    PauseReason, Rung,
};
use synod_inference::{
    ChatError, Gateway, GatewaySettings, ScriptedHost, ScriptedModel, ScriptedReply,
};
use synod_runtime::{OpenError, ParticipantCall, PrepareError, RunError, Synod, participant_fn};

/// A participant with one opinion.
fn advocate(answer: &'static str) -> impl Participant + 'static {
    participant_fn(move |call: ParticipantCall| ready(call.answer(answer, "It is simpler.")))
}

fn three_advocates() -> Synod {
    Synod::without_models()
        .with_participant("ann", advocate("Spaces"))
        .with_participant("bob", advocate("Tabs"))
        .with_participant("cleo", advocate("Spaces"))
        .build()
}

fn gateway(model: ScriptedModel) -> Gateway {
    let host = ScriptedHost::new("local").with(model);
    Gateway::new(vec![Arc::new(host)], GatewaySettings::default())
}

#[tokio::test(start_paused = true)]
async fn functions_debate_without_models() {
    let synod = three_advocates();
    let mut ballots = Vec::new();
    let debate = synod.debate("Tabs or spaces?").options(["Tabs", "Spaces"]).threshold(0.6);
    let run = debate.agents(["ann", "bob", "cleo"]).run_with(|event| {
        if let Event::BallotRecorded(ballot) = &event.event {
            ballots.push((ballot.agent_id.to_string(), ballot.via));
        }
    });
    let verdict = run.await.unwrap();
    assert_eq!(verdict.outcome, Outcome::Consensus);
    assert_eq!(&*verdict.answer.as_ref().unwrap().text, "Spaces");
    assert_eq!((verdict.votes, verdict.of), (2, 3));
    let strict = |id: &str| (id.to_owned(), Some(Rung::Strict));
    assert_eq!(ballots[..3], ["ann", "bob", "cleo"].map(strict));
    synod.close().await;
}

#[tokio::test(start_paused = true)]
async fn answers_of_openings_become_the_options() {
    let synod = three_advocates();
    let mut source = None;
    let debate = synod.debate("How to indent?").agents(["ann", "bob", "cleo"]).threshold(0.6);
    let run = debate.run_with(|event| {
        if let Event::OptionsSet(set) = &event.event {
            source = Some(set.source);
        }
    });
    let verdict = run.await.unwrap();
    assert_eq!(source, Some(OptionsSource::Clerk));
    assert_eq!(&*verdict.answer.as_ref().unwrap().text, "Spaces");
}

#[tokio::test(start_paused = true)]
async fn functions_and_agents_keep_the_order_of_the_configuration() {
    let model = ScriptedModel::new("m");
    let synod = Synod::builder(gateway(model.clone()))
        .with_agents_toml("[agents.ada]\nexpertise = \"a mathematician\"")
        .unwrap()
        .with_participant("bob", advocate("Yes"))
        .build();
    let debate = synod.debate("Is 91 prime?").options(["Yes", "No"]).rounds(1);
    let debate = debate.agents(["ada", "bob", "critic"]).start().await.unwrap();
    debate.finished().await.unwrap();
    let events = debate.events(1, 1).await.unwrap();
    let Event::DebateInitialized(first) = &events[0].event else { panic!("{events:?}") };
    let models: Vec<_> =
        first.participants.iter().map(|p| (p.agent_id.as_str(), p.model.as_str())).collect();
    assert_eq!(models, [("ada", "m"), ("bob", "none"), ("critic", "m")]);
    let prompt = &model.record().requests[0].messages[1].content;
    assert!(prompt.contains("a mathematician"), "{prompt}");
    let page = synod.transcript(debate.id()).await.unwrap().to_markdown();
    assert!(page.contains("It is simpler."), "{page}");
}

#[tokio::test(start_paused = true)]
async fn functions_moderate() {
    let moderator = participant_fn(|call: ParticipantCall| {
        let moves = match &call.brief().task {
            CallTask::ChooseMove { moves } => moves.clone(),
            CallTask::Opening { .. }
            | CallTask::Argument { .. }
            | CallTask::ListOptions
            | CallTask::Vote(_)
            | CallTask::Rule { .. } => panic!("{call:?}"),
        };
        ready(call.answer(&moves[moves.len() - 1].to_string(), ""))
    });
    let synod = Synod::without_models()
        .with_participant("ann", advocate("Spaces"))
        .with_participant("bob", advocate("Tabs"))
        .with_participant("chair", moderator)
        .build();
    let mut chosen = Vec::new();
    let debate = synod.debate("Tabs or spaces?").options(["Tabs", "Spaces"]).rounds(1);
    let debate = debate.agents(["ann", "bob"]).mode(DebateMode::Autonomous).configure(|config| {
        config.debate_rules.moderator = Some("chair".parse().unwrap());
    });
    let run = debate.run_with(|event| {
        if let Event::MoveChosen(choice) = &event.event {
            chosen.push(choice.source);
        }
    });
    run.await.unwrap();
    assert!(!chosen.is_empty());
    assert!(chosen.iter().all(|source| *source == MoveSource::Moderator), "{chosen:?}");
}

/// A participant that fails, as programs do.
struct Failing;

impl Participant for Failing {
    fn speak(&self, _: Brief, _: Progress) -> ReplyFuture {
        let failure = CallFailure::new(FailureCause::ModelError, "none".parse().unwrap());
        Box::pin(ready(Err(failure)))
    }

    fn ballot(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self.speak(brief, progress)
    }

    fn moderate(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self.speak(brief, progress)
    }
}

#[tokio::test(start_paused = true)]
async fn failing_participants_count_as_asked() {
    let synod = Synod::without_models()
        .with_participant("ann", advocate("Spaces"))
        .with_participant("bob", advocate("Spaces"))
        .with_participant("cleo", Failing)
        .build();
    let debate = synod.debate("Tabs or spaces?").options(["Tabs", "Spaces"]).rounds(1);
    let verdict = debate.agents(["ann", "bob", "cleo"]).run().await.unwrap();
    assert_eq!((verdict.votes, verdict.of), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn unknown_participants_are_refused() {
    let synod = three_advocates();
    let error = synod.debate("Tabs?").agents(["ann", "critc"]).run().await.unwrap_err();
    assert_eq!(error.to_string(), "there is no agent `critc`; did you mean `critic`?");
    let RunError::Open(OpenError::Prepare(PrepareError::Assignment(_))) = error else {
        panic!("{error:?}")
    };
    let error = Synod::without_models().with_agents_toml("[agents.ada]\nmodle = 'x'").unwrap_err();
    assert!(error.to_string().starts_with("line 2: unknown key `modle`"), "{error}");
}

/// The program only waits for the verdict, so a paused debate would never be resumed.
#[tokio::test(start_paused = true)]
async fn runs_end_with_an_error_when_hosts_are_away() {
    let gone = || ChatError::Unreachable {
        host: HostName::new("local").unwrap(),
        source: Arc::new(std::io::Error::other("refused")),
    };
    let model = ScriptedModel::new("m").always(ScriptedReply::fails(gone()));
    let synod = Synod::builder(gateway(model)).build();
    let error = synod.debate("Tabs?").options(["Tabs", "Spaces"]).run().await.unwrap_err();
    assert!(error.to_string().starts_with("the debate paused: local "), "{error}");
    let RunError::Paused { debate, pause } = error else { panic!("{error:?}") };
    assert_eq!(pause.reason, PauseReason::HostsAway);
    assert!(debate.verdict().await.unwrap().is_none());
}
