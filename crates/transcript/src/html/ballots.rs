use super::page::{Page, inline};
use crate::{Round, Transcript, table::Table};

/// The ballots of a round and their count.
pub(super) fn write(page: &mut Page, transcript: &Transcript, round: &Round) {
    if !round.ballots.is_empty() {
        page.element("h3", "Ballots");
        page.table(&Table::of_ballots(transcript, round, &round.ballots));
    }
    if let Some(closed) = &round.closed {
        page.element("p", &inline(&transcript.round_in_words(closed)));
    }
    if !round.run_off.is_empty() {
        page.element("h3", "Run-off");
        page.table(&Table::of_ballots(transcript, round, &round.run_off));
    }
    for ruling in &round.rulings {
        page.element("p", &format!("{}.", inline(&transcript.ruling_in_words(ruling))));
    }
}
