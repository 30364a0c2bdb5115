mod crashes;
mod moving;
mod prepared_request;
mod replying;
mod sizing;
mod stage;
mod stopwatch;
mod thinking;
mod token_counts;

use std::{mem, sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::time::{Instant, sleep, timeout};

use self::{
    crashes::Crashes, prepared_request::PreparedRequest, stage::Stage, stopwatch::Stopwatch,
};
use super::{
    candidates::Candidates,
    health::Health,
    model::{ModelAtHost, busy, not_loaded},
    model_state::ModelState,
};
use crate::{
    AdmissionClass, ChatError, ChatEvent, ChatModel, ChatRequest, Flow, Phase, Usage,
    scheduler::{Grant, QueueUpdate, ResidencyCheck},
};

/// A call at one host: the wait for its grant, the load, and attempts until one brings output.
pub(super) struct Call {
    // Dropped before the grant: the host is left before the next call begins.
    stage: Stage,
    grant: Option<Grant>,
    attempt: u32,
    crashes: Crashes,
    /// It ended without a reply, and is made once more.
    asked_again: bool,
    stopwatch: Stopwatch,
    request: PreparedRequest,
    time_limit: Duration,
    /// Of the prompt.
    bytes: usize,
    /// Most tokens of the reply, those of thought included.
    most_output: u32,
    /// The tokens of a reply that was nothing but thought: this is the second.
    earlier: Option<Usage>,
    at_host: ModelAtHost,
    model: Arc<dyn ChatModel>,
    state: Arc<ModelState>,
    health: Arc<Health>,
    /// Longest wait for a grant.
    queue_limit: Duration,
    /// A person waits for it.
    is_attended: bool,
    /// It waits for hosts that are away.
    is_patient: bool,
    /// It has brought no output within its time, and the model may be loading.
    is_silent: bool,
    /// Where it may go instead. Boxed: with one host there are none.
    candidates: Option<Box<Candidates>>,
}

impl Call {
    /// A call that begins now.
    pub(super) fn new(
        model: &ModelAtHost,
        request: ChatRequest,
        candidates: Option<Box<Candidates>>,
    ) -> Self {
        let is_attended = request.flow.is_attended();
        Self {
            stage: Stage::New { class: request.class, flow: request.flow.clone() },
            is_silent: false,
            queue_limit: if request.flow.is_accepted() {
                Duration::MAX
            } else {
                model.state().settings.queue_limit
            },
            is_attended,
            is_patient: !is_attended && !model.away_limit().is_zero(),
            grant: None,
            attempt: 1,
            crashes: Crashes::default(),
            asked_again: false,
            stopwatch: Stopwatch::start(),
            bytes: request.messages.iter().map(|message| message.content.len()).sum(),
            most_output: request.sampling.max_output_tokens,
            earlier: None,
            time_limit: request.time_limit,
            request: PreparedRequest::new(request),
            at_host: model.clone(),
            model: Arc::clone(model.inner()),
            state: Arc::clone(model.state()),
            health: Arc::clone(model.health()),
            candidates,
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

    /// Advances by one stage, or by one event of the reply. An error is final.
    ///
    /// What waits before the reply is boxed: a call mostly waits for its reply, and then need not
    /// keep that room.
    async fn step(&mut self) -> Result<Option<ChatEvent>, ChatError> {
        match &mut self.stage {
            Stage::New { class, flow } => {
                let (class, flow) = (*class, mem::take(flow));
                self.enter(class, flow)
            }
            Stage::Queued { ticket, since } => {
                let rest = self.queue_limit.saturating_sub(since.elapsed());
                match Box::pin(timeout(rest, ticket.update())).await {
                    Ok(QueueUpdate::Position(position)) => {
                        Ok(Some(ChatEvent::Phase(position.into())))
                    }
                    Ok(QueueUpdate::Granted(grant)) => {
                        self.grant = Some(grant);
                        self.stopwatch.queued();
                        self.stage = Stage::Granted;
                        Ok(None)
                    }
                    Err(_) => Err(busy(self.model.info(), self.state.scheduler.traffic().1)),
                }
            }
            Stage::Granted => Ok(Box::pin(self.prepare()).await),
            Stage::Loading(load) => {
                let limit = self.state.settings.load_limit;
                let loaded = Box::pin(timeout(limit, load));
                let loaded = loaded.await.map_err(|_| not_loaded(self.model.info(), limit))?;
                let after = self.stopwatch.this_lap();
                self.stopwatch.loaded();
                match loaded {
                    Ok(()) => {
                        self.state.answers();
                        if let Some(grant) = &mut self.grant {
                            grant.loaded();
                        }
                        self.stage = Stage::Resident;
                    }
                    Err(error) => {
                        let error = self.count_crash(error, after, true);
                        self.state.failed(&error);
                        self.learn(&error);
                        self.retry(error)?;
                    }
                }
                Ok(None)
            }
            Stage::Resident => {
                if self.is_host_to_be_seen() {
                    return Box::pin(self.see_host()).await;
                }
                Ok(Some(self.send()))
            }
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
                    Some(Some(Ok(event))) => self.receive(event),
                    Some(Some(Err(error))) => Box::pin(self.fail_examined(error)).await,
                    Some(None) => self.fail(self.cut_off()),
                    None => self.clock_fired(),
                }
            }
            Stage::Pausing { pause, .. } => {
                Box::pin(sleep(*pause)).await;
                self.stopwatch.queued();
                self.resume();
                Ok(None)
            }
            Stage::Over => Ok(None),
        }
    }

    fn enter(&mut self, class: AdmissionClass, flow: Flow) -> Result<Option<ChatEvent>, ChatError> {
        let limit = self.state.crowding.limit();
        match self.state.scheduler.acquire(class, flow, limit) {
            Ok(ticket) => {
                self.stage = Stage::Queued { ticket: Box::new(ticket), since: Instant::now() };
                Ok(None)
            }
            Err(full) => Err(busy(self.model.info(), full.waiting)),
        }
    }

    /// Makes sure that the model is in memory. May be dropped and called again.
    async fn prepare(&mut self) -> Option<ChatEvent> {
        let grant = self.grant.as_mut()?;
        match grant.check(&self.model).await {
            ResidencyCheck::Known => self.stage = Stage::Resident,
            ResidencyCheck::Resident => {
                self.stopwatch.loaded();
                self.stage = Stage::Resident;
            }
            ResidencyCheck::Wait { needs_load } => {
                let ticket = self.grant.take().map(|grant| grant.wait_again(needs_load))?;
                self.stage = Stage::Queued { ticket: Box::new(ticket), since: Instant::now() };
            }
            ResidencyCheck::Load => {
                self.stage = Stage::Loading(self.at_host.load(grant));
                return Some(ChatEvent::Phase(Phase::Loading));
            }
        }
        None
    }

    /// The pause before another attempt is over.
    fn resume(&mut self) {
        if let Stage::Pausing { ticket, .. } = mem::replace(&mut self.stage, Stage::Over) {
            ticket.resume();
            self.stage = Stage::Queued { ticket, since: Instant::now() };
        }
    }

    /// Leaves the host and gives up the grant, without waiting to be dropped.
    pub(super) fn end(&mut self) {
        self.stage = Stage::Over;
        self.grant = None;
    }
}

#[cfg(test)]
pub(crate) mod tests;
