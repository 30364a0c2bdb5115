use synod_domain::{DebateMode, Initialized, ParticipantProfile};

use super::{Page, inline};
use crate::{Transcript, count::counted};

/// Who takes part, and by which rules.
pub(super) fn write(page: &mut Page, transcript: &Transcript) {
    let Some(setup) = &transcript.setup else { return };
    page.heading(2, "Panel");
    let seats = setup.participants.iter().map(|p| ("participant", p));
    let moderator = setup.moderator.iter().map(|p| ("moderator", p));
    let judge = setup.judge.iter().map(|p| ("judge", p));
    let row = |(role, profile): (&str, &ParticipantProfile)| {
        let name = inline(&transcript.names().get(&profile.agent_id));
        let host = inline(profile.host.as_str());
        [name, role.to_owned(), inline(profile.model.as_str()), host]
    };
    page.table(["Name", "Role", "Model", "Host"], seats.chain(moderator).chain(judge).map(row));
    page.paragraph(&rules(setup));
    if let (Some(id), Some(at)) = (transcript.debate_id, transcript.began_at) {
        page.paragraph(&format!("Debate `{id}`, begun {at}."));
    }
}

fn rules(setup: &Initialized) -> String {
    let config = &setup.config;
    let mode = match config.debate_mode {
        DebateMode::Structured => "Structured",
        DebateMode::Freeform => "Freeform",
        DebateMode::Autonomous => "Autonomous",
    };
    let rounds = counted(config.max_rounds.into(), "round");
    let turns = counted(config.max_iterations_per_round.into(), "turn");
    let (needs, of) = (setup.limits.needs, setup.limits.of);
    let seed = config.debate_rules.seed.map_or_else(String::new, |s| format!(" Seed {s}."));
    format!(
        "{mode}: at most {rounds} of {turns} per participant after the blind opening. A consensus \
         needs {needs} of {of} votes.{seed}"
    )
}
