//! A log that was tampered with is found out.

use std::sync::Arc;

use synod_debate_protocol::{AuditError, Command, audit};
use synod_domain::{
    AgentId, DebateMode, Event, MoveKind, MoveSource, OptionId, Outcome, Purpose, Recorded,
    TurnResult,
};

use crate::fixture::{DebateFixture, agent, closed, in_turns, votes};

fn log() -> Vec<Recorded> {
    log_of(DebateMode::Structured)
}

fn log_of(mode: DebateMode) -> Vec<Recorded> {
    let mut fixture = DebateFixture::started(in_turns(mode, 3, &["A", "B"]));
    fixture.hold(votes(&["121", "122", "112"]));
    fixture.log
}

fn tampered(change: impl Fn(&mut Vec<Recorded>)) -> AuditError {
    tampered_in(DebateMode::Structured, change)
}

fn tampered_in(mode: DebateMode, change: impl Fn(&mut Vec<Recorded>)) -> AuditError {
    let mut log = log_of(mode);
    change(&mut log);
    audit(&log).unwrap_err()
}

fn at(log: &mut [Recorded], kind: &str) -> usize {
    log.iter().rposition(|recorded| recorded.event.kind() == kind).unwrap()
}

#[test]
fn logs_written_by_the_rules_pass_the_audit() {
    assert!(audit(&log()).is_ok());
}

#[test]
fn a_vote_changed_afterwards_no_longer_adds_up() {
    let error = tampered(|log| {
        let place = at(log, "ballot_recorded");
        let Event::BallotRecorded(ballot) = &mut log[place].event else { return };
        Arc::make_mut(ballot).option = OptionId::at(0);
    });
    assert!(error.to_string().contains("round_closed"), "{error}");
}

#[test]
fn a_verdict_changed_afterwards_does_not_follow() {
    for change in [
        (|verdict: &mut synod_domain::Verdict| verdict.votes = 3) as fn(&mut _),
        |verdict| verdict.outcome = Outcome::Consensus,
        |verdict| verdict.dissent.clear(),
        |verdict| verdict.running_ms += 1,
        |verdict| verdict.calls.begun -= 1,
    ] {
        let error = tampered(|log| {
            let place = at(log, "debate_closed");
            let Event::DebateClosed(verdict) = &mut log[place].event else { return };
            change(Arc::make_mut(verdict));
        });
        assert!(error.to_string().contains("debate_closed"), "{error}");
    }
}

#[test]
fn limits_changed_afterwards_do_not_follow() {
    let error = tampered(|log| {
        let Event::DebateInitialized(setup) = &mut log[0].event else { return };
        std::sync::Arc::make_mut(setup).limits.needs = 1;
    });
    assert!(error.to_string().contains("limits"), "{error}");
}

/// Whichever event is taken out, and the rest numbered anew, the rest does not add up.
#[test]
fn no_event_can_be_taken_out() {
    for mode in [DebateMode::Structured, DebateMode::Freeform, DebateMode::Autonomous] {
        let whole = log_of(mode);
        // The last is the verdict: a log may end anywhere.
        for missing in 0..whole.len() - 1 {
            let mut log = whole.clone();
            log.remove(missing);
            for (recorded, seq) in log.iter_mut().zip(1..) {
                recorded.seq = seq;
            }
            assert!(audit(&log).is_err(), "{mode:?} without event {}", missing + 1);
        }
    }
}

#[test]
fn profiles_of_other_agents_fail_the_audit() {
    for change in [
        (|setup: &mut synod_domain::Initialized| setup.participants.clear()) as fn(&mut _),
        |setup| setup.participants.swap(0, 1),
        |setup| setup.moderator = Some(crate::fixture::seat("m").into()),
        |setup| setup.judge = Some(crate::fixture::seat("j").into()),
    ] {
        let error = tampered(|log| {
            let Event::DebateInitialized(setup) = &mut log[0].event else { return };
            change(std::sync::Arc::make_mut(setup));
        });
        assert!(error.to_string().contains("profiles"), "{error}");
    }
}

/// The first argument's speaker, wherever the log names it, becomes another.
fn another_speaks(log: &mut [Recorded], other: &AgentId) {
    let mut call = None;
    for recorded in log {
        match &mut recorded.event {
            Event::CallStarted(begun) if begun.purpose == Purpose::Argument && call.is_none() => {
                call = Some(begun.call);
                begun.agent_id = other.clone();
            }
            Event::TurnEnded(ended) if Some(ended.call) == call => {
                Arc::make_mut(ended).agent_id = other.clone();
            }
            _ => {}
        }
    }
}

#[test]
fn a_speaker_that_the_rules_forbid_fails_the_audit() {
    for mode in [DebateMode::Freeform, DebateMode::Autonomous] {
        let error = tampered_in(mode, |log| another_speaks(log, &agent("c")));
        assert!(error.to_string().contains("call_started"), "{mode:?}: {error}");
    }
}

#[test]
fn a_move_that_was_not_open_to_the_moderator() {
    for change in [
        (|chosen: &mut synod_domain::MoveChosen| {
            (chosen.kind, chosen.agent_id) = (MoveKind::CallVote, None);
        }) as fn(&mut _),
        |chosen| chosen.agent_id = None,
        |chosen| chosen.agent_id = Some(agent("nobody")),
        |chosen| chosen.round = 2,
        // b, not a, is the scheduler's choice.
        |chosen| chosen.source = MoveSource::Scheduler,
    ] {
        let error = tampered_in(DebateMode::Autonomous, |log| {
            let first = log.iter_mut().find_map(|recorded| match &mut recorded.event {
                Event::MoveChosen(chosen) => Some(chosen),
                _ => None,
            });
            change(Arc::make_mut(first.unwrap()));
        });
        assert!(error.to_string().contains("move_chosen"), "{error}");
    }
}

/// Calls that are open when a debate closes are voided first; the counts of the verdict alone would
/// not tell.
#[test]
fn a_debate_does_not_close_over_an_open_call() {
    let mut fixture = DebateFixture::started(in_turns(DebateMode::Structured, 3, &["A", "B"]));
    fixture.begin_due();
    fixture.command(Command::Stop { reason: None }).unwrap();
    let mut log = fixture.log;
    assert!(audit(&log).is_ok());
    let place = at(&mut log, "call_voided");
    log.remove(place);
    log[place].seq -= 1;
    let Event::DebateClosed(verdict) = &mut log[place].event else { panic!("{log:?}") };
    Arc::make_mut(verdict).calls.voided -= 1;
    assert!(audit(&log).unwrap_err().to_string().contains("voided"));
}

/// A takeover voids all that was open, and pauses a debate that was lost too often.
#[test]
fn a_recovery_is_whole() {
    let mut fixture = DebateFixture::started(in_turns(DebateMode::Structured, 2, &["A", "B"]));
    for _ in 0..3 {
        fixture.begin_due();
        fixture.command(Command::Recover).unwrap();
    }
    fixture.command(Command::Resume).unwrap();
    for kind in ["call_voided", "debate_paused"] {
        let mut log = fixture.log.clone();
        let place = at(&mut log, kind);
        log.remove(place);
        for (recorded, seq) in log.iter_mut().zip(1..) {
            recorded.seq = seq;
        }
        assert!(audit(&log).is_err(), "{kind}");
    }
}

/// An older version took a copy for a statement, and its logs are as honest as they were.
#[test]
fn a_copy_is_a_pass_and_was_a_statement_in_older_logs() {
    let mut config = closed(2, &["First", "Second"]);
    (config.max_rounds, config.max_iterations_per_round) = (1, 1);
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| match (brief.purpose, brief.label.map(|label| label.index())) {
        (Purpose::Argument, Some(0)) => {
            "[Speaker B, statement 2]\nStatement 2 has a point. Then a \
             first and a second one."
                .into()
        }
        (Purpose::Argument, Some(1)) => "[Speaker B, statement 2]\nSpeaker A: I agree.".into(),
        _ => votes(&["12", "12"])(brief),
    });
    let ends = |log: &[Recorded]| -> Vec<(TurnResult, String)> {
        let ended = log.iter().filter_map(|recorded| match &recorded.event {
            Event::TurnEnded(ended) if ended.round == 1 => {
                Some((ended.result, ended.text.to_string()))
            }
            _ => None,
        });
        ended.collect()
    };
    let copied = "Statement 2 has a point. Then a first and a second one.".to_owned();
    let marked = "(in Speaker B's words) Speaker A: I agree.".to_owned();
    assert_eq!(ends(&fixture.log), [(TurnResult::Spoke, marked), (TurnResult::Passed, copied)]);
    assert!(audit(&fixture.log).is_ok());

    let mut older = fixture.log.clone();
    for recorded in &mut older {
        let Event::TurnEnded(ended) = &mut recorded.event else { continue };
        let ended = Arc::make_mut(ended);
        if ended.round == 1 {
            ended.result = TurnResult::Spoke;
            ended.text = format!("[Speaker B, statement 2]\n{}", ended.text).into();
        }
    }
    assert_eq!(audit(&older).map(|_| ()), Ok(()));
    // A pass that is neither said nor a copy is found in every log.
    let passed = |recorded: &mut Recorded| {
        let Event::TurnEnded(ended) = &mut recorded.event else { return };
        let ended = Arc::make_mut(ended);
        if ended.text.contains("I agree") {
            ended.result = TurnResult::Passed;
        }
    };
    older.iter_mut().for_each(passed);
    assert!(audit(&older).is_err());
}

#[test]
fn another_statement_beside_the_answer_fails_the_audit() {
    let change = |log: &mut Vec<Recorded>| {
        let place = at(log, "debate_closed");
        let Event::DebateClosed(verdict) = &mut log[place].event else { return };
        let argument = &mut Arc::make_mut(verdict).argument;
        argument.as_mut().unwrap().turn.0 = 1;
    };
    assert!(tampered(change).to_string().contains("debate_closed"));
}

/// Logs of the first revision of the rules: what was read and chosen then is not judged anew, but
/// what is counted is.
#[test]
fn a_log_of_earlier_rules_is_taken_as_it_stands() {
    let earlier = |change: fn(&mut synod_domain::Verdict)| {
        let mut log = log();
        let Event::DebateInitialized(setup) = &mut log[0].event else { panic!("{log:?}") };
        Arc::make_mut(setup).rules_revision = 1;
        let place = at(&mut log, "debate_closed");
        let Event::DebateClosed(verdict) = &mut log[place].event else { panic!("{log:?}") };
        change(Arc::make_mut(verdict));
        audit(&log).map(|debate| debate.holds_earlier_rules())
    };
    assert_eq!(earlier(|_| {}), Ok(true));
    assert_eq!(earlier(|verdict| verdict.argument.as_mut().unwrap().turn.0 = 1), Ok(true));
    assert_eq!(earlier(|verdict| verdict.argument = None), Ok(true));
    assert!(earlier(|verdict| verdict.argument.as_mut().unwrap().turn.0 = 99).is_err());
    assert!(earlier(|verdict| verdict.votes += 1).is_err());
    assert!(earlier(|verdict| verdict.dissent.clear()).is_err());
}

#[test]
fn a_log_of_later_rules_is_not_judged() {
    let error = tampered(|log| {
        let Event::DebateInitialized(setup) = &mut log[0].event else { return };
        Arc::make_mut(setup).rules_revision = synod_domain::Initialized::RULES_REVISION + 1;
    });
    assert!(error.to_string().contains("does not know that revision"), "{error}");
}
