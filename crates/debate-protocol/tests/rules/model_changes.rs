//! Models that change under their names.

use synod_debate_protocol::{Command, Status, audit};
use synod_domain::{Event, ModelChange, PausePolicy, PauseReason, Paused, Recorded, Resumed};

use crate::fixture::{DebateFixture, closed, votes};

const OLD: &str = "sha256:00";
const NEW: &str = "sha256:11";

/// A running debate of three with recorded digests.
fn fixture() -> DebateFixture {
    let config = closed(3, &["A", "B"]);
    let mut fixture = DebateFixture::with(config, |profile| profile.digest = Some(OLD.into()));
    fixture.command(Command::Start).unwrap();
    fixture
}

fn changes(fixture: &DebateFixture, served: &str) -> Box<[ModelChange]> {
    fixture.debate.model_changes(|_| Some(served.into()))
}

/// A debate that paused for a change of models and was resumed with it.
fn accepted() -> DebateFixture {
    let mut fixture = fixture();
    let changes = changes(&fixture, NEW);
    fixture.command(Command::PauseForModels { changes: changes.clone() }).unwrap();
    fixture.command(Command::ResumeWithModels { accepted: changes }).unwrap();
    fixture.hold(votes(&["111", "111", "111", "111", "111"]));
    fixture
}

#[test]
fn a_change_is_found_once_for_each_model() {
    let fixture = fixture();
    assert_eq!(changes(&fixture, OLD).len(), 0);
    assert_eq!(fixture.debate.model_changes(|_| None).len(), 0);
    let changes = changes(&fixture, NEW);
    let agents: usize = changes.iter().map(|change| change.agents.len()).sum();
    assert_eq!(agents, 3);
    let unknown = DebateFixture::started(closed(3, &["A", "B"]));
    assert_eq!(unknown.debate.model_changes(|_| Some(NEW.into())).len(), 0);
}

#[test]
fn an_accepted_change_is_what_the_debate_has_recorded() {
    let fixture = accepted();
    let setup = fixture.debate.setup();
    assert!(setup.profiles().all(|profile| profile.digest.as_deref() == Some(NEW)));
    assert_eq!(changes(&fixture, NEW).len(), 0);
    assert!(!changes(&fixture, OLD).is_empty());
    assert_eq!(audit(&fixture.log).unwrap(), fixture.debate);
    // As read from a store.
    let log: Vec<Recorded> = fixture
        .log
        .iter()
        .map(|recorded| serde_json::from_str(&serde_json::to_string(recorded).unwrap()).unwrap())
        .collect();
    assert_eq!(log, fixture.log);
}

#[test]
fn an_outdated_acceptance_accepts_nothing() {
    let mut fixture = accepted();
    let status = fixture.debate.status();
    assert_eq!(status, Status::Closed);
    fixture = self::fixture();
    let mut other = changes(&fixture, NEW);
    other[0].recorded_digest = "sha256:22".into();
    let (policy, reason) = (PausePolicy::Drain, PauseReason::Command);
    fixture.command(Command::Pause { policy, reason }).unwrap();
    let resumed = fixture.command(Command::ResumeWithModels { accepted: other.clone() }).unwrap();
    let [Event::DebateResumed(resumed)] = &resumed[..] else { panic!("{resumed:?}") };
    assert!(!resumed.accepted_models.iter().any(|change| *change == other[0]));
    audit(&fixture.log).unwrap();
}

#[test]
fn an_audit_finds_changes_that_were_not_met() {
    let fixture = accepted();
    let place = |kind| fixture.log.iter().position(|r| r.event.kind() == kind).unwrap();
    let (paused, resumed) = (place("debate_paused"), place("debate_resumed"));
    let fails = |at: usize, event: Event| {
        let mut log = fixture.log.clone();
        log[at].event = event;
        assert!(audit(&log).is_err(), "{:?}", log[at]);
    };
    let Event::DebatePaused(pause) = &fixture.log[paused].event else { panic!() };
    for change in [
        |models: &mut [ModelChange]| models[0].served_digest = OLD.into(),
        |models: &mut [ModelChange]| models[0].recorded_digest = NEW.into(),
        |models: &mut [ModelChange]| models[0].agents = Box::default(),
        |models: &mut [ModelChange]| models[0].model = "other".parse().unwrap(),
    ] {
        let mut models = pause.models.clone();
        change(&mut models);
        fails(paused, Event::DebatePaused(Paused::for_models(models.clone()).into()));
        fails(resumed, Event::DebateResumed(Resumed { accepted_models: models }.into()));
    }
    let mut twice = pause.models.to_vec();
    twice.extend(pause.models.to_vec());
    fails(paused, Event::DebatePaused(Paused::for_models(twice.into()).into()));
    fails(paused, Event::DebatePaused(Paused::for_models(Box::default()).into()));
    let command = Paused { reason: PauseReason::Command, ..(**pause).clone() };
    fails(paused, Event::DebatePaused(command.into()));
    let untold = Paused { detail: Some("it is so".into()), ..(**pause).clone() };
    fails(paused, Event::DebatePaused(untold.into()));
    let aborts = Paused { policy: PausePolicy::Abort, ..(**pause).clone() };
    fails(paused, Event::DebatePaused(aborts.into()));
}

/// A pause that drains lets some calls end; the others are voided alone.
#[test]
fn calls_that_wait_are_withdrawn_in_a_pause_only() {
    let mut fixture = fixture();
    let calls: Vec<_> = fixture.begin_due().iter().map(|brief| brief.call).collect();
    let withdraw = Command::Withdraw { calls: vec![calls[2], calls[1]] };
    assert_eq!(fixture.command(withdraw.clone()).unwrap().len(), 0);
    let (policy, reason) = (PausePolicy::Drain, PauseReason::Command);
    fixture.command(Command::Pause { policy, reason }).unwrap();
    assert_eq!(fixture.command(withdraw.clone()).unwrap().len(), 2);
    assert_eq!(fixture.command(withdraw).unwrap().len(), 0);
    assert_eq!(fixture.debate.open_calls().map(|open| open.call).collect::<Vec<_>>(), calls[..1]);
    audit(&fixture.log).unwrap();
}
