use synod_domain::{Event, FailureCause, Outcome, TurnResult};

use crate::error::DebateFailure;

/// The failed calls, and those of them that reached the time limit.
#[derive(Debug, Default)]
pub(super) struct SlowCalls {
    /// The time limit of a call in seconds.
    limit: u16,
    slow: u64,
    failed: u64,
}

impl SlowCalls {
    /// Counts the failed call of an event.
    pub(super) fn note(&mut self, event: &Event) {
        if let Event::DebateInitialized(setup) = event {
            self.limit = setup.config.time_limit_per_argument;
        }
        let Some(cause) = cause(event) else { return };
        self.failed += 1;
        self.slow += u64::from(cause == FailureCause::Deadline);
    }

    /// Returns advice about the time limit, unless the failure of the debate contains it.
    pub(super) fn advice(&self, outcome: Outcome) -> Option<String> {
        let is_in_failure = self.failure().is_some() && outcome == Outcome::QuorumLost;
        (self.slow > 0 && !is_in_failure).then(|| {
            format!(
                "calls reached the time limit of {} s; raise it with --time-limit (10 to 300 seconds)",
                self.limit
            )
        })
    }

    /// The failure of a debate that lost its quorum, if at least half of its failed calls were too slow.
    pub(super) fn failure(&self) -> Option<DebateFailure> {
        let is_most = self.slow > 0 && 2 * self.slow >= self.failed;
        is_most.then_some(DebateFailure::TimeLimit { limit: self.limit })
    }
}

/// The cause of the failed call that this event ends.
fn cause(event: &Event) -> Option<FailureCause> {
    match event {
        Event::TurnEnded(turn) => turn.cause.filter(|_| turn.result == TurnResult::Forfeited),
        Event::BallotRecorded(ballot) => ballot.cause,
        Event::JudgeRuled(ruling) => ruling.cause,
        Event::DebateInitialized(_)
        | Event::DebateStarted
        | Event::DebatePaused(_)
        | Event::DebateResumed(_)
        | Event::DebateRecovered
        | Event::DebateClosed(_)
        | Event::CallStarted(_)
        | Event::CallVoided(_)
        | Event::Interjected(_)
        | Event::VoteCalled
        | Event::MoveChosen(_)
        | Event::OptionsSet(_)
        | Event::RoundClosed(_)
        | Event::Unknown { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use synod_domain::Recorded;

    use super::*;

    const LOG: &str = include_str!("../../../../../crates/transcript/tests/logs/consensus.ndjson");

    /// A debate with one failed call for each of these causes.
    fn after(causes: &[&str]) -> SlowCalls {
        let mut calls = SlowCalls::default();
        let lost = LOG.lines().find(|line| line.contains("forfeited")).expect("a call");
        let lines = causes.iter().map(|cause| lost.replace("model_error", cause));
        let first = LOG.lines().next().expect("an event").to_owned();
        for line in std::iter::once(first).chain(lines) {
            let recorded: Recorded = serde_json::from_str(&line).expect("an event");
            calls.note(&recorded.event);
        }
        calls
    }

    #[test]
    fn quorum_lost_to_slow_calls_names_the_time_limit_flag() {
        let slow = after(&["deadline", "deadline", "model_error"]);
        let failure = slow.failure().expect("a failure by time limit").to_string();
        assert!(failure.contains("time limit of 60 s; raise it with --time-limit"));
        assert_eq!(slow.advice(Outcome::QuorumLost), None, "the failure contains the advice");
    }

    #[test]
    fn few_slow_calls_give_advice_but_no_failure() {
        let slow = after(&["deadline", "model_error", "empty"]);
        assert_eq!(slow.failure(), None);
        for outcome in [Outcome::QuorumLost, Outcome::Consensus] {
            let advice = slow.advice(outcome).expect("a flag");
            assert!(advice.contains("--time-limit"), "{advice}");
        }
    }

    #[test]
    fn without_slow_calls_there_is_no_advice() {
        for causes in [&["model_error"][..], &[]] {
            let slow = after(causes);
            assert_eq!((slow.failure(), slow.advice(Outcome::QuorumLost)), (None, None));
        }
    }
}
