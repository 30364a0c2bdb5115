//! The routes of the FastAPI design.

mod agents;
mod debates;
mod ollama;
mod system;
mod tasks;

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = agents::endpoints();
    endpoints.extend(tasks::endpoints());
    endpoints.extend(ollama::endpoints());
    endpoints.extend(debates::endpoints());
    endpoints.extend(system::endpoints());
    endpoints
}
