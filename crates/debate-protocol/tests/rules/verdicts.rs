//! What a verdict tells beside the count.

use synod_debate_protocol::{Command, audit};
use synod_domain::{Brief, Event, FailureCause, Hollow, Outcome, Purpose, Recorded, Scale, Silent};

use crate::table::{Said, Table, agent, closed, votes};

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

/// A debate in which the second never speaks and the third never votes.
fn half_silent() -> Table {
    let mut table = Table::started(closed(4, &["First", "Second"]));
    table.hold(|brief| {
        let index = brief.label.map(|label| label.index());
        match (index, brief.purpose, brief.round) {
            (Some(1), Purpose::Opening, _) => Said::Late(String::new()),
            (Some(1), Purpose::Argument, _) => Said::Failed(FailureCause::AllThought),
            (Some(2), Purpose::Ballot | Purpose::RunOff, _) => {
                Said::Failed(FailureCause::AllThought)
            }
            (Some(3), Purpose::Argument, 1) => Said::Failed(FailureCause::Context),
            _ => votes(&["1212"; 9])(brief),
        }
    });
    table
}

#[test]
fn who_never_spoke_or_never_voted_is_named_with_the_most_frequent_cause() {
    let table = half_silent();
    let silent = |id: &str, never_spoke: bool| Silent {
        agent_id: agent(id),
        never_spoke,
        never_voted: !never_spoke,
        cause: Some(FailureCause::AllThought),
    };
    assert_eq!(table.verdict().silent, Some(vec![silent("b", true), silent("c", false)]));
    let mut all_heard = Table::started(closed(3, &["First", "Second"]));
    assert_eq!(all_heard.hold(votes(&["112"; 9])).silent, Some(Vec::new()));
}

/// The log as an earlier version would have written it.
fn of_earlier_version(log: &[Recorded]) -> Vec<Recorded> {
    let log = log.iter().cloned().map(|mut recorded| {
        if let Event::DebateInitialized(setup) = &mut recorded.event {
            std::sync::Arc::make_mut(setup).limits.most_thinking_tokens = 0;
        } else if let Event::DebateClosed(verdict) = &mut recorded.event {
            std::sync::Arc::make_mut(verdict).silent = None;
        }
        recorded
    });
    log.collect()
}

#[test]
fn logs_of_earlier_versions_pass_without_the_silent() {
    let log = half_silent().log;
    assert!(audit(&log).is_ok());
    let earlier = of_earlier_version(&log);
    assert!(audit(&earlier).is_ok());
    let mut mixed = earlier;
    *mixed.last_mut().unwrap() = log.last().unwrap().clone();
    assert!(audit(&mixed).is_err(), "an earlier version named nobody");
}
