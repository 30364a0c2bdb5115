use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use synod_debate_engine::CommandDone;
use synod_debate_protocol::{Debate, Status};
use synod_domain::Outcome;
use synod_event_log::{Summary, SummaryStatus, Which};

/// The status of a debate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DebateStatus {
    /// The debate has not started.
    Initialized,
    /// Calls begin.
    Running,
    /// No call begins.
    Paused,
    /// The debate has ended.
    Completed,
    /// A command stopped the debate.
    Stopped,
    /// The debate could not continue.
    Failed,
}

impl DebateStatus {
    /// Returns the status of a debate of the protocol, which has one status for all closed debates.
    pub(crate) const fn of(status: Status, outcome: Option<Outcome>) -> Self {
        match status {
            Status::Initialized => Self::Initialized,
            Status::Running => Self::Running,
            Status::Paused => Self::Paused,
            Status::Closed => Self::closed(outcome),
        }
    }

    const fn closed(outcome: Option<Outcome>) -> Self {
        match outcome {
            Some(Outcome::Stopped) => Self::Stopped,
            Some(Outcome::Failed) => Self::Failed,
            Some(
                Outcome::Consensus
                | Outcome::Deadlock
                | Outcome::Oscillation
                | Outcome::MaxRounds
                | Outcome::QuorumLost
                | Outcome::Budget
                | Outcome::Deadline,
            )
            | None => Self::Completed,
        }
    }

    /// The word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Initialized => "initialized",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// The indefinite article in front of the word.
    pub(crate) const fn article(self) -> &'static str {
        match self {
            Self::Initialized => "an",
            Self::Running | Self::Paused | Self::Completed | Self::Stopped | Self::Failed => "a",
        }
    }

    /// The half of a log in which debates of this status are.
    pub(crate) const fn which(self) -> Which {
        match self {
            Self::Initialized | Self::Running | Self::Paused => Which::Unfinished,
            Self::Completed | Self::Stopped | Self::Failed => Which::Finished,
        }
    }
}

impl From<&Debate> for DebateStatus {
    fn from(debate: &Debate) -> Self {
        Self::of(debate.status(), debate.verdict().map(|verdict| verdict.outcome))
    }
}

impl From<CommandDone> for DebateStatus {
    fn from(done: CommandDone) -> Self {
        Self::of(done.status, done.outcome)
    }
}

impl From<&Summary> for DebateStatus {
    fn from(summary: &Summary) -> Self {
        match summary.status() {
            SummaryStatus::Initialized => Self::Initialized,
            SummaryStatus::Running => Self::Running,
            SummaryStatus::Paused => Self::Paused,
            SummaryStatus::Closed(verdict) => Self::closed(Some(verdict.outcome)),
        }
    }
}
