//! When a debate ends, against the table of stop tests written down a second time.

use proptest::prelude::*;
use synod_debate_protocol::needed_votes;
use synod_domain::{Brief, DebateConfig, Outcome, Purpose};

use crate::fixture::{DebateFixture, ScriptedReply, closed, open, votes};

/// The ballots of one round by index: `1` and `2` vote, `-` abstains, `!` fails, `p` proposes.
type Row = String;

prop_compose! {
    /// Rows that repeat after one to five rounds, but for a few ballots.
    fn rows()(
        cycle in proptest::collection::vec(r"[12\-!]{3}", 1..6),
        others in proptest::collection::vec((0..12_usize, 0..3_usize, r"[12\-!p]"), 0..3),
    ) -> Vec<Row> {
        let mut rows: Vec<Row> = cycle.iter().cycle().take(13).cloned().collect();
        for (round, index, ballot) in others {
            rows[round].replace_range(index..=index, &ballot);
        }
        rows
    }
}

fn config(rounds: u8, min_rounds: u8, threshold: f64, proposals: bool) -> DebateConfig {
    let base = if proposals { open(3) } else { closed(3, &["First", "Second"]) };
    let mut config = DebateConfig { max_rounds: rounds, consensus_threshold: threshold, ..base };
    config.max_iterations_per_round = 1;
    (config.debate_rules.min_rounds, config.debate_rules.run_off) = (min_rounds, false);
    config
}

/// The round on which these ballots end a debate, and how.
fn expected(config: &DebateConfig, rows: &[Row]) -> (u8, Outcome) {
    let needs = usize::from(needed_votes(config));
    for round in 0..=config.max_rounds {
        let r = usize::from(round);
        let min_rounds = usize::from(config.debate_rules.min_rounds);
        let count = |ballot: char| rows[r].matches(ballot).count();
        let (first, second) = (count('1'), count('2'));
        let proposed = count('p') > 0;
        // X `back` rounds before: a proposal is an abstention.
        let x = |back: usize| rows[r - back].replace('p', "-");
        let stable = r >= 2 && x(0) == x(1) && x(1) == x(2);
        let goes_round = |p: usize| r + 1 >= 2 * p && (0..p).all(|j| x(j) == x(j + p));
        let outcome = if first + second + count('-') + count('p') < 2 {
            Outcome::QuorumLost
        } else if r >= min_rounds
            && first != second
            && first.max(second) >= needs
            && 3 * (first + second) >= 2 * 3
        {
            Outcome::Consensus
        } else if r >= min_rounds && !proposed && stable {
            Outcome::Deadlock
        } else if r >= min_rounds && !proposed && (2..=4).any(goes_round) && x(0) != x(1) {
            Outcome::Oscillation
        } else if round == config.max_rounds {
            Outcome::MaxRounds
        } else {
            continue;
        };
        return (round, outcome);
    }
    unreachable!("the last round ends a debate")
}

fn held(config: &DebateConfig, rows: &[Row]) -> (u8, Outcome) {
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut fixture = DebateFixture::started(config.clone());
    let verdict = fixture.hold(|brief: &Brief| {
        let proposes = |index| rows[usize::from(brief.round)].as_bytes()[index] == b'p';
        match (brief.purpose, brief.label.map(|label| label.index())) {
            (Purpose::Ballot, Some(index)) if proposes(index) => {
                let cause = if brief.round > 0 { r#","moved_by":"none""# } else { "" };
                let new = format!("Idea {index} of round {}", brief.round);
                ScriptedReply::from(format!(
                    r#"{{"choice":"new","new_option":"{new}","confidence":1{cause}}}"#
                ))
            }
            _ => votes(&rows)(brief),
        }
    });
    (verdict.round.unwrap(), verdict.outcome)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn debates_end_as_the_table_of_outcomes_says(
        mut rows in rows(),
        rounds in 1..12_u8,
        min_rounds in prop_oneof![2 => Just(1), 2 => 0..12_u8],
        threshold in prop_oneof![Just(1.0), Just(2.0 / 3.0), Just(0.5)],
    ) {
        // In the last round nothing can be proposed any more.
        let last = usize::from(rounds);
        rows[last] = rows[last].replace('p', "-");
        let proposals = rows.iter().any(|row| row.contains('p'));
        let config = config(rounds, min_rounds.min(rounds), threshold, proposals);
        prop_assert_eq!(held(&config, &rows), expected(&config, &rows));
    }
}

#[test]
fn oscillation_has_a_period_of_two_to_four_rounds() {
    let row = |row: &&str| (*row).to_owned();
    for (cycle, expected) in [
        (&["112", "121"][..], (3, Outcome::Oscillation)),
        (&["112", "121", "211"], (5, Outcome::Oscillation)),
        (&["112", "121", "211", "122"], (7, Outcome::Oscillation)),
        (&["112", "121", "211", "122", "212"], (11, Outcome::MaxRounds)),
    ] {
        let rows: Vec<Row> = cycle.iter().cycle().take(13).map(row).collect();
        assert_eq!(held(&config(11, 1, 1.0, false), &rows), expected, "{cycle:?}");
        let late = (8.max(expected.0), expected.1);
        assert_eq!(held(&config(11, 8, 1.0, false), &rows), late, "{cycle:?}, from round 8 on");
    }
    let still = vec!["112".to_owned(); 13];
    assert_eq!(held(&config(11, 8, 1.0, false), &still), (8, Outcome::Deadlock));
}

/// A proposal keeps a debate going that would otherwise be stuck.
#[test]
fn proposals_prevent_deadlock_and_oscillation() {
    let held = |rows: &[&str]| {
        let rows: Vec<Row> = rows.iter().map(|row| (*row).to_owned()).collect();
        held(&config(4, 1, 1.0, true), &rows)
    };
    assert_eq!(held(&["12-", "12-", "12p", "12-", "12-"]), (3, Outcome::Deadlock));
    assert_eq!(held(&["12-", "21-", "12-", "21p", "12-"]), (4, Outcome::Oscillation));
}
