//! A debate continues from its log after any crash of its process.

use synod_debate_protocol::{Command, Debate, NextStep, Status};
use synod_domain::{DebateMode, Event, PauseReason, Purpose, VoidCause};

use crate::fixture::{DebateFixture, closed, in_turns, votes};

#[test]
fn a_recovered_debate_repeats_only_the_calls_in_flight() {
    let mut fixture = DebateFixture::started(closed(3, &["A", "B"]));
    let begun = fixture.begin_due();
    fixture.end(begun[1].call, "Said before the crash.");
    fixture.command(Command::Recover).unwrap();
    let again = fixture.begin_due();
    let turns: Vec<_> = again.iter().map(|brief| brief.turn).collect();
    assert_eq!(turns, [begun[0].turn, begun[2].turn]);
    let attempts = fixture.log.iter().filter_map(|recorded| match &recorded.event {
        Event::CallStarted(started) => Some(started.attempt),
        _ => None,
    });
    assert_eq!(attempts.collect::<Vec<_>>(), [1, 1, 1, 2, 2]);
}

#[test]
fn the_third_loss_pauses_and_a_resume_resets_the_count() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    for loss in 1..=3 {
        fixture.begin_due();
        let events = fixture.command(Command::Recover).unwrap();
        let poisoned = events.iter().any(|event| {
            matches!(event, Event::DebatePaused(paused) if paused.reason == PauseReason::Poison)
        });
        assert_eq!(poisoned, loss == 3);
    }
    assert_eq!(fixture.debate.status(), Status::Paused);
    fixture.command(Command::Resume).unwrap();
    assert!(fixture.due().iter().all(|step| step.attempt == 1));
    fixture.begin_due();
    fixture.command(Command::Recover).unwrap();
    assert_eq!(fixture.debate.status(), Status::Running);
}

#[test]
fn time_between_crash_and_recovery_is_not_running_time() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    fixture.begin_one();
    let before = fixture.debate.running_ms(fixture.now);
    fixture.now = fixture.now.after(std::time::Duration::from_secs(3_600));
    fixture.command(Command::Recover).unwrap();
    assert_eq!(fixture.debate.running_ms(fixture.now), before);
}

#[test]
fn a_release_is_no_loss() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    for _ in 0..5 {
        fixture.begin_due();
        let events = fixture.command(Command::Release).unwrap();
        assert!(
            events.iter().all(
                |event| matches!(event, Event::CallVoided(v) if v.cause == VoidCause::Aborted)
            )
        );
    }
    assert_eq!(fixture.debate.status(), Status::Running);
    assert!(fixture.due().iter().all(|step| step.attempt == 1));
}

#[test]
fn a_repair_that_is_lost_begins_again_as_a_repair() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    for brief in fixture.begin_due() {
        fixture.end(brief.call, "An opening.");
    }
    let ballot = fixture.begin_one().unwrap();
    fixture.end(ballot.call, "unreadable");
    let repair = fixture.begin_one().unwrap();
    assert!(repair.repair.is_some());
    assert_eq!(repair.purpose, Purpose::Ballot);
    fixture.command(Command::Recover).unwrap();
    let NextStep::Begin(due) = fixture.debate.next_step() else { panic!("nothing is due") };
    assert!(due[0].repair && due[0].attempt == 2);
    assert_eq!(fixture.begin_one().unwrap().repair, repair.repair);
}

#[test]
fn voided_steps_come_first_by_their_last_call() {
    let mut fixture = DebateFixture::started(closed(3, &["A", "B"]));
    fixture.begin_one();
    fixture.begin_one();
    fixture.command(Command::Recover).unwrap();
    let turns: Vec<_> = fixture.due().iter().map(|step| step.turn.map(|turn| turn.0)).collect();
    assert_eq!(turns, [Some(1), Some(2), None]);
}

/// A crash after any batch of a debate: the state folded from the log leads to the same verdict.
#[test]
fn a_crash_anywhere_changes_no_verdict() {
    for mode in [DebateMode::Structured, DebateMode::Freeform, DebateMode::Autonomous] {
        crash_everywhere(mode);
    }
}

fn crash_everywhere(mode: DebateMode) {
    let config = || in_turns(mode, 3, &["A", "B"]);
    let rows = ["121", "122", "112"];
    let mut whole = DebateFixture::started(config());
    let expected = whole.hold(votes(&rows)).clone();
    for crash in 2..whole.log.len() {
        let prefix = &whole.log[..crash];
        let same_batch = prefix.last().map(|last| last.at) == whole.log.get(crash).map(|r| r.at);
        if same_batch {
            continue;
        }
        let mut fixture = DebateFixture::new(config());
        fixture.log = prefix.to_vec();
        fixture.debate = Debate::fold(prefix).unwrap();
        fixture.now = prefix.last().unwrap().at;
        fixture.command(Command::Recover).unwrap();
        // Calls that were in flight are not among those begun now: they were lost.
        let verdict = fixture.hold(votes(&rows));
        assert_eq!(
            (verdict.outcome, verdict.leader, verdict.votes, &verdict.dissent, &verdict.argument),
            (
                expected.outcome,
                expected.leader,
                expected.votes,
                &expected.dissent,
                &expected.argument
            ),
            "{mode:?}: crash after event {crash}"
        );
    }
}

#[test]
fn a_newer_version_or_a_gap_is_not_folded() {
    let fixture = DebateFixture::started(closed(2, &["A", "B"]));
    let mut newer = fixture.log.clone();
    newer[1].v = 2;
    assert!(Debate::fold(&newer).unwrap_err().to_string().contains("version 2"));
    let mut gap = fixture.log.clone();
    gap[1].seq = 3;
    assert!(Debate::fold(&gap).unwrap_err().to_string().contains("event 2 is missing"));
    assert!(Debate::fold(&[]).is_err());
    assert!(Debate::fold(&fixture.log[1..]).is_err());
}

#[test]
fn unknown_events_of_later_versions_are_kept_and_skipped() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    let line = fixture.lines();
    let second = line.lines().nth(1).unwrap().replace("debate_started", "debate_applauded");
    let mut unknown: synod_domain::Recorded = serde_json::from_str(&second).unwrap();
    unknown.seq = 3;
    let before = fixture.debate.next_step();
    fixture.debate.apply(&unknown);
    assert_eq!(fixture.debate.next_step(), before);
    assert!(serde_json::to_string(&unknown).unwrap().contains("debate_applauded"));
}
