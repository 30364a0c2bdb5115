use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use synod_inference::{HostHealth, HostModels};
use synod_runtime::Synod;
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, timeout},
};

use crate::wire::{HostCheck, StoreCheck};

/// How long the store and the hosts may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an answer is shared.
const SHARED: Duration = Duration::from_secs(1);

/// Checks of the store and the hosts for `/readyz`: at most one at a time and one a second, so that many
/// probes of a server do not become many requests to its hosts.
pub(crate) struct ReadinessChecks {
    /// Checks run here, so that they do not end with the request that began them.
    runtime: Handle,
    /// The latest check.
    latest: Mutex<Answer>,
}

/// The answer of a check, with its time; `None` until the check has ended.
type Answer = watch::Receiver<Option<(Instant, Arc<Checked>)>>;

/// The results of a check.
pub(crate) struct Checked {
    /// Why the store does not work.
    pub(crate) store_failure: Option<String>,
    pub(crate) hosts: Vec<HostCheck>,
    /// The models of the hosts; empty if a host was slow to answer.
    pub(crate) listings: Vec<HostModels>,
}

impl ReadinessChecks {
    /// # Panics
    /// Outside of a tokio runtime.
    pub(crate) fn new() -> Self {
        let (_, never_checked) = watch::channel(None);
        Self { runtime: Handle::current(), latest: Mutex::new(never_checked) }
    }

    /// Returns the results of the latest check, after at most 2 seconds for the store and 2 for the hosts.
    pub(crate) async fn read(&self, synod: &Synod) -> Arc<Checked> {
        let mut latest = self.latest_of(synod);
        let answer = latest.wait_for(Option::is_some).await;
        match answer.as_deref() {
            Ok(Some((_, checked))) => Arc::clone(checked),
            Ok(None) | Err(_) => Arc::new(Checked::failed()),
        }
    }

    /// Returns the check in progress, a recent one, or else a new one.
    fn latest_of(&self, synod: &Synod) -> Answer {
        let mut latest = self.latest();
        let is_current = match &*latest.borrow() {
            Some((at, _)) => at.elapsed() < SHARED,
            // A check that ended without an answer has failed.
            None => latest.has_changed().is_ok(),
        };
        if !is_current {
            let (sender, receiver) = watch::channel(None);
            *latest = receiver;
            let synod = synod.clone();
            self.runtime.spawn(async move {
                let checked = Arc::new(Checked::now(&synod).await);
                sender.send_replace(Some((Instant::now(), checked)));
            });
        }
        latest.clone()
    }

    // Nothing panics while it holds the lock.
    fn latest(&self) -> MutexGuard<'_, Answer> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Checked {
    async fn now(synod: &Synod) -> Self {
        let store = timeout(PATIENCE, synod.debates().check_ready()).await;
        let store_failure = match store {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("slow to answer".to_owned()),
        };
        let listed = timeout(PATIENCE, synod.models().models()).await;
        let hosts = hosts(synod, listed.as_deref().ok());
        Self { store_failure, hosts, listings: listed.unwrap_or_default() }
    }

    /// The check panicked, or its runtime has ended.
    fn failed() -> Self {
        let store_failure = Some("the check ended early".to_owned());
        Self { store_failure, hosts: Vec::new(), listings: Vec::new() }
    }

    /// The check of the store, for the response.
    pub(crate) fn store(&self) -> StoreCheck {
        StoreCheck::of(self.store_failure.clone())
    }
}

/// The checks of the hosts; no listings: a host was slow to answer.
fn hosts(synod: &Synod, listings: Option<&[HostModels]>) -> Vec<HostCheck> {
    let Some(listings) = listings else {
        return vec![HostCheck::of(Some("a host is slow to answer".to_owned()))];
    };
    let health = synod.models().hosts();
    let checks = listings.iter().map(|listing| {
        let is_it = |health: &HostHealth| health.host == listing.host;
        let resting = health.iter().any(|health| is_it(health) && health.is_circuit_open);
        let failure = listing.models.as_ref().err().map(ToString::to_string);
        let name = Some(listing.host.to_string());
        HostCheck { name, resting, ..HostCheck::of(failure) }
    });
    checks.collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::{self, BoxFuture, FutureExt};
    use synod_inference::{
        ChatModel, Gateway, GatewaySettings, HostError, HostName, ModelHost, ModelInfo,
    };
    use tokio::time::advance;

    use super::*;

    /// A host that answers after half a second, or never, and counts how often it was asked.
    struct Slow {
        name: HostName,
        asked: AtomicUsize,
        hangs: bool,
    }

    impl Slow {
        fn new(hangs: bool) -> Arc<Self> {
            let name = HostName::new("gpu").unwrap();
            Arc::new(Self { name, asked: AtomicUsize::new(0), hangs })
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::Relaxed)
        }
    }

    impl ModelHost for Slow {
        fn name(&self) -> &HostName {
            &self.name
        }

        fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.hangs {
                return future::pending().boxed();
            }
            tokio::time::sleep(Duration::from_millis(500)).map(|()| Ok(Vec::new())).boxed()
        }

        fn chat_model(&self, _: ModelInfo) -> Arc<dyn ChatModel> {
            unreachable!("no model is listed")
        }
    }

    fn checks_of(host: &Arc<Slow>) -> (ReadinessChecks, Synod) {
        let gateway = Gateway::new(vec![Arc::clone(host) as _], GatewaySettings::default());
        (ReadinessChecks::new(), Synod::builder(gateway).build())
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_probes_asks_a_host_once_a_second() {
        let host = Slow::new(false);
        let (checks, synod) = checks_of(&host);
        let all = future::join_all((0..1_000).map(|_| checks.read(&synod))).await;
        assert!(all.iter().all(|checked| checked.hosts[0].status == crate::wire::CheckState::Ok));
        assert_eq!(host.asked(), 1, "at the same time");
        advance(Duration::from_millis(999)).await;
        checks.read(&synod).await;
        assert_eq!(host.asked(), 1, "within a second");
        advance(Duration::from_millis(1)).await;
        checks.read(&synod).await;
        assert_eq!(host.asked(), 2, "after a second");
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_continues_after_the_probe_that_began_it_left() {
        let host = Slow::new(true);
        let (checks, synod) = checks_of(&host);
        for _ in 0..4 {
            let impatient = timeout(Duration::from_millis(400), checks.read(&synod)).await;
            assert!(impatient.is_err());
        }
        let checked = checks.read(&synod).await;
        assert_eq!(checked.hosts[0].detail.as_deref(), Some("a host is slow to answer"));
        assert_eq!((checked.store_failure.as_deref(), host.asked()), (None, 1));
    }
}
