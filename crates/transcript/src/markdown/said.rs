use synod_domain::{Interjected, TurnEnded};

use super::{Page, inline, quote};
use crate::{Happening, Round, Transcript, cut_in_words, options_in_words, silence_in_words};

/// What happened in a round before its ballots.
pub(super) fn write(page: &mut Page, transcript: &Transcript, round: &Round) {
    for entry in &round.entries {
        match &entry.what {
            Happening::Turn(turn) => write_turn(page, transcript, turn),
            Happening::Interjection(said) => interjection(page, said),
            Happening::VoteCalled => note(page, "A person called the vote"),
            Happening::Move(chosen) => note(page, &transcript.move_in_words(chosen)),
            Happening::Options(set) => note(page, &options_in_words(set)),
        }
    }
}

fn write_turn(page: &mut Page, transcript: &Transcript, turn: &TurnEnded) {
    let name = inline(&transcript.names().get(&turn.agent_id));
    if let Some(silence) = silence_in_words(turn) {
        page.paragraph(&format!("**{name}** {silence}."));
        return;
    }
    let cut = cut_in_words(turn).map_or_else(String::new, |cut| format!(" ({cut})"));
    page.paragraph(&format!("**{name}**, statement {}{cut}:", turn.turn.0));
    page.block(&quote(&turn.text));
}

fn interjection(page: &mut Page, said: &Interjected) {
    let who = said.author.as_deref().map_or_else(|| "A person".to_owned(), inline);
    page.paragraph(&format!("**{who}** adds:"));
    page.block(&quote(&said.text));
}

fn note(page: &mut Page, sentence: &str) {
    page.paragraph(&format!("*{}.*", inline(sentence)));
}
