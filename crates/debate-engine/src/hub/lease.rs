use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use synod_event_log::{EventLog, LogError, Renewal, Worker};
use tokio::{
    sync::OnceCell,
    time::{Instant, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use super::Hub;
use crate::Settings;

/// The number of renewals in the period of a lease.
const RENEWALS: u32 = 3;
/// How often to look for debates that other processes have left.
const SEARCH_INTERVAL: Duration = Duration::from_secs(1);
/// The time before its end at which a lease that cannot be renewed is given up.
const MARGIN: Duration = Duration::from_secs(1);

/// The lease of a hub, and so of all debates that it drives. It begins when it is first needed.
pub(super) struct Lease {
    log: Arc<dyn EventLog>,
    worker: Worker,
    period: Duration,
    is_registered: OnceCell<()>,
    /// The start of the last successful renewal.
    renewed: Mutex<Instant>,
}

impl Lease {
    pub(super) fn new(log: Arc<dyn EventLog>, settings: &Settings) -> Self {
        let worker = Worker::new(settings.worker.as_str()).with_takeover(settings.takeover);
        let renewed = Mutex::new(Instant::now());
        Self { log, worker, period: settings.lease, is_registered: OnceCell::new(), renewed }
    }

    /// The worker, which has a lease.
    pub(super) async fn worker(&self) -> Result<&Worker, LogError> {
        let register = async || {
            let began = Instant::now();
            self.log.register(&self.worker, self.period).await?;
            *self.renewed.lock() = began;
            Ok(())
        };
        self.is_registered.get_or_try_init(register).await?;
        Ok(&self.worker)
    }

    pub(super) async fn end(&self) {
        if self.is_registered.initialized()
            && let Err(error) = self.log.deregister(&self.worker).await
        {
            tracing::warn!(%error, "the lease of this process has to expire");
        }
    }

    fn interval(&self) -> Duration {
        (self.period / RENEWALS).max(Duration::from_millis(1))
    }

    /// Renews the lease. Returns whether it has lasted: if not, other processes may drive the debates
    /// of this one.
    async fn renew(&self) -> bool {
        let (began, interval) = (Instant::now(), self.interval());
        match timeout(interval, self.log.renew(&self.worker, self.period)).await {
            Ok(Ok(renewal)) => {
                *self.renewed.lock() = began;
                renewal == Renewal::Continued
            }
            Ok(Err(LogError::LeaseLost { .. })) => false,
            Ok(Err(_)) | Err(_) => self.renewed.lock().elapsed() + interval + MARGIN < self.period,
        }
    }
}

/// Renews the lease of a hub, and takes over the debates of processes that have ended.
///
/// This is a task of its own, so that no call and no append delays a renewal.
pub(super) async fn keep(hub: Weak<Hub>, closing: CancellationToken) {
    let Some(interval) = hub.upgrade().map(|hub| hub.lease.interval()) else { return };
    let work = async {
        tokio::join!(
            repeat(interval, &hub, async |hub| hub.renew_lease().await),
            repeat(interval.min(SEARCH_INTERVAL), &hub, async |hub| hub.look_for_debates().await),
        )
    };
    tokio::select! { biased;
        () = closing.cancelled() => {}
        _ = work => {}
    }
}

/// Works every `period` until the hub is dropped.
async fn repeat(period: Duration, hub: &Weak<Hub>, work: impl AsyncFn(Arc<Hub>)) {
    let mut rounds = interval(period);
    rounds.tick().await;
    loop {
        rounds.tick().await;
        let Some(hub) = hub.upgrade() else { return };
        work(hub).await;
    }
}

impl Hub {
    async fn renew_lease(self: Arc<Self>) {
        // The epoch guards the log; this ends calls whose result could not be recorded any more.
        if self.lease.is_registered.initialized() && !self.lease.renew().await {
            match self.driven.abort_all() {
                0 => {}
                debates => tracing::warn!(debates, "this process lost its lease; its calls end"),
            }
        }
    }

    async fn look_for_debates(self: Arc<Self>) {
        match self.take_over().await {
            Ok(0) => {}
            Ok(debates) => tracing::info!(debates, "took over from another process"),
            Err(error) => tracing::warn!(%error, "cannot look for debates left by others"),
        }
    }
}
