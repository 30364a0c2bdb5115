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
        let all = self.all();
        let hidden = if self.thought.is_empty() { self.counted_thought } else { None };
        let counted = counted.map(|counted| counted.saturating_sub(hidden.unwrap_or_default()));
        let is_of_text =
            |counted: &u32| !all.has_more_than(*counted) && !all.has_fewer_than(*counted);
        counted.filter(is_of_text).unwrap_or_else(|| pace.tokens_in(all))
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
    /// The tokens of thought that the host counted; `None` as well if the reply was requested twice.
    pub(super) fn counted_thought(&self) -> Option<u32> {
        let Stage::Replying(reply) = &self.stage else { return None };
        reply.counted_thought.filter(|_| self.earlier.is_none())
    }
}
