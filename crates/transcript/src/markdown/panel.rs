use super::{Page, inline};
use crate::{Transcript, table::Table, words::rules_in_words};

/// Who takes part, and by which rules.
pub(super) fn write(page: &mut Page, transcript: &Transcript) {
    let Some(setup) = &transcript.setup else { return };
    page.heading(2, "Panel");
    page.table(&Table::of_panel(transcript));
    page.paragraph(&rules_in_words(transcript, setup, inline));
    if let (Some(id), Some(at)) = (transcript.debate_id, transcript.began_at) {
        page.paragraph(&format!("Debate `{id}`, begun {at}."));
    }
}
