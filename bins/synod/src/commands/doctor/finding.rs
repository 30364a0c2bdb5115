use std::fmt;

use serde::Serialize;
use synod_inference::ModelInfo;
use synod_transcript::printable;

use crate::view::wrap_indented;

/// One thing that the doctor has found: a line that begins with `ok`, `!!` or `--`, and what to do.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    mark: Mark,
    text: String,
    /// What to do about it.
    #[serde(rename = "mend", skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// What a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Mark {
    /// As it should be.
    Fine,
    /// To be mended.
    Wrong,
    /// Good to know.
    Note,
}

impl Finding {
    /// Something is as it should be.
    pub(super) fn ok(what: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self { mark: Mark::Fine, text: format!("{what}: {found}"), fix: None }
    }

    /// Something is to be mended.
    pub(super) fn problem(what: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self { mark: Mark::Wrong, text: format!("{what}: {found}"), fix: None }
    }

    /// Something is good to know.
    pub(super) fn note(text: impl Into<String>) -> Self {
        Self { mark: Mark::Note, text: text.into(), fix: None }
    }

    /// What to do about it.
    pub(super) fn with_fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    /// Whether it is to be mended.
    pub(super) fn is_problem(&self) -> bool {
        self.mark == Mark::Wrong
    }

    /// What is printed: a line for the finding and one for what to do, each on more than one where it
    /// has more columns than `widest`.
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

/// A text of others as a line: no break and nothing that a terminal obeys.
fn on_one_line(text: &str) -> String {
    printable(&text.replace(['\n', '\r', '\t'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_breaks_between_words_and_is_indented_below_its_mark() {
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
    fn what_others_say_stays_on_the_line_of_its_finding() {
        let finding = Finding::problem("host gpu", "no\nok host gpu: all is well\u{1b}[2J");
        let shown = finding.lines(usize::MAX).concat();
        assert_eq!(finding.lines(usize::MAX).len(), 1, "{shown}");
        assert!(shown.starts_with("!! host gpu: no ok host") && !shown.contains('\u{1b}'));
    }
}
