use synod_domain::{BallotRecorded, RoundClosed};

use super::{Page, inline};
use crate::{Round, Transcript, tie_in_words};

/// The ballots of a round and their count.
pub(super) fn write(page: &mut Page, transcript: &Transcript, round: &Round) {
    if !round.ballots.is_empty() {
        page.heading(3, "Ballots");
        table(page, transcript, round, &round.ballots);
    }
    if let Some(closed) = &round.closed {
        page.paragraph(&count(transcript, closed));
    }
    if !round.run_off.is_empty() {
        page.heading(3, "Run-off");
        table(page, transcript, round, &round.run_off);
    }
    for ruling in &round.rulings {
        page.paragraph(&format!("{}.", inline(&transcript.ruling_in_words(ruling))));
    }
}

fn count(transcript: &Transcript, closed: &RoundClosed) -> String {
    let mut count = format!("Count: {}.", inline(&transcript.count_in_words(&closed.tally)));
    let changed = closed.tally.changed.iter().map(|id| inline(&transcript.names().get(id)));
    let changed = changed.collect::<Vec<_>>().join(", ");
    if !changed.is_empty() {
        count += &format!(" Changed their minds: {changed}.");
    }
    if let Some(tie) = tie_in_words(closed.then) {
        count += &format!(" {tie}.");
    }
    count
}

fn table(page: &mut Page, transcript: &Transcript, round: &Round, ballots: &[BallotRecorded]) {
    let name = |b: &BallotRecorded| inline(&transcript.names().get(&b.agent_id));
    let vote = |b: &BallotRecorded| inline(&transcript.vote_in_words(b));
    if round.round == 0 {
        let rows = ballots.iter().map(|b| [name(b), vote(b), confidence(b)]);
        page.table(["Name", "Vote", "Confidence"], rows);
        return;
    }
    let round_0 = transcript.rounds.first().filter(|first| first.round == 0);
    let before = |b: &BallotRecorded| {
        let vote = round_0.and_then(|first| first.vote_of(&b.agent_id));
        or_dash(vote.map(|id| inline(&transcript.option_in_words(id))))
    };
    let moved_by = |b: &BallotRecorded| {
        or_dash(b.moved_by.map(|turn| inline(&transcript.statement_in_words(turn))))
    };
    let row = |b: &BallotRecorded| [name(b), before(b), vote(b), confidence(b), moved_by(b)];
    page.table(["Name", "Round-0 vote", "Vote", "Confidence", "Moved by"], ballots.iter().map(row));
}

fn confidence(ballot: &BallotRecorded) -> String {
    or_dash(ballot.confidence.map(|confidence| format!("{:.2}", confidence.get())))
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}
