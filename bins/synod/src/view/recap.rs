use synod_transcript::{Round, Transcript};

/// Describes how far a debate had come when it was resumed.
pub(super) fn in_words(transcript: &Transcript) -> String {
    let statements = transcript.rounds.iter().flat_map(Round::turns).count();
    let s = if statements == 1 { "" } else { "s" };
    let Some(last) = transcript.rounds.last() else {
        return "Resumed at the beginning".to_owned();
    };
    let round = last.round;
    let closed = transcript.rounds.iter().rev().find_map(|round| round.closed.as_ref());
    let count = closed.map_or_else(String::new, |closed| {
        let count = transcript.count_in_words(&closed.tally);
        format!("; the vote of round {}: {count}", closed.round)
    });
    format!("Resumed in round {round}, after {statements} statement{s}{count}")
}
