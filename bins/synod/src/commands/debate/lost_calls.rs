use synod_domain::{AgentId, Event, FailureCause, Outcome, TurnResult};

use super::{access::Access, long_prompts::LongPrompts};
use crate::{CliError, error::DebateFailure};

/// The failed calls, and those of them that reached the time limit or had a prompt that did not fit.
#[derive(Debug, Default)]
pub(super) struct LostCalls {
    /// The time limit of a call in seconds.
    limit: u16,
    slow: u64,
    failed: u64,
    long_prompts: LongPrompts,
}

impl LostCalls {
    /// Counts the failed call of an event.
    pub(super) fn note(&mut self, event: &Event) {
        if let Event::DebateInitialized(setup) = event {
            self.limit = setup.config.time_limit_per_argument;
        }
        self.long_prompts.note(event);
        let Some((cause, agent)) = failed(event) else { return };
        self.failed += 1;
        if cause == FailureCause::Context {
            self.long_prompts.count(agent);
        }
        self.slow += u64::from(cause == FailureCause::Deadline);
    }

    /// Finds out why prompts did not fit, if any.
    pub(super) async fn explain_long_prompts(&mut self, access: &Access) {
        self.long_prompts.find_explanation(access).await;
    }

    /// Returns advice about the time limit and the window, unless the failure of the debate contains it.
    pub(super) fn advice(&self, outcome: Outcome) -> Vec<String> {
        if self.failure().is_some() && outcome == Outcome::QuorumLost {
            return Vec::new();
        }
        let about_time = (self.slow > 0).then(|| {
            format!(
                "calls reached the time limit of {} s; raise it with --time-limit (10 to 300 seconds)",
                self.limit
            )
        });
        let about_window = self.long_prompts.explanation().map(str::to_owned);
        about_time.into_iter().chain(about_window).collect()
    }

    /// The failure of a debate that lost its quorum, if at least half of its failed calls had prompts that did
    /// not fit, or were too slow.
    pub(super) fn failure(&self) -> Option<CliError> {
        let are_most = |calls: u64| calls > 0 && 2 * calls >= self.failed;
        if let Some(why) = self.long_prompts.explanation()
            && are_most(self.long_prompts.calls())
        {
            return Some(CliError::Failed(format!("the debate could not be completed: {why}")));
        }
        let limit = self.limit;
        are_most(self.slow).then_some(CliError::Debate(DebateFailure::TimeLimit { limit }))
    }
}

/// The cause of the failed call that this event ends, and its agent, if that is not the judge.
fn failed(event: &Event) -> Option<(FailureCause, Option<&AgentId>)> {
    match event {
        Event::TurnEnded(turn) if turn.result == TurnResult::Forfeited => {
            Some((turn.cause?, Some(&turn.agent_id)))
        }
        Event::BallotRecorded(ballot) => Some((ballot.cause?, Some(&ballot.agent_id))),
        Event::JudgeRuled(ruling) => Some((ruling.cause?, None)),
        Event::TurnEnded(_)
        | Event::DebateInitialized(_)
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
    fn after(causes: &[&str]) -> LostCalls {
        let mut calls = LostCalls::default();
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
        assert!(slow.advice(Outcome::QuorumLost).is_empty(), "the failure contains the advice");
    }

    #[test]
    fn few_slow_calls_give_advice_but_no_failure() {
        let slow = after(&["deadline", "model_error", "empty"]);
        assert!(slow.failure().is_none());
        for outcome in [Outcome::QuorumLost, Outcome::Consensus] {
            let advice = slow.advice(outcome);
            assert!(advice.len() == 1 && advice[0].contains("--time-limit"), "{advice:?}");
        }
    }

    #[test]
    fn without_slow_calls_there_is_no_advice() {
        for causes in [&["model_error"][..], &[]] {
            let slow = after(causes);
            assert!(slow.failure().is_none() && slow.advice(Outcome::QuorumLost).is_empty());
        }
    }
}
