//! Every value of the types matches the schemas of the document.

use std::sync::Arc;

use serde_json::{Value, json};
use synod_domain::{
    AgentId, Argument, BallotRecorded, BallotResult, CallCount, CallMeta, CallNo, CallStarted,
    CallVoided, Confidence, DebateConfig, DebateId, DebateLimits, DebateOption, Dissent, Event,
    FailureCause, Hollow, HostName, Initialized, Interjected, JudgeRuled, Millis, ModelName,
    MoveChosen, MoveKind, MoveSource, OptionId, OptionsSet, OptionsSource, Outcome, Panel,
    ParticipantProfile, PausePolicy, PauseReason, Paused, Persona, Purpose, Recorded, RoundClosed,
    Rung, Scale, Silent, Tally, Then, TieBreak, Timestamp, TokenCount, Truncated, TurnEnded,
    TurnNo, TurnResult, Verdict, VoidCause, VoteCount,
};
use synod_transcript::Transcript;

use crate::document::{assert_is, words_of};

fn agent() -> AgentId {
    AgentId::new("critic").expect("an id")
}

fn option() -> Option<OptionId> {
    OptionId::at(0)
}

fn options() -> Vec<DebateOption> {
    DebateOption::list(["Yes", "No"])
}

fn meta() -> CallMeta {
    CallMeta {
        host: Some(Box::new("far".parse::<HostName>().expect("a name"))),
        digest: Some("sha256:0".into()),
        failure: Some("connection refused".into()),
        queued_ms: Some(Millis::new(1)),
        ..CallMeta::of(ModelName::new("m").expect("a name"))
    }
}

fn profile() -> Arc<ParticipantProfile> {
    let persona = Persona { expertise: "a critic".into(), voice: "bluntly".into() };
    Arc::new(ParticipantProfile {
        agent_id: agent(),
        name: "Critic".into(),
        host: "near".parse().expect("a name"),
        model: ModelName::new("m").expect("a name"),
        digest: None,
        pooled: true,
        scale: Scale::Tiny,
        persona,
    })
}

fn tally() -> Tally {
    Tally {
        asked: 3,
        answered: 2,
        abstained: 1,
        failed: 0,
        votes: option().map(|option| VoteCount { option, count: 2 }).into_iter().collect(),
        leaders: option().into_iter().collect(),
        consensus: false,
        changed: vec![agent()],
    }
}

fn limits() -> DebateLimits {
    DebateLimits {
        needs: 2,
        of: 2,
        most_turns: 1,
        most_ballots: 1,
        most_moves: 1,
        planned_calls: 1,
        most_calls: 1,
        most_output_tokens: u64::MAX,
        most_thinking_tokens: 1,
        most_model_seconds: 1,
    }
}

fn verdict() -> Verdict {
    Verdict {
        outcome: Outcome::Consensus,
        answer: options().pop(),
        leader: option(),
        tie_broken_by: Some(TieBreak::RunOff),
        votes: 2,
        needs: 2,
        of: 3,
        panel: Some(Panel::from(&tally())),
        round: Some(1),
        tied_round: Some(tally()),
        round0: Some(tally()),
        leader_changed: Some(true),
        argument: Some(Argument { agent_id: agent(), turn: TurnNo(1) }),
        dissent: vec![Dissent { agent_id: agent(), option: option(), turn: Some(TurnNo(1)) }],
        silent: Some(vec![Silent {
            agent_id: agent(),
            never_spoke: true,
            never_voted: false,
            cause: Some(FailureCause::AllThought),
        }]),
        hollow: Some(Hollow::SameModel),
        demo: true,
        tokens: TokenCount::default(),
        calls: CallCount::default(),
        running_ms: 1,
        reason: Some("enough".to_owned()),
    }
}

/// One event of every type, with all its fields.
fn one_of_each() -> Vec<Event> {
    let agents = vec![agent(), AgentId::new("analyst").expect("an id")];
    let config = DebateConfig::structured("Ban cars?", agents);
    let setup = Initialized {
        config,
        limits: limits(),
        participants: vec![profile()],
        moderator: Some(profile()),
        judge: Some(profile()),
        rules_revision: Initialized::RULES_REVISION,
    };
    let call = CallNo(1);
    vec![
        Event::DebateInitialized(Arc::new(setup)),
        Event::DebateStarted,
        Event::DebatePaused(Paused::of(PausePolicy::Drain, PauseReason::DiskFull).into()),
        Event::DebateResumed(std::sync::Arc::default()),
        Event::DebateRecovered,
        Event::Interjected(Interjected { text: "Yes?".into(), author: Some("Ada".into()) }),
        Event::VoteCalled,
        Event::CallStarted(CallStarted {
            call,
            purpose: Purpose::RunOff,
            agent_id: agent(),
            round: 1,
            turn: Some(TurnNo(1)),
            pass: Some(1),
            evidence: true,
            attempt: 1,
            repair: true,
        }),
        Event::TurnEnded(Arc::new(TurnEnded {
            call,
            turn: TurnNo(1),
            round: 0,
            agent_id: agent(),
            result: TurnResult::Spoke,
            text: "No.".into(),
            truncated: Some(Truncated::Length),
            cause: Some(FailureCause::ModelError),
            meta: meta(),
        })),
        Event::OptionsSet(Arc::new(OptionsSet {
            call: Some(call),
            options: options(),
            source: OptionsSource::Clerk,
            meta: Some(meta()),
        })),
        Event::MoveChosen(Arc::new(MoveChosen {
            call,
            round: 1,
            kind: MoveKind::AskEvidence,
            agent_id: Some(agent()),
            source: MoveSource::Moderator,
            meta: meta(),
        })),
        Event::BallotRecorded(Arc::new(BallotRecorded {
            call,
            round: 1,
            run_off: true,
            agent_id: agent(),
            result: BallotResult::Vote,
            option: option(),
            proposal: Some("Both".into()),
            confidence: Confidence::read("0.123"),
            moved_by: Some(TurnNo(1)),
            via: Some(Rung::Strict),
            cause: Some(FailureCause::Deadline),
            meta: meta(),
        })),
        Event::JudgeRuled(Arc::new(JudgeRuled {
            call,
            option: option(),
            cause: Some(FailureCause::Invalid),
            meta: meta(),
        })),
        Event::CallVoided(Arc::new(CallVoided {
            call,
            cause: VoidCause::Aborted,
            detail: Some("no object".to_owned()),
            text: "Well".into(),
            meta: Some(meta()),
        })),
        Event::RoundClosed(Arc::new(RoundClosed {
            round: 1,
            tally: tally().into(),
            then: Then::RunOff,
            outcome: Some(Outcome::MaxRounds),
        })),
        Event::DebateClosed(Arc::new(verdict())),
    ]
}

fn log() -> Vec<Recorded> {
    let debate_id: DebateId = "01939b3e-0000-7000-8000-000000000000".parse().expect("an id");
    let recorded = |(seq, event)| {
        let at = Timestamp::default();
        Recorded::new(debate_id, seq, at, event)
    };
    (1..).zip(one_of_each()).map(recorded).collect()
}

/// The value with each of its members in turn null or absent, where that is another value of the type.
fn with_less(value: &Value) -> Vec<Value> {
    let members = value["data"].as_object().into_iter().flatten();
    let null = members.map(|(name, _)| {
        let mut less = value.clone();
        less["data"][name] = Value::Null;
        less
    });
    null.filter(|less| serde_json::from_value::<Recorded>(less.clone()).is_ok()).collect()
}

#[test]
fn every_event_matches_its_schema() {
    let log: Vec<_> = log().iter().map(|recorded| json!(recorded)).collect();
    let kinds: Vec<_> = log.iter().map(|event| event["type"].as_str().expect("a type")).collect();
    assert_eq!(words_of("DebateEvent"), kinds);
    for event in &log {
        assert_is("DebateEvent", event);
        assert_is("DebateUpdate", event);
        for less in with_less(event) {
            let recorded: Recorded = serde_json::from_value(less).expect("it was read before");
            assert_is("DebateEvent", &json!(recorded));
        }
    }
}

#[test]
fn a_transcript_of_all_events_matches_its_schema() {
    assert_is("Transcript", &json!(Transcript::of([])));
    let log = log();
    for end in 1..=log.len() {
        assert_is("Transcript", &json!(Transcript::of(&log[..end])));
    }
}

#[test]
fn a_turn_delta_matches_its_schema() {
    let delta = synod_debate_engine::TurnDelta {
        debate_id: "01939b3e-0000-7000-8000-000000000000".parse().expect("an id"),
        call: CallNo(3),
        turn: TurnNo(3),
        agent_id: agent(),
        index: 41,
        whole: false,
        text: " because".into(),
    };
    assert_is("TurnDelta", &json!(delta));
    assert_is("DebateUpdate", &json!(delta));
}
