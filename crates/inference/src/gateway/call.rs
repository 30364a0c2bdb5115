mod cost;
mod moving;
mod order;
mod stopwatch;

use std::{mem, pin::Pin, sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::time::{Instant, Sleep, sleep, timeout};

pub(super) use self::cost::Cost;
use self::{order::Order, stopwatch::Stopwatch};
use super::{
    berths::{Claim, Found, Turn},
    gated_model::{GatedModel, not_loaded},
    health::Health,
    lane::Lane,
    residency::Load,
    route::Route,
};
use crate::{
    AdmissionClass, ChatError, ChatEvent, ChatModel, ChatRequest, ChatStream, Completion, Flow,
    Phase, ReplyForm, StopReason, Usage,
    admission::{Entry, News, Permit, Waiting},
};

/// A reply is asked to be no shorter than this, however slow the model: a few words.
const SHORTEST_TEXT: u32 = 16;

/// Half a JSON object is worth nothing: so much it may have in any case.
const SHORTEST_OBJECT: u32 = 64;

/// One call on its way: admission, load, and attempts until one brings output.
pub(super) struct Call {
    // Dropped before the permit: the host is left before the next call begins.
    stage: Stage,
    /// Of the model. Given up before the permit, which another call of the model waits for.
    claim: Claim,
    permit: Option<Permit>,
    attempt: u32,
    stopwatch: Stopwatch,
    order: Order,
    time_limit: Duration,
    /// Of the prompt.
    bytes: usize,
    /// Most tokens of the reply.
    most_output: u32,
    model: Arc<dyn ChatModel>,
    lane: Arc<Lane>,
    health: Arc<Health>,
    /// Where it may go instead. Boxed: with one host there is none.
    route: Option<Box<Route>>,
}

enum Stage {
    New {
        class: AdmissionClass,
        flow: Flow,
    },
    Queued {
        // Boxed: a reply takes less room.
        waiting: Box<Waiting>,
        since: Instant,
    },
    /// Waiting until the model may be used.
    Boarding {
        since: Instant,
    },
    Loading(Load),
    Resident,
    Replying(Reply),
    Pausing(Duration),
    Over,
}

struct Reply {
    events: ChatStream,
    deadline: Pin<Box<Sleep>>,
    /// The first output, told after the phase it begins. Boxed: it is there for a moment.
    first: Option<Box<ChatEvent>>,
    /// Of output.
    pieces: u32,
    /// From the first piece to the last so far: a silence after it is no writing.
    writing: Duration,
}

impl Call {
    /// A call that begins now.
    pub(super) fn new(model: &GatedModel, request: ChatRequest, route: Option<Box<Route>>) -> Self {
        Self {
            stage: Stage::New { class: request.class, flow: request.flow.clone() },
            claim: Claim::new(model.lane(), request.class),
            permit: None,
            attempt: 1,
            stopwatch: Stopwatch::start(),
            bytes: request.messages.iter().map(|message| message.content.len()).sum(),
            most_output: request.sampling.max_output_tokens,
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
                let loaded = loaded.await.map_err(|_| not_loaded(self.model.card(), limit))?;
                self.stopwatch.loaded();
                match loaded {
                    Ok(()) => {
                        self.claim.loaded();
                        self.stage = Stage::Resident;
                    }
                    Err(error) => self.retry(error)?,
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
                    () = &mut reply.deadline => return Err(self.deadline()),
                    event = reply.events.next() => event,
                };
                self.receive(event)
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

    fn send(&mut self) -> ChatEvent {
        let rest = self.time_limit.saturating_sub(self.stopwatch.spent());
        let request = self.sized(rest);
        self.stage = Stage::Replying(Reply {
            events: self.model.chat(request),
            deadline: Box::pin(sleep(rest)),
            first: None,
            pieces: 0,
            writing: Duration::ZERO,
        });
        self.charge(self.cost().so_far(0));
        ChatEvent::Phase(Phase::Prompting)
    }

    fn cost(&self) -> Cost {
        Cost { bytes: self.bytes, most_output: self.most_output }
    }

    /// The flow is charged with so many tokens, should the call end now.
    fn charge(&mut self, tokens: u64) {
        if let Some(permit) = &mut self.permit {
            permit.spent(tokens);
        }
    }

    /// The request for a reply that will have ended by itself before the clock ends it.
    fn sized(&mut self, time: Duration) -> ChatRequest {
        let mut request = self.order.attempt();
        if let Some(tokens) = self.lane.pace.tokens_within(self.bytes, time) {
            let least = match request.form {
                ReplyForm::Text => SHORTEST_TEXT,
                ReplyForm::Json(_) => SHORTEST_OBJECT,
            };
            let most = &mut request.sampling.max_output_tokens;
            *most = tokens.max(least).min(*most);
        }
        request
    }

    fn receive(
        &mut self,
        event: Option<Result<ChatEvent, ChatError>>,
    ) -> Result<Option<ChatEvent>, ChatError> {
        match event {
            // Phases and places are told from here; empty pieces are no output.
            Some(Ok(ChatEvent::Phase(_) | ChatEvent::At(_))) => Ok(None),
            Some(Ok(ChatEvent::Delta(text) | ChatEvent::Thinking(text))) if text.is_empty() => {
                Ok(None)
            }
            Some(Ok(output @ (ChatEvent::Delta(_) | ChatEvent::Thinking(_)))) => {
                Ok(Some(self.output(output)))
            }
            Some(Ok(ChatEvent::Finished(Completion { reason, usage, timings }))) => {
                self.lane.residency.told(timings.load_ms);
                Ok(Some(self.finish(reason, usage)))
            }
            Some(Err(error)) => self.fail(error),
            None => self.fail(self.cut_off()),
        }
    }

    fn output(&mut self, output: ChatEvent) -> ChatEvent {
        if let Stage::Replying(reply) = &mut self.stage {
            reply.pieces = reply.pieces.saturating_add(1);
            reply.writing = self.stopwatch.generation().unwrap_or_default();
        }
        self.charge(self.cost().so_far(self.pieces()));
        if self.stopwatch.has_output() {
            return output;
        }
        self.stopwatch.first_output();
        if self.stopwatch.spent().is_zero() {
            self.lane.pace.read(self.bytes, self.stopwatch.clock());
        }
        self.order.forget();
        if let Stage::Replying(reply) = &mut self.stage {
            reply.first = Some(Box::new(output));
        }
        ChatEvent::Phase(Phase::Generating)
    }

    fn finish(&mut self, reason: StopReason, usage: Usage) -> ChatEvent {
        self.lane.residency.used(&*self.model);
        self.health.well();
        self.written(usage.output_tokens);
        self.charge(self.cost().whole(usage, self.pieces()));
        self.end();
        ChatEvent::Finished(Completion { reason, usage, timings: self.stopwatch.timings() })
    }

    fn pieces(&self) -> u32 {
        if let Stage::Replying(reply) = &self.stage { reply.pieces } else { 0 }
    }

    /// So many tokens are written. Nobody counted those of a reply that the clock ended, but hosts
    /// send them one by one.
    fn written(&self, tokens: Option<u32>) {
        if let Stage::Replying(reply) = &self.stage {
            self.lane.pace.wrote(tokens.unwrap_or(reply.pieces), reply.writing);
        }
    }

    /// An attempt failed: with output that is the end, without it there may be another.
    fn fail(&mut self, error: ChatError) -> Result<Option<ChatEvent>, ChatError> {
        self.health.failed(&error);
        if self.stopwatch.has_output() {
            self.lane.residency.doubt();
            return Err(error);
        }
        self.stopwatch.failed();
        self.retry(error).map(|()| None)
    }

    fn retry(&mut self, error: ChatError) -> Result<(), ChatError> {
        self.lane.residency.doubt();
        if self.may_move() {
            return Err(error);
        }
        let Some(pause) = self.lane.settings.retry.pause(self.attempt, &error, fastrand::f64())
        else {
            return Err(error);
        };
        tracing::info!(%error, attempt = self.attempt, ?pause, "a call failed and is sent again");
        self.attempt += 1;
        self.claim.step_back();
        self.stage = Stage::Pausing(pause);
        Ok(())
    }

    fn deadline(&self) -> ChatError {
        if self.stopwatch.has_output() {
            self.lane.residency.used(&*self.model);
            self.written(None);
        } else {
            // Silence may be a load that nobody here asked for.
            self.lane.residency.doubt();
        }
        ChatError::Deadline { limit: self.time_limit }
    }

    /// Leaves the host and gives up the place, without waiting to be dropped.
    fn end(&mut self) {
        self.stage = Stage::Over;
        self.claim.end();
        self.permit = None;
    }

    fn busy(&self, waiting: usize) -> ChatError {
        let card = self.model.card();
        ChatError::Busy { host: card.host.clone(), model: card.model.clone(), waiting }
    }

    fn cut_off(&self) -> ChatError {
        let host = self.model.card().host.clone();
        let detail = "the reply ended without being complete".to_owned();
        if self.stopwatch.has_output() {
            ChatError::BrokeOff { host, detail, source: None }
        } else {
            ChatError::Failed { host, detail, retry_after: None, source: None }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
