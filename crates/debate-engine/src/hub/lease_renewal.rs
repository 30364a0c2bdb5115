use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::future::join_all;
use synod_event_log::{LogError, Which};
use tokio::time::{Instant, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{Hub, driven::Driven};

/// The number of renewals in the period of a lease.
const RENEWALS: u32 = 3;
/// The time before its end at which a lease that cannot be renewed is given up.
const MARGIN: Duration = Duration::from_secs(1);

/// Renews the leases of the debates that the hub drives, and takes over debates that another process
/// has left.
///
/// This is a task of its own, so that no call and no append delays a renewal.
pub(super) async fn run(hub: Weak<Hub>, closing: CancellationToken) {
    let Some(period) = hub.upgrade().map(|hub| hub.settings.lease / RENEWALS) else { return };
    let mut rounds = interval(period.max(Duration::from_millis(1)));
    rounds.tick().await;
    loop {
        tokio::select! { biased;
            () = closing.cancelled() => return,
            _ = rounds.tick() => {}
        }
        let Some(hub) = hub.upgrade() else { return };
        let driven = hub.driven.all();
        join_all(driven.iter().map(|driven| hub.renew(driven, period))).await;
        match timeout(period, hub.take_over(Which::Unclaimed)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(debates)) => tracing::info!(debates, "took over from another process"),
            Ok(Err(error)) => tracing::warn!(%error, "cannot look for debates left by others"),
            Err(_) => tracing::warn!("the log is slow to list debates"),
        }
    }
}

impl Hub {
    async fn renew(self: &Arc<Self>, driven: &Driven, period: Duration) {
        let (claim, lease) = (&driven.claim, self.settings.lease);
        let began = Instant::now();
        let error = match timeout(period, self.log.renew(claim, lease)).await {
            Ok(Ok(())) => return self.driven.renewed(claim, began),
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        // The epoch guards the log; this ends calls whose result could not be recorded any more.
        let lost = matches!(error, Some(LogError::Fenced { .. } | LogError::Purged(_)));
        if lost || driven.renewed.elapsed() + period + MARGIN >= lease {
            tracing::warn!(debate.id = %claim.id, "lost the debate; its calls end");
            driven.abort();
        }
    }
}
