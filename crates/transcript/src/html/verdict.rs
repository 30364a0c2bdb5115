use super::page::{Page, inline};
use crate::{Fact, Summary};

/// The verdict and how it was reached.
pub(super) fn write(page: &mut Page, summary: &Summary) {
    page.element("h2", "Verdict");
    page.element("p", &headline(summary));
    if let Some(argument) = &summary.argument {
        let speaker = inline(&argument.speaker);
        let turn = argument.turn.0;
        page.element("p", &format!("In the words of {speaker}, statement {turn}:"));
        page.quote(&argument.text);
    }
    for caution in &summary.cautions {
        page.element("p", &format!("<strong>Caution:</strong> {}", inline(caution)));
    }
    let item = |fact: &Fact| format!("{}: {}", fact.label, inline(&fact.text));
    page.list(summary.facts.iter().map(item));
    page.element("p", &inline(&summary.conclusion));
}

fn headline(summary: &Summary) -> String {
    let outcome = inline(&summary.outcome);
    match (&summary.answer, &summary.leader) {
        (Some(answer), _) => format!("<strong>{outcome}: {}</strong>", inline(answer)),
        (None, Some(leader)) => {
            let leader = inline(leader);
            format!("<strong>{outcome}.</strong> In the lead: <strong>{leader}</strong>")
        }
        (None, None) => format!("<strong>{outcome}.</strong>"),
    }
}
