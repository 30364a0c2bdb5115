use std::time::Duration;

use tokio::time::sleep;

use super::{
    Call, Cost,
    stage::{Reply, Stage},
};
use crate::{ChatError, ChatEvent, ChatRequest, Completion, Phase, ReplyForm, StopReason, Usage};

/// A reply is asked to be no shorter than this, however slow the model: a few words.
const SHORTEST_TEXT: u32 = 16;

/// Half a JSON object is worth nothing: so much it may have in any case.
const SHORTEST_OBJECT: u32 = 64;

/// A call that is sent, and its reply.
impl Call {
    pub(super) fn send(&mut self) -> ChatEvent {
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

    pub(super) fn receive(
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
        self.lane.ability.is_able();
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
        self.learn(&error);
        if self.stopwatch.has_output() {
            self.lane.residency.doubt();
            return Err(error);
        }
        self.stopwatch.failed();
        self.retry(error).map(|()| None)
    }

    /// What a failure shows of the model holds for all its calls.
    fn learn(&self, error: &ChatError) {
        if let ChatError::ContextOverflow { window: Some(window), .. } = error {
            self.lane.window.refused(*window, self.model.window());
        }
        if let Some(why) = error.no_chat() {
            self.lane.ability.is_unable(why);
        }
    }

    pub(super) fn retry(&mut self, error: ChatError) -> Result<(), ChatError> {
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

    pub(super) fn deadline(&self) -> ChatError {
        if self.stopwatch.has_output() {
            self.lane.residency.used(&*self.model);
            self.written(None);
        } else {
            // Silence may be a load that nobody here asked for.
            self.lane.residency.doubt();
        }
        ChatError::Deadline { limit: self.time_limit }
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
