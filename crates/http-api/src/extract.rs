//! Extractors: the parts of a request that handlers read.

pub(crate) mod accept;
pub(crate) mod agent_path;
pub(crate) mod body;
pub(crate) mod debate_path;
pub(crate) mod idempotency;
pub(crate) mod payload;
pub(crate) mod query;

#[cfg(test)]
mod tests;
