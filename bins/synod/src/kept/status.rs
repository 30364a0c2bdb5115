use serde::Serialize;
use synod_domain::{Event, Outcome, PauseReason, Paused, Verdict};
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
            Self::Paused => {
                pause(summary).map_or("paused", |paused| paused_in_words(paused.reason))
            }
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
    Some(format!("{} of {}", votes(verdict), verdict.of))
}

/// The votes for the leader in the last round, which a consensus would need: those of a run-off count for
/// breaking the tie only.
pub(crate) fn votes(verdict: &Verdict) -> u8 {
    match (&verdict.tied_round, verdict.leader) {
        (Some(tied), Some(leader)) => tied.votes_for(leader),
        (Some(_), None) | (None, _) => verdict.votes,
    }
}

/// Why a debate is paused; `None` unless it is.
pub(crate) fn pause(summary: &Summary) -> Option<&Paused> {
    if let Event::DebatePaused(paused) = &summary.status_event.event { Some(paused) } else { None }
}

const fn paused_in_words(reason: PauseReason) -> &'static str {
    match reason {
        PauseReason::Command => "paused",
        PauseReason::Poison => "paused, call lost",
        PauseReason::DiskFull => "paused, disk full",
        PauseReason::HostsAway => "paused, hosts away",
        PauseReason::HostsRefuse => "paused, hosts refuse",
        PauseReason::ModelChanged => "paused, model changed",
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use synod_domain::Verdict;

    use super::votes;

    #[test]
    fn the_votes_of_a_run_off_are_no_votes_for_a_consensus() {
        let tally = json!({
            "asked": 3, "answered": 2, "abstained": 1, "failed": 0,
            "votes": [{ "option": "O1", "count": 1 }, { "option": "O2", "count": 1 }],
            "leaders": ["O1", "O2"], "consensus": false, "changed": []
        });
        let mut verdict = json!({
            "outcome": "max_rounds", "leader": "O1", "tie_broken_by": "run_off", "votes": 3,
            "needs": 3, "of": 3, "tied_round": tally, "dissent": [], "demo": false,
            "tokens": { "prompt": 0, "output": 0, "round0_prompt": 0, "round0_output": 0 },
            "calls": { "begun": 0, "voided": 0 }, "running_ms": 0
        });
        let read = |verdict| serde_json::from_value::<Verdict>(verdict).expect("a verdict");
        assert_eq!(votes(&read(verdict.clone())), 1);
        verdict["tied_round"] = json!(null);
        assert_eq!(votes(&read(verdict)), 3);
    }
}
