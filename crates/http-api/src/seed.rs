//! The routes of the FastAPI design.

mod debates;
mod system;

pub(crate) use debates::{status as debate_status, whole_log};

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = debates::endpoints();
    endpoints.extend(system::endpoints());
    endpoints
}
