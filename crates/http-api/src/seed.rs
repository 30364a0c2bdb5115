//! The routes of the FastAPI design.

mod system;

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    system::endpoints()
}
