use super::{Page, inline, quote};
use crate::{Fact, Summary};

/// The verdict and how it was reached.
pub(super) fn write(page: &mut Page, summary: &Summary) {
    page.heading(2, "Verdict");
    page.paragraph(&headline(summary));
    if let Some(argument) = &summary.argument {
        let speaker = inline(&argument.speaker);
        page.paragraph(&format!("In the words of {speaker}, statement {}:", argument.turn.0));
        page.block(&quote(&argument.text));
    }
    for caution in &summary.cautions {
        page.paragraph(&format!("**Caution:** {caution}"));
    }
    let line = |fact: &Fact| format!("- {}: {}\n", fact.label, inline(&fact.text));
    page.block(&summary.facts.iter().map(line).collect::<String>());
    page.paragraph(&inline(&summary.conclusion));
}

fn headline(summary: &Summary) -> String {
    let outcome = &summary.outcome;
    match (&summary.answer, &summary.leader) {
        (Some(answer), _) => format!("**{outcome}: {}**", inline(answer)),
        (None, Some(leader)) => format!("**{outcome}.** In the lead: **{}**", inline(leader)),
        (None, None) => format!("**{outcome}.**"),
    }
}
