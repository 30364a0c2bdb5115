use std::fmt;

/// What makes the process of a model stop, as far as one call shows it.
///
/// Displayed as what follows "the process stopped" in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashSuspect {
    /// Anything: the process may run again later.
    Unknown,
    /// The prompt: the process was started again, and stopped each time that it was given this one.
    Prompt,
    /// The model: the process was started again, stopped each time, and has never replied.
    Model,
}

impl fmt::Display for CrashSuspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "",
            Self::Prompt => " each time that it was given this prompt",
            Self::Model => " at each call",
        })
    }
}
