use synod_domain::{DebateMode, Initialized};

use super::Line;
use crate::{Transcript, count::counted};

/// The length of a debate and the votes that a consensus needs.
pub(super) fn rules_line(transcript: &Transcript, setup: &Initialized) -> Line {
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
    let line = format!("{mode}: at most {rounds} of {turns} after the blind opening.");
    let line = Line::default().text(&line);
    let line = match (config.debate_mode, &setup.moderator, setup.participants.first()) {
        (DebateMode::Autonomous, None, Some(first)) => {
            let name = transcript.names().get(&first.agent_id);
            line.text(" The moderator is the model of ").text(&name).text(".")
        }
        (DebateMode::Structured | DebateMode::Freeform | DebateMode::Autonomous, _, _) => line,
    };
    let seed = config.debate_rules.seed.map_or_else(String::new, |seed| format!(" Seed {seed}."));
    line.text(&format!(" A consensus needs {needs} of {of} votes.{seed}"))
}
