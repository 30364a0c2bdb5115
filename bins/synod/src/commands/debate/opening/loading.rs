//! Hosts that are loading when a debate begins.

use std::time::Duration;

use synod_domain::HostName;
use synod_inference::{HostModels, Wanted};
use tokio::time::timeout;

use crate::{compose::Reach, output::say};

/// A server that has just been started lists its models by then. One that takes longer is told of
/// with what to do.
const LIMIT: Duration = Duration::from_secs(15);

/// Waits for hosts that say that they are loading, if a seat names one of them or no other host has a
/// model that chats. The others are as they have told.
pub(super) async fn wait(wanted: &[Wanted], reach: &mut Reach, quiet: bool) {
    let loading: Vec<_> = reach.listings.iter().filter_map(HostModels::loading).collect();
    let is_named = |host| wanted.iter().any(|wanted| wanted.host.as_ref() == Some(host));
    let is_needed = loading.iter().any(is_named) || !reach.cards().any(|card| card.chats);
    if loading.is_empty() || !is_needed {
        return;
    }
    if !quiet {
        let names: Vec<_> = loading.iter().map(HostName::as_str).collect();
        say(&format!("waiting for {}, still loading", names.join(" and ")));
    }
    if let Ok(listings) = timeout(LIMIT, reach.gateway.models_when_loaded(|_, _| ())).await {
        reach.listings = listings;
    }
}
