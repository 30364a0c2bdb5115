//! The routes under `/api/v1`.

mod agents;

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    agents::endpoints()
}
