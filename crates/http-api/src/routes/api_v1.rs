//! The routes under `/api/v1`.

mod agents;
mod debates;
mod estimate;
mod event_stream;
pub(super) mod events;
mod export;
mod hosts;
mod interjections;
mod page_settings;
mod schemas;
mod shares;
mod transcript;
mod vote;

use crate::endpoint::Endpoint;

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = debates::endpoints();
    endpoints.extend(estimate::endpoints());
    endpoints.extend(events::endpoints());
    endpoints.extend(interjections::endpoints());
    endpoints.extend(vote::endpoints());
    endpoints.extend(transcript::endpoints());
    endpoints.extend(shares::endpoints());
    endpoints.extend(export::endpoints());
    endpoints.extend(agents::endpoints());
    endpoints.extend(hosts::endpoints());
    endpoints.extend(page_settings::endpoints());
    endpoints.extend(schemas::endpoints());
    endpoints
}
