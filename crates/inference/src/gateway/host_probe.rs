use std::{sync::Arc, time::Duration};

use super::fresh_listing::FreshListing;
use crate::{HostError, ModelHost};

/// Longest that a host may take to show that it is there: it has just ended a call.
const LIMIT: Duration = Duration::from_secs(2);

/// Asks a host for its models to find out whether it is there, once for all calls that ask at the same
/// time.
pub(super) struct HostProbe {
    host: Arc<dyn ModelHost>,
    listing: FreshListing,
}

impl HostProbe {
    pub(super) fn new(host: Arc<dyn ModelHost>) -> Arc<Self> {
        Arc::new(Self { host, listing: FreshListing::default() })
    }

    /// Whether it lists its models now.
    ///
    /// # Errors
    /// Why it does not.
    pub(super) async fn lists_models(&self) -> Result<(), HostError> {
        self.listing.after_now(async || self.host.models_within(LIMIT).await.map(drop)).await
    }
}
