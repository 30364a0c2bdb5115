use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use synod_domain::{
    BallotResult, CallMeta, CallNo, DebateId, Event, FailureCause, Millis, Purpose, TurnResult,
    VoidCause,
};
use synod_event_log::{LogError, LogObserver, LogWrite};

use crate::{Call, MetricsRegistry};

/// Counts debates, rounds, calls and tokens from the events that are appended to an
/// [`Observed`](synod_event_log::Observed) log. Only appends that succeeded are counted.
#[derive(Debug)]
pub struct EventMetrics {
    metrics: Arc<MetricsRegistry>,
    open: Mutex<OpenItems>,
}

/// Debates and calls that have not ended.
#[derive(Debug, Default)]
struct OpenItems {
    /// The running debates.
    debates: HashSet<DebateId>,
    /// The purposes of the open calls: not every event that ends a call repeats it.
    calls: HashMap<(DebateId, CallNo), Purpose>,
}

impl EventMetrics {
    /// Counts into these metrics.
    #[must_use]
    pub fn new(metrics: Arc<MetricsRegistry>) -> Self {
        Self { metrics, open: Mutex::default() }
    }

    fn count(&self, id: DebateId, event: &Event) {
        let mut open = self.open.lock();
        self.count_debate(&mut open.debates, id, event);
        if let Event::CallStarted(call) = event {
            self.metrics.call_started(call.purpose.as_str());
            open.calls.insert((id, call.call), call.purpose);
        }
        if let Some((call, outcome)) = event.ends_call().zip(outcome(event)) {
            let purpose = open.calls.remove(&(id, call)).map_or("unknown", Purpose::as_str);
            self.metrics.call_ended(&ended(purpose, outcome, event.meta()));
        }
    }

    /// Stops counting a purged debate as running.
    fn forget(&self, id: DebateId) {
        let mut open = self.open.lock();
        open.debates.remove(&id);
        open.calls.retain(|(of, _), _| *of != id);
        self.metrics.debates_active(open.debates.len());
    }

    fn count_debate(&self, running: &mut HashSet<DebateId>, id: DebateId, event: &Event) {
        match event {
            Event::DebateStarted => {
                self.metrics.debate_started();
                running.insert(id);
            }
            Event::DebateResumed(_) | Event::DebateRecovered => {
                running.insert(id);
            }
            Event::DebatePaused(_) => {
                running.remove(&id);
            }
            Event::DebateClosed(verdict) => {
                let took = Duration::from_millis(verdict.running_ms);
                self.metrics.debate_finished(verdict.outcome.as_str(), took);
                running.remove(&id);
            }
            Event::RoundClosed(_) => self.metrics.round_closed(),
            Event::DebateInitialized(_)
            | Event::Interjected(_)
            | Event::VoteCalled
            | Event::CallStarted(_)
            | Event::TurnEnded(_)
            | Event::OptionsSet(_)
            | Event::MoveChosen(_)
            | Event::BallotRecorded(_)
            | Event::JudgeRuled(_)
            | Event::CallVoided(_)
            | Event::Unknown { .. } => {}
        }
        self.metrics.debates_active(running.len());
    }
}

impl LogObserver for EventMetrics {
    fn after(&self, write: LogWrite<'_>, error: Option<&LogError>) -> Result<(), LogError> {
        if error.is_some() {
            return Ok(());
        }
        match write {
            LogWrite::Append(batch) => {
                for (_, recorded) in batch.events() {
                    self.count(batch.debate_id(), &recorded.event);
                }
            }
            LogWrite::Purge(id) => self.forget(id),
            LogWrite::Create(_)
            | LogWrite::Import(_)
            | LogWrite::Claim(_)
            | LogWrite::TakeOver(_)
            | LogWrite::Register(_)
            | LogWrite::Renew(_)
            | LogWrite::Deregister(_)
            | LogWrite::Release(_) => {}
        }
        Ok(())
    }
}

fn ended<'a>(purpose: &'static str, outcome: &'static str, meta: Option<&'a CallMeta>) -> Call<'a> {
    let call = Call::of(purpose, outcome);
    let Some(meta) = meta else { return call };
    let working = [meta.first_token_ms, meta.generation_ms];
    let time = |ms: Millis| Duration::from_millis(ms.get().into());
    let worked = working.iter().flatten().copied().map(time).reduce(Duration::saturating_add);
    Call {
        model: Some(meta.model.as_str()),
        prompt_tokens: meta.prompt_tokens,
        output_tokens: meta.output_tokens,
        queued: meta.queued_ms.map(time),
        worked,
        ..call
    }
}

/// The outcome of the call that an event ends, as a label.
fn outcome(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::TurnEnded(turn) => match turn.result {
            TurnResult::Spoke => "spoke",
            TurnResult::Passed => "passed",
            TurnResult::Forfeited => failed(turn.cause),
        },
        Event::OptionsSet(_) => "listed",
        Event::MoveChosen(_) => "chosen",
        Event::BallotRecorded(ballot) => match ballot.result {
            BallotResult::Vote => "vote",
            BallotResult::Abstain => "abstain",
            BallotResult::None => failed(ballot.cause),
        },
        Event::JudgeRuled(ruling) if ruling.option.is_some() => "ruled",
        Event::JudgeRuled(ruling) => failed(ruling.cause),
        Event::CallVoided(voided) => match voided.cause {
            VoidCause::Invalid => "invalid",
            VoidCause::Lost => "lost",
            VoidCause::Aborted => "aborted",
            VoidCause::Closed => "closed",
        },
        Event::DebateInitialized(_)
        | Event::DebateStarted
        | Event::DebatePaused(_)
        | Event::DebateResumed(_)
        | Event::DebateRecovered
        | Event::Interjected(_)
        | Event::VoteCalled
        | Event::CallStarted(_)
        | Event::RoundClosed(_)
        | Event::DebateClosed(_)
        | Event::Unknown { .. } => return None,
    })
}

const fn failed(cause: Option<FailureCause>) -> &'static str {
    match cause {
        Some(cause) => cause.as_str(),
        None => "nothing",
    }
}

#[cfg(test)]
mod tests {
    use synod_domain::{ManualClock, Timestamp};
    use synod_event_log::{Batch, EventLog, MemoryLog, Observed};

    use super::*;

    #[tokio::test]
    async fn only_successful_appends_are_counted() {
        let metrics = Arc::new(MetricsRegistry::new("1"));
        let log = Arc::new(MemoryLog::new(Arc::new(ManualClock::default())));
        let log = Observed::new(log, EventMetrics::new(Arc::clone(&metrics)));
        let id: DebateId = "01939b3e-0000-7000-8000-000000000000".parse().unwrap();
        let batch =
            |expected, event| Batch::new(id, expected, Timestamp::default(), [event]).unwrap();
        log.create(&batch(0, Event::VoteCalled), None).await.unwrap();
        log.append(&batch(1, Event::DebateStarted), None).await.unwrap();
        log.append(&batch(1, Event::DebateStarted), None).await.unwrap_err();
        let text = metrics.to_text(Duration::ZERO);
        assert!(text.contains("synod_debates_started_total 1\n"), "{text}");
        assert!(text.contains("synod_debates_active 1\n"), "{text}");
        log.purge(id).await.unwrap();
        assert!(metrics.to_text(Duration::ZERO).contains("synod_debates_active 0\n"));
    }
}
