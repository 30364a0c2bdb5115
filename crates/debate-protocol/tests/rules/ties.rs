//! Ties, run-offs and judges.

use synod_domain::{Brief, CallTask, Event, OptionId, Outcome, Purpose, TieBreak};

use crate::fixture::{DebateFixture, ScriptedReply, agent, closed, votes};

fn o1() -> Option<OptionId> {
    OptionId::at(0)
}

fn o2() -> Option<OptionId> {
    OptionId::at(1)
}

#[test]
fn a_tie_of_all_votes_has_no_run_off_and_no_leader() {
    let mut fixture = DebateFixture::started(closed(2, &["A", "B"]));
    let verdict = fixture.hold(votes(&["12", "12", "12"]));
    assert_eq!(verdict.outcome, Outcome::Deadlock);
    assert_eq!((verdict.leader, verdict.votes, verdict.tie_broken_by), (None, 0, None));
    assert!(verdict.dissent.is_empty() && verdict.argument.is_none());
    assert!(fixture.briefs.iter().all(|brief| brief.purpose != Purpose::RunOff));
}

#[test]
fn a_run_off_asks_the_leaders_only_and_makes_no_consensus() {
    let mut fixture = DebateFixture::started(closed(5, &["A", "B", "C"]));
    let verdict = fixture.hold(votes(&["11223", "11223", "11223", "11222"])).clone();
    assert_eq!(verdict.outcome, Outcome::Deadlock);
    assert_eq!((verdict.leader, verdict.votes), (o2(), 3));
    assert_eq!(verdict.tie_broken_by, Some(TieBreak::RunOff));
    assert_eq!(verdict.answer, None);
    assert_eq!(verdict.dissent.len(), 2);
    let tied = verdict
        .tied_round
        .as_ref()
        .map(|tally| tally.votes.iter().map(|votes| votes.count).collect::<Vec<_>>());
    assert_eq!(tied, Some(vec![2, 2, 1]), "the count of the round is not that of the run-off");
    let forms = fixture.briefs.iter().filter(|brief| brief.purpose == Purpose::RunOff);
    for form in forms {
        let CallTask::Vote(form) = &form.task else { panic!("no form") };
        assert_eq!(form.choices.len(), 2);
        assert!(!form.may_propose && form.moved_by.is_none());
    }
}

#[test]
fn a_run_off_without_a_vote_leaves_the_counts_of_the_round() {
    let mut fixture = DebateFixture::started(closed(3, &["A", "B"]));
    let verdict = fixture.hold(votes(&["12-", "12-", "12-", "---"]));
    assert_eq!((verdict.leader, verdict.votes), (None, 0));
    assert_eq!(verdict.panel.map(|panel| panel.answered), Some(2));
    assert_eq!(verdict.tied_round, None);
}

#[test]
fn one_vote_of_a_run_off_is_its_count() {
    let mut fixture = DebateFixture::started(closed(3, &["A", "B"]));
    let verdict = fixture.hold(votes(&["12-", "12-", "12-", "--1"]));
    assert_eq!((verdict.leader, verdict.votes), (o1(), 1));
    assert_eq!(verdict.panel.map(|panel| (panel.answered, panel.abstained)), Some((1, 2)));
    assert_eq!(verdict.dissent.len(), 2);
}

/// Of three that were tied two still are: nothing else is put before the judge.
#[test]
fn a_run_off_narrows_what_a_judge_rules_on() {
    let mut config = closed(7, &["A", "B", "C"]);
    config.debate_rules.judge = Some(agent("j"));
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| match brief.purpose {
        Purpose::Judge => ScriptedReply::from("O1"),
        _ => votes(&["112233-", "112233-", "112233-", "1122312"])(brief),
    });
    let rulings = fixture.briefs.iter().filter_map(|brief| match &brief.task {
        CallTask::Rule { options } => {
            Some(options.iter().map(|option| option.id).collect::<Vec<_>>())
        }
        _ => None,
    });
    let (first, second) = (vec![o1().unwrap(), o2().unwrap()], vec![o2().unwrap(), o1().unwrap()]);
    assert_eq!(rulings.collect::<Vec<_>>(), [first, second]);
    assert_eq!((fixture.verdict().leader, fixture.verdict().votes), (o1(), 3));
}

fn judged(judge: impl Fn(&Brief) -> String) -> DebateFixture {
    let mut config = closed(2, &["A", "B"]);
    config.debate_rules.judge = Some(agent("j"));
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| match brief.purpose {
        Purpose::Judge => ScriptedReply::from(judge(brief)),
        _ => votes(&["12", "12", "12"])(brief),
    });
    fixture
}

#[test]
fn a_judge_decides_only_by_ruling_the_same_way_twice() {
    let same = judged(|_| r#"{"choice":"O1"}"#.into());
    assert_eq!(same.verdict().leader, o1());
    assert_eq!(same.verdict().tie_broken_by, Some(TieBreak::Judge));
    assert_eq!(same.verdict().outcome, Outcome::Deadlock);

    // Whichever is listed first: the second ruling sees the options in reverse order.
    let first_listed = judged(|brief| match &brief.task {
        CallTask::Rule { options } => options[0].id.to_string(),
        _ => unreachable!("a judge rules"),
    });
    assert_eq!(first_listed.verdict().leader, None);
    assert_eq!(first_listed.verdict().tie_broken_by, None);
}

#[test]
fn an_unreadable_first_ruling_ends_it() {
    let fixture = judged(|_| "Both have merit.".into());
    assert_eq!(fixture.verdict().leader, None);
    let rulings = fixture.log.iter().filter(|r| matches!(r.event, Event::JudgeRuled(_))).count();
    assert_eq!(rulings, 1);
}

#[test]
fn a_run_off_that_decides_needs_no_judge() {
    let mut config = closed(5, &["A", "B", "C"]);
    config.debate_rules.judge = Some(agent("j"));
    let mut fixture = DebateFixture::started(config);
    let verdict = fixture.hold(votes(&["11223", "11223", "11223", "11222"]));
    assert_eq!((verdict.leader, verdict.tie_broken_by), (o2(), Some(TieBreak::RunOff)));
    assert!(fixture.briefs.iter().all(|brief| brief.purpose != Purpose::Judge));
}

#[test]
fn a_judge_after_a_run_off_rules_on_what_is_still_tied() {
    let mut config = closed(5, &["A", "B", "C"]);
    config.debate_rules.judge = Some(agent("j"));
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| match brief.purpose {
        Purpose::Judge => ScriptedReply::from("O2"),
        _ => votes(&["11223", "11223", "11223", "1122-"])(brief),
    });
    let verdict = fixture.verdict();
    assert_eq!((verdict.leader, verdict.votes), (o2(), 2));
    assert_eq!(verdict.tie_broken_by, Some(TieBreak::Judge));
}

#[test]
fn a_spent_budget_prevents_a_due_run_off() {
    let mut config = closed(3, &["A", "B"]);
    (config.max_rounds, config.max_iterations_per_round) = (1, 1);
    config.debate_rules.max_total_tokens = Some(12 * 110);
    let mut fixture = DebateFixture::started(config);
    let verdict = fixture.hold(votes(&["12-", "12-", "112"]));
    assert_eq!(verdict.outcome, Outcome::Budget);
    assert_eq!(verdict.leader, None);
}
