use std::fmt;

/// All that is wrong with a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvalidConfig {
    problems: Vec<ConfigProblem>,
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The field, as `debate_rules.options[1]`.
    pub path: String,
    /// What is wrong, as `must not be blank`.
    pub message: String,
}

impl InvalidConfig {
    /// One problem.
    pub fn of(path: impl Into<String>, message: impl Into<String>) -> Self {
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
            all.push(path.to_string(), error.message());
        }
        all
    }

    pub(crate) fn push(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(ConfigProblem { path: path.into(), message: message.into() });
    }

    /// Puts the problems in the order of the fields, and of the keys of the last field.
    pub(crate) fn sort_by_field(&mut self, fields: &[&str], keys: &[&str]) {
        let rank = |names: &[&str], name: &str| names.iter().position(|known| *known == name);
        self.problems.sort_by_key(|problem| {
            let mut names = problem.path.split(['.', '[']);
            let field = names.next().and_then(|name| rank(fields, name));
            (field, names.next().and_then(|name| rank(keys, name)))
        });
    }

    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.problems.is_empty() { Ok(()) } else { Err(self) }
    }
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
