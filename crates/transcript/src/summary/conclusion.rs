//! The conclusion of a verdict: final votes, changed votes, and how to interpret the count.

use synod_domain::{AgentId, BallotRecorded, BallotResult, OptionId, Outcome, TieBreak, Verdict};

use super::{last_round, run_off};
use crate::{Transcript, printable::on_one_line};

/// The conclusion, on one line. It claims no more than the count supports. A run-off offers fewer
/// options, so its ballots are stated separately from those of the round.
pub(super) fn in_words(transcript: &Transcript, verdict: &Verdict) -> String {
    let ballots = last_round(transcript, verdict).map_or(&[][..], |round| &round.ballots);
    let in_run_off = run_off(transcript, verdict)
        .and_then(|ballots| positions(transcript, ballots))
        .map(|positions| format!("In the run-off, {positions}"));
    let parts = [
        positions(transcript, ballots),
        changes(transcript, verdict, ballots),
        in_run_off,
        Some(weight(transcript, verdict)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The voters of each option, the option with most votes first.
pub(super) fn by_option(ballots: &[BallotRecorded]) -> Vec<(OptionId, Vec<&AgentId>)> {
    let mut groups: Vec<(OptionId, Vec<&AgentId>)> = Vec::new();
    for ballot in ballots {
        let Some(option) = voted(ballot) else { continue };
        match groups.iter_mut().find(|(id, _)| *id == option) {
            Some((_, voters)) => voters.push(&ballot.agent_id),
            None => groups.push((option, vec![&ballot.agent_id])),
        }
    }
    groups.sort_by_key(|(id, voters)| (std::cmp::Reverse(voters.len()), *id));
    groups
}

/// The votes by option.
fn positions(transcript: &Transcript, ballots: &[BallotRecorded]) -> Option<String> {
    let groups = by_option(ballots);
    let without = ballots.iter().filter(|ballot| voted(ballot).is_none());
    let without: Vec<_> = without.map(|ballot| &ballot.agent_id).collect();
    let mut parts: Vec<_> = groups
        .iter()
        .map(|(id, voters)| {
            let option = on_one_line(&transcript.option_text(*id));
            format!("{} voted for “{option}”", names(transcript, voters))
        })
        .collect();
    if !without.is_empty() {
        parts.push(format!("{} did not vote for any option", names(transcript, &without)));
    }
    (!parts.is_empty()).then(|| parts.join("; ") + ".")
}

/// The participants whose final vote differs from their vote in round 0.
fn changes(
    transcript: &Transcript,
    verdict: &Verdict,
    ballots: &[BallotRecorded],
) -> Option<String> {
    verdict.round.filter(|round| *round > 0)?;
    let first = transcript.rounds.first().filter(|round| round.round == 0)?;
    let before = |ballot: &BallotRecorded| first.vote_of(&ballot.agent_id);
    let mut both = ballots.iter().filter(|b| voted(b).is_some() && before(b).is_some()).peekable();
    both.peek()?;
    let moved: Vec<_> = both.filter(|b| voted(b) != before(b)).map(|b| &b.agent_id).collect();
    Some(match moved[..] {
        // Votes that changed in between and changed back do not count as changed.
        [] => "No vote differs from the one in round 0.".to_owned(),
        [_, ..] => format!("{} voted differently in round 0.", names(transcript, &moved)),
    })
}

/// How to interpret the count.
fn weight(transcript: &Transcript, verdict: &Verdict) -> String {
    let Verdict { votes, of, .. } = verdict;
    let leads = verdict.leader.map(|id| on_one_line(&transcript.option_text(id)));
    match (verdict.outcome, leads) {
        (Outcome::Consensus, _) if verdict.hollow.is_some() || verdict.demo => {
            "The count makes a consensus, but read the caution before you rely on it.".to_owned()
        }
        (Outcome::Consensus, _) if votes == of => {
            format!("All {of} agree. That is their shared opinion, not a proof.")
        }
        (Outcome::Consensus, _) => format!(
            "{votes} of {of} agree, enough for the consensus that was asked for; read what the \
             others object."
        ),
        (Outcome::QuorumLost | Outcome::Failed, _) => {
            "Too few took part to the end: this says nothing about the question.".to_owned()
        }
        (Outcome::Stopped | Outcome::Budget | Outcome::Deadline, Some(leader)) => format!(
            "The debate was cut short: “{leader}” leads with {votes} of {of} so far, which may \
             still have changed."
        ),
        (Outcome::Stopped | Outcome::Budget | Outcome::Deadline, None) => {
            "The debate was cut short: no option leads so far.".to_owned()
        }
        (Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds, Some(leader)) => {
            let leads = match verdict.tie_broken_by {
                None => format!("“{leader}” leads with {votes} of {of}"),
                Some(TieBreak::RunOff) => {
                    format!("“{leader}” won the run-off with {votes} of {of} after a tie")
                }
                Some(TieBreak::Judge) => format!("The judge chose “{leader}” after a tie"),
            };
            format!("{leads}, without a consensus: take it as a tendency, not as an answer.")
        }
        (Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds, None) => {
            "No option leads: weigh the arguments yourself.".to_owned()
        }
    }
}

pub(super) fn voted(ballot: &BallotRecorded) -> Option<OptionId> {
    ballot.option.filter(|_| ballot.result == BallotResult::Vote)
}

fn names(transcript: &Transcript, agents: &[&AgentId]) -> String {
    let names: Vec<_> = agents.iter().map(|agent| transcript.names().get(agent)).collect();
    match &names[..] {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
