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
    page.paragraph(&rules(transcript, setup));
    if let (Some(id), Some(at)) = (transcript.debate_id, transcript.began_at) {
        page.paragraph(&format!("Debate `{id}`, begun {at}."));
    }
}

fn rules(transcript: &Transcript, setup: &Initialized) -> String {
    let config = &setup.config;
    let rounds = counted(config.max_rounds.into(), "round");
    let (needs, of) = (setup.limits.needs, setup.limits.of);
    let each = u64::from(config.max_iterations_per_round);
    let in_all = counted(each * u64::from(of), "turn");
    let (mode, turns) = match config.debate_mode {
        DebateMode::Structured => {
            ("Structured", format!("{} per participant", counted(each, "turn")))
        }
        DebateMode::Freeform => ("Freeform", format!("{in_all}, one at a time,")),
        DebateMode::Autonomous => {
            ("Autonomous", format!("{in_all}, one at a time as the moderator chooses,"))
        }
    };
    let moderator = match (config.debate_mode, &setup.moderator, setup.participants.first()) {
        (DebateMode::Autonomous, None, Some(first)) => {
            let name = inline(&transcript.names().get(&first.agent_id));
            format!(" The moderator is the model of {name}.")
        }
        _ => String::new(),
    };
    let seed = config.debate_rules.seed.map_or_else(String::new, |s| format!(" Seed {s}."));
    format!(
        "{mode}: at most {rounds} of {turns} after the blind opening.{moderator} A consensus needs \
         {needs} of {of} votes.{seed}"
    )
}
