//! The table of commands and states.

use synod_debate_protocol::{CallEnd, Command, Rejection, Stage, Status};
use synod_domain::{CallNo, Event, Outcome, PausePolicy, PauseReason, TranscriptEntry, VoidCause};

use crate::fixture::{DebateFixture, closed, meta, votes};

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
fn outcomes(fixture: &DebateFixture) -> Vec<String> {
    let word = |command: Command| {
        let name = command.name();
        let what = match fixture.debate.decide(command, fixture.now) {
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
    let initialized = DebateFixture::new(closed(2, &["A", "B"]));
    let mut running = DebateFixture::started(closed(2, &["A", "B"]));
    running.begin_due();
    let mut paused = DebateFixture::started(closed(2, &["A", "B"]));
    paused.begin_due();
    paused.command(pause(PausePolicy::Drain)).unwrap();
    let mut over = DebateFixture::new(closed(2, &["A", "B"]));
    over.command(stop()).unwrap();
    let states = [&initialized, &running, &paused, &over].map(outcomes);
    insta::assert_yaml_snapshot!(states);
}

#[test]
fn a_refusal_lists_what_is_allowed() {
    let fixture = DebateFixture::new(closed(2, &["A", "B"]));
    let refused = fixture.debate.decide(Command::Resume, fixture.now).unwrap_err();
    assert_eq!(refused.to_string(), "cannot resume an initialized debate; allowed: start, stop");
    let Rejection::NotAllowed { allowed, status, .. } = refused else { panic!("{refused:?}") };
    assert_eq!((status, allowed), (Status::Initialized, &["start", "stop"][..]));
}

#[test]
fn a_refusal_is_a_sentence() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    fixture.command(Command::Stop { reason: None }).unwrap();
    let refused = |command| fixture.debate.decide(command, fixture.now).unwrap_err().to_string();
    let call = "cannot call a vote in a closed debate; allowed: nothing";
    assert_eq!(refused(Command::CallVote), call);
    let interject = Command::Interject { text: "Think of rain.".to_owned(), author: None };
    assert_eq!(refused(interject), "cannot speak into a closed debate; allowed: nothing");
}

#[test]
fn a_pause_that_drains_begins_nothing_and_lets_a_round_close() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    let begun = fixture.begin_due();
    fixture.command(pause(PausePolicy::Drain)).unwrap();
    for brief in begun {
        fixture.end(brief.call, "An opening.");
    }
    assert!(fixture.due().is_empty());
    assert_eq!(fixture.debate.stage(), Some(Stage::Voting));
    fixture.command(Command::Resume).unwrap();
    assert_eq!(fixture.due().len(), 2);
}

#[test]
fn an_aborting_pause_repeats_the_same_steps() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    let first = fixture.begin_due();
    let events = fixture.command(pause(PausePolicy::Abort)).unwrap();
    let voided = events.iter().filter_map(|event| match event {
        Event::CallVoided(voided) => Some((voided.call, voided.cause)),
        _ => None,
    });
    let aborted = first.iter().map(|brief| (brief.call, VoidCause::Aborted));
    assert!(voided.eq(aborted));
    fixture.command(Command::Resume).unwrap();
    let again = fixture.begin_due();
    let turns = |briefs: &[synod_domain::Brief]| briefs.iter().map(|b| b.turn).collect::<Vec<_>>();
    assert_eq!(turns(&first), turns(&again), "a step keeps its turn");
    assert!(again.iter().all(|brief| brief.call > CallNo(2)));
}

#[test]
fn a_late_reply_is_stale_and_changes_nothing() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    let begun = fixture.begin_due();
    fixture.command(pause(PausePolicy::Abort)).unwrap();
    let before = fixture.debate.clone();
    let call = begun[0].call;
    let late = Command::Ended {
        call,
        how: CallEnd::Replied { cut: false },
        text: "late".into(),
        meta: meta(),
    };
    assert_eq!(fixture.debate.decide(late.clone(), fixture.now), Err(Rejection::CallNotOpen(call)));
    fixture.command(stop()).unwrap();
    assert_eq!(fixture.debate.decide(late, fixture.now), Err(Rejection::CallNotOpen(call)));
    assert_eq!(before.transcript(), fixture.debate.transcript());
}

#[test]
fn stop_keeps_the_partial_text_of_open_calls() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    fixture.begin_due();
    let partials = [(CallNo(2), "Half a sen".into())].into();
    let events = fixture.debate.decide_with(stop(), fixture.now, &partials).unwrap();
    let texts = events.iter().filter_map(|event| match event {
        Event::CallVoided(voided) => Some(&*voided.text),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["", "Half a sen"]);
}

#[test]
fn a_stopped_debate_counts_its_last_closed_round() {
    let mut fixture = DebateFixture::started(closed(3, &["A", "B"]));
    let mut say = votes(&["112"]);
    for _ in 0..2 {
        for brief in fixture.begin_due() {
            let said = say(&brief);
            fixture.end(brief.call, said);
        }
    }
    fixture.begin_due();
    fixture.command(Command::Stop { reason: Some("lunch".into()) }).unwrap();
    let verdict = fixture.verdict();
    assert_eq!(verdict.outcome, Outcome::Stopped);
    assert_eq!((verdict.votes, verdict.round, verdict.answer.is_none()), (2, Some(0), true));
    assert_eq!(verdict.reason.as_deref(), Some("lunch"));
    assert_eq!(verdict.dissent.len(), 1);
}

#[test]
fn a_stop_in_the_middle_of_a_group_is_a_legal_log() {
    for openings in 0..=3 {
        let mut fixture = DebateFixture::started(closed(3, &["A", "B"]));
        let begun = fixture.begin_due();
        for brief in &begun[..openings] {
            fixture.end(brief.call, "An opening.");
        }
        fixture.begin_one();
        fixture.command(stop()).unwrap();
        assert_eq!(synod_debate_protocol::audit(&fixture.log).unwrap(), fixture.debate);
        assert_eq!(fixture.verdict().outcome, Outcome::Stopped);
    }
}

#[test]
fn calls_begun_later_see_an_interjection() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    let first = fixture.begin_one().unwrap();
    fixture.command(say("Mind the budget.")).unwrap();
    let second = fixture.begin_one().unwrap();
    let heard = |brief: &synod_domain::Brief| brief.transcript.len();
    assert_eq!((heard(&first), heard(&second)), (0, 1));
}

#[test]
fn interjections_are_bounded() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    for text in ["", "  \u{0} ", &"x".repeat(4_001)] {
        assert_eq!(fixture.command(say(text)), Err(Rejection::InterjectionLength));
    }
    for _ in 0..32 {
        fixture.command(say(&"é".repeat(4_000))).unwrap();
    }
    assert_eq!(fixture.command(say("one more")), Err(Rejection::TooManyInterjections));
}

#[test]
fn a_called_vote_begins_when_open_calls_have_ended() {
    let mut fixture = DebateFixture::started(closed(3, &["A", "B"]));
    let mut say = votes(&["112"]);
    for _ in 0..2 {
        for brief in fixture.begin_due() {
            let said = say(&brief);
            fixture.end(brief.call, said);
        }
    }
    let open = fixture.begin_one().unwrap();
    assert_eq!(fixture.command(Command::CallVote).unwrap(), [Event::VoteCalled]);
    assert_eq!(fixture.command(Command::CallVote).unwrap(), []);
    assert!(fixture.due().is_empty(), "the others of the pass are not asked");
    fixture.end(open.call, "The last word.");
    assert_eq!(fixture.debate.stage(), Some(Stage::Voting));
    let last = fixture.debate.transcript().last();
    assert!(
        matches!(last, Some(TranscriptEntry::Statement { text, .. }) if &**text == "The last word.")
    );
    for brief in fixture.begin_due() {
        let said = votes(&["112", "112"])(&brief);
        fixture.end(brief.call, said);
    }
    assert_eq!(fixture.debate.stage(), Some(Stage::Discussion), "the call held for its round only");
    assert_eq!(fixture.begin_due().len(), 3);
}

#[test]
fn the_deadline_counts_running_time_only() {
    let mut config = closed(2, &["A", "B"]);
    config.debate_rules.deadline_seconds = Some(60);
    let mut fixture = DebateFixture::started(config);
    let later =
        |fixture: &DebateFixture, s: u64| fixture.now.after(std::time::Duration::from_secs(s));
    fixture.now = later(&fixture, 20);
    fixture.command(pause(PausePolicy::Drain)).unwrap();
    fixture.now = later(&fixture, 1_000);
    assert_eq!(fixture.debate.time_left(fixture.now), None);
    fixture.command(Command::Resume).unwrap();
    assert_eq!(fixture.debate.time_left(fixture.now).map(|left| left.as_secs()), Some(60 - 21));
    fixture.command(Command::DeadlinePassed).unwrap();
    assert_eq!(fixture.verdict().outcome, Outcome::Deadline);
    assert_eq!(fixture.verdict().running_ms, 22_000);
}
