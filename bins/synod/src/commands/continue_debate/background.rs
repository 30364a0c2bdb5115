use std::fmt::Write;

use synod_transcript::{Transcript, VerdictSummary, printable};

/// Describes an earlier debate to the participants of a debate on a follow-up question: its question, its
/// verdict and the dissent. `None` if there is no verdict.
pub(super) fn of(transcript: &Transcript) -> Option<String> {
    let summary = VerdictSummary::of(transcript)?;
    let topic = printable(&transcript.setup.as_ref()?.config.debate_topic);
    let mut text = format!(
        "The question follows up on an earlier debate.\n\nIts question: {}\nIts outcome: {}",
        topic.trim(),
        summary.outcome
    );
    let mut add = |label: &str, value: &str| {
        // Writing to a text cannot fail.
        write!(text, "\n{label}: {value}").unwrap_or_default();
    };
    if let Some(answer) = &summary.answer {
        add("Its answer", answer);
    }
    if let Some(leader) = &summary.leader {
        add("In the lead", leader);
    }
    for fact in &summary.facts {
        if ["Votes", "Tie", "Dissent"].contains(&fact.label) {
            add(fact.label, &fact.text);
        }
    }
    if let Some(argument) = &summary.argument {
        add("An argument for it", argument.text.trim());
    }
    Some(text)
}
