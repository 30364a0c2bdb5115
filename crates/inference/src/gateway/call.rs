mod cost;
mod crashes;
mod moving;
mod order;
mod replying;
mod sizing;
mod stage;
mod stopwatch;
mod thinking;

use std::{mem, sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::time::{Instant, sleep, timeout};

pub(super) use self::cost::Cost;
use self::{crashes::Crashes, order::Order, stage::Stage, stopwatch::Stopwatch};
use super::{
    berths::{Claim, Found, Turn},
    gated_model::{GatedModel, not_loaded},
    health::Health,
    lane::Lane,
    route::Route,
};
use crate::{
    AdmissionClass, ChatError, ChatEvent, ChatModel, ChatRequest, Flow, Phase, Usage,
    admission::{Entry, News, Permit},
};

/// One call on its way: admission, load, and attempts until one brings output.
pub(super) struct Call {
    // Dropped before the permit: the host is left before the next call begins.
    stage: Stage,
    /// Of the model. Given up before the permit, which another call of the model waits for.
    claim: Claim,
    permit: Option<Permit>,
    attempt: u32,
    crashes: Crashes,
    /// It ended without a reply, and is made once more.
    asked_again: bool,
    stopwatch: Stopwatch,
    order: Order,
    time_limit: Duration,
    /// Of the prompt.
    bytes: usize,
    /// Most tokens of the reply, those of thought included.
    most_output: u32,
    /// The tokens of a reply that was nothing but thought: this is the second.
    earlier: Option<Usage>,
    model: Arc<dyn ChatModel>,
    lane: Arc<Lane>,
    health: Arc<Health>,
    /// It waits for hosts that are away.
    is_patient: bool,
    /// It has brought nothing within its time, and the model may be loading.
    is_silent: bool,
    /// Where it may go instead. Boxed: with one host there is none.
    route: Option<Box<Route>>,
}

impl Call {
    /// A call that begins now.
    pub(super) fn new(model: &GatedModel, request: ChatRequest, route: Option<Box<Route>>) -> Self {
        Self {
            stage: Stage::New { class: request.class, flow: request.flow.clone() },
            is_silent: false,
            is_patient: !request.flow.is_attended() && !model.away_limit().is_zero(),
            claim: Claim::new(model.lane(), request.class),
            permit: None,
            attempt: 1,
            crashes: Crashes::default(),
            asked_again: false,
            stopwatch: Stopwatch::start(),
            bytes: request.messages.iter().map(|message| message.content.len()).sum(),
            most_output: request.sampling.max_output_tokens,
            earlier: None,
            time_limit: request.time_limit,
            order: Order::new(request),
            model: Arc::clone(model.inner()),
            lane: Arc::clone(model.lane()),
            health: Arc::clone(model.health()),
            route,
        }
    }

    /// The next event; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<ChatEvent, ChatError>> {
        while !matches!(self.stage, Stage::Over) {
            match self.step().await {
                Ok(None) => {}
                Ok(Some(event)) => return Some(Ok(event)),
                Err(error) => {
                    self.end();
                    return Some(Err(error));
                }
            }
        }
        None
    }

    /// Goes on by one stage, or by one event of the reply. An error is final.
    ///
    /// What waits before the reply is boxed: a call mostly waits for its reply, and then need not
    /// keep that room.
    async fn step(&mut self) -> Result<Option<ChatEvent>, ChatError> {
        match &mut self.stage {
            Stage::New { class, flow } => {
                let (class, flow) = (*class, mem::take(flow));
                self.enter(class, &flow)
            }
            Stage::Queued { waiting, since } => {
                let rest = self.lane.settings.queue_limit.saturating_sub(since.elapsed());
                match Box::pin(timeout(rest, waiting.news())).await {
                    Ok(News::Standing(standing)) => Ok(Some(ChatEvent::Phase(standing.into()))),
                    Ok(News::Admitted(permit)) => {
                        let since = *since;
                        self.admitted(permit, since);
                        Ok(None)
                    }
                    Err(_) => Err(self.busy(self.lane.gate.traffic().1)),
                }
            }
            Stage::Boarding { since } => {
                let rest = self.lane.settings.queue_limit.saturating_sub(since.elapsed());
                match Box::pin(timeout(rest, self.claim.news())).await {
                    Ok(Turn::Ahead(ahead)) => {
                        Ok(Some(ChatEvent::Phase(Phase::Queued { ahead, wait: None })))
                    }
                    Ok(Turn::Come) => Ok(Box::pin(self.prepare()).await),
                    Err(_) => Err(self.busy(self.lane.gate.traffic().1)),
                }
            }
            Stage::Loading(load) => {
                let limit = self.lane.settings.load_limit;
                let loaded = Box::pin(timeout(limit, load));
                let loaded = loaded.await.map_err(|_| not_loaded(self.model.info(), limit))?;
                let after = self.stopwatch.this_lap();
                self.stopwatch.loaded();
                match loaded {
                    Ok(()) => {
                        self.lane.answers();
                        self.claim.loaded();
                        self.stage = Stage::Resident;
                    }
                    Err(error) => {
                        let error = self.count_crash(error, after);
                        let error = self.told_by_proxy(error);
                        if let ChatError::Unreachable { .. } = error {
                            self.health.failed(&error);
                        }
                        self.lane.failed(&error);
                        self.retry(error)?;
                    }
                }
                Ok(None)
            }
            Stage::Resident => Ok(Some(self.send())),
            Stage::Replying(reply) => {
                if let Some(first) = reply.first.take() {
                    return Ok(Some(*first));
                }
                let event = tokio::select! {
                    biased;
                    () = &mut reply.clock => None,
                    event = reply.events.next() => Some(event),
                };
                match event {
                    Some(event) => self.receive(event),
                    None => self.clock_fired(),
                }
            }
            Stage::Pausing(pause) => {
                Box::pin(sleep(*pause)).await;
                self.stopwatch.queued();
                self.stage = Stage::Boarding { since: Instant::now() };
                Ok(None)
            }
            Stage::Over => Ok(None),
        }
    }

    fn enter(
        &mut self,
        class: AdmissionClass,
        flow: &Flow,
    ) -> Result<Option<ChatEvent>, ChatError> {
        self.claim.enter();
        self.lane.gate.allow(self.lane.crowding.limit());
        match self.lane.gate.enter(class, flow) {
            Ok(Entry::Admitted(permit)) => {
                self.admitted(permit, Instant::now());
                Ok(None)
            }
            Ok(Entry::Waiting(waiting)) => {
                let (standing, waiting) = (waiting.standing(), Box::new(waiting));
                self.stage = Stage::Queued { waiting, since: Instant::now() };
                Ok(Some(ChatEvent::Phase(standing.into())))
            }
            Err(full) => Err(self.busy(full.waiting)),
        }
    }

    fn admitted(&mut self, permit: Permit, since: Instant) {
        self.permit = Some(permit);
        self.stage = Stage::Boarding { since };
    }

    async fn prepare(&mut self) -> Option<ChatEvent> {
        self.stopwatch.queued();
        match self.claim.look(&self.model, &self.lane).await {
            Found::Known => self.stage = Stage::Resident,
            Found::Resident => {
                self.stopwatch.loaded();
                self.stage = Stage::Resident;
            }
            Found::Gone => self.stage = Stage::Boarding { since: Instant::now() },
            Found::Loading { beside } => {
                self.stage = Stage::Loading(self.lane.load(&self.model, beside));
                return Some(ChatEvent::Phase(Phase::Loading));
            }
        }
        None
    }

    /// Leaves the host and gives up the place, without waiting to be dropped.
    pub(super) fn end(&mut self) {
        self.stage = Stage::Over;
        self.claim.end();
        self.permit = None;
    }

    fn busy(&self, waiting: usize) -> ChatError {
        let info = self.model.info();
        ChatError::Busy { host: info.host.clone(), model: info.model.clone(), waiting }
    }
}

#[cfg(test)]
pub(crate) mod tests;
