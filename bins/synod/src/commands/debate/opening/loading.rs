//! Hosts that are loading when a debate begins.

use std::time::Duration;

use synod_agents::AssignmentError;
use synod_domain::HostName;
use synod_inference::{HostModels, ResolveError};

use crate::{compose::Reach, output::say};

/// How often the wait is reported.
const TOLD_EVERY: Duration = Duration::from_secs(30);

/// Whether the seats may be filled once a host has loaded.
pub(super) const fn may_help(error: &AssignmentError) -> bool {
    matches!(
        error,
        AssignmentError::Unresolved(
            ResolveError::HostUnavailable { .. }
                | ResolveError::ModelNotFound { .. }
                | ResolveError::NoModel { .. }
        )
    )
}

/// Waits for the hosts that say that they are loading, as long as calls wait for them. False if there
/// are none.
pub(super) async fn wait(reach: &mut Reach, quiet: bool) -> bool {
    if !reach.listings.iter().any(HostModels::is_loading) {
        return false;
    }
    let mut tell_at = Duration::ZERO;
    let tell = |hosts: &[HostName], waited: Duration| {
        if quiet || waited < tell_at {
            return;
        }
        tell_at = waited + TOLD_EVERY;
        let names: Vec<_> = hosts.iter().map(HostName::as_str).collect();
        let names = names.join(" and ");
        say(&match waited.as_secs() {
            0 => format!("waiting for {names}, still loading (`load_seconds` sets how long)"),
            waited => format!("waiting for {names}, still loading after {waited} s"),
        });
    };
    reach.listings = reach.gateway.models_when_loaded(tell).await;
    true
}
