//! The sockets of the FastAPI design.

mod debate_updates;
mod pulse;
mod subscriptions;

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    debate_updates::endpoints()
}
