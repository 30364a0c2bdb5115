//! The worked example of the specification, to the event: agents a, b, c; two options; R = 2,
//! I = 2, θ = .8; votes O1 O2 O1 / O1 O2 O2 / O1 O1 O2.

use synod_domain::{
    Brief, DebateMode, Event, Move, OptionId, Outcome, Purpose, TranscriptEntry, Verdict,
};

use crate::fixture::{DebateFixture, ScriptedReply, closed, in_turns, legal_moves, open, votes};

const VOTES: [&str; 4] = ["121", "122", "112", "112"];

fn in_parallel(end: &str) -> Vec<&str> {
    [["call_started"; 3], [end; 3]].concat()
}

/// The types of all events, with these in a round's discussion.
fn log_with<'a>(discussion: &[&'a str]) -> Vec<&'a str> {
    let round = [discussion, &in_parallel("ballot_recorded"), &["round_closed"]].concat();
    let opening = [in_parallel("turn_ended"), in_parallel("ballot_recorded")].concat();
    [
        &["debate_initialized", "debate_started"][..],
        &opening,
        &["round_closed"],
        &round,
        &round,
        &["debate_closed"],
    ]
    .concat()
}

fn check(verdict: &Verdict, calls: u32) {
    assert_eq!(verdict.outcome, Outcome::MaxRounds);
    assert_eq!((verdict.leader, verdict.votes, verdict.of), (OptionId::at(0), 2, 3));
    assert_eq!((verdict.calls.begun, verdict.calls.voided), (calls, 0));
    assert_eq!(verdict.leader_changed, Some(false));
    assert_eq!(verdict.answer, None);
}

/// Who spoke in rounds 1 and 2.
fn speakers(fixture: &DebateFixture) -> String {
    let turns = fixture.log.iter().filter_map(|recorded| match &recorded.event {
        Event::TurnEnded(turn) if turn.round > 0 => Some(turn.agent_id.as_str()),
        _ => None,
    });
    turns.collect()
}

#[test]
fn the_structured_column_to_the_event() {
    let mut fixture = DebateFixture::started(closed(3, &["First", "Second"]));
    let verdict = fixture.hold(votes(&VOTES)).clone();

    let passes = [in_parallel("turn_ended"), in_parallel("turn_ended")].concat();
    assert_eq!(fixture.kinds(), log_with(&passes));
    assert_eq!(fixture.log.len(), 54);
    assert_eq!(speakers(&fixture), "bcabcacabcab");
    check(&verdict, 24);
    insta::assert_snapshot!(fixture.lines());
}

#[test]
fn an_open_question_adds_the_clerk() {
    let mut fixture = DebateFixture::started(open(3));
    let verdict = fixture.hold(votes(&VOTES));
    assert_eq!(verdict.calls.begun, 25);
    assert_eq!(fixture.log.len(), 56);
    assert_eq!(fixture.kinds()[8..10], ["call_started", "options_set"]);
}

#[test]
fn the_freeform_column_to_the_event() {
    let mut fixture =
        DebateFixture::started(in_turns(DebateMode::Freeform, 3, &["First", "Second"]));
    let verdict = fixture.hold(votes(&VOTES)).clone();
    assert_eq!(fixture.kinds(), log_with(&["call_started", "turn_ended"].repeat(6)));
    assert_eq!(fixture.log.len(), 54);
    // b begins since it is alone with its option; then the one that has waited longest, in the circle.
    assert_eq!(speakers(&fixture), "bcabcabcabca");
    check(&verdict, 24);
    insta::assert_snapshot!(fixture.lines());
}

/// A moderator that lets the participant with the fewest turns speak.
fn to_the_least_heard(brief: &Brief) -> Move {
    let statements = |label| {
        let says = |entry: &&TranscriptEntry| matches!(entry, TranscriptEntry::Statement { label: l, .. } if *l == label);
        brief.transcript.iter().filter(says).count()
    };
    let floor = legal_moves(brief).iter().filter_map(|legal| match legal {
        Move::Speak(label) => Some(*label),
        Move::AskEvidence(_) | Move::CallVote => None,
    });
    Move::Speak(floor.min_by_key(|label| statements(*label)).unwrap())
}

#[test]
fn the_autonomous_column_to_the_event() {
    let mut fixture =
        DebateFixture::started(in_turns(DebateMode::Autonomous, 3, &["First", "Second"]));
    let verdict = fixture.hold(|brief| match brief.purpose {
        Purpose::Move => ScriptedReply::from(to_the_least_heard(brief).to_string()),
        _ => votes(&VOTES)(brief),
    });
    let verdict = verdict.clone();
    let turn = ["call_started", "move_chosen", "call_started", "turn_ended"];
    assert_eq!(fixture.kinds(), log_with(&turn.repeat(6)));
    assert_eq!(fixture.log.len(), 78);
    check(&verdict, 36);
    assert_eq!(fixture.debate.setup().limits.planned_calls, 36);
    insta::assert_snapshot!(fixture.lines());
}

#[test]
fn an_early_vote_after_three_turns_makes_ten_calls_a_round() {
    let mut fixture =
        DebateFixture::started(in_turns(DebateMode::Autonomous, 3, &["First", "Second"]));
    let verdict = fixture.hold(|brief| match brief.purpose {
        Purpose::Move if legal_moves(brief).contains(&Move::CallVote) => {
            ScriptedReply::from("call_vote")
        }
        Purpose::Move => to_the_least_heard(brief).to_string().into(),
        _ => votes(&VOTES)(brief),
    });
    check(verdict, 26);
    assert_eq!(speakers(&fixture), "abcabc", "each had one turn a round");
}
