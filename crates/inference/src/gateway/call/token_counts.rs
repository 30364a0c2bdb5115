use super::{
    Call,
    stage::{Reply, Stage},
};
use crate::scheduler::{ThroughputEstimate, WrittenText};

/// Tokens of thought and reply, by what the host counted as far as the text that it sent agrees.
impl Reply {
    /// The text of thought and reply.
    pub(super) const fn all(&self) -> WrittenText {
        self.thought.and(self.said)
    }

    /// The tokens of the text that was sent. Some hosts leave thought out of their count, others count
    /// thought that they do not send.
    pub(super) fn sent_tokens(&self, counted: Option<u32>, pace: &ThroughputEstimate) -> u32 {
        let (all, hidden) = (self.all(), self.hidden_thought());
        let counted = counted.map(|counted| counted.saturating_sub(hidden));
        let is_of_text =
            |counted: &u32| !all.has_more_than(*counted) && !all.has_fewer_than(*counted);
        counted.filter(is_of_text).unwrap_or_else(|| pace.tokens_in(all))
    }

    /// The tokens of thought that the host counted and did not send.
    fn hidden_thought(&self) -> u32 {
        if self.thought.is_empty() { self.counted_thought.unwrap_or_default() } else { 0 }
    }

    /// The tokens of the thought: as its host counted them, or else by the share of its text.
    pub(super) fn thought_tokens(&self, counted: Option<u32>, pace: &ThroughputEstimate) -> u32 {
        if let Some(counted) = self.counted_thought {
            return counted;
        }
        if self.thought.is_empty() {
            return 0;
        }
        let all = self.all();
        if let Some(counted) = counted.filter(|counted| all.has_fewer_than(*counted)) {
            return counted.saturating_sub(pace.tokens_in(self.said));
        }
        let tokens = counted.filter(|counted| !all.has_more_than(*counted));
        let tokens = tokens.unwrap_or_else(|| pace.tokens_in(all));
        let share = (tokens as usize).saturating_mul(self.thought.bytes) / all.bytes.max(1);
        let share = u32::try_from(share).unwrap_or(u32::MAX);
        if all.pieces > tokens {
            return share;
        }
        // A piece has at least one token.
        share.clamp(self.thought.pieces, tokens - self.said.pieces)
    }
}

impl Call {
    /// Whether the time until the first output of this call shows how fast prompts are read.
    pub(super) fn shows_reading(&self) -> bool {
        self.stopwatch.spent().is_zero() && !self.is_silent
    }

    /// Records how fast the prompt was read, if the host also thought in silence before its first output.
    pub(super) fn read_before_hidden_thought(&self, counted: Option<u32>) {
        let Stage::Replying(reply) = &self.stage else { return };
        let hidden = reply.hidden_thought();
        if hidden == 0 {
            return;
        }
        self.state.thought.hide();
        let pace = &self.state.throughput;
        let per_token =
            reply.writing.checked_div(reply.sent_tokens(counted, pace).saturating_sub(1));
        if let (Some(first), Some(per_token), true) =
            (self.stopwatch.until_output(), per_token, self.shows_reading())
        {
            pace.read(self.bytes, first.saturating_sub(per_token.saturating_mul(hidden)));
        }
    }

    /// The tokens of thought that the host counted; `None` as well if the reply was requested twice.
    pub(super) fn counted_thought(&self) -> Option<u32> {
        let Stage::Replying(reply) = &self.stage else { return None };
        reply.counted_thought.filter(|_| self.earlier.is_none())
    }
}
