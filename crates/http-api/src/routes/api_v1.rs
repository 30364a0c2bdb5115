//! The routes under `/api/v1`.

mod agents;
mod debates;
mod event_stream;
mod events;
mod export;
mod interjections;
mod schemas;
mod transcript;
mod vote;

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = debates::endpoints();
    endpoints.extend(events::endpoints());
    endpoints.extend(interjections::endpoints());
    endpoints.extend(vote::endpoints());
    endpoints.extend(transcript::endpoints());
    endpoints.extend(export::endpoints());
    endpoints.extend(agents::endpoints());
    endpoints.extend(schemas::endpoints());
    endpoints
}
