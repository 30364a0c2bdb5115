use std::fmt;

use serde::Serialize;
use synod_inference::ModelInfo;
use synod_transcript::printable;

use crate::view::wrap_indented;

/// One finding of the doctor: a line that begins with `ok`, `!!` or `--`, and optionally a fix.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    mark: Mark,
    text: String,
    /// The suggested fix.
    #[serde(rename = "mend", skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Mark {
    /// In order.
    Fine,
    /// A problem.
    Wrong,
    /// For information.
    Note,
}

impl Finding {
    /// A check that passed.
    pub(super) fn ok(what: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self { mark: Mark::Fine, text: format!("{what}: {found}"), fix: None }
    }

    /// A problem.
    pub(super) fn problem(what: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self { mark: Mark::Wrong, text: format!("{what}: {found}"), fix: None }
    }

    /// A piece of information.
    pub(super) fn note(text: impl Into<String>) -> Self {
        Self { mark: Mark::Note, text: text.into(), fix: None }
    }

    /// Adds a fix to the finding.
    pub(super) fn with_fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    /// Whether the finding is a problem.
    pub(super) fn is_problem(&self) -> bool {
        self.mark == Mark::Wrong
    }

    /// Formats the finding and its fix, each wrapped to `widest` columns.
    pub(super) fn lines(&self, widest: usize) -> Vec<String> {
        let mark = match self.mark {
            Mark::Fine => "ok",
            Mark::Wrong => "!!",
            Mark::Note => "--",
        };
        // A model is indented below its host.
        let text = format!("{mark} {}", on_one_line(&self.text));
        let mut lines = wrap_indented(&text, widest - 1, "     ");
        let fix = self.fix.iter().map(|fix| format!("   try: {}", on_one_line(fix)));
        lines.extend(fix.flat_map(|fix| wrap_indented(&fix, widest - 1, "        ")));
        lines
    }
}

/// The name of a model in a line below its host.
pub(super) fn indented(info: &ModelInfo) -> String {
    format!("  {}", info.model)
}

/// Puts a foreign text on one line, without terminal control characters.
fn on_one_line(text: &str) -> String {
    printable(&text.replace(['\n', '\r', '\t'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_findings_wrap_with_an_indent_below_their_mark() {
        let finding = Finding::problem("host gpu", "nothing answers at http://10.0.0.1:11434")
            .with_fix("start Ollama there with `ollama serve`");
        assert_eq!(
            finding.lines(32),
            [
                "!! host gpu: nothing answers at",
                "     http://10.0.0.1:11434",
                "   try: start Ollama there with",
                "        `ollama serve`"
            ]
        );
    }

    #[test]
    fn foreign_text_cannot_start_a_new_finding() {
        let finding = Finding::problem("host gpu", "no\nok host gpu: all is well\u{1b}[2J");
        let shown = finding.lines(usize::MAX).concat();
        assert_eq!(finding.lines(usize::MAX).len(), 1, "{shown}");
        assert!(shown.starts_with("!! host gpu: no ok host") && !shown.contains('\u{1b}'));
    }
}
