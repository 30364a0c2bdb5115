use synod_transcript::{Transcript, VerdictSummary};
use textwrap::core::display_width;

use super::{Paint, layout::column, wrap::wrap};

/// Maximum width of the box, because wider boxes are hard to read.
const WIDEST: usize = 92;
/// Width of the label column.
const LABEL: usize = 14;

/// Formats the verdict in a box, after an empty line. Returns no lines if there is no verdict yet.
pub(super) fn boxed(transcript: &Transcript, width: usize) -> Vec<String> {
    let Some(summary) = VerdictSummary::of(transcript) else { return Vec::new() };
    let inner = width.saturating_sub(5).clamp(16, WIDEST);
    let frame = Frame { inner };
    let mut lines = vec![String::new(), frame.top("Verdict")];
    for (text, paint) in headline(&summary) {
        lines.extend(wrap(&text, inner).iter().map(|line| frame.line(line, Some(paint))));
    }
    if let Some(argument) = &summary.argument {
        lines.push(frame.line("", None));
        let text = wrap(argument.text.trim(), inner.saturating_sub(2));
        lines.extend(text.iter().map(|line| frame.line(&format!("  {line}"), None)));
        let by = format!("  — {}, statement {}", argument.speaker, argument.turn.0);
        lines.extend(wrap(&by, inner).iter().map(|line| frame.line(line, Some(Paint::Note))));
    }
    for caution in &summary.cautions {
        lines.push(frame.line("", None));
        lines
            .extend(wrap(caution, inner).iter().map(|line| frame.line(line, Some(Paint::Caution))));
    }
    lines.push(frame.line("", None));
    for fact in &summary.facts {
        let texts = wrap(&fact.text, inner.saturating_sub(LABEL));
        for (i, text) in texts.iter().enumerate() {
            let label = column(if i == 0 { fact.label } else { "" }, LABEL);
            lines.push(frame.labelled(&label, text));
        }
    }
    lines.push(frame.line("", None));
    let conclusion = wrap(&summary.conclusion, inner);
    lines.extend(conclusion.iter().map(|line| frame.line(line, None)));
    lines.push(frame.bottom());
    lines
}

fn headline(summary: &VerdictSummary) -> Vec<(String, Paint)> {
    match (&summary.answer, &summary.leader) {
        (Some(answer), _) => {
            vec![(answer.clone(), Paint::Good), (summary.outcome.clone(), Paint::Note)]
        }
        (None, Some(leader)) => vec![
            (summary.outcome.clone(), Paint::Strong),
            (format!("In the lead: {leader}"), Paint::Strong),
        ],
        (None, None) => vec![(summary.outcome.clone(), Paint::Strong)],
    }
}

struct Frame {
    inner: usize,
}

impl Frame {
    fn top(&self, title: &str) -> String {
        let rest = "─".repeat((self.inner + 2).saturating_sub(display_width(title) + 3));
        format!(
            "{} {} {}",
            Paint::Note.on("╭─"),
            Paint::Strong.on(title),
            Paint::Note.on(&format!("{rest}╮"))
        )
    }

    fn bottom(&self) -> String {
        Paint::Note.on(&format!("╰{}╯", "─".repeat(self.inner + 2)))
    }

    fn line(&self, text: &str, paint: Option<Paint>) -> String {
        let padded = column(text, self.inner);
        self.framed(&paint.map_or_else(|| padded.clone(), |paint| paint.on(&padded)))
    }

    fn labelled(&self, label: &str, text: &str) -> String {
        let text = column(text, self.inner.saturating_sub(LABEL));
        self.framed(&format!("{}{text}", Paint::Note.on(label)))
    }

    fn framed(&self, text: &str) -> String {
        let bar = Paint::Note.on("│");
        format!("{bar} {text} {bar}")
    }
}
