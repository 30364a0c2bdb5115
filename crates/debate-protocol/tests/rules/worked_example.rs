//! The worked example of the specification, to the event: agents a, b, c; two options; R = 2,
//! I = 2, θ = .8; votes O1 O2 O1 / O1 O2 O2 / O1 O1 O2.

use synod_domain::{OptionId, Outcome};

use crate::table::{Table, closed, open, votes};

const VOTES: [&str; 4] = ["121", "122", "112", "112"];

#[test]
fn the_structured_column_to_the_event() {
    let mut table = Table::started(closed(3, &["First", "Second"]));
    let verdict = table.hold(votes(&VOTES)).clone();

    let three = |kind| [kind; 3];
    let group = |end| [three("call_started"), three(end)].concat();
    let discussion = || [group("turn_ended"), group("turn_ended")].concat();
    let expected = [
        vec!["debate_initialized", "debate_started"],
        group("turn_ended"),
        group("ballot_recorded"),
        vec!["round_closed"],
        discussion(),
        group("ballot_recorded"),
        vec!["round_closed"],
        discussion(),
        group("ballot_recorded"),
        vec!["round_closed", "debate_closed"],
    ]
    .concat();
    assert_eq!(table.kinds(), expected);
    assert_eq!(table.log.len(), 54);

    assert_eq!(verdict.outcome, Outcome::MaxRounds);
    assert_eq!((verdict.leader, verdict.votes, verdict.of), (OptionId::at(0), 2, 3));
    assert_eq!((verdict.calls.begun, verdict.calls.voided), (24, 0));
    assert_eq!(verdict.leader_changed, Some(false));
    assert_eq!(verdict.answer, None);
    insta::assert_snapshot!(table.lines());
}

#[test]
fn an_open_question_adds_the_clerk() {
    let mut table = Table::started(open(3));
    let verdict = table.hold(votes(&VOTES));
    assert_eq!(verdict.calls.begun, 25);
    assert_eq!(table.log.len(), 56);
    assert_eq!(table.kinds()[8..10], ["call_started", "options_set"]);
}
