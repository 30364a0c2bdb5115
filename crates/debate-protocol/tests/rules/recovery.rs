//! Whatever happens to the process, the log goes on.

use synod_debate_protocol::{Command, Debate, NextStep, Status};
use synod_domain::{DebateMode, Event, PauseReason, Purpose, VoidCause};

use crate::table::{Table, closed, in_turns, votes};

#[test]
fn a_recovered_debate_repeats_only_the_calls_in_flight() {
    let mut table = Table::started(closed(3, &["A", "B"]));
    let begun = table.begin_due();
    table.end(begun[1].call, "Said before the crash.");
    table.command(Command::Recover).unwrap();
    let again = table.begin_due();
    let turns: Vec<_> = again.iter().map(|brief| brief.turn).collect();
    assert_eq!(turns, [begun[0].turn, begun[2].turn]);
    let attempts = table.log.iter().filter_map(|recorded| match &recorded.event {
        Event::CallStarted(started) => Some(started.attempt),
        _ => None,
    });
    assert_eq!(attempts.collect::<Vec<_>>(), [1, 1, 1, 2, 2]);
}

#[test]
fn the_third_loss_of_a_step_pauses_the_debate_and_a_resume_counts_anew() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    for loss in 1..=3 {
        table.begin_due();
        let events = table.command(Command::Recover).unwrap();
        let poisoned = events.iter().any(|event| {
            matches!(event, Event::DebatePaused(paused) if paused.reason == PauseReason::Poison)
        });
        assert_eq!(poisoned, loss == 3);
    }
    assert_eq!(table.debate.status(), Status::Paused);
    table.command(Command::Resume).unwrap();
    assert!(table.due().iter().all(|step| step.attempt == 1));
    table.begin_due();
    table.command(Command::Recover).unwrap();
    assert_eq!(table.debate.status(), Status::Running);
}

#[test]
fn the_time_between_a_crash_and_its_recovery_is_no_running_time() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    table.begin_one();
    let before = table.debate.running_ms(table.now);
    table.now = table.now.after(std::time::Duration::from_secs(3_600));
    table.command(Command::Recover).unwrap();
    assert_eq!(table.debate.running_ms(table.now), before);
}

#[test]
fn a_release_is_no_loss() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    for _ in 0..5 {
        table.begin_due();
        let events = table.command(Command::Release).unwrap();
        assert!(
            events.iter().all(
                |event| matches!(event, Event::CallVoided(v) if v.cause == VoidCause::Aborted)
            )
        );
    }
    assert_eq!(table.debate.status(), Status::Running);
    assert!(table.due().iter().all(|step| step.attempt == 1));
}

#[test]
fn a_repair_that_is_lost_begins_again_as_a_repair() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    for brief in table.begin_due() {
        table.end(brief.call, "An opening.");
    }
    let ballot = table.begin_one().unwrap();
    table.end(ballot.call, "unreadable");
    let repair = table.begin_one().unwrap();
    assert!(repair.repair.is_some());
    assert_eq!(repair.purpose, Purpose::Ballot);
    table.command(Command::Recover).unwrap();
    let NextStep::Begin(due) = table.debate.next_step() else { panic!("nothing is due") };
    assert!(due[0].repair && due[0].attempt == 2);
    assert_eq!(table.begin_one().unwrap().repair, repair.repair);
}

#[test]
fn voided_steps_come_first_by_their_last_call() {
    let mut table = Table::started(closed(3, &["A", "B"]));
    table.begin_one();
    table.begin_one();
    table.command(Command::Recover).unwrap();
    let turns: Vec<_> = table.due().iter().map(|step| step.turn.map(|turn| turn.0)).collect();
    assert_eq!(turns, [Some(1), Some(2), None]);
}

/// A crash after any batch of a debate: what is folded from the log goes on to the same verdict.
#[test]
fn a_crash_anywhere_changes_no_verdict() {
    for mode in [DebateMode::Structured, DebateMode::Freeform, DebateMode::Autonomous] {
        crash_everywhere(mode);
    }
}

fn crash_everywhere(mode: DebateMode) {
    let config = || in_turns(mode, 3, &["A", "B"]);
    let rows = ["121", "122", "112"];
    let mut whole = Table::started(config());
    let expected = whole.hold(votes(&rows)).clone();
    for crash in 2..whole.log.len() {
        let prefix = &whole.log[..crash];
        let same_batch = prefix.last().map(|last| last.at) == whole.log.get(crash).map(|r| r.at);
        if same_batch {
            continue;
        }
        let mut table = Table::new(config());
        table.log = prefix.to_vec();
        table.debate = Debate::fold(prefix).unwrap();
        table.now = prefix.last().unwrap().at;
        table.command(Command::Recover).unwrap();
        // Calls that were in flight are not among those begun now: they were lost.
        let verdict = table.hold(votes(&rows));
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
    let table = Table::started(closed(2, &["A", "B"]));
    let mut newer = table.log.clone();
    newer[1].v = 2;
    assert!(Debate::fold(&newer).unwrap_err().to_string().contains("version 2"));
    let mut gap = table.log.clone();
    gap[1].seq = 3;
    assert!(Debate::fold(&gap).unwrap_err().to_string().contains("event 2 is missing"));
    assert!(Debate::fold(&[]).is_err());
    assert!(Debate::fold(&table.log[1..]).is_err());
}

#[test]
fn an_event_of_a_later_version_that_no_rule_reads_is_kept_and_skipped() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    let line = table.lines();
    let second = line.lines().nth(1).unwrap().replace("debate_started", "debate_applauded");
    let mut unknown: synod_domain::Recorded = serde_json::from_str(&second).unwrap();
    unknown.seq = 3;
    let before = table.debate.next_step();
    table.debate.apply(&unknown);
    assert_eq!(table.debate.next_step(), before);
    assert!(serde_json::to_string(&unknown).unwrap().contains("debate_applauded"));
}
