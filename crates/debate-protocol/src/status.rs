use std::fmt;

/// The status of a debate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The debate was created and has not started.
    Initialized,
    /// The debate runs: calls begin.
    Running,
    /// The debate is paused: no call begins, and open calls may end.
    Paused,
    /// The debate has a verdict.
    Closed,
}

impl Status {
    /// The control commands that are allowed.
    #[must_use]
    pub const fn allowed(self) -> &'static [&'static str] {
        match self {
            Self::Initialized => &["start", "stop"],
            Self::Running => &["pause", "stop"],
            Self::Paused => &["resume", "stop"],
            Self::Closed => &[],
        }
    }
}

impl Status {
    /// The indefinite article in front of the word.
    pub(crate) const fn article(self) -> &'static str {
        match self {
            Self::Initialized => "an",
            Self::Running | Self::Paused | Self::Closed => "a",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Initialized => "initialized",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Closed => "closed",
        })
    }
}

/// The current stage of a debate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Blind openings.
    Opening,
    /// The clerk lists options.
    Options,
    /// Arguments.
    Discussion,
    /// Ballots.
    Voting,
    /// Ballots of the run-off between tied leaders.
    RunOff,
    /// The judge rules.
    Judging,
}

impl Stage {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Options => "options",
            Self::Discussion => "discussion",
            Self::Voting => "voting",
            Self::RunOff => "run_off",
            Self::Judging => "judging",
        }
    }
}
