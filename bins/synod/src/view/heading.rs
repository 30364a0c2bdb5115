use std::sync::Arc;

use synod_domain::{DebateMode, Initialized, Label, ParticipantProfile};
use synod_transcript::{Names, printable};

use super::{Layout, Paint, layout::cut, wrap::wrap};

/// Returns the question, the participants and the limits of the debate.
pub(super) fn lines(setup: &Initialized, names: &Names, layout: &Layout) -> Vec<String> {
    let topic = printable(&setup.config.debate_topic);
    let mut lines = vec![String::new()];
    lines.extend(wrap(topic.trim(), layout.line_width()).iter().map(|l| Paint::Strong.on(l)));
    let participants = setup.participants.iter().enumerate();
    lines.push(String::new());
    lines.extend(participants.map(|(index, profile)| {
        // The other participants know it by its label.
        let description = format!("{}, {}", Label::of(index), printable(profile.model.as_str()));
        let description = Paint::Note.on(&cut(&description, layout.text_width()));
        layout.line(&names.get(&profile.agent_id), Paint::Speaker(index), &description)
    }));
    let others = [("moderator", &setup.moderator), ("judge", &setup.judge)];
    let others = others.into_iter().filter_map(|(role, profile)| Some((role, profile.as_ref()?)));
    lines.extend(others.map(|(role, profile): (&str, &Arc<ParticipantProfile>)| {
        let description = format!("{role}, {}", printable(profile.model.as_str()));
        let description = Paint::Note.on(&cut(&description, layout.text_width()));
        layout.line(&names.get(&profile.agent_id), Paint::Note, &description)
    }));
    let (needs, of) = (setup.limits.needs, setup.limits.of);
    let rounds = match setup.config.max_rounds {
        1 => "1 round".to_owned(),
        n => format!("{n} rounds"),
    };
    let calls = setup.limits.planned_calls;
    let mode = match setup.config.debate_mode {
        DebateMode::Structured => "",
        DebateMode::Freeform => "one speaker at a time; ",
        DebateMode::Autonomous => "one speaker at a time, chosen by the moderator; ",
    };
    lines.extend(layout.note(&format!(
        "{mode}at most {rounds} after the blind opening, {calls} calls planned; a consensus needs {needs} of {of}"
    )));
    lines
}
