//! The sockets of the FastAPI design.

mod agent_updates;
mod debate_updates;
mod pulse;
mod subscriptions;

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = agent_updates::endpoints();
    endpoints.extend(debate_updates::endpoints());
    endpoints
}
