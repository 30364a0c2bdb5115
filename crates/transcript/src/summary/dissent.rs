//! The participants who did not vote for the leader in the last closed round.

use synod_domain::{BallotRecorded, BallotResult, Verdict};

use super::{conclusion::voted, last_round};
use crate::{Round, Transcript, printable::on_one_line, words::without_vote};

/// The labels and texts of facts, in the order of the participants.
pub(super) fn in_words(transcript: &Transcript, verdict: &Verdict) -> Vec<(&'static str, String)> {
    let (Some(leader), Some(last)) = (verdict.leader, last_round(transcript, verdict)) else {
        return Vec::new();
    };
    let others = last.ballots.iter().filter(|ballot| voted(ballot) != Some(leader));
    others.map(|ballot| of(transcript, last, ballot)).collect()
}

/// A ballot that is not for the leader.
fn of(transcript: &Transcript, last: &Round, ballot: &BallotRecorded) -> (&'static str, String) {
    let name = transcript.names().get(&ballot.agent_id);
    if let Some(option) = voted(ballot) {
        let option = on_one_line(&transcript.option_text(option));
        let turn = last_statement(transcript, last, ballot);
        let turn = turn.map_or_else(String::new, |turn| format!(" (statement {turn})"));
        return ("Dissent", format!("{name}: {option}{turn}"));
    }
    if ballot.result == BallotResult::None {
        ("No vote", format!("{name}: {}", without_vote(ballot.result, ballot.cause)))
    } else {
        ("Abstained", name)
    }
}

/// The number of the voter's last statement by the end of the round.
fn last_statement(transcript: &Transcript, last: &Round, ballot: &BallotRecorded) -> Option<u32> {
    let rounds = transcript.rounds.iter().filter(|round| round.round <= last.round);
    let turns = rounds.flat_map(Round::turns).filter(|turn| {
        turn.agent_id == ballot.agent_id && turn.result == synod_domain::TurnResult::Spoke
    });
    turns.map(|turn| turn.turn.0).max()
}
