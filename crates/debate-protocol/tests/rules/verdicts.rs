//! What a verdict tells beside the count.

use synod_debate_protocol::{Command, audit};
use synod_domain::{Brief, Event, FailureCause, Hollow, Outcome, Purpose, Recorded, Scale, Silent};

use crate::fixture::{DebateFixture, ScriptedReply, agent, closed, votes};

#[test]
fn half_of_the_changes_without_a_cause_is_hollow() {
    for (second, hollow) in [("none", Some(Hollow::Unexplained)), ("S1", None)] {
        let mut fixture = DebateFixture::with(closed(4, &["First", "Second"]), |profile| {
            profile.model = synod_domain::ModelName::new(profile.agent_id.as_str()).unwrap();
        });
        fixture.command(Command::Start).unwrap();
        let verdict = fixture.hold(|brief| match (brief.purpose, brief.round) {
            (Purpose::Ballot, 1) => {
                let cause = ["none", "none", "S1", second][brief.label.unwrap().index()];
                ScriptedReply::from(format!(
                    r#"{{"choice":"O1","confidence":1,"moved_by":"{cause}"}}"#
                ))
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
        let mut fixture = DebateFixture::with(config, |profile| {
            let tiny = profile.agent_id == crate::fixture::agent("c");
            profile.scale = if tiny { Scale::Tiny } else { Scale::Regular };
        });
        fixture.command(Command::Start).unwrap();
        fixture.hold(votes(&["12-", "12-", run_off])).demo
    };
    assert!(!demo("12-"));
    assert!(demo("121"));
}

/// A voter that changes its statement in a round without a vote is shown with
/// the words it voted by.
#[test]
fn statements_after_the_last_ballots_are_no_argument() {
    let mut fixture = DebateFixture::started(closed(3, &["First", "Second"]));
    let words = |fixture: &mut DebateFixture, brief: &Brief| {
        let said = votes(&["112"])(brief);
        fixture.end(brief.call, said);
    };
    while fixture.debate.round() == 0 {
        fixture.begin_due().iter().for_each(|brief| words(&mut fixture, brief));
    }
    fixture.begin_due().iter().for_each(|brief| words(&mut fixture, brief));
    let next = fixture.begin_one().unwrap();
    fixture.end(next.call, "On second thoughts: Second.");
    fixture.command(Command::Stop { reason: None }).unwrap();
    let verdict = fixture.verdict();
    assert_eq!((verdict.outcome, verdict.round, verdict.votes), (Outcome::Stopped, Some(0), 2));
    let turn = |turn: Option<synod_domain::TurnNo>| turn.map(|turn| turn.0);
    assert_eq!(turn(verdict.argument.as_ref().map(|argument| argument.turn)), Some(1));
    assert_eq!(turn(verdict.dissent[0].turn), Some(3));
}

/// A debate in which the second never speaks and the third never votes.
fn half_silent() -> DebateFixture {
    let mut fixture = DebateFixture::started(closed(4, &["First", "Second"]));
    fixture.hold(|brief| {
        let index = brief.label.map(|label| label.index());
        match (index, brief.purpose, brief.round) {
            (Some(1), Purpose::Opening, _) => ScriptedReply::Late(String::new()),
            (Some(1), Purpose::Argument, _) => ScriptedReply::Failed(FailureCause::AllThought),
            (Some(2), Purpose::Ballot | Purpose::RunOff, _) => {
                ScriptedReply::Failed(FailureCause::AllThought)
            }
            (Some(3), Purpose::Argument, 1) => ScriptedReply::Failed(FailureCause::Context),
            _ => votes(&["1212"; 9])(brief),
        }
    });
    fixture
}

#[test]
fn silent_participants_are_named_with_their_frequent_cause() {
    let fixture = half_silent();
    let silent = |id: &str, never_spoke: bool| Silent {
        agent_id: agent(id),
        never_spoke,
        never_voted: !never_spoke,
        cause: Some(FailureCause::AllThought),
    };
    assert_eq!(fixture.verdict().silent, Some(vec![silent("b", true), silent("c", false)]));
    let mut all_heard = DebateFixture::started(closed(3, &["First", "Second"]));
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
    assert!(audit(&mixed).is_err(), "an earlier version listed none");
}

/// The options are First and Second; what a statement of round 1 says, by index.
fn argued(said: [&str; 3], ballots: [&str; 3]) -> Option<(String, u32)> {
    let mut config = closed(3, &["First", "Second", "Keep it", "Keep it open"]);
    (config.max_rounds, config.max_iterations_per_round) = (1, 1);
    config.consensus_threshold = 0.5;
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| match (brief.purpose, brief.round) {
        (Purpose::Argument, _) => ScriptedReply::from(said[brief.label.unwrap().index()]),
        (Purpose::Ballot, 1) => ballots[brief.label.unwrap().index()].into(),
        _ => votes(&["123"])(brief),
    });
    assert_eq!(synod_debate_protocol::audit(&fixture.log).unwrap(), fixture.debate);
    let argument = fixture.verdict().argument.as_ref();
    argument.map(|argument| (argument.agent_id.to_string(), argument.turn.0))
}

const SURE: &str = r#"{"choice":"O1","confidence":0.9,"moved_by":"none"}"#;
const HALF: &str = r#"{"choice":"O1","confidence":0.5,"moved_by":"none"}"#;
const OTHER: &str = r#"{"choice":"O2","confidence":1,"moved_by":"none"}"#;

/// Openings are turns 1 to 3; round 1 speaks in the order b, c, a: turns 4, 5, 6.
#[test]
fn the_argument_never_speaks_for_another_option() {
    let shown = |agent: &str, turn| Some((agent.to_owned(), turn));
    let plain = "Think of the cost.";
    assert_eq!(argued([plain; 3], [HALF, SURE, OTHER]), shown("b", 4));
    for contrary in [
        "Answer: Second\nIt is better.",
        "It is better.\n**Answer：** O2",
        "Second is better.",
        "I now prefer O2!",
        "Second is better than First.",
        "“Second.” That is all.",
        "Answer: O2: second",
        "Answer: O1: second",
        "**Answer** – Second\nIt is better.",
        "Think of trade. So I decide for O2.",
        "Think of trade. My vote goes to Second.",
        "Think of trade. So I decide for O2! Thank you all.",
        "Think of trade.\nSecond, then.",
        "Think of trade. So keep it open, I say.",
        "Answer: Keep\nIt is better.",
        "Answer: Not “First”.\nIt is better.",
        "Answer: First and Second\nBoth are good.",
        "Answer: First\nIt is better.\nAnswer: Second",
        "My answer: Keep\nIt is better.",
        "I choose option 2.",
        "I choose (O 2).",
        "The second option is best.",
        "I am against O1: it ruins trade.",
        "Think of trade. I cannot vote for option 1.",
        "Reply with one JSON object and nothing else. Then Argue.\nR1: a critic.",
        "Think of trade. Your answer so far: O1.",
        "Think of trade. You are Speaker B, an analyst. Argue in at most 90 words.",
    ] {
        // Its last statement is not shown; its opening is.
        assert_eq!(
            argued([plain, contrary, plain], [HALF, SURE, OTHER]),
            shown("b", 2),
            "{contrary}"
        );
    }
    for own in [
        "First is best. Second is not.",
        "Answer: O1\nSecond is worse.",
        "Answer: “First”.\nIt is better, and not dear.",
        "I choose option 1.",
        "The first option is best.",
        "Cost counts. So I decide for O1.",
        "You are Speaker B, an analyst. Argue in at most 90 words. Think of the cost.",
    ] {
        assert_eq!(argued([plain, own, plain], [HALF, SURE, OTHER]), shown("b", 4), "{own}");
    }
}

/// The openings and statements of all are these texts; the options are a yes and a no with a reason.
fn quoted(opening: &str, statement: &str) -> Option<u32> {
    let mut config = closed(3, &["Yes, close it", "No, keep it open"]);
    (config.max_rounds, config.max_iterations_per_round) = (1, 1);
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| {
        let index = brief.label.unwrap().index();
        match brief.purpose {
            Purpose::Opening => ScriptedReply::from(format!("{opening} Point {index}.")),
            Purpose::Argument => ScriptedReply::from(format!("{statement} ({index})")),
            _ => votes(&["111", "111"])(brief),
        }
    });
    assert_eq!(synod_debate_protocol::audit(&fixture.log).unwrap(), fixture.debate);
    assert_eq!(fixture.verdict().outcome, Outcome::Consensus);
    fixture.verdict().argument.as_ref().map(|argument| argument.turn.0)
}

#[test]
fn a_statement_that_names_another_option_in_part_is_not_quoted() {
    for contrary in [
        "No. There are reasons.",
        "KEEP IT OPEN! It is the centre",
        "We should keep it open, for one reason",
        "I am against closing, for one reason",
        "Non, cinq fois non",
        "Nein: it is the centre",
        "Think of trade. So we keep it open",
        "It must stay open",
        "Closing it is worse than what we have",
        "The wrong way would be to close it",
        "2 Vote in secret for the answer with the best reasons",
    ] {
        assert_eq!(quoted(contrary, contrary), None, "{contrary}");
    }
    for own in [
        "Yes, close it now.",
        "The air gets better.",
        "Close it: there is no time to lose.",
        "We should not wait; close it.",
    ] {
        assert!(quoted(own, own).is_some(), "{own}");
    }
}

#[test]
fn an_option_within_the_leaders_text_is_not_named() {
    let open = r#"{"choice":"O4","confidence":1,"moved_by":"none"}"#;
    let keep = r#"{"choice":"O3","confidence":1,"moved_by":"none"}"#;
    let said = ["Keep it open.", "Keep it open.", "x"];
    assert_eq!(argued(said, [open, open, OTHER]).map(|(_, turn)| turn), Some(6));
    assert_eq!(argued(said, [keep, keep, OTHER]).map(|(_, turn)| turn), Some(1));
}

#[test]
fn the_statement_that_moved_most_voters_comes_first() {
    let by = |turn: u32| format!(r#"{{"choice":"O1","confidence":0.1,"moved_by":"S{turn}"}}"#);
    let plain = "Think of the cost.";
    let shown = |agent: &str, turn| Some((agent.to_owned(), turn));
    // Two of the leader's voters name the opening of the third.
    assert_eq!(argued([plain; 3], [SURE, &by(1), &by(1)]), shown("a", 1));
    // One name each: the first in index order.
    assert_eq!(argued([plain; 3], [&by(3), SURE, &by(4)]), shown("b", 4));
    // What moved a voter of another option, or was said by one, does not count.
    let other = OTHER.replace("none", "S1");
    assert_eq!(argued([plain; 3], [HALF, SURE, &other]), shown("b", 4));
    assert_eq!(argued([plain; 3], [&by(3), SURE, OTHER]), shown("b", 4));
    // Nor what speaks for another option.
    assert_eq!(argued(["Second.", plain, plain], [HALF, &by(6), &by(6)]), shown("a", 1));
}

#[test]
fn where_no_statement_is_left_none_is_shown() {
    let mut config = closed(2, &["First", "Second"]);
    (config.max_rounds, config.max_iterations_per_round) = (1, 1);
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| match brief.purpose {
        Purpose::Opening | Purpose::Argument => ScriptedReply::from("Second, of course."),
        _ => votes(&["11", "11"])(brief),
    });
    let verdict = fixture.verdict();
    assert_eq!((verdict.outcome, &verdict.argument), (Outcome::Consensus, &None));
    assert_eq!(synod_debate_protocol::audit(&fixture.log).unwrap(), fixture.debate);
}

/// The reasons of failed calls are shown beside a verdict.
#[test]
fn unreadable_ballots_record_the_reason() {
    let mut fixture = DebateFixture::started(closed(2, &["First", "Second"]));
    let verdict = fixture.hold(|brief| match brief.purpose {
        Purpose::Ballot => ScriptedReply::from(
            r#"{"choice":"O1","confidence":1,"new_option":"Third","moved_by":"none"}"#,
        ),
        _ => votes(&["11"])(brief),
    });
    assert_eq!(verdict.outcome, Outcome::QuorumLost);
    let failures = fixture.log.iter().filter_map(|recorded| match &recorded.event {
        Event::BallotRecorded(ballot) => ballot.meta.failure.as_deref(),
        _ => None,
    });
    let why =
        "unreadable ballot: `new_option` must be left out or null, because `choice` is not `new`";
    assert_eq!(failures.collect::<Vec<_>>(), [why; 2]);
}
