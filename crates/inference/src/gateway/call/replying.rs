use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    Call, Cost,
    stage::{Reply, Stage},
};
use crate::{ChatError, ChatEvent, Completion, Phase, Sampling, StopReason, Usage};

/// Longer than any call; the time after it can still be told.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// A call that is sent, and its reply.
impl Call {
    pub(super) fn send(&mut self) -> ChatEvent {
        let rest = self.time_limit.saturating_sub(self.stopwatch.spent());
        let request = self.sized(rest);
        let Sampling { max_output_tokens: said, thinking, .. } = request.sampling;
        let form = request.form.clone();
        let thinks = thinking.is_expected || self.model.usual_thinking(&form).is_some();
        self.most_output = said.saturating_add(if thinks { thinking.most_tokens } else { 0 });
        self.stage = Stage::Replying(Reply {
            events: self.model.chat(request),
            clock: Box::pin(sleep(rest / 2)),
            ends_at: Instant::now() + rest.min(LONGEST),
            first: None,
            thought: 0,
            said: 0,
            speaks: false,
            most_said: thinks.then_some(said),
            form,
            is_avoided: thinking.is_avoided,
            first_at: None,
            writing: Duration::ZERO,
        });
        self.charge(self.cost().so_far(0));
        ChatEvent::Phase(Phase::Prompting)
    }

    pub(super) fn cost(&self) -> Cost {
        Cost { bytes: self.bytes, most_output: self.most_output }
    }

    /// The flow is charged with so many tokens, should the call end now.
    pub(super) fn charge(&mut self, tokens: u64) {
        if let Some(permit) = &mut self.permit {
            permit.spent(tokens);
        }
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
            Some(Ok(ChatEvent::Delta(_))) if self.has_said_enough() => Ok(Some(self.cut())),
            Some(Ok(ChatEvent::Thinking(_))) if self.has_thought_too_much() => {
                self.ask_again(self.uncounted()).map(|()| None)
            }
            Some(Ok(
                output @ (ChatEvent::Delta(_)
                | ChatEvent::Thinking(_)
                | ChatEvent::Corrected { .. }),
            )) => Ok(Some(self.output(output))),
            Some(Ok(ChatEvent::Finished(Completion { usage, .. })))
                if self.is_to_ask_again(usage) =>
            {
                let host = self.model.card().host.clone();
                let detail = "the reply is empty, and no token of it was counted".to_owned();
                self.fail(ChatError::NoReply { host, detail })
            }
            Some(Ok(ChatEvent::Finished(Completion { reason, usage, timings }))) => {
                self.lane.residency.told(timings.load_ms);
                if self.was_all_thought(reason, usage) {
                    return self.ask_again(usage).map(|()| None);
                }
                Ok(Some(self.finish(reason, usage)))
            }
            Some(Err(error)) => self.fail(error),
            None => self.fail(self.cut_off()),
        }
    }

    /// The reply that ends with this usage is empty without a token that could have ended it, and has
    /// not been asked for again.
    fn is_to_ask_again(&self, usage: Usage) -> bool {
        let is_empty = !self.stopwatch.has_output() && usage.output_tokens.unwrap_or(0) == 0;
        is_empty && !self.asked_again && self.attempt < self.lane.settings.retry.attempts
    }

    fn output(&mut self, output: ChatEvent) -> ChatEvent {
        if let Stage::Replying(reply) = &mut self.stage {
            reply.count(&output);
            if reply.speaks {
                // There is no other attempt.
                self.order.forget();
            }
        }
        self.charge(self.cost().so_far(self.pieces()));
        if self.pieces() > 1 {
            return output;
        }
        if !self.stopwatch.has_output() {
            self.stopwatch.first_output();
            if self.stopwatch.spent().is_zero() {
                self.lane.pace.read(self.bytes, self.stopwatch.clock());
            }
        }
        if let Stage::Replying(reply) = &mut self.stage {
            reply.first = Some(Box::new(output));
        }
        ChatEvent::Phase(Phase::Generating)
    }

    pub(super) fn finish(&mut self, reason: StopReason, usage: Usage) -> ChatEvent {
        self.lane.residency.used(&*self.model);
        self.health.well();
        self.written(usage.output_tokens);
        self.thought_before_reply();
        let usage = self.whole(usage);
        self.charge(self.cost().whole(usage, self.pieces()));
        self.end();
        ChatEvent::Finished(Completion { reason, usage, timings: self.stopwatch.timings() })
    }

    /// Pieces of thought and of what is said.
    pub(super) fn pieces(&self) -> u32 {
        let Stage::Replying(reply) = &self.stage else { return 0 };
        reply.thought.saturating_add(reply.said)
    }

    /// So many tokens are written. Nobody counted those of a reply that the clock ended, but hosts
    /// send them one by one.
    pub(super) fn written(&self, tokens: Option<u32>) {
        let Stage::Replying(reply) = &self.stage else { return };
        let (pace, pieces) = (&self.lane.pace, self.pieces());
        if let Some(tokens) = tokens.filter(|_| reply.thought > 0) {
            pace.counted(tokens, pieces);
        }
        // Some hosts leave thought out of their count.
        let tokens = tokens.map_or_else(|| pace.tokens_in(pieces), |tokens| tokens.max(pieces));
        pace.wrote(tokens, reply.writing);
    }

    /// An attempt failed: with output that is the end, without it there may be another.
    fn fail(&mut self, error: ChatError) -> Result<Option<ChatEvent>, ChatError> {
        self.health.failed(&error);
        if self.pieces() > 0 {
            self.lane.residency.doubt();
            return Err(error);
        }
        self.stopwatch.failed();
        self.retry(error).map(|()| None)
    }

    pub(super) fn retry(&mut self, error: ChatError) -> Result<(), ChatError> {
        self.lane.residency.doubt();
        if self.may_move() {
            return Err(error);
        }
        if let ChatError::NoReply { .. } = error
            && std::mem::replace(&mut self.asked_again, true)
        {
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
            self.thought_until_deadline();
        } else {
            // Silence may be a load that nobody here asked for.
            self.lane.residency.doubt();
        }
        ChatError::Deadline { limit: self.time_limit }
    }

    fn cut_off(&self) -> ChatError {
        let host = self.model.card().host.clone();
        let detail = "the reply ended without being complete".to_owned();
        if self.pieces() > 0 {
            ChatError::BrokeOff { host, detail, source: None }
        } else {
            ChatError::Failed { host, detail, retry_after: None, source: None }
        }
    }
}
