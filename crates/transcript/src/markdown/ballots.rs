use synod_domain::{BallotRecorded, JudgeRuled, OptionId, Then};

use super::{Page, inline};
use crate::{
    Round, Transcript,
    summary::{ballot_without_vote, count},
};

/// The ballots of a round and their count.
pub(super) fn write(page: &mut Page, transcript: &Transcript, round: &Round) {
    if !round.ballots.is_empty() {
        page.heading(3, "Ballots");
        table(page, transcript, round, &round.ballots);
    }
    if let Some(closed) = &round.closed {
        let tally = &closed.tally;
        let changed: Vec<_> =
            tally.changed.iter().map(|id| inline(&transcript.names().get(id))).collect();
        let changed = match &changed[..] {
            [] => String::new(),
            names => format!(" Changed their minds: {}.", names.join(", ")),
        };
        let then = match closed.then {
            Then::Round | Then::Close => "",
            Then::RunOff => " The leaders are tied: a run-off follows.",
            Then::Judge => " The leaders are tied: the judge rules.",
        };
        let count = inline(&count(transcript, tally));
        page.paragraph(&format!("Count: {count}.{changed}{then}"));
    }
    if !round.run_off.is_empty() {
        page.heading(3, "Run-off");
        table(page, transcript, round, &round.run_off);
    }
    for ruling in &round.rulings {
        page.paragraph(&ruled(transcript, ruling));
    }
}

fn table(page: &mut Page, transcript: &Transcript, round: &Round, ballots: &[BallotRecorded]) {
    let name = |b: &BallotRecorded| inline(&transcript.names().get(&b.agent_id));
    if round.round == 0 {
        let rows = ballots.iter().map(|b| [name(b), vote(transcript, b), confidence(b)]);
        page.table(["Name", "Vote", "Confidence"], rows);
        return;
    }
    let round_0 = transcript.rounds.first().filter(|r| r.round == 0);
    let before = |b: &BallotRecorded| {
        let vote = round_0.and_then(|r| r.vote_of(&b.agent_id));
        vote.map_or_else(|| "–".to_owned(), |id| option(transcript, id))
    };
    let row = |b: &BallotRecorded| {
        [name(b), before(b), vote(transcript, b), confidence(b), moved_by(transcript, b)]
    };
    page.table(["Name", "Round-0 vote", "Vote", "Confidence", "Moved by"], ballots.iter().map(row));
}

fn vote(transcript: &Transcript, ballot: &BallotRecorded) -> String {
    match (ballot.option, &ballot.proposal) {
        (Some(id), _) => option(transcript, id),
        (None, Some(proposal)) => format!("abstained; proposes “{}”", inline(proposal)),
        (None, None) => ballot_without_vote(ballot.result, ballot.cause).to_owned(),
    }
}

fn option(transcript: &Transcript, id: OptionId) -> String {
    format!("{id} {}", inline(&transcript.option_text(id)))
}

fn confidence(ballot: &BallotRecorded) -> String {
    ballot.confidence.map_or_else(|| "–".to_owned(), |c| format!("{:.2}", c.get()))
}

fn moved_by(transcript: &Transcript, ballot: &BallotRecorded) -> String {
    let Some(turn) = ballot.moved_by else { return "–".to_owned() };
    let speaker = transcript.turn(turn).map(|t| inline(&transcript.names().get(&t.agent_id)));
    let speaker = speaker.map_or_else(String::new, |name| format!(" ({name})"));
    format!("statement {}{speaker}", turn.0)
}

fn ruled(transcript: &Transcript, ruling: &JudgeRuled) -> String {
    match ruling.option {
        Some(id) => format!("The judge rules for {}.", option(transcript, id)),
        None => "The judge names no option.".to_owned(),
    }
}
