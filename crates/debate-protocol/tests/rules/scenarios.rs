//! Every way a debate can end, most of them as whole logs.

use synod_debate_protocol::{CallEnd, Command};
use synod_domain::{
    Brief, Event, FailureCause, Hollow, Outcome, Purpose, Scale, Truncated, TurnResult,
};

use crate::fixture::{DebateFixture, ScriptedReply, closed, meta, open, votes};

#[test]
fn a_consensus_in_round_one() {
    let mut fixture = DebateFixture::started(closed(3, &["First", "Second"]));
    let verdict = fixture.hold(votes(&["112", "111"])).clone();
    assert_eq!(verdict.outcome, Outcome::Consensus);
    assert_eq!(verdict.answer.as_ref().map(|answer| &*answer.text), Some("First"));
    assert_eq!((verdict.votes, verdict.needs, verdict.of), (3, 3, 3));
    assert_eq!(verdict.hollow, Some(Hollow::Unexplained), "the one who came over names no cause");
    insta::assert_snapshot!(fixture.lines());
}

#[test]
fn an_open_question_with_repairs_failures_and_a_judge() {
    let mut config = open(3);
    config.debate_rules.judge = Some(crate::fixture::agent("j"));
    config.max_rounds = 1;
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| match (brief.purpose, brief.label.map(|label| label.index())) {
        (Purpose::Options, _) if brief.repair.is_none() => "O1 and O2, I think".into(),
        (Purpose::Argument, Some(0)) => {
            ScriptedReply::Late(format!("Half a sent of turn {}", brief.turn.unwrap().0))
        }
        (Purpose::Argument, Some(1)) => ScriptedReply::Failed(FailureCause::ModelError),
        (Purpose::Argument, Some(2)) => "PASS".into(),
        (Purpose::Judge, _) => "Option: O1".into(),
        _ => votes(&["12x", "12!", "12-"])(brief),
    });
    insta::assert_snapshot!(fixture.lines());
}

#[test]
fn blind_ballots_may_decide_if_the_rules_say_so() {
    let mut config = closed(3, &["First", "Second"]);
    config.debate_rules.min_rounds = 0;
    let mut fixture = DebateFixture::started(config);
    let verdict = fixture.hold(votes(&["111"]));
    assert_eq!((verdict.outcome, verdict.round), (Outcome::Consensus, Some(0)));
    assert_eq!(verdict.hollow, Some(Hollow::SameModel));
    assert_eq!(verdict.calls.begun, 6);
}

#[test]
fn unchanged_positions_for_two_rounds_are_a_deadlock() {
    let mut config = closed(3, &["First", "Second"]);
    config.max_rounds = 9;
    let mut fixture = DebateFixture::started(config);
    let verdict = fixture.hold(votes(&["112", "112", "112"]));
    assert_eq!((verdict.outcome, verdict.round), (Outcome::Deadlock, Some(2)));
    assert_eq!(verdict.leader_changed, Some(false));
}

#[test]
fn repeating_ballots_are_an_oscillation() {
    let mut config = closed(3, &["First", "Second"]);
    config.max_rounds = 9;
    let mut fixture = DebateFixture::started(config);
    let verdict = fixture.hold(votes(&["112", "221", "112", "221"]));
    assert_eq!((verdict.outcome, verdict.round), (Outcome::Oscillation, Some(3)));
    assert_eq!(verdict.leader_changed, Some(true));
}

#[test]
fn a_circle_of_three_rounds() {
    let mut config = closed(3, &["1", "2x", "3x"]);
    config.max_rounds = 9;
    let mut fixture = DebateFixture::started(config);
    let circle = ["112", "223", "331", "112", "223", "331"];
    let verdict = fixture.hold(votes(&circle));
    assert_eq!((verdict.outcome, verdict.round), (Outcome::Oscillation, Some(5)));
}

#[test]
fn oscillation_needs_a_change_in_the_last_round() {
    let mut config = closed(3, &["First", "Second"]);
    (config.max_rounds, config.debate_rules.min_rounds) = (9, 7);
    let mut fixture = DebateFixture::started(config);
    let verdict = fixture.hold(votes(&["112", "112", "221"].repeat(4)));
    assert_eq!((verdict.outcome, verdict.round), (Outcome::Oscillation, Some(8)));
}

#[test]
fn a_proposal_keeps_a_debate_from_deadlock() {
    let mut config = open(3);
    config.max_rounds = 9;
    let mut fixture = DebateFixture::started(config);
    let new = r#"{"choice":"new","new_option":"Third","confidence":1,"moved_by":"none"}"#;
    let verdict = fixture.hold(|brief| match (brief.purpose, brief.round) {
        (Purpose::Ballot, 2) if brief.label.unwrap().index() == 2 => ScriptedReply::from(new),
        _ => votes(&["12-"; 5])(brief),
    });
    assert_eq!((verdict.outcome, verdict.round), (Outcome::Deadlock, Some(3)));
    assert_eq!(fixture.debate.options().len(), 3);
}

#[test]
fn one_model_that_agreed_in_round_0_is_hollow() {
    let mut fixture = DebateFixture::started(closed(3, &["First", "Second"]));
    let verdict = fixture.hold(votes(&["111", "111"]));
    assert_eq!((verdict.outcome, verdict.hollow), (Outcome::Consensus, Some(Hollow::SameModel)));

    let mut several = DebateFixture::with(closed(3, &["First", "Second"]), |profile| {
        profile.model = synod_domain::ModelName::new(profile.agent_id.as_str()).unwrap();
    });
    several.command(Command::Start).unwrap();
    assert_eq!(several.hold(votes(&["111", "111"])).hollow, None);
}

#[test]
fn a_change_that_is_explained_is_not_hollow() {
    let mut fixture = DebateFixture::started(closed(3, &["First", "Second"]));
    let verdict = fixture.hold(|brief| match (brief.purpose, brief.round) {
        (Purpose::Ballot, 1) => ScriptedReply::from(match brief.label.unwrap().index() {
            2 => r#"{"choice":"O1","confidence":1,"moved_by":"S4"}"#,
            _ => r#"{"choice":"O1","confidence":1,"moved_by":"none"}"#,
        }),
        _ => votes(&["112"])(brief),
    });
    assert_eq!((verdict.outcome, verdict.hollow), (Outcome::Consensus, None));
    assert_eq!(verdict.leader_changed, Some(false));
}

#[test]
fn fewer_than_two_openings_end_it_before_any_ballot() {
    let mut fixture = DebateFixture::started(closed(3, &["First", "Second"]));
    let verdict = fixture.hold(|brief: &Brief| match brief.label.unwrap().index() {
        0 => ScriptedReply::from("I speak."),
        1 => ScriptedReply::from(" \n "),
        _ => ScriptedReply::Failed(FailureCause::ModelError),
    });
    assert_eq!(verdict.outcome, Outcome::QuorumLost);
    assert_eq!((verdict.round, verdict.panel, verdict.calls.begun), (None, None, 3));
}

#[test]
fn fewer_than_two_ballots_end_it() {
    let mut fixture = DebateFixture::started(closed(3, &["First", "Second"]));
    let verdict = fixture.hold(votes(&["1!!"]));
    assert_eq!(verdict.outcome, Outcome::QuorumLost);
    assert_eq!(verdict.panel.map(|panel| (panel.asked, panel.failed)), Some((3, 2)));
    assert_eq!(verdict.answer, None);
}

#[test]
fn silence_lowers_every_share() {
    let mut config = closed(4, &["First", "Second"]);
    config.consensus_threshold = 0.5;
    config.max_rounds = 1;
    let mut fixture = DebateFixture::started(config);
    let verdict = fixture.hold(votes(&["11!!", "11!!"]));
    // Two of four reach θ = .5, but two thirds of those asked must have answered.
    assert_eq!(verdict.outcome, Outcome::MaxRounds);
    assert_eq!((verdict.votes, verdict.needs), (2, 2));
}

#[test]
fn a_budget_stops_the_next_call() {
    let mut config = closed(2, &["First", "Second"]);
    config.debate_rules.max_total_tokens = Some(1_000);
    let mut fixture = DebateFixture::started(config);
    let verdict = fixture.hold(votes(&["12", "12", "12"]));
    assert_eq!(verdict.outcome, Outcome::Budget);
    // Each call costs 110: the tenth takes the sum past 1,000 and no eleventh begins.
    assert_eq!(verdict.calls.begun, 10);
}

#[test]
fn a_spent_budget_does_not_stop_a_debate_without_calls() {
    let mut config = closed(2, &["First", "Second"]);
    (config.max_rounds, config.max_iterations_per_round) = (1, 1);
    config.debate_rules.max_total_tokens = Some(1_000);
    let mut fixture = DebateFixture::started(config);
    let verdict = fixture.hold(|brief| votes(&["11", "11"])(brief));
    assert_eq!(verdict.outcome, Outcome::Consensus);
}

#[test]
fn a_fault_keeps_what_was_counted() {
    let mut fixture = DebateFixture::started(closed(2, &["First", "Second"]));
    fixture.begin_due();
    fixture.command(Command::Fault { reason: "the store is gone".into() }).unwrap();
    assert_eq!(fixture.verdict().outcome, Outcome::Failed);
    assert_eq!(fixture.verdict().calls.voided, 2);
}

#[test]
fn a_pass_without_a_statement_ends_the_discussion() {
    let mut fixture = DebateFixture::started(closed(2, &["First", "Second"]));
    fixture.hold(|brief| match brief.purpose {
        Purpose::Argument => ScriptedReply::from("**Pass.**"),
        _ => votes(&["12", "12", "12"])(brief),
    });
    let arguments =
        fixture.briefs.iter().filter(|brief| brief.purpose == Purpose::Argument).count();
    assert_eq!(arguments, 4, "one pass a round instead of two");
}

#[test]
fn how_turns_end() {
    type Case = (u8, ScriptedReply, TurnResult, Option<Truncated>, Option<FailureCause>);
    let cases: [Case; 8] = [
        (0, "PASS".into(), TurnResult::Forfeited, None, Some(FailureCause::Empty)),
        (1, "PASS".into(), TurnResult::Passed, None, None),
        (1, "I pass on that.".into(), TurnResult::Spoke, None, None),
        (1, " \u{7} ".into(), TurnResult::Forfeited, None, Some(FailureCause::Empty)),
        (1, ScriptedReply::Late("Half".into()), TurnResult::Spoke, Some(Truncated::Deadline), None),
        (
            1,
            ScriptedReply::Late(" ".into()),
            TurnResult::Forfeited,
            None,
            Some(FailureCause::Deadline),
        ),
        (1, "x".repeat(40_000).into(), TurnResult::Spoke, Some(Truncated::Length), None),
        (
            1,
            ScriptedReply::Failed(FailureCause::Context),
            TurnResult::Forfeited,
            None,
            Some(FailureCause::Context),
        ),
    ];
    for (round, said, result, truncated, cause) in cases {
        let mut fixture = DebateFixture::started(closed(2, &["First", "Second"]));
        while fixture.debate.round() < round {
            for brief in fixture.begin_due() {
                let usual = votes(&["12"])(&brief);
                fixture.end(brief.call, usual);
            }
        }
        let brief = fixture.begin_one().unwrap();
        let events = fixture.end(brief.call, said.clone());
        let Event::TurnEnded(ended) = &events[0] else { panic!("{events:?}") };
        assert_eq!(
            (ended.result, ended.truncated, ended.cause),
            (result, truncated, cause),
            "{said:?}"
        );
    }
}

#[test]
fn a_reply_cut_by_the_limit_of_tokens_says_so() {
    let mut fixture = DebateFixture::started(closed(2, &["First", "Second"]));
    let call = fixture.begin_one().unwrap().call;
    let finished = Command::Ended {
        call,
        how: CallEnd::Replied { cut: true },
        text: "And then".into(),
        meta: meta(),
    };
    let Event::TurnEnded(ended) = &fixture.command(finished).unwrap()[0] else { panic!("no turn") };
    assert_eq!(ended.truncated, Some(Truncated::Length));
}

#[test]
fn a_tiny_voter_makes_it_a_demo() {
    let mut config = closed(2, &["First", "Second"]);
    config.max_rounds = 1;
    let demo = |scale| {
        let mut fixture = DebateFixture::with(config.clone(), |profile| profile.scale = scale);
        fixture.command(Command::Start).unwrap();
        fixture.hold(votes(&["11", "11"])).demo
    };
    assert!(demo(Scale::Tiny));
    assert!(!demo(Scale::Small));
}

#[test]
fn the_argument_is_the_surest_voters_last_statement() {
    let mut config = closed(3, &["First", "Second"]);
    (config.max_rounds, config.max_iterations_per_round) = (1, 1);
    let mut fixture = DebateFixture::started(config);
    let verdict = fixture.hold(|brief| match brief.purpose {
        Purpose::Ballot => {
            let index = brief.label.unwrap().index();
            let cause = if brief.round > 0 { r#","moved_by":"none""# } else { "" };
            let sure = [0.4, 0.9, 0.9][index];
            format!(r#"{{"choice":"O1","confidence":{sure}{cause}}}"#)
        }
        _ => format!("Words of turn {}.", brief.turn.unwrap().0),
    });
    let argument = verdict.argument.clone().unwrap();
    assert_eq!(argument.agent_id.as_str(), "b");
    // Round 1 speaks in the order b, c, a, from turn 4.
    assert_eq!(argument.turn.0, 4);
}
