use std::fmt;

use crate::{ConfigPath, DebateConfig, DebateRules};

/// Everything that is wrong with a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvalidConfig {
    problems: Vec<ConfigProblem>,
}

/// One problem of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The value that is wrong.
    pub path: ConfigPath,
    /// The problem, as `must not be blank`.
    pub message: String,
}

impl InvalidConfig {
    /// One problem.
    pub fn of(path: ConfigPath, message: impl Into<String>) -> Self {
        let mut all = Self::default();
        all.push(path, message);
        all
    }

    /// The problems, in field order.
    #[must_use]
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }

    pub(crate) fn from_report(report: Option<&garde::Report>) -> Self {
        let mut all = Self::default();
        for (path, error) in report.into_iter().flat_map(garde::Report::iter) {
            all.push(path_of(path), error.message());
        }
        all
    }

    pub(crate) fn push(&mut self, path: ConfigPath, message: impl Into<String>) {
        self.problems.push(ConfigProblem { path, message: message.into() });
    }

    pub(crate) fn sort_by_field(&mut self) {
        self.problems.sort_by_key(|problem| {
            let path = problem.path;
            let names = if path.is_rule() { &DebateRules::KEYS[..] } else { &DebateConfig::FIELDS };
            (path.is_rule(), names.iter().position(|name| *name == path.name()))
        });
    }

    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.problems.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// The value that garde means: it names a field, or a key behind the field of the rules.
fn path_of(path: &garde::Path) -> ConfigPath {
    let path = path.to_string();
    let known = |names: &[&'static str], name| names.iter().copied().find(|known| *known == name);
    let rule = path.strip_prefix("debate_rules.").and_then(|key| known(&DebateRules::KEYS, key));
    let field = || known(&DebateConfig::FIELDS, &path).unwrap_or("debate_rules");
    rule.map_or_else(|| ConfigPath::field(field()), ConfigPath::rule)
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", problem.path, problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidConfig {}
