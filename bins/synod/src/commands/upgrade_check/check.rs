use std::fmt;

use serde::Serialize;
use synod_transcript::printable;

use crate::view::wrap_indented;

/// The result of a check.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    check: &'static str,
    ok: bool,
    /// What was found.
    text: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Check {
    /// A check that passed.
    pub(super) fn pass(check: &'static str, found: impl fmt::Display) -> Self {
        Self { check, ok: true, text: found.to_string(), fix: None }
    }

    /// A check that failed.
    pub(super) fn fail(check: &'static str, found: impl fmt::Display) -> Self {
        Self { ok: false, ..Self::pass(check, found) }
    }

    /// Adds what to do.
    pub(super) fn with_fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    pub(super) const fn passed(&self) -> bool {
        self.ok
    }

    /// The result and what to do, each wrapped to `widest` columns.
    pub(super) fn lines(&self, widest: usize) -> Vec<String> {
        let mark = if self.ok { "PASS" } else { "FAIL" };
        let text = format!("{mark} {}: {}", self.check, self.text);
        let mut lines = wrap_indented(&printable(&text), widest - 1, "     ");
        let fix = self.fix.iter().map(|fix| format!("     try: {}", printable(fix)));
        lines.extend(fix.flat_map(|fix| wrap_indented(&fix, widest - 1, "          ")));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_has_a_mark_and_a_line_that_says_what_to_do() {
        let passed = Check::pass("schema", "version 1");
        assert_eq!(passed.lines(80), ["PASS schema: version 1"]);
        let failed = Check::fail("backup", "none").with_fix("`synod backup`");
        assert_eq!(failed.lines(80), ["FAIL backup: none", "     try: `synod backup`"]);
    }
}
