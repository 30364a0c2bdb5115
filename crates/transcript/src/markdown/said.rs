use synod_domain::{
    FailureCause, Interjected, MoveChosen, MoveKind, MoveSource, OptionId, OptionsSet,
    OptionsSource, Truncated, TurnEnded, TurnResult,
};

use super::{Page, inline, quote};
use crate::{Happening, Round, Transcript};

/// What happened in a round before its ballots.
pub(super) fn write(page: &mut Page, transcript: &Transcript, round: &Round) {
    for entry in &round.entries {
        match &entry.what {
            Happening::Turn(turn) => write_turn(page, transcript, turn),
            Happening::Interjection(said) => interjection(page, said),
            Happening::VoteCalled => page.paragraph("*A person called the vote.*"),
            Happening::Move(chosen) => page.paragraph(&chosen_move(transcript, chosen)),
            Happening::Options(set) => page.paragraph(&listed(set)),
        }
    }
}

fn write_turn(page: &mut Page, transcript: &Transcript, turn: &TurnEnded) {
    let name = inline(&transcript.names().get(&turn.agent_id));
    match turn.result {
        TurnResult::Spoke => {
            let cut = turn.truncated.map_or("", |by| match by {
                Truncated::Deadline => " (cut by the clock)",
                Truncated::Length => " (cut at its full length)",
            });
            page.paragraph(&format!("**{name}**, statement {}{cut}:", turn.turn.0));
            page.block(&quote(&turn.text));
        }
        TurnResult::Passed => page.paragraph(&format!("**{name}** has nothing to add.")),
        TurnResult::Forfeited => {
            page.paragraph(&format!("**{name}** forfeits the turn: {}.", why(turn.cause)));
        }
    }
}

/// Why a call brought nothing.
fn why(cause: Option<FailureCause>) -> &'static str {
    match cause {
        Some(FailureCause::Deadline) => "the clock ran out",
        Some(FailureCause::ModelError) => "the model failed",
        Some(FailureCause::Invalid) => "the reply could not be read",
        Some(FailureCause::Context) => "the prompt does not fit the model's window",
        Some(FailureCause::Empty) | None => "the reply was empty",
    }
}

fn interjection(page: &mut Page, said: &Interjected) {
    let who = said.author.as_deref().map_or_else(|| "A person".to_owned(), inline);
    page.paragraph(&format!("**{who}** interjects:"));
    page.block(&quote(&said.text));
}

fn chosen_move(transcript: &Transcript, chosen: &MoveChosen) -> String {
    let who = match chosen.source {
        MoveSource::Moderator => "The moderator",
        MoveSource::Scheduler => "In the moderator's place, the rule",
    };
    let whom = chosen.agent_id.as_ref().map(|id| inline(&transcript.names().get(id)));
    let whom = whom.as_deref().unwrap_or("nobody");
    match chosen.kind {
        MoveKind::Speak => format!("*{who} gives the floor to {whom}.*"),
        MoveKind::AskEvidence => format!("*{who} asks {whom} for evidence.*"),
        MoveKind::CallVote => format!("*{who} calls the vote.*"),
    }
}

fn listed(set: &OptionsSet) -> String {
    let ids: Vec<_> = set.options.iter().map(|o| OptionId::to_string(&o.id)).collect();
    let source = match set.source {
        OptionsSource::Clerk => "The clerk read the openings",
        OptionsSource::Fallback => "The openings' own answers became the options",
        OptionsSource::Ballots => "Proposals on ballots became options",
    };
    format!("*{source}: {}.*", if ids.is_empty() { "none".to_owned() } else { ids.join(", ") })
}
