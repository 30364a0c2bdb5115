use serde::Serialize;
use synod_domain::{Outcome, Verdict};
use synod_event_log::{Summary, SummaryStatus, Which};

/// The status of a kept debate. The words are those of the HTTP interface, and `interrupted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeptStatus {
    /// The debate has not started.
    Initialized,
    /// A process drives the debate.
    Running,
    /// The debate runs, but its process has ended.
    Interrupted,
    /// No call begins.
    Paused,
    /// The debate has ended.
    Completed,
    /// A user stopped the debate.
    Stopped,
    /// The debate could not continue.
    Failed,
}

impl KeptStatus {
    pub(crate) fn of(summary: &Summary) -> Self {
        match summary.status() {
            SummaryStatus::Initialized => Self::Initialized,
            SummaryStatus::Running if summary.worker.is_some() => Self::Running,
            SummaryStatus::Running => Self::Interrupted,
            SummaryStatus::Paused => Self::Paused,
            SummaryStatus::Closed(verdict) => Self::closed(verdict.outcome),
        }
    }

    const fn closed(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Stopped => Self::Stopped,
            Outcome::Failed => Self::Failed,
            Outcome::Consensus
            | Outcome::Deadlock
            | Outcome::Oscillation
            | Outcome::MaxRounds
            | Outcome::QuorumLost
            | Outcome::Budget
            | Outcome::Deadline => Self::Completed,
        }
    }

    /// Whether the debate has a verdict.
    pub(crate) const fn is_finished(self) -> bool {
        match self {
            Self::Completed | Self::Stopped | Self::Failed => true,
            Self::Initialized | Self::Running | Self::Interrupted | Self::Paused => false,
        }
    }

    /// The part of a log that has all debates of these states, and perhaps others.
    pub(crate) fn which(states: &[Self]) -> Which {
        let is = |finished| states.iter().all(|status| status.is_finished() == finished);
        match (states.is_empty(), is(true), is(false)) {
            (false, true, _) => Which::Finished,
            (false, _, true) => Which::Unfinished,
            (true, ..) | (false, false, false) => Which::All,
        }
    }

    /// Describes the status, or how the debate ended.
    pub(crate) fn in_words(summary: &Summary) -> &'static str {
        if let Some(verdict) = verdict(summary) {
            return outcome_in_words(verdict.outcome);
        }
        match Self::of(summary) {
            Self::Initialized => "not started",
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Paused => "paused",
            Self::Completed | Self::Stopped | Self::Failed => "ended",
        }
    }
}

/// The verdict of a debate that has ended.
pub(crate) fn verdict(summary: &Summary) -> Option<&Verdict> {
    if let SummaryStatus::Closed(verdict) = summary.status() { Some(verdict) } else { None }
}

/// The votes for the leader, such as `3 of 4`.
pub(crate) fn votes_in_words(summary: &Summary) -> Option<String> {
    let verdict = verdict(summary).filter(|verdict| verdict.panel.is_some())?;
    Some(format!("{} of {}", verdict.votes, verdict.of))
}

const fn outcome_in_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Consensus => "consensus",
        Outcome::Deadlock => "deadlock",
        Outcome::Oscillation => "oscillation",
        Outcome::MaxRounds => "no consensus",
        Outcome::QuorumLost => "quorum lost",
        Outcome::Budget => "budget spent",
        Outcome::Deadline => "deadline passed",
        Outcome::Stopped => "stopped",
        Outcome::Failed => "failed",
    }
}
