//! The sockets of the FastAPI design.

mod agents;
mod close;
mod debates;
mod frames;
mod heartbeat;
mod socket;

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = agents::endpoints();
    endpoints.extend(debates::endpoints());
    endpoints
}
