//! Hosts that are loading when a debate begins.

use std::time::Duration;

use synod_agents::AgentsError;
use synod_domain::HostName;
use synod_inference::{HostModels, ResolveError};
use tokio::time::timeout;

use crate::{compose::Reach, output::say};

/// A server that has just been started lists its models by then. One that takes longer is an error
/// that says what to do.
const LIMIT: Duration = Duration::from_secs(15);

/// Whether the seats may be filled once a host has loaded.
pub(super) const fn may_help(error: &AgentsError) -> bool {
    matches!(
        error,
        AgentsError::Unresolved(
            ResolveError::HostUnavailable { .. }
                | ResolveError::ModelNotFound { .. }
                | ResolveError::NoModel { .. }
        )
    )
}

/// Waits for the hosts that say that they are loading. False if there are none.
pub(super) async fn wait(reach: &mut Reach, quiet: bool) -> bool {
    let loading: Vec<_> = reach.listings.iter().filter_map(HostModels::loading).collect();
    if loading.is_empty() {
        return false;
    }
    if !quiet {
        let names: Vec<_> = loading.iter().map(HostName::as_str).collect();
        say(&format!("waiting for {}, still loading", names.join(" and ")));
    }
    if let Ok(listings) = timeout(LIMIT, reach.gateway.models_when_loaded(|_, _| ())).await {
        reach.listings = listings;
    }
    true
}
