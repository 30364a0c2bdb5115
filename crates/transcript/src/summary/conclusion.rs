//! The conclusion of a verdict: final votes, changed votes, and how to interpret the count.

use synod_domain::{AgentId, BallotRecorded, BallotResult, OptionId, Outcome, Verdict};

use super::counted_ballots;
use crate::{Transcript, printable::on_one_line};

/// The conclusion, on one line. It claims no more than the count supports.
pub(super) fn in_words(transcript: &Transcript, verdict: &Verdict) -> String {
    let ballots = counted_ballots(transcript, verdict);
    let parts = [
        positions(transcript, ballots),
        changes(transcript, verdict, ballots),
        Some(weight(transcript, verdict)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The final votes by option, the option with most votes first.
fn positions(transcript: &Transcript, ballots: &[BallotRecorded]) -> Option<String> {
    let mut groups: Vec<(OptionId, Vec<&AgentId>)> = Vec::new();
    let mut without = Vec::new();
    for ballot in ballots {
        match (voted(ballot), groups.iter_mut().find(|(id, _)| Some(*id) == voted(ballot))) {
            (_, Some((_, voters))) => voters.push(&ballot.agent_id),
            (Some(id), None) => groups.push((id, vec![&ballot.agent_id])),
            (None, None) => without.push(&ballot.agent_id),
        }
    }
    groups.sort_by_key(|(id, voters)| (std::cmp::Reverse(voters.len()), *id));
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
        (Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds, Some(leader)) => format!(
            "“{leader}” leads with {votes} of {of}, without a consensus: take it as a tendency, \
             not as an answer."
        ),
        (Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds, None) => {
            "No option leads: weigh the arguments yourself.".to_owned()
        }
    }
}

fn voted(ballot: &BallotRecorded) -> Option<OptionId> {
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
