use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    Call,
    stage::{Reply, Stage},
};
use crate::{
    ChatError, ChatEvent, Completion, ModelRefusal, Phase, Sampling, StopReason, Usage,
    gateway::{crowding::Crowd, examined::Presence, thought::FormKind},
    scheduler::{Cost, WrittenText},
};

/// A host reports up to a few hundred milliseconds of load for a call to a model in memory, unless it is
/// very busy.
const LONG_LOAD_MS: u64 = 1_000;

/// Longer than any call, and short enough to add to the current time.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// A call that is sent, and its reply.
impl Call {
    pub(super) fn send(&mut self) -> ChatEvent {
        let rest = self.time_limit.saturating_sub(self.stopwatch.spent());
        let request = self.sized(rest);
        let Sampling { max_output_tokens: said, thinking, .. } = request.sampling;
        let form = FormKind::from(&request.form);
        let thinks = thinking.is_expected || self.model.usual_thinking(&request.form).is_some();
        self.most_output = said.saturating_add(if thinks { thinking.max_tokens } else { 0 });
        self.stage = Stage::Replying(Reply {
            events: self.model.chat(request),
            clock: Box::pin(sleep(rest / 2)),
            ends_at: Instant::now() + rest.min(LONGEST),
            first: None,
            thought: WrittenText::default(),
            said: WrittenText::default(),
            counted_thought: None,
            speaks: false,
            most_said: thinks.then_some(said),
            form,
            is_avoided: thinking.is_avoided,
            first_at: None,
            writing: Duration::ZERO,
            sent: Instant::now(),
        });
        self.charge(self.cost().so_far(0));
        ChatEvent::Phase(Phase::Prompting)
    }

    pub(super) fn cost(&self) -> Cost {
        Cost { bytes: self.bytes, most_output: self.most_output }
    }

    /// The tokens that the flow is charged with if the call ends now.
    pub(super) fn charge(&mut self, tokens: u64) {
        if let Some(grant) = &mut self.grant {
            grant.charge(tokens);
        }
    }

    pub(super) fn receive(&mut self, event: ChatEvent) -> Result<Option<ChatEvent>, ChatError> {
        match event {
            // Phases and moves are reported from here; empty pieces are not output.
            ChatEvent::Phase(_) | ChatEvent::Moved(_) => Ok(None),
            ChatEvent::Delta(text) | ChatEvent::Thinking(text) if text.is_empty() => Ok(None),
            // A reply of nothing but white space is empty, too.
            ChatEvent::Delta(text) if text.trim().is_empty() && !self.has_spoken() => Ok(None),
            ChatEvent::Delta(_) if self.has_said_enough() => Ok(Some(self.cut())),
            ChatEvent::Thinking(_) if self.has_thought_too_much() => {
                self.ask_again(self.uncounted()).map(|()| None)
            }
            output @ (ChatEvent::Delta(_)
            | ChatEvent::Thinking(_)
            | ChatEvent::Corrected { .. }) => Ok(Some(self.output(output))),
            ChatEvent::Finished(Completion { reason, usage, .. })
                if self.is_to_ask_again(reason, usage) =>
            {
                let host = self.model.info().host.clone();
                let detail = "the reply is empty".to_owned();
                self.fail(ChatError::NoReply { host, detail })
            }
            ChatEvent::Finished(Completion { reason, usage, thought_tokens, timings }) => {
                if let Stage::Replying(reply) = &mut self.stage {
                    reply.counted_thought = thought_tokens;
                }
                if timings.load_ms.is_some_and(|load| load >= LONG_LOAD_MS) {
                    self.state.scheduler.loaded_silently();
                }
                if self.was_all_thought(reason, usage) {
                    return self.ask_again(usage).map(|()| None);
                }
                Ok(Some(self.finish(reason, usage)))
            }
        }
    }

    /// The reply that ends so is empty, and has not been asked for again. One that its limit ended had
    /// tokens of thought, which the host did not send.
    fn is_to_ask_again(&self, reason: StopReason, usage: Usage) -> bool {
        if reason == StopReason::Length && usage.output_tokens != Some(0) {
            return false;
        }
        let is_empty = !self.stopwatch.has_output();
        is_empty && !self.asked_again && self.attempt < self.state.settings.retry.attempts
    }

    fn has_spoken(&self) -> bool {
        matches!(&self.stage, Stage::Replying(reply) if reply.speaks)
    }

    fn output(&mut self, output: ChatEvent) -> ChatEvent {
        if let Stage::Replying(reply) = &mut self.stage {
            reply.count(&output);
            if reply.speaks {
                // There is no other attempt.
                self.request.forget();
            }
        }
        self.charge(self.cost().so_far(self.written_tokens()));
        if self.pieces() > 1 {
            return output;
        }
        if !self.stopwatch.has_output() {
            if self.is_silent {
                // What was silence until now is taken for the load.
                self.stopwatch.loaded();
                let left = self.time_limit.saturating_sub(self.stopwatch.spent());
                self.ends_after(left);
            }
            self.stopwatch.first_output();
            if self.shows_reading() && !self.state.thought.is_hidden() {
                self.state.throughput.read(self.bytes, self.stopwatch.clock());
            }
        }
        self.health.answers();
        self.state.replies();
        if let Stage::Replying(reply) = &mut self.stage {
            reply.first = Some(Box::new(output));
        }
        ChatEvent::Phase(Phase::Generating)
    }

    pub(super) fn finish(&mut self, reason: StopReason, usage: Usage) -> ChatEvent {
        self.health.succeeded();
        self.state.replies();
        self.state.ability.is_able();
        self.written(usage.output_tokens);
        self.thought_before_reply(usage.output_tokens);
        self.read_before_hidden_thought(usage.output_tokens);
        let usage = self.whole(usage);
        self.charge(self.cost().whole(usage, self.written_tokens()));
        let thought_tokens = self.counted_thought();
        self.end();
        let timings = self.stopwatch.timings();
        ChatEvent::Finished(Completion { reason, usage, thought_tokens, timings })
    }

    /// Pieces of thought and reply.
    pub(super) fn pieces(&self) -> u32 {
        let Stage::Replying(reply) = &self.stage else { return 0 };
        reply.all().pieces
    }

    /// About the tokens of thought and reply that have arrived.
    pub(super) fn written_tokens(&self) -> u32 {
        let Stage::Replying(reply) = &self.stage else { return 0 };
        self.state.throughput.tokens_in(reply.all())
    }

    /// Records the speed of the reply, of which the host counted these tokens; one that the clock ended was
    /// not counted.
    pub(super) fn written(&self, counted: Option<u32>) {
        let Stage::Replying(reply) = &self.stage else { return };
        let pace = &self.state.throughput;
        if let Some(tokens) = counted.filter(|_| !reply.thought.is_empty()) {
            pace.counted(tokens, reply.all());
        }
        pace.wrote(reply.sent_tokens(counted, pace), reply.writing);
    }

    /// An attempt failed, perhaps since the host is away: that is found out.
    pub(super) async fn fail_examined(
        &mut self,
        error: ChatError,
    ) -> Result<Option<ChatEvent>, ChatError> {
        let after = self.stopwatch.this_lap();
        let error = self.judged(error);
        let error = if self.pieces() > 0 { error } else { self.at_host.examined(error).await };
        let error = self.count_crash(error, after, false);
        self.fail(error)
    }

    /// Looks whether the host is there that has lost the connection of this call before.
    pub(super) async fn see_host(&mut self) -> Result<Option<ChatEvent>, ChatError> {
        match self.at_host.presence().await {
            Presence::Lists => self.host_was_there(),
            Presence::NotReady(error) => return self.fail(error),
            Presence::Unclear => {}
        }
        Ok(Some(self.send()))
    }

    /// An attempt failed: with output that is the end, without it there may be another.
    pub(super) fn fail(&mut self, error: ChatError) -> Result<Option<ChatEvent>, ChatError> {
        self.health.failed(&error);
        self.state.failed(&error);
        self.learn(&error);
        if self.pieces() > 0 {
            self.state.scheduler.doubt();
            return Err(error);
        }
        let is_loading = matches!(error, ChatError::Loading { .. });
        if self.waits_after(&error) || matches!(error, ChatError::SharedContextFull { .. }) {
            self.stopwatch.waited_for_host(is_loading);
        } else {
            self.stopwatch.failed();
        }
        self.retry(error).map(|()| None)
    }

    /// What the failure of a call means that did not fit the context with the others: with fewer of
    /// them it may; alone it is too long.
    fn judged(&self, error: ChatError) -> ChatError {
        let ChatError::SharedContextFull { host, model, detail, source, .. } = error else {
            return error;
        };
        let Stage::Replying(Reply { sent, .. }) = &self.stage else {
            return ChatError::SharedContextFull { host, model, detail, begun: false, source };
        };
        let begun = self.pieces() > 0;
        match self.state.crowding.met(*sent, self.state.scheduler.traffic().0) {
            Crowd::Several => {
                let limit = self.state.crowding.limit();
                self.state.scheduler.set_limit(limit);
                tracing::warn!(
                    %host, %model, limit,
                    "the calls at a time do not fit the context that they share; fewer are made"
                );
                ChatError::SharedContextFull { host, model, detail, begun, source }
            }
            Crowd::Alone if begun => ChatError::Interrupted { host, detail, source },
            Crowd::Alone => ChatError::ContextOverflow { model, prompt_tokens: None, window: None },
        }
    }

    /// What a failure shows of the model holds for all its calls.
    pub(super) fn learn(&self, error: &ChatError) {
        if let ChatError::ContextOverflow { window: Some(window), .. } = error {
            self.state.window.refused(*window, self.model.window());
        }
        if let Some(why) = error.no_chat() {
            let refusal = ModelRefusal { why: why.to_owned(), is_load: false };
            self.state.ability.is_unable(refusal);
        }
        self.state.stops_always(error);
    }

    pub(super) fn retry(&mut self, error: ChatError) -> Result<(), ChatError> {
        self.state.scheduler.doubt();
        if let ChatError::Unreachable { .. } = error {
            self.state.scheduler.host_was_away();
        }
        let is_crowded = matches!(error, ChatError::SharedContextFull { .. });
        if self.may_move() || is_crowded || self.waits_after(&error) {
            return Err(error);
        }
        if let ChatError::NoReply { .. } | ChatError::Filtered { .. } = error
            && std::mem::replace(&mut self.asked_again, true)
        {
            return Err(error);
        }
        let Some(pause) = self.state.settings.retry.pause(self.attempt, &error, fastrand::f64())
        else {
            // A person may try again.
            return Err(if self.is_attended { error } else { self.state.given_up(error) });
        };
        tracing::info!(%error, attempt = self.attempt, ?pause, "a call failed and is sent again");
        let Some(grant) = self.grant.take() else { return Err(error) };
        self.attempt += 1;
        // The stage is replaced first: it leaves the host.
        self.stage = Stage::Over;
        self.stage = Stage::Pausing { pause, ticket: Box::new(grant.pause()) };
        Ok(())
    }

    /// The time of the call is up, unless the model may be loading: a host that does not report it, and accepts
    /// calls meanwhile, is silent until it has loaded.
    pub(super) fn time_is_up(&mut self) -> Result<Option<ChatEvent>, ChatError> {
        if !self.may_be_loading() {
            return Err(self.deadline());
        }
        self.is_silent = true;
        self.stopwatch.loaded();
        self.ends_after(self.load_limit().saturating_sub(self.time_limit));
        Ok(Some(ChatEvent::Phase(Phase::Loading)))
    }

    pub(super) fn may_be_loading(&self) -> bool {
        let has_answered = self.state.has_answered() || self.stopwatch.has_output();
        !self.is_silent && !has_answered && !self.model.reports_residency()
    }

    fn ends_after(&mut self, left: Duration) {
        if let Stage::Replying(reply) = &mut self.stage {
            let (now, left) = (Instant::now(), left.min(LONGEST));
            reply.ends_at = now + left;
            reply.clock.as_mut().reset(now + left / 2);
        }
    }

    fn deadline(&self) -> ChatError {
        if self.is_silent && !self.stopwatch.has_output() {
            let (host, waited) = (self.model.info().host.clone(), self.load_limit());
            let detail = "it accepts calls and does not answer".to_owned();
            let silent = ChatError::Loading { host, detail, retry_after: None, source: None };
            self.state.give_up_silence();
            return ChatError::NoHostReady { waited, failures: vec![silent] };
        }
        if self.stopwatch.has_output() {
            self.written(None);
            self.thought_until_deadline();
        } else {
            // Silence may be a load that was not requested here.
            self.state.scheduler.doubt();
        }
        ChatError::Deadline { limit: self.time_limit }
    }

    pub(super) fn cut_off(&self) -> ChatError {
        let host = self.model.info().host.clone();
        let detail = "the reply ended without being complete".to_owned();
        if self.pieces() > 0 {
            ChatError::Interrupted { host, detail, source: None }
        } else {
            ChatError::Failed { host, detail, retry_after: None, source: None }
        }
    }
}
