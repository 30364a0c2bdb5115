use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use synod_debate_engine::EngineError;
use synod_domain::{DebateId, Timestamp};
use synod_metrics::MetricsRegistry;
use synod_runtime::Synod;
use tokio_util::sync::CancellationToken;

use crate::{
    ApiSettings,
    extract::{idempotency::KeysInFlight, payload::BodyBudget},
    middleware::request_stats::RequestStats,
    readiness_checks::ReadinessChecks,
    response::{cache::ResponseCache, error::ApiError, stored_answers::StoredAnswers},
    shares::Shares,
    watch::WatchedDebates,
};

/// The state of the routes: a running system and the settings of its HTTP interface. Clones share
/// everything.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    synod: Synod,
    settings: ApiSettings,
    request_stats: Arc<RequestStats>,
    keys_in_flight: KeysInFlight,
    stored_answers: StoredAnswers,
    shares: Shares,
    watched_debates: WatchedDebates,
    readiness: ReadinessChecks,
    cache: ResponseCache,
    body_budget: BodyBudget,
    draining: AtomicBool,
    closing: CancellationToken,
}

impl Api {
    /// Serves this system.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn new(synod: Synod, settings: ApiSettings) -> Self {
        Self(Arc::new(Inner {
            shares: Shares::new(Arc::clone(synod.records())),
            stored_answers: StoredAnswers::new(Arc::clone(synod.records())),
            synod,
            body_budget: BodyBudget::of(&settings.limits),
            settings,
            request_stats: Arc::new(RequestStats::new()),
            keys_in_flight: KeysInFlight::default(),
            watched_debates: WatchedDebates::new(),
            readiness: ReadinessChecks::new(),
            cache: ResponseCache::default(),
            draining: AtomicBool::new(false),
            closing: CancellationToken::new(),
        }))
    }

    /// Returns the system that is served.
    pub(crate) fn synod(&self) -> &Synod {
        &self.0.synod
    }

    /// Makes `/readyz` report that the server is about to stop. All other routes still serve.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// The memory that bodies may take.
    pub(crate) fn body_budget(&self) -> &BodyBudget {
        &self.0.body_budget
    }

    /// Whether the server is about to stop.
    pub(crate) fn is_leaving(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed) || self.closing().is_cancelled()
    }

    /// Ends sockets and streams before the server stops. The server is not ready from now on.
    pub fn close(&self) {
        self.0.closing.cancel();
    }

    /// Cancelled once the server is about to stop.
    pub(crate) fn closing(&self) -> &CancellationToken {
        &self.0.closing
    }

    pub(crate) fn settings(&self) -> &ApiSettings {
        &self.0.settings
    }

    /// Returns the counters.
    pub(crate) fn metrics(&self) -> &MetricsRegistry {
        self.0.synod.metrics()
    }

    pub(crate) fn request_stats(&self) -> &Arc<RequestStats> {
        &self.0.request_stats
    }

    /// The idempotency keys of the requests in progress.
    pub(crate) fn keys_in_flight(&self) -> &KeysInFlight {
        &self.0.keys_in_flight
    }

    /// The answers to requests with an idempotency key that opened no debate.
    pub(crate) fn stored_answers(&self) -> &StoredAnswers {
        &self.0.stored_answers
    }

    /// The links under which debates can be read without a key.
    ///
    /// # Errors
    /// [`ApiError::SharesOff`] if the configuration allows none.
    pub(crate) fn shares(&self) -> Result<&Shares, ApiError> {
        if self.0.settings.shares { Ok(&self.0.shares) } else { Err(ApiError::SharesOff) }
    }

    /// Deletes a debate, and ends the streams of its links.
    pub(crate) async fn delete(&self, debate: DebateId) -> Result<(), EngineError> {
        self.synod().delete(debate).await?;
        self.cache().drop_closed(debate);
        // Links made while sharing was on end with the debate, even if it is off now.
        self.0.shares.end_streams(debate);
        Ok(())
    }

    /// The debates that are being watched.
    pub(crate) fn watched_debates(&self) -> &WatchedDebates {
        &self.0.watched_debates
    }

    /// The checks of the store and the hosts.
    pub(crate) fn readiness(&self) -> &ReadinessChecks {
        &self.0.readiness
    }

    /// The cached responses.
    pub(crate) fn cache(&self) -> &ResponseCache {
        &self.0.cache
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.synod.clock().now()
    }
}
