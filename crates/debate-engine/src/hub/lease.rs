use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use synod_event_log::{EventLog, LogError, Renewal, Worker};
use tokio::{
    sync::{Mutex, OnceCell},
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

/// The lease of a hub, and so of all debates that it drives. It begins when it is first needed, and is
/// renewed while the hub drives debates: others look at it only to learn whether they may claim those.
pub(super) struct Lease {
    log: Arc<dyn EventLog>,
    worker: Worker,
    period: Duration,
    is_registered: OnceCell<()>,
    /// Locked while the lease is renewed.
    term: Mutex<Term>,
}

/// The current term of a lease.
struct Term {
    /// The start of the last successful renewal.
    renewed: Instant,
    /// Whether the debates of the term were given up, although the log may still hold them for this hub.
    is_given_up: bool,
}

/// What a renewal led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    /// The hub holds what it held.
    Held,
    /// A new term began, in which the hub holds no debate yet.
    Begun,
    /// The hub has no lease.
    Lost,
}

impl Lease {
    pub(super) fn new(log: Arc<dyn EventLog>, settings: &Settings) -> Self {
        let worker = Worker::new(settings.worker.as_str()).with_takeover(settings.takeover);
        let term = Mutex::new(Term { renewed: Instant::now(), is_given_up: false });
        Self { log, worker, period: settings.lease, is_registered: OnceCell::new(), term }
    }

    /// The worker, which is registered.
    pub(super) async fn worker(&self) -> Result<&Worker, LogError> {
        let register = async || {
            let began = Instant::now();
            self.log.register(&self.worker, self.period).await?;
            *self.term.lock().await = Term { renewed: began, is_given_up: false };
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

    /// Renews the lease. If it has not lasted, other processes may drive the debates of this one.
    async fn renew(&self) -> Kept {
        self.renew_term(&mut *self.term.lock().await).await
    }

    /// Renews the lease if a renewal is due, since the hub drove nothing when the last one was.
    async fn renew_if_due(&self) -> Kept {
        let mut term = self.term.lock().await;
        if term.is_given_up || term.renewed.elapsed() >= self.interval() {
            self.renew_term(&mut term).await
        } else {
            Kept::Held
        }
    }

    async fn renew_term(&self, term: &mut Term) -> Kept {
        let (began, interval, age) = (Instant::now(), self.interval(), term.renewed.elapsed());
        let renewal = async {
            if term.is_given_up {
                // Otherwise the log would go on to hold debates that no process drives.
                self.log.deregister(&self.worker).await?;
            }
            self.log.renew(&self.worker, self.period).await
        };
        let kept = match timeout(interval, renewal).await {
            Ok(Ok(Renewal::Continued)) => Kept::Held,
            Ok(Ok(Renewal::Restarted)) => Kept::Begun,
            Ok(Err(LogError::LeaseLost { .. })) => Kept::Lost,
            Ok(Err(_)) | Err(_) if !term.is_given_up && age + interval + MARGIN < self.period => {
                return Kept::Held;
            }
            Ok(Err(_)) | Err(_) => Kept::Lost,
        };
        match kept {
            Kept::Held | Kept::Begun => *term = Term { renewed: began, is_given_up: false },
            Kept::Lost => term.is_given_up = true,
        }
        kept
    }
}

/// Renews the lease of a hub, and takes over the debates of processes that have ended.
///
/// This is a task of its own, so that no call and no append delays a renewal.
pub(super) async fn keep(hub: Weak<Hub>, closing: CancellationToken) {
    let Some(interval) = hub.upgrade().map(|hub| hub.lease.interval()) else { return };
    let work = async {
        tokio::join!(
            repeat(interval, &hub, async |hub| hub.keep_lease().await),
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
    /// Renews the lease while there are debates to hold.
    async fn keep_lease(self: Arc<Self>) {
        if self.lease.is_registered.initialized() && !self.driven.is_idle() {
            self.follow(self.lease.renew().await);
        }
    }

    /// The worker with a lease that lasts beyond the next renewal, for a claim.
    pub(super) async fn worker(&self) -> Result<&Worker, LogError> {
        let worker = self.lease.worker().await?;
        let kept = self.lease.renew_if_due().await;
        self.follow(kept);
        match kept {
            Kept::Held | Kept::Begun => Ok(worker),
            Kept::Lost => Err(LogError::LeaseLost { worker: Arc::clone(worker.name()) }),
        }
    }

    /// Ends the calls of debates that this process does not hold any more. The epoch guards the log; this
    /// ends calls whose result could not be recorded.
    fn follow(&self, kept: Kept) {
        match kept {
            Kept::Held => {}
            Kept::Begun | Kept::Lost => match self.driven.abort_all() {
                0 => {}
                debates => tracing::warn!(debates, "this process lost its lease; its calls end"),
            },
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
