//! The decision rule `majority`: more than half of everyone asked.

use proptest::prelude::*;
use synod_debate_protocol::{AuditError, audit};
use synod_domain::{DebateConfig, DecisionRule, Event, OptionId, Outcome, TieBreak, Verdict};

use crate::fixture::*;

/// Everyone's ballot in one round, as [`votes`] reads it.
type Row = String;

/// Ballots of a panel: every round up to the third, then the run-off.
fn panels() -> impl Strategy<Value = Vec<Row>> {
    (2..7_usize).prop_flat_map(|n| {
        let ballot = prop_oneof![4 => Just('1'), 3 => Just('2'), 1 => Just('-'), 1 => Just('x'), 1 => Just('!')];
        let row = proptest::collection::vec(ballot, n).prop_map(Row::from_iter);
        proptest::collection::vec(row, 5)
    })
}

fn majority(n: usize, rounds: u8) -> DebateConfig {
    let mut config = closed(n, &["First", "Second"]);
    (config.max_rounds, config.max_iterations_per_round) = (rounds, 1);
    config.debate_rules.decision_rule = DecisionRule::Majority;
    config
}

fn held(config: DebateConfig, rows: &[impl AsRef<str>]) -> DebateFixture {
    let rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
    let mut fixture = DebateFixture::started(config);
    fixture.hold(votes(&rows));
    fixture
}

fn verdict(config: DebateConfig, rows: &[impl AsRef<str>]) -> Verdict {
    held(config, rows).verdict().clone()
}

/// The option that more than half of everyone voted for.
fn winner(row: &str) -> Option<usize> {
    ['1', '2'].into_iter().position(|option| 2 * row.matches(option).count() > row.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_debate_ends_with_the_first_majority_of_everyone_asked(
        rows in panels(),
        rounds in 1..4_u8,
        min_rounds in 0..3_u8,
    ) {
        let mut config = majority(rows[0].len(), rounds);
        config.debate_rules.min_rounds = min_rounds.min(rounds);
        let from = usize::from(config.debate_rules.min_rounds);
        let fixture = held(config, &rows);
        let closed = fixture.debate.rounds();
        for (round, closed) in closed.iter().enumerate() {
            let decided = winner(&rows[round]).filter(|_| round >= from);
            prop_assert_eq!(closed.tally.consensus, decided.is_some(), "round {}", round);
        }
        let decided: Vec<_> = (from..closed.len()).filter_map(|round| winner(&rows[round])).collect();
        let verdict = fixture.verdict();
        let answer = verdict.answer.as_ref().map(|answer| answer.id.place());
        match decided[..] {
            [] => prop_assert!(verdict.outcome != Outcome::Consensus && answer.is_none()),
            [first] => {
                prop_assert_eq!((verdict.outcome, answer), (Outcome::Consensus, Some(first)));
                prop_assert_eq!(verdict.round.map(usize::from), Some(closed.len() - 1));
                prop_assert!(2 * verdict.votes > verdict.of && verdict.votes >= verdict.needs);
            }
            [_, _, ..] => prop_assert!(false, "the first majority ends the debate"),
        }
        prop_assert!(audit(&fixture.log).is_ok());
    }

    #[test]
    fn the_threshold_has_no_effect(rows in panels(), thresholds in [0.0..=1.0_f64, 0.0..=1.0]) {
        let with = |threshold| {
            let mut config = majority(rows[0].len(), 3);
            config.consensus_threshold = threshold;
            verdict(config, &rows)
        };
        prop_assert_eq!(with(thresholds[0]), with(thresholds[1]));
    }

    #[test]
    fn silence_of_any_kind_counts_as_asked(rows in panels(), other in prop_oneof![Just("-"), Just("x"), Just("!")]) {
        let consensus = |row: &str| {
            let mut config = majority(row.len(), 1);
            config.debate_rules.min_rounds = 0;
            held(config, &[row, row, row]).debate.rounds()[0].tally.consensus
        };
        let otherwise = rows[0].replace(['-', 'x', '!'], other);
        prop_assert_eq!(consensus(&rows[0]), consensus(&otherwise));
    }
}

#[test]
fn half_is_no_majority_and_one_more_is() {
    for (row, agreed) in [
        ("11", true),
        ("1-", false),
        ("11-", true),
        ("1-!", false),
        ("11-!", false),
        ("1122", false),
        ("111-", true),
        ("112--", false),
        ("111!!", true),
        ("11-x!", false),
        ("111xx!", false),
        ("1111xx", true),
    ] {
        let verdict = verdict(majority(row.len(), 1), &[row, row, row]);
        assert_eq!(verdict.outcome == Outcome::Consensus, agreed, "{row}");
        assert_eq!((verdict.needs, usize::from(verdict.of)), (verdict.of / 2 + 1, row.len()));
    }
}

#[test]
fn votes_of_earlier_rounds_do_not_add_up() {
    let verdict = verdict(majority(5, 2), &["11---", "--11-", "--11-", "--11-"]);
    assert_eq!((verdict.outcome, verdict.votes), (Outcome::MaxRounds, 2));
    assert_eq!(verdict.answer, None);
}

#[test]
fn a_round_that_reaches_a_majority_ends_the_debate_early() {
    let fixture = held(majority(4, 5), &["1122", "1212", "1112"]);
    let verdict = fixture.verdict();
    assert_eq!((verdict.outcome, verdict.round, verdict.votes), (Outcome::Consensus, Some(2), 3));
    let ballots = fixture.log.iter().filter(|e| matches!(e.event, Event::BallotRecorded(_)));
    assert_eq!(ballots.count(), 12, "every ballot of the last round is counted first");
}

#[test]
fn a_run_off_never_makes_a_majority() {
    let verdict = verdict(majority(5, 1), &["1122-", "1122-", "11112"]);
    assert_eq!(
        (verdict.outcome, verdict.tie_broken_by),
        (Outcome::MaxRounds, Some(TieBreak::RunOff))
    );
    assert_eq!((verdict.leader, verdict.votes, verdict.needs), (OptionId::at(0), 4, 3));
    assert_eq!(verdict.answer, None);
}

#[test]
fn one_voter_of_two_is_no_quorum() {
    for (row, outcome) in [("1!", Outcome::QuorumLost), ("1-", Outcome::MaxRounds)] {
        assert_eq!(verdict(majority(2, 1), &[row, row, row]).outcome, outcome, "{row}");
    }
}

#[test]
fn a_log_whose_rule_was_changed_fails_the_audit() {
    let mut log = held(majority(5, 1), &["111!!", "111!!"]).log;
    assert!(audit(&log).is_ok());
    let Event::DebateInitialized(setup) = &log[0].event else { panic!("a first event") };
    let mut setup = (**setup).clone();
    setup.config.debate_rules.decision_rule = DecisionRule::Plurality;
    // As many votes are needed; but plurality needs two thirds to vote as well.
    setup.config.consensus_threshold = 0.6;
    log[0].event = Event::DebateInitialized(setup.into());
    let error = audit(&log).unwrap_err();
    let AuditError::Event { seq, kind, .. } = &error else { panic!("{error}") };
    assert_eq!(kind, "round_closed", "{error}");
    assert_eq!(log[usize::try_from(*seq).unwrap() - 1].event.kind(), "round_closed");
}
