/// A call, by its number: calls are numbered in the order of their arrival.
pub(super) type CallId = u64;

/// A model of a host, by the order in which models were registered.
pub(super) type ModelId = usize;
