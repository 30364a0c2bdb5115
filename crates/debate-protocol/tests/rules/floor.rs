//! Who has the floor where one speaks at a time: the order worked out again from the log alone, and
//! what follows from it.

use synod_debate_protocol::{Addressee, Step};
use synod_domain::{
    AgentId, CallStarted, DebateMode, Event, MoveKind, OptionId, Purpose, Recorded, TurnResult,
};

use crate::fixture::{DebateFixture, in_turns, votes};

/// What a log says of the floor, read without the rules' own state.
struct Ledger<'a> {
    agents: &'a [AgentId],
    most_turns: usize,
    /// Of rounds 1 and later: round, speaker, statement.
    turns: Vec<(u8, usize, Option<&'a str>)>,
    /// The last closed round's votes, and those that are coming in.
    votes: Vec<Option<OptionId>>,
    coming: Vec<Option<OptionId>>,
    round: u8,
}

impl<'a> Ledger<'a> {
    fn of_round(&self) -> Vec<(usize, Option<&'a str>)> {
        let here = self.turns.iter().filter(|turn| turn.0 == self.round);
        here.map(|(_, speaker, text)| (*speaker, *text)).collect()
    }

    fn candidates(&self) -> Vec<usize> {
        let turns = self.of_round();
        if turns.len() >= self.most_turns {
            return vec![];
        }
        let count = |who: usize| turns.iter().filter(|(speaker, _)| *speaker == who).count();
        let quiet_end = turns.iter().rev().take_while(|(_, text)| text.is_none());
        let silent: Vec<usize> = quiet_end.map(|(speaker, _)| *speaker).collect();
        let mut those: Vec<usize> =
            (0..self.agents.len()).filter(|who| !silent.contains(who)).collect();
        let new: Vec<usize> = those.iter().copied().filter(|who| count(*who) == 0).collect();
        if self.most_turns - turns.len() <= new.len() {
            those = new;
        }
        let least = those.iter().map(|who| count(*who)).min().unwrap_or(0);
        those.retain(|who| count(*who) < least + 2);
        match turns.last() {
            Some((previous, _)) if those != [*previous] => those.retain(|who| who != previous),
            _ => {}
        }
        those
    }

    fn score(&self, who: usize) -> i64 {
        let n = self.agents.len();
        let since = self.turns.iter().rev().take_while(|(_, speaker, _)| *speaker != who).count();
        let latest = self.of_round().into_iter().rev().find_map(|(_, text)| text).unwrap_or("");
        let label = format!("Speaker {}", (b'A' + u8::try_from(who).unwrap()) as char);
        let words = latest.replace(|c: char| !c.is_alphanumeric(), " ");
        let addressed = format!(" {words} ").contains(&format!(" {label} "));
        let with = match self.votes[who] {
            Some(option) => self.votes.iter().filter(|vote| **vote == Some(option)).count(),
            None => n,
        };
        let [since, n, with] = [since, n, with].map(|count| i64::try_from(count).unwrap());
        4 * since + 3 * n * i64::from(addressed) + 2 * (n - with)
    }

    fn scheduled(&self) -> Option<usize> {
        let n = self.agents.len();
        let first = self.of_round().last().map_or(usize::from(self.round), |(last, _)| last + 1);
        let circle = (first..first + n).map(|place| place % n);
        let candidates = self.candidates();
        let mut best: Option<(i64, usize)> = None;
        for who in circle.filter(|who| candidates.contains(who)) {
            if best.is_none_or(|(score, _)| self.score(who) > score) {
                best = Some((self.score(who), who));
            }
        }
        best.map(|(_, who)| who)
    }
}

/// 24 and 25: every turn is a candidate's, and the one that scheduler or moderator chose; every move
/// is legal, and no participant starves.
pub(crate) fn check(log: &[Recorded]) {
    let Event::DebateInitialized(setup) = &log[0].event else { panic!("no first event") };
    let config = &setup.config;
    if config.debate_mode == DebateMode::Structured {
        return assert!(!log.iter().any(|recorded| matches!(recorded.event, Event::MoveChosen(_))));
    }
    let n = config.selected_agents.len();
    let mut ledger = Ledger {
        agents: &config.selected_agents,
        most_turns: n * usize::from(config.max_iterations_per_round),
        turns: vec![],
        votes: vec![None; n],
        coming: vec![None; n],
        round: 0,
    };
    let place = |agent: &AgentId| config.selected_agents.iter().position(|id| id == agent).unwrap();
    let mut given: Option<(usize, bool)> = None;
    let mut failures = 0;
    let mut called = false;
    let mut begun = std::collections::BTreeSet::new();
    for recorded in log {
        match &recorded.event {
            Event::CallStarted(CallStarted {
                purpose,
                agent_id,
                round,
                turn,
                evidence,
                pass,
                ..
            }) => {
                assert_eq!(*pass, None);
                match purpose {
                    Purpose::Argument if begun.insert(*turn) => {
                        ledger.round = *round;
                        assert!(!called, "a turn after the vote was called");
                        let speaker = place(agent_id);
                        assert!(ledger.candidates().contains(&speaker), "{agent_id} may not speak");
                        let expected = given.take().unwrap_or_else(|| {
                            let asks = config.debate_mode == DebateMode::Autonomous && failures < 2;
                            assert!(!asks, "the moderator was not asked");
                            (ledger.scheduled().unwrap(), false)
                        });
                        assert_eq!((speaker, *evidence), expected);
                    }
                    Purpose::Move => {
                        ledger.round = *round;
                        assert!(failures < 2 && !called && !ledger.candidates().is_empty());
                    }
                    Purpose::Ballot if *round > 0 && !called => {
                        ledger.round = *round;
                        // The discussion is complete.
                        let turns = ledger.of_round();
                        let spoken_for = |who| turns.iter().any(|(speaker, _)| *speaker == who);
                        assert!((0..n).all(spoken_for), "somebody was left out");
                    }
                    _ => {}
                }
            }
            Event::MoveChosen(chosen) => {
                failures = if chosen.source == synod_domain::MoveSource::Scheduler {
                    let scheduled = ledger.scheduled().map(|who| ledger.agents[who].clone());
                    assert_eq!((chosen.kind, &chosen.agent_id), (MoveKind::Speak, &scheduled));
                    failures + 1
                } else {
                    0
                };
                match (chosen.kind, &chosen.agent_id) {
                    (MoveKind::CallVote, None) => {
                        let turns = ledger.of_round();
                        let had_one = |who| turns.iter().any(|(speaker, _)| *speaker == who);
                        assert!((0..n).all(had_one), "the vote was called too early");
                    }
                    (kind, Some(agent)) => {
                        assert!(ledger.candidates().contains(&place(agent)));
                        given = Some((place(agent), kind == MoveKind::AskEvidence));
                    }
                    (kind, None) => panic!("{kind:?} without an agent"),
                }
            }
            Event::TurnEnded(turn) if turn.round > 0 => {
                let text = (turn.result == TurnResult::Spoke).then_some(&*turn.text);
                ledger.turns.push((turn.round, place(&turn.agent_id), text));
                assert!(ledger.of_round().len() <= ledger.most_turns);
            }
            Event::BallotRecorded(ballot) if !ballot.run_off => {
                ledger.coming[place(&ballot.agent_id)] = ballot.option;
            }
            Event::RoundClosed(_) => {
                ledger.votes = std::mem::replace(&mut ledger.coming, vec![None; n]);
                (called, given) = (false, None);
                ledger.round += 1;
            }
            Event::VoteCalled => called = true,
            _ => {}
        }
    }
    if !log.iter().any(|recorded| recorded.event == Event::VoteCalled) {
        check_starvation(&ledger);
    }
}

/// At most 2·(n·I − 1) turns of others lie between two of one's own.
fn check_starvation(ledger: &Ledger<'_>) {
    for who in 0..ledger.agents.len() {
        let own = ledger.turns.iter().enumerate().filter(|(_, turn)| turn.1 == who);
        let places: Vec<_> = own.map(|(place, _)| place).collect();
        for two in places.windows(2) {
            assert!(two[1] - two[0] - 1 <= 2 * (ledger.most_turns - 1));
        }
    }
}

/// A freeform debate in round 1, in which these texts have been said after each other, and who
/// is next: the letters of all of them.
fn next_after(n: usize, row: &str, said: &[&str]) -> String {
    let mut fixture =
        DebateFixture::started(in_turns(DebateMode::Freeform, n, &["First", "Second"]));
    let mut say = votes(std::slice::from_ref(&row));
    while fixture.debate.round() == 0 {
        for brief in fixture.begin_due() {
            let said = say(&brief);
            fixture.end(brief.call, said);
        }
    }
    let mut order = String::new();
    for text in said {
        let brief = fixture.begin_one().unwrap();
        order.push(brief.label.unwrap().letter());
        fixture.end(brief.call, *text);
    }
    let due = fixture.due();
    let next = due.iter().filter_map(|step| match step {
        Step { purpose: Purpose::Argument, asked: Addressee::Participant(index), .. } => {
            Some(*index)
        }
        _ => None,
    });
    order.extend(next.map(|index| (b'A' + u8::try_from(index).unwrap()) as char));
    check(&fixture.log);
    order
}

#[test]
fn a_minority_of_one_speaks_first() {
    assert_eq!(next_after(4, "1121", &[]), "C");
    assert_eq!(next_after(4, "1222", &[]), "A");
    assert_eq!(next_after(4, "112-", &[]), "C", "who has no vote counts as one of the many");
    assert_eq!(next_after(4, "1111", &[]), "B", "of equals, the first from index r on");
}

#[test]
fn who_is_addressed_answers() {
    // Without it, the next in the circle.
    assert_eq!(next_after(4, "1111", &["Hear me."]), "BC");
    assert_eq!(next_after(4, "1111", &["What does Speaker A say?"]), "BA");
    assert_eq!(next_after(4, "1111", &["What do Speaker D and Speaker A say?"]), "BD");
    assert_eq!(next_after(4, "1111", &["What does speaker A say?"]), "BC");
    assert_eq!(next_after(4, "1111", &["I am Speaker B."]), "BC", "not the one who speaks");
}

#[test]
fn two_speakers_alternate_until_one_is_two_turns_ahead() {
    let order =
        next_after(4, "1111", &["Speaker A?", "Speaker B?", "And Speaker A?", "And Speaker B?"]);
    // No participant takes a third turn while another has had none.
    assert_eq!(order, "BABAC");
}

#[test]
fn the_last_turns_are_reserved_for_silent_participants() {
    // Eight turns in a round of four, two for each.
    let order =
        next_after(4, "1111", &["Speaker A!", "Speaker B!", "And Speaker A!", "And Speaker B!"]);
    assert_eq!(&order[4..], "C");
    let order =
        next_after(3, "111", &["Speaker A!", "Speaker B!", "And Speaker A!", "And Speaker B!"]);
    assert_eq!(order, "BABAC");
}

#[test]
fn passing_ends_with_the_next_statement_of_another() {
    assert_eq!(next_after(3, "111", &["PASS", "PASS"]), "BCA");
    assert_eq!(next_after(3, "111", &["PASS", "PASS", "A new point for Speaker C."]), "BCAC");
}

#[test]
fn a_discussion_of_passes_ends_after_one_turn_each() {
    assert_eq!(next_after(3, "111", &["PASS", "", "PASS"]), "BCA", "the ballots are due");
    let some = next_after(3, "111", &["PASS", "A point.", "PASS", "PASS", "PASS"]);
    assert_eq!(some, "BCABC", "C has nothing to add to what it said itself");
}
