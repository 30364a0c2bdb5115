//! The table of commands and states.

use synod_debate_protocol::{CallEnd, Command, Rejection, Stage, Status};
use synod_domain::{CallNo, Entry, Event, Outcome, PausePolicy, PauseReason, VoidCause};

use crate::table::{Table, closed, meta, votes};

fn pause(policy: PausePolicy) -> Command {
    Command::Pause { policy, reason: PauseReason::Command }
}

fn stop() -> Command {
    Command::Stop { reason: None }
}

fn say(text: &str) -> Command {
    Command::Interject { text: text.into(), author: None }
}

fn all() -> Vec<Command> {
    vec![
        Command::Start,
        pause(PausePolicy::Drain),
        pause(PausePolicy::Abort),
        Command::Resume,
        stop(),
        say("Mind the budget."),
        Command::CallVote,
        Command::Recover,
        Command::Release,
        Command::DeadlinePassed,
        Command::Fault { reason: "the disk is gone".into() },
    ]
}

/// What each command yields: the types of the events, `∅`, or `✗`.
fn outcomes(table: &Table) -> Vec<String> {
    let word = |command: Command| {
        let name = command.name();
        let what = match table.debate.decide(command, table.now) {
            Ok(events) if events.is_empty() => "∅".to_owned(),
            Ok(events) => events.iter().map(Event::kind).collect::<Vec<_>>().join(" "),
            Err(rejection) => format!("✗ {rejection}"),
        };
        format!("{name}: {what}")
    };
    all().into_iter().map(word).collect()
}

#[test]
fn every_command_in_every_state() {
    let initialized = Table::new(closed(2, &["A", "B"]));
    let mut running = Table::started(closed(2, &["A", "B"]));
    running.begin_due();
    let mut paused = Table::started(closed(2, &["A", "B"]));
    paused.begin_due();
    paused.command(pause(PausePolicy::Drain)).unwrap();
    let mut over = Table::new(closed(2, &["A", "B"]));
    over.command(stop()).unwrap();
    let states = [&initialized, &running, &paused, &over].map(outcomes);
    insta::assert_yaml_snapshot!(states);
}

#[test]
fn a_refusal_lists_what_is_allowed() {
    let table = Table::new(closed(2, &["A", "B"]));
    let refused = table.debate.decide(Command::Resume, table.now).unwrap_err();
    let Rejection::NotAllowed { allowed, status, .. } = refused else { panic!("{refused:?}") };
    assert_eq!((status, allowed), (Status::Initialized, &["start", "stop"][..]));
}

#[test]
fn a_pause_that_drains_begins_nothing_and_lets_a_round_close() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    let begun = table.begin_due();
    table.command(pause(PausePolicy::Drain)).unwrap();
    for brief in begun {
        table.end(brief.call, "An opening.");
    }
    assert!(table.due().is_empty());
    assert_eq!(table.debate.stage(), Some(Stage::Voting));
    table.command(Command::Resume).unwrap();
    assert_eq!(table.due().len(), 2);
}

#[test]
fn a_pause_that_aborts_begins_the_same_steps_afresh() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    let first = table.begin_due();
    let events = table.command(pause(PausePolicy::Abort)).unwrap();
    let voided = events.iter().filter_map(|event| match event {
        Event::CallVoided(voided) => Some((voided.call, voided.cause)),
        _ => None,
    });
    let aborted = first.iter().map(|brief| (brief.call, VoidCause::Aborted));
    assert!(voided.eq(aborted));
    table.command(Command::Resume).unwrap();
    let again = table.begin_due();
    let turns = |briefs: &[synod_domain::Brief]| briefs.iter().map(|b| b.turn).collect::<Vec<_>>();
    assert_eq!(turns(&first), turns(&again), "a step keeps its turn");
    assert!(again.iter().all(|brief| brief.call > CallNo(2)));
}

#[test]
fn a_late_reply_is_stale_and_changes_nothing() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    let begun = table.begin_due();
    table.command(pause(PausePolicy::Abort)).unwrap();
    let before = table.debate.clone();
    let call = begun[0].call;
    let late = Command::Ended {
        call,
        how: CallEnd::Whole { cut: false },
        text: "late".into(),
        meta: meta(),
    };
    assert_eq!(table.debate.decide(late.clone(), table.now), Err(Rejection::StaleTurn(call)));
    table.command(stop()).unwrap();
    assert_eq!(table.debate.decide(late, table.now), Err(Rejection::StaleTurn(call)));
    assert_eq!(before.transcript(), table.debate.transcript());
}

#[test]
fn stop_keeps_what_the_open_calls_had_brought() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    table.begin_due();
    let partials = [(CallNo(2), "Half a sen".into())].into();
    let events = table.debate.decide_with(stop(), table.now, &partials).unwrap();
    let texts = events.iter().filter_map(|event| match event {
        Event::CallVoided(voided) => Some(&*voided.text),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["", "Half a sen"]);
}

#[test]
fn a_stopped_debate_counts_its_last_closed_round() {
    let mut table = Table::started(closed(3, &["A", "B"]));
    let mut say = votes(&["112"]);
    for _ in 0..2 {
        for brief in table.begin_due() {
            let said = say(&brief);
            table.end(brief.call, said);
        }
    }
    table.begin_due();
    table.command(Command::Stop { reason: Some("lunch".into()) }).unwrap();
    let verdict = table.verdict();
    assert_eq!(verdict.outcome, Outcome::Stopped);
    assert_eq!((verdict.votes, verdict.round, verdict.answer.is_none()), (2, Some(0), true));
    assert_eq!(verdict.reason.as_deref(), Some("lunch"));
    assert_eq!(verdict.dissent.len(), 1);
}

#[test]
fn a_stop_in_the_middle_of_a_group_is_a_legal_log() {
    for openings in 0..=3 {
        let mut table = Table::started(closed(3, &["A", "B"]));
        let begun = table.begin_due();
        for brief in &begun[..openings] {
            table.end(brief.call, "An opening.");
        }
        table.begin_one();
        table.command(stop()).unwrap();
        assert_eq!(synod_debate_protocol::audit(&table.log).unwrap(), table.debate);
        assert_eq!(table.verdict().outcome, Outcome::Stopped);
    }
}

#[test]
fn an_interjection_is_heard_by_the_calls_begun_after_it() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    let first = table.begin_one().unwrap();
    table.command(say("Mind the budget.")).unwrap();
    let second = table.begin_one().unwrap();
    let heard = |brief: &synod_domain::Brief| brief.transcript.len();
    assert_eq!((heard(&first), heard(&second)), (0, 1));
}

#[test]
fn interjections_are_bounded() {
    let mut table = Table::started(closed(2, &["A", "B"]));
    for text in ["", "  \u{0} ", &"x".repeat(4_001)] {
        assert_eq!(table.command(say(text)), Err(Rejection::InterjectionLength));
    }
    for _ in 0..32 {
        table.command(say(&"é".repeat(4_000))).unwrap();
    }
    assert_eq!(table.command(say("one more")), Err(Rejection::TooManyInterjections));
}

#[test]
fn calling_the_vote_ends_the_discussion_when_the_open_calls_have_ended() {
    let mut table = Table::started(closed(3, &["A", "B"]));
    let mut say = votes(&["112"]);
    for _ in 0..2 {
        for brief in table.begin_due() {
            let said = say(&brief);
            table.end(brief.call, said);
        }
    }
    let open = table.begin_one().unwrap();
    assert_eq!(table.command(Command::CallVote).unwrap(), [Event::VoteCalled]);
    assert_eq!(table.command(Command::CallVote).unwrap(), []);
    assert!(table.due().is_empty(), "the others of the pass are not asked");
    table.end(open.call, "The last word.");
    assert_eq!(table.debate.stage(), Some(Stage::Voting));
    let last = table.debate.transcript().last();
    assert!(matches!(last, Some(Entry::Statement { text, .. }) if &**text == "The last word."));
    for brief in table.begin_due() {
        let said = votes(&["112", "112"])(&brief);
        table.end(brief.call, said);
    }
    assert_eq!(table.debate.stage(), Some(Stage::Discussion), "the call held for its round only");
    assert_eq!(table.begin_due().len(), 3);
}

#[test]
fn the_deadline_counts_running_time_only() {
    let mut config = closed(2, &["A", "B"]);
    config.debate_rules.deadline_seconds = Some(60);
    let mut table = Table::started(config);
    let later = |table: &Table, s: u64| table.now.after(std::time::Duration::from_secs(s));
    table.now = later(&table, 20);
    table.command(pause(PausePolicy::Drain)).unwrap();
    table.now = later(&table, 1_000);
    assert_eq!(table.debate.time_left(table.now), None);
    table.command(Command::Resume).unwrap();
    assert_eq!(table.debate.time_left(table.now).map(|left| left.as_secs()), Some(60 - 21));
    table.command(Command::DeadlinePassed).unwrap();
    assert_eq!(table.verdict().outcome, Outcome::Deadline);
    assert_eq!(table.verdict().running_ms, 22_000);
}
