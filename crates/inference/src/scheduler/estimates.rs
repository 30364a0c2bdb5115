//! What calls take, as their predecessors have shown: time, tokens, and cost.

mod cost;
mod service_times;
mod throughput;
mod written_text;

pub(super) use self::service_times::ServiceTimes;
pub(crate) use self::{cost::Cost, throughput::ThroughputEstimate, written_text::WrittenText};

/// Bytes of text per token, on average over the usual languages.
const BYTES_PER_TOKEN: u64 = 4;

/// Bytes of text per token in the densest of the usual texts.
const BYTES_PER_TOKEN_OF_DENSE_TEXT: usize = 3;

/// Tokens of a prompt of this size. Rather too many.
pub(crate) fn max_prompt_tokens(bytes: usize) -> u32 {
    u32::try_from(bytes / BYTES_PER_TOKEN_OF_DENSE_TEXT).unwrap_or(u32::MAX)
}
