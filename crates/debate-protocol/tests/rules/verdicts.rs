//! What a verdict tells beside the count.

use synod_debate_protocol::Command;
use synod_domain::{Brief, Hollow, Outcome, Purpose, Scale};

use crate::table::{Said, Table, closed, votes};

#[test]
fn half_of_those_who_came_over_without_a_cause_are_enough_to_doubt() {
    for (second, hollow) in [("none", Some(Hollow::Unexplained)), ("S1", None)] {
        let mut table = Table::with(closed(4, &["First", "Second"]), |profile| {
            profile.model = synod_domain::ModelName::new(profile.agent_id.as_str()).unwrap();
        });
        table.command(Command::Start).unwrap();
        let verdict = table.hold(|brief| match (brief.purpose, brief.round) {
            (Purpose::Ballot, 1) => {
                let cause = ["none", "none", "S1", second][brief.label.unwrap().index()];
                Said::from(format!(r#"{{"choice":"O1","confidence":1,"moved_by":"{cause}"}}"#))
            }
            _ => votes(&["1122"])(brief),
        });
        assert_eq!((verdict.outcome, verdict.hollow), (Outcome::Consensus, hollow), "{second}");
    }
}

/// What counts is who voted, in the run-off as well.
#[test]
fn a_tiny_model_that_never_voted_makes_no_demo() {
    let demo = |run_off| {
        let mut config = closed(3, &["First", "Second"]);
        (config.max_rounds, config.max_iterations_per_round) = (1, 1);
        let mut table = Table::with(config, |profile| {
            let tiny = profile.agent_id == crate::table::agent("c");
            profile.scale = if tiny { Scale::Tiny } else { Scale::Regular };
        });
        table.command(Command::Start).unwrap();
        table.hold(votes(&["12-", "12-", run_off])).demo
    };
    assert!(!demo("12-"));
    assert!(demo("121"));
}

/// Who voted and then says something else, in a round that nobody votes in any more, is shown with
/// the words it voted by.
#[test]
fn what_is_said_after_the_last_ballots_argues_for_nobody() {
    let mut table = Table::started(closed(3, &["First", "Second"]));
    let words = |table: &mut Table, brief: &Brief| {
        let said = votes(&["112"])(brief);
        table.end(brief.call, said);
    };
    while table.debate.round() == 0 {
        table.begin_due().iter().for_each(|brief| words(&mut table, brief));
    }
    table.begin_due().iter().for_each(|brief| words(&mut table, brief));
    let next = table.begin_one().unwrap();
    table.end(next.call, "On second thoughts: Second.");
    table.command(Command::Stop { reason: None }).unwrap();
    let verdict = table.verdict();
    assert_eq!((verdict.outcome, verdict.round, verdict.votes), (Outcome::Stopped, Some(0), 2));
    let turn = |turn: Option<synod_domain::TurnNo>| turn.map(|turn| turn.0);
    assert_eq!(turn(verdict.argument.as_ref().map(|argument| argument.turn)), Some(1));
    assert_eq!(turn(verdict.dissent[0].turn), Some(3));
}
