//! Middleware of every handler: access checks, request ids, records and statistics of requests.

pub(crate) mod guard;
pub(crate) mod observe;
pub(crate) mod request_stats;

pub use guard::{ApiKey, InvalidKey};
pub use observe::log_panics;
