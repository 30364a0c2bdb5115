use std::{mem, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};

use super::{
    breaker::Probe,
    call::Call,
    candidates::Candidates,
    health::Health,
    host_wait::{HostWait, WaitStep},
    model::ModelAtHost,
    outage::Trials,
};
use crate::{ChatError, ChatEvent, ChatRequest, ChatStream, HostName, Phase};

/// Takes a call from host to host until one of them brings output: that host serves it to its end.
pub(super) struct Dispatch {
    stage: Stage,
    /// The host that was last announced to the caller.
    announced: HostName,
    /// Boxed, since there are seldom any.
    failures: Option<Box<Failures>>,
}

/// The failures of a call so far.
#[derive(Default)]
struct Failures {
    errors: Vec<ChatError>,
    /// The hosts that refused it.
    refused_by: Vec<Arc<Health>>,
}

enum Stage {
    New(Box<Start>),
    At(Box<HostAttempt>),
    /// No host that may serve it takes calls.
    Waiting(Box<HostWait>),
    Over,
}

/// A call that was not polled yet.
struct Start {
    own: ModelAtHost,
    request: ChatRequest,
    candidates: Option<Box<Candidates>>,
}

/// The call at one host.
struct HostAttempt {
    // Dropped before the probe: the host is left before the next is let through.
    call: Call,
    probe: Option<Probe>,
    /// The call tries for all that wait for the host.
    trials: Trials,
    model: ModelAtHost,
}

/// The host fails, and the call need not stay in its queue.
struct Leaves;

impl Dispatch {
    /// A call that these candidates may serve; without them, its own model serves it.
    pub(super) fn new(
        own: ModelAtHost,
        request: ChatRequest,
        candidates: Option<Candidates>,
    ) -> Self {
        let candidates = candidates.map(Box::new);
        Self {
            announced: own.host().clone(),
            stage: Stage::New(Box::new(Start { own, request, candidates })),
            failures: None,
        }
    }

    pub(super) fn into_stream(self) -> ChatStream {
        // Boxed, since the stream moves it in and out for every event.
        stream::unfold(Box::new(self), |mut call| async { Some((call.next().await?, call)) })
            .boxed()
    }

    /// The next event; `None` after the last.
    async fn next(&mut self) -> Option<Result<ChatEvent, ChatError>> {
        loop {
            match &mut self.stage {
                Stage::Over => return None,
                Stage::New(_) => self.begin(),
                Stage::At(attempt) => {
                    let event = if attempt.may_leave() {
                        // Boxed: a call mostly waits for its reply, and then may not leave.
                        Box::pin(attempt.event_unless_avoided()).await
                    } else {
                        Ok(attempt.call.next().await)
                    };
                    match event {
                        Ok(Some(Ok(event))) => {
                            self.observe(&event);
                            return Some(Ok(event));
                        }
                        Ok(Some(Err(error))) => {
                            if let Err(error) = self.fail(error) {
                                self.stage = Stage::Over;
                                return Some(Err(error));
                            }
                        }
                        Ok(None) => self.stage = Stage::Over,
                        Err(Leaves) => self.evade(),
                    }
                }
                Stage::Waiting(wait) => match Box::pin(wait.next_step()).await {
                    WaitStep::Wait(phase) => return Some(Ok(ChatEvent::Phase(phase))),
                    WaitStep::Go(model, trials) => self.proceed_at(model, trials),
                    WaitStep::GiveUp { waited, failures } => {
                        self.stage = Stage::Over;
                        return Some(Err(self.without_host(waited, failures)));
                    }
                },
            }
            if let Some(event) = self.announce() {
                return Some(Ok(event));
            }
        }
    }

    /// Goes to the first host.
    fn begin(&mut self) {
        let Stage::New(start) = self.take_stage() else { return };
        let Start { own, request, candidates } = *start;
        let model = candidates.as_deref().and_then(Candidates::best).unwrap_or(own);
        let call = Call::new(&model, request, candidates);
        self.stage = match model.access(call.is_patient(), Duration::ZERO) {
            Ok(trials) => Stage::At(Box::new(HostAttempt::new(call, model, trials))),
            Err(why) => Stage::Waiting(Box::new(HostWait::new(call, model, why.is_loading()))),
        };
    }

    /// Announces the host of the call, if that was not done.
    fn announce(&mut self) -> Option<ChatEvent> {
        let Stage::At(attempt) = &self.stage else { return None };
        let info = attempt.model.info();
        (info.host != self.announced).then(|| {
            self.announced = info.host.clone();
            ChatEvent::Moved(Arc::new(info.clone()))
        })
    }

    fn observe(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::Phase(Phase::Generating) | ChatEvent::Finished(_) => {
                if let Stage::At(attempt) = &mut self.stage {
                    attempt.probe = None;
                    attempt.trials = Trials::default();
                }
                for health in self.failures.take().into_iter().flat_map(|met| met.refused_by) {
                    health.refused_what_others_serve();
                }
            }
            ChatEvent::Phase(
                Phase::Away { .. } | Phase::Queued { .. } | Phase::Loading | Phase::Prompting,
            )
            | ChatEvent::Moved(_)
            | ChatEvent::Thinking(_)
            | ChatEvent::Delta(_)
            | ChatEvent::Corrected { .. } => {}
        }
    }

    /// Moves to the next host, if that may help.
    fn fail(&mut self, error: ChatError) -> Result<(), ChatError> {
        let Stage::At(attempt) = &mut self.stage else { return Err(error) };
        if let ChatError::ModelNotFound { .. } = error {
            attempt.model.forget();
        }
        if !error.may_succeed_elsewhere() {
            return Err(error);
        }
        if let ChatError::SharedContextFull { .. } = error {
            let model = attempt.model.clone();
            self.move_to(model, Trials::default());
            return Ok(());
        }
        if attempt.call.waits_after(&error) {
            self.wait(matches!(error, ChatError::Loading { .. }));
            return Ok(());
        }
        if let ChatError::Refused { .. } = error {
            self.failures
                .get_or_insert_default()
                .refused_by
                .push(Arc::clone(attempt.model.health()));
        }
        let next = attempt.call.candidates_mut().and_then(|candidates| {
            candidates.exclude(attempt.model.host().clone());
            candidates.best()
        });
        if let Some(next) = next {
            let (from, to) = (attempt.model.host(), next.host());
            tracing::warn!(%from, %to, %error, "a call failed and moves to another host");
            let is_patient = attempt.call.is_patient();
            self.failures.get_or_insert_default().errors.push(error);
            self.try_at(next, is_patient);
            return Ok(());
        }
        let mut failures = self.failures.take().map(|met| met.errors).unwrap_or_default();
        if failures.is_empty() {
            return Err(error);
        }
        failures.push(error);
        Err(ChatError::AllHostsFailed { failures })
    }

    /// Leaves the queue of a host that fails.
    fn evade(&mut self) {
        let Stage::At(attempt) = &mut self.stage else { return };
        let (from, is_patient) = (attempt.model.host(), attempt.call.is_patient());
        let next = attempt.call.candidates_mut().and_then(|candidates| candidates.best());
        let Some(next) = next.filter(|next| next.host() != from) else { return self.wait(false) };
        let to = next.host();
        tracing::warn!(%from, %to, "a call that waits for a host that fails moves to another");
        self.try_at(next, is_patient);
    }

    /// Moves to a host, or waits for it.
    fn try_at(&mut self, next: ModelAtHost, is_patient: bool) {
        match next.access(is_patient, Duration::ZERO) {
            Ok(trials) => self.move_to(next, trials),
            Err(why) => self.wait(why.is_loading()),
        }
    }

    /// Waits for the hosts that may serve the call.
    fn wait(&mut self, is_loading: bool) {
        let Stage::At(attempt) = self.take_stage() else { return };
        let HostAttempt { mut call, model, .. } = *attempt;
        call.park();
        self.stage = Stage::Waiting(Box::new(HostWait::new(call, model, is_loading)));
    }

    /// Continues at a host that takes calls.
    fn proceed_at(&mut self, model: ModelAtHost, trials: Trials) {
        let Stage::Waiting(wait) = self.take_stage() else { return };
        let HostWait { call, model: left, .. } = *wait;
        self.stage = Self::at(call, &left, model, trials);
    }

    fn move_to(&mut self, model: ModelAtHost, trials: Trials) {
        let Stage::At(attempt) = self.take_stage() else { return };
        let HostAttempt { mut call, probe, trials: tried, model: left } = *attempt;
        call.end();
        drop((probe, tried));
        self.stage = Self::at(call, &left, model, trials);
    }

    fn take_stage(&mut self) -> Stage {
        mem::replace(&mut self.stage, Stage::Over)
    }

    fn at(call: Call, left: &ModelAtHost, model: ModelAtHost, trials: Trials) -> Stage {
        if left.host() != model.host() {
            left.health().count_moved_away();
        }
        let call = call.moved_to(&model);
        Stage::At(Box::new(HostAttempt::new(call, model, trials)))
    }

    /// The end of a call that waited for hosts as long as it may, and what they do. Other hosts have
    /// failed otherwise.
    fn without_host(&mut self, waited: Duration, mut failures: Vec<ChatError>) -> ChatError {
        let earlier = self.failures.take().map(|met| met.errors).unwrap_or_default();
        failures.extend(earlier.into_iter().filter(|error| !error.is_host_not_ready()));
        ChatError::NoHostReady { waited, failures }
    }
}

impl HostAttempt {
    fn new(call: Call, model: ModelAtHost, trials: Trials) -> Self {
        let probe = model.health().enter();
        Self { call, probe, trials, model }
    }

    /// It need not stay if the host fails. It is for the others that a host is left alone while this
    /// call probes it.
    fn may_leave(&self) -> bool {
        self.call.is_waiting() && self.probe.is_none() && self.trials.are_none()
    }

    /// The next event of the call, unless calls have to wait for the host before it, or the host is
    /// avoided and another would take the call.
    async fn event_unless_avoided(
        &mut self,
    ) -> Result<Option<Result<ChatEvent, ChatError>>, Leaves> {
        let Self { call, model, .. } = self;
        let is_patient = call.is_patient();
        let event = async {
            tokio::select! {
                biased;
                // First, since a call that fails hands its slot on.
                () = model.health().avoided() => {
                    if call.may_move() { Err(Leaves) } else { Ok(call.next().await) }
                }
                event = call.next() => Ok(event),
            }
        };
        tokio::select! {
            biased;
            () = model.outage_begins(), if is_patient => Err(Leaves),
            event = event => event,
        }
    }
}
