//! Waits for hosts that are loading when a debate begins.

use std::time::Duration;

use synod_agents::AssignmentError;
use synod_domain::{HostName, enumeration};
use synod_inference::{HostModels, ResolveError};

use crate::{compose::ModelHosts, output::say};

/// Interval of reports about the wait.
const REPORT_INTERVAL: Duration = Duration::from_secs(30);

/// Whether the error may disappear once a host has loaded.
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

/// Waits for hosts that are loading, up to `load_seconds`. Returns false if there are none.
pub(super) async fn wait(model_hosts: &mut ModelHosts, quiet: bool) -> bool {
    if !model_hosts.listings.iter().any(HostModels::is_loading) {
        return false;
    }
    let mut next_report = Duration::ZERO;
    let report = |hosts: &[HostName], waited: Duration| {
        if quiet || waited < next_report {
            return;
        }
        next_report = waited + REPORT_INTERVAL;
        let names: Vec<_> = hosts.iter().map(HostName::as_str).collect();
        let names = enumeration(&names);
        say(&match waited.as_secs() {
            0 => format!("waiting for {names}, still loading (`load_seconds` limits the wait)"),
            waited => format!("waiting for {names}, still loading after {waited} s"),
        });
    };
    model_hosts.listings = model_hosts.gateway.models_when_loaded(report).await;
    true
}
