//! The bounds of numbers as messages print them. Those of a debate are checked by its rules.

pub(crate) const ROUNDS: &str = "1 to 20";
pub(crate) const ITERATIONS: &str = "1 to 10";
pub(crate) const THRESHOLD: &str = "a share between 0 and 1, such as 0.8";
pub(crate) const MIN_ROUNDS: &str = "0 to 20, and at most the rounds";
pub(crate) const TIME_LIMIT: &str = "seconds, 10 to 300";
pub(crate) const MAX_TOKENS: &str = "tokens, 32 to 4,096";
pub(crate) const BUDGET: &str = "tokens, 1,000 to 100,000,000";
pub(crate) const DEADLINE: &str = "seconds, 60 to 86,400";
/// More threads are refused by the server of the framework.
pub(crate) const WORKERS: &str = "threads, 1 to 512";
pub(crate) const SEED: &str = "0 to 2147483647";
