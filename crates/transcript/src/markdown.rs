//! A transcript in Markdown.

mod ballots;
mod escape;
mod panel;
mod said;
mod verdict;

use std::fmt::Write;

use crate::{
    Transcript,
    table::Table,
    words::{pause_in_words, round_title},
};
use escape::{inline, quote};

/// The whole debate.
pub(crate) fn debate(transcript: &Transcript) -> String {
    let mut page = Page::default();
    question(&mut page, transcript);
    panel::write(&mut page, transcript);
    options(&mut page, transcript);
    for round in &transcript.rounds {
        page.heading(2, &round_title(round.round));
        said::write(&mut page, transcript, round);
        ballots::write(&mut page, transcript, round);
        if let Some(left_out) = transcript.left_out_of(round.round).in_words() {
            page.paragraph(&format!("*In this round {left_out}.*"));
        }
    }
    match crate::Summary::of(transcript) {
        Some(summary) => verdict::write(&mut page, &summary),
        None => unfinished(&mut page, transcript),
    }
    page.0
}

/// The question and the verdict.
pub(crate) fn verdict_alone(transcript: &Transcript) -> Option<String> {
    let summary = crate::Summary::of(transcript)?;
    let mut page = Page::default();
    title(&mut page, transcript);
    verdict::write(&mut page, &summary);
    Some(page.0)
}

/// The question, and that there is no verdict yet.
pub(crate) fn no_verdict(transcript: &Transcript) -> String {
    let mut page = Page::default();
    title(&mut page, transcript);
    unfinished(&mut page, transcript);
    page.0
}

fn unfinished(page: &mut Page, transcript: &Transcript) {
    match &transcript.pause {
        Some(paused) => {
            let why = inline(&pause_in_words(paused));
            page.paragraph(&format!("*This debate is not finished. {why}.*"));
        }
        None => page.paragraph("*This debate is not finished.*"),
    }
}

fn title(page: &mut Page, transcript: &Transcript) {
    let topic = transcript.setup.as_ref().map(|setup| inline(&setup.config.debate_topic));
    page.heading(1, topic.as_deref().unwrap_or("A debate"));
}

fn question(page: &mut Page, transcript: &Transcript) {
    title(page, transcript);
    let Some(setup) = &transcript.setup else { return };
    let context = setup.config.problem_statement.trim();
    if !context.is_empty() {
        page.paragraph("Context given to all:");
        page.block(&quote(context));
    }
}

fn options(page: &mut Page, transcript: &Transcript) {
    if transcript.options.is_empty() {
        return;
    }
    page.heading(2, "Options");
    let lines = transcript.options.iter().map(|o| format!("- **{}** {}\n", o.id, inline(&o.text)));
    page.block(&lines.collect::<String>());
}

/// Blocks with a blank line between them.
#[derive(Default)]
struct Page(String);

impl Page {
    fn heading(&mut self, level: usize, text: &str) {
        self.block(&format!("{} {text}\n", "#".repeat(level)));
    }

    fn paragraph(&mut self, text: &str) {
        self.block(&format!("{text}\n"));
    }

    fn table(&mut self, table: &Table) {
        let mut text =
            format!("| {} |\n|{}\n", table.head.join(" | "), " --- |".repeat(table.head.len()));
        for row in &table.rows {
            let row: Vec<_> = row.iter().map(|cell| inline(cell)).collect();
            writeln!(text, "| {} |", row.join(" | ")).unwrap_or_default();
        }
        self.block(&text);
    }

    /// Adds a block that ends with a line break.
    fn block(&mut self, block: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(block);
    }
}
