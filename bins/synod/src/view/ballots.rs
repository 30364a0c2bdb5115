use synod_domain::{BallotRecorded, RoundClosed};
use synod_transcript::{Transcript, tie_in_words};

use super::{
    Layout, Paint,
    layout::{column, cut},
};

/// Width of the confidence column.
const CONFIDENCE: usize = 5;
/// Width of the column of earlier votes.
const ID: usize = 8;

/// Formats ballots as a table.
pub(super) fn table(
    title: &str,
    transcript: &Transcript,
    ballots: &[BallotRecorded],
    layout: &Layout,
) -> Vec<String> {
    let debated = ballots.first().is_some_and(|ballot| ballot.round > 0);
    let moved = ballots.iter().filter_map(|b| b.moved_by);
    let moved = moved.map(|turn| transcript.statement_in_words(turn)).max_by_key(String::len);
    let fixed = CONFIDENCE + 2 + if debated { ID + 2 } else { 0 };
    let room = layout.text_width().saturating_sub(fixed);
    let moved_width = moved.map_or(0, |words| textwrap::core::display_width(&words).max(8));
    let votes = ballots.iter().map(|b| transcript.vote_in_words(b));
    let widest = votes.map(|v| textwrap::core::display_width(&v)).max().unwrap_or(0).max(4);
    let (vote_width, moved_width) = if moved_width > 0 && room > moved_width + 14 {
        (widest.min(room - moved_width - 2), moved_width)
    } else {
        (widest.min(room), 0)
    };
    let row = |before: &str, vote: &str, confidence: &str, moved: &str| {
        let before = if debated { column(before, ID) + "  " } else { String::new() };
        let (vote, sure) = (column(vote, vote_width), column(confidence, CONFIDENCE));
        let moved = if moved_width > 0 { moved } else { "" };
        let row = format!("{before}{vote}  {sure}  {moved}");
        cut(row.trim_end(), layout.text_width())
    };
    let head = row("Round 0", "Vote", "Sure", if moved_width > 0 { "Moved by" } else { "" });
    let mut lines = vec![layout.line(title, Paint::Strong, &Paint::Note.on(&head))];
    for ballot in ballots {
        let name = transcript.names().get(&ballot.agent_id);
        let round_0 = transcript.rounds.first().filter(|first| first.round == 0);
        let before = round_0.and_then(|first| first.vote_of(&ballot.agent_id));
        let before = before.map_or_else(|| "–".to_owned(), |id| id.to_string());
        let sure = ballot.confidence.map_or_else(|| "–".to_owned(), |c| format!("{:.2}", c.get()));
        let moved = ballot.moved_by.map(|turn| transcript.statement_in_words(turn));
        let vote = transcript.vote_in_words(ballot);
        let text = row(&before, &vote, &sure, moved.as_deref().unwrap_or_default());
        lines.push(layout.line(&name, speaker(transcript, ballot), &text));
    }
    lines
}

/// Formats the count of a round and what follows from a tie.
pub(super) fn count(transcript: &Transcript, closed: &RoundClosed, layout: &Layout) -> Vec<String> {
    let mut lines = layout.named("Count", Paint::Strong, &transcript.count_in_words(&closed.tally));
    lines.extend(tie_in_words(closed.then).map(|tie| layout.note(tie)).into_iter().flatten());
    lines
}

fn speaker(transcript: &Transcript, ballot: &BallotRecorded) -> Paint {
    let participants =
        transcript.setup.as_ref().map(|setup| &setup.participants[..]).unwrap_or_default();
    let index = participants.iter().position(|profile| profile.agent_id == ballot.agent_id);
    index.map_or(Paint::Person, Paint::Speaker)
}
