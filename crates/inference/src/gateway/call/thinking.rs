use std::time::Duration;

use tokio::time::Instant;

use super::{
    Call,
    stage::{Reply, Stage},
};
use crate::{ChatError, ChatEvent, StopReason, Usage, scheduler::WrittenText};

/// An empty reply of fewer tokens was ended by its window, with no room for any thought.
const LEAST_HIDDEN: u32 = 16;

/// What becomes of a reply whose model thinks.
impl Call {
    /// The model may say no more: what it thinks less than its limits allow it may not say more.
    pub(super) fn has_said_enough(&self) -> bool {
        let Stage::Replying(reply) = &self.stage else { return false };
        let said = self.state.throughput.least_tokens_in(reply.said);
        reply.most_said.is_some_and(|most| said >= most)
    }

    /// Ends a reply that is as long as it may be, and leaves the host.
    pub(super) fn cut(&mut self) -> ChatEvent {
        self.finish(StopReason::Length, self.uncounted())
    }

    /// The host does not hold the reply to its limit. Twice the limit, since tokens are estimated.
    pub(super) fn has_thought_too_much(&self) -> bool {
        let Stage::Replying(reply) = &self.stage else { return false };
        let thought = self.state.throughput.tokens_in(reply.thought);
        !reply.speaks && thought >= self.most_output.saturating_mul(2)
    }

    /// What a reply cost that is left before its host has counted.
    pub(super) fn uncounted(&self) -> Usage {
        Usage { prompt_tokens: None, output_tokens: Some(self.written_tokens()) }
    }

    /// Whether a reply that ended so was nothing but thought. A host that sends no thought is
    /// known by the limit that ended an empty reply.
    pub(super) fn was_all_thought(&self, reason: StopReason, usage: Usage) -> bool {
        let Stage::Replying(reply) = &self.stage else { return false };
        let is_long = usage.output_tokens.is_none_or(|tokens| tokens >= LEAST_HIDDEN);
        let hidden = reason == StopReason::Length && is_long;
        !reply.speaks && (!reply.thought.is_empty() || hidden)
    }

    /// The reply was nothing but thought: it is asked for once more.
    ///
    /// # Errors
    /// [`ChatError::AllThought`] if it was asked for again already, or no time is left.
    pub(super) fn ask_again(&mut self, usage: Usage) -> Result<(), ChatError> {
        let Stage::Replying(_) = &self.stage else { return Ok(()) };
        self.written(usage.output_tokens);
        // What a host hides and does not count has filled the limit.
        let hidden = (self.pieces() == 0).then_some(self.most_output);
        self.thought_without_reply(usage.output_tokens.or(hidden));
        let may = self.earlier.is_none() && self.has_time_again() && self.request.is_known();
        let usage = self.whole(usage);
        if !may {
            self.health.succeeded();
            self.state.answers();
            self.charge(self.cost().whole(usage, self.written_tokens()));
            let info = self.model.info();
            let (host, model) = (info.host.clone(), info.model.clone());
            return Err(ChatError::AllThought { host, model, usage });
        }
        let model = &self.model.info().model;
        tracing::info!(%model, "a reply was nothing but thought and is asked for again, without");
        self.earlier = Some(usage);
        self.stopwatch.failed();
        self.stage = Stage::Resident;
        Ok(())
    }

    /// The clock of the reply has fired. It does so twice: when thought has taken what leaves just
    /// enough for a reply without, and at the end.
    pub(super) fn clock_fired(&mut self) -> Result<Option<ChatEvent>, ChatError> {
        let (rest, may_break) = match &self.stage {
            Stage::Replying(reply) => {
                let may = !reply.thought.is_empty() && !reply.speaks && !reply.is_avoided;
                (reply.ends_at.saturating_duration_since(Instant::now()), may)
            }
            Stage::New { .. }
            | Stage::Queued { .. }
            | Stage::Granted
            | Stage::Loading(_)
            | Stage::Resident
            | Stage::Pausing { .. }
            | Stage::Over => return Ok(None),
        };
        if rest.is_zero() {
            return self.time_is_up();
        }
        let needed = self.time_of_reply().min(self.time_limit / 2);
        let may_break = may_break && self.earlier.is_none() && self.state.thought.avoiding_helps();
        if may_break && needed >= rest {
            return self.ask_again(self.uncounted()).map(|()| None);
        }
        let wait = if may_break { rest - needed } else { rest };
        if let Stage::Replying(reply) = &mut self.stage {
            reply.clock.as_mut().reset(Instant::now() + wait);
        }
        Ok(None)
    }

    /// The time that the reply takes without thought, at the speed of this call.
    fn time_of_reply(&self) -> Duration {
        let Stage::Replying(reply) = &self.stage else { return Duration::ZERO };
        let reading = self.stopwatch.clock().saturating_sub(reply.writing);
        let per_token = reply.writing.checked_div(self.written_tokens()).unwrap_or_default();
        let said = reply.most_said.unwrap_or(self.most_output);
        reading.saturating_add(per_token.saturating_mul(said)).mul_f64(1.1)
    }

    /// Remembers the thought of a call that brought a reply of `counted` tokens.
    pub(super) fn thought_before_reply(&self, counted: Option<u32>) {
        if let Stage::Replying(reply) = &self.stage {
            let tokens = reply.thought_tokens(counted, &self.state.throughput);
            self.state.thought.before_reply(reply.form, reply.is_avoided, tokens);
        }
    }

    /// Remembers the thought of a call in which nothing else came.
    pub(super) fn thought_without_reply(&self, counted: Option<u32>) {
        if let Stage::Replying(reply) = &self.stage {
            let tokens = match counted {
                Some(counted) if !reply.all().has_more_than(counted) => counted,
                Some(_) | None => self.state.throughput.tokens_in(reply.thought),
            };
            self.state.thought.without_reply(reply.form, reply.is_avoided, tokens);
        }
    }

    /// Remembers the thought of a call that the clock ended.
    pub(super) fn thought_until_deadline(&self) {
        if let Stage::Replying(Reply { thought, speaks: false, .. }) = &self.stage
            && !thought.is_empty()
        {
            self.thought_without_reply(None);
        }
    }

    /// The tokens of the whole call.
    pub(super) fn whole(&self, usage: Usage) -> Usage {
        let Some(earlier) = self.earlier else { return usage };
        let sum = |one: Option<u32>, other: Option<u32>| Some(one?.saturating_add(other?));
        Usage {
            prompt_tokens: sum(earlier.prompt_tokens, usage.prompt_tokens),
            output_tokens: sum(earlier.output_tokens, usage.output_tokens),
        }
    }
}

impl Reply {
    /// Counts a piece of output.
    pub(super) fn count(&mut self, output: &ChatEvent) {
        self.writing = self.first_at.get_or_insert_with(Instant::now).elapsed();
        match output {
            ChatEvent::Thinking(text) => self.thought = self.thought.and(WrittenText::piece(text)),
            ChatEvent::Delta(text) => {
                self.said = self.said.and(WrittenText::piece(text));
                self.speaks |= !text.trim().is_empty();
            }
            // The pieces before were taken for something else: most of them were thought.
            ChatEvent::Corrected { thinking, reply } => {
                self.speaks = !reply.trim().is_empty();
                let (pieces, said) = (self.all().pieces, u32::from(self.speaks));
                self.thought = WrittenText { pieces, bytes: thinking.len() };
                self.said = WrittenText { pieces: said, bytes: reply.len() };
            }
            ChatEvent::Phase(_) | ChatEvent::Moved(_) | ChatEvent::Finished(_) => {}
        }
    }
}
