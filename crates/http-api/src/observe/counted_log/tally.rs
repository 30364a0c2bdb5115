use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use synod_domain::{
    BallotResult, CallMeta, CallNo, DebateId, Event, FailureCause, Purpose, TurnResult, VoidCause,
};
use synod_metrics::{Call, Metrics};

/// What events mean for the counts.
pub(super) struct Tally {
    metrics: Arc<Metrics>,
    /// The debates that run.
    active: HashSet<DebateId>,
    /// What the open calls are for; the events that end them do not all say.
    open: HashMap<(DebateId, CallNo), Purpose>,
}

impl Tally {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, active: HashSet::new(), open: HashMap::new() }
    }

    pub(super) fn count(&mut self, id: DebateId, event: &Event) {
        self.count_debate(id, event);
        if let Event::CallStarted(call) = event {
            self.metrics.call_started(call.purpose.as_str());
            self.open.insert((id, call.call), call.purpose);
        }
        if let Some((call, outcome)) = event.ends_call().zip(outcome(event)) {
            let purpose = self.open.remove(&(id, call)).map_or("unknown", Purpose::as_str);
            self.metrics.call_ended(&ended(purpose, outcome, event.meta()));
        }
    }

    /// The debate is gone, wherever it stood.
    pub(super) fn forget(&mut self, id: DebateId) {
        self.active.remove(&id);
        self.open.retain(|(of, _), _| *of != id);
        self.metrics.debates_active(self.active.len());
    }

    fn count_debate(&mut self, id: DebateId, event: &Event) {
        match event {
            Event::DebateStarted => {
                self.metrics.debate_started();
                self.active.insert(id);
            }
            Event::DebateResumed | Event::DebateRecovered => {
                self.active.insert(id);
            }
            Event::DebatePaused(_) => {
                self.active.remove(&id);
            }
            Event::DebateClosed(verdict) => {
                let running = Duration::from_millis(verdict.running_ms);
                self.metrics.debate_finished(verdict.outcome.as_str(), running);
                self.active.remove(&id);
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
        self.metrics.debates_active(self.active.len());
    }
}

fn ended<'a>(purpose: &'static str, outcome: &'static str, meta: Option<&'a CallMeta>) -> Call<'a> {
    let call = Call::of(purpose, outcome);
    let Some(meta) = meta else { return call };
    let working = [meta.first_token_ms, meta.generation_ms];
    let time = |ms: u32| Duration::from_millis(ms.into());
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

/// What came of the call that an event ends, in a word.
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
        | Event::DebateResumed
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
