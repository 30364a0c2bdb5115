//! The sockets of the FastAPI design.

mod agent_updates;

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    agent_updates::endpoints()
}
