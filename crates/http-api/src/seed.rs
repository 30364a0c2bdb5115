//! The routes of the FastAPI design.

mod debates;
mod system;

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = debates::endpoints();
    endpoints.extend(system::endpoints());
    endpoints
}
