use synod_domain::{Event, FailureCause, Outcome, TurnResult};

use crate::error::DebateFailure;

/// The calls that reached the time limit, among all that brought nothing.
#[derive(Debug, Default)]
pub(super) struct SlowCalls {
    /// Seconds of a call.
    limit: u16,
    slow: u64,
    failed: u64,
}

impl SlowCalls {
    /// Takes an event in.
    pub(super) fn note(&mut self, event: &Event) {
        if let Event::DebateInitialized(setup) = event {
            self.limit = setup.config.time_limit_per_argument;
        }
        let Some(cause) = cause(event) else { return };
        self.failed += 1;
        self.slow += u64::from(cause == FailureCause::Deadline);
    }

    /// What a user can do about them, where the outcome does not say so itself.
    pub(super) fn advice(&self, outcome: Outcome) -> Option<String> {
        let is_said = self.failure().is_some() && outcome == Outcome::QuorumLost;
        (self.slow > 0 && !is_said).then(|| {
            format!(
                "the time limit of a call is {} s; --time-limit sets it, 10 to 300 seconds",
                self.limit
            )
        })
    }

    /// What a debate lacks that lost its quorum, if it is mostly time.
    pub(super) fn failure(&self) -> Option<DebateFailure> {
        let is_most = self.slow > 0 && 2 * self.slow >= self.failed;
        is_most.then_some(DebateFailure::TimeLimit { limit: self.limit })
    }
}

/// Why the call that this event ends brought nothing, if so.
fn cause(event: &Event) -> Option<FailureCause> {
    match event {
        Event::TurnEnded(turn) => turn.cause.filter(|_| turn.result == TurnResult::Forfeited),
        Event::BallotRecorded(ballot) => ballot.cause,
        Event::JudgeRuled(ruling) => ruling.cause,
        Event::DebateInitialized(_)
        | Event::DebateStarted
        | Event::DebatePaused(_)
        | Event::DebateResumed
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

    /// A debate in which a call brought nothing for each of these causes.
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
    fn a_quorum_that_time_has_cost_names_the_flag_that_gives_more() {
        let slow = after(&["deadline", "deadline", "model_error"]);
        let failure = slow.failure().expect("time is what it lacks").to_string();
        assert!(failure.contains("time limit of 60 s; allow more with --time-limit"));
        assert_eq!(slow.advice(Outcome::QuorumLost), None, "it is said already");
    }

    #[test]
    fn calls_that_reached_the_limit_are_no_reason_where_most_failed_otherwise() {
        let slow = after(&["deadline", "model_error", "empty"]);
        assert_eq!(slow.failure(), None);
        for outcome in [Outcome::QuorumLost, Outcome::Consensus] {
            let advice = slow.advice(outcome).expect("a flag");
            assert!(advice.contains("--time-limit"), "{advice}");
        }
    }

    #[test]
    fn without_calls_that_reached_the_limit_it_is_not_mentioned() {
        for causes in [&["model_error"][..], &[]] {
            let slow = after(causes);
            assert_eq!((slow.failure(), slow.advice(Outcome::QuorumLost)), (None, None));
        }
    }
}
