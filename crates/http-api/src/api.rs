use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use synod_agents::{AgentDirectory, AgentFactory, TaskRunner};
use synod_debate_engine::DebateHub;
use synod_domain::{Clock, Timestamp};
use synod_inference::Gateway;
use synod_metrics::Metrics;
use tokio_util::sync::CancellationToken;

use crate::{
    ApiSettings, idempotency::KeysInFlight, incoming::Room, meter::RequestMeter, watch::Watches,
    written::Written,
};

/// What the routes serve: the parts of a running house. Clones are the same.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

/// The parts that an [`Api`] serves.
pub struct ApiParts {
    /// The debates.
    pub hub: DebateHub,
    /// The agents at work.
    pub cast: AgentFactory,
    /// The agents there are.
    pub roster: AgentDirectory,
    /// Where they are given tasks.
    pub desk: TaskRunner,
    /// The models.
    pub gateway: Arc<Gateway>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

struct Inner {
    parts: ApiParts,
    settings: ApiSettings,
    metrics: Arc<Metrics>,
    meter: Arc<RequestMeter>,
    keys_in_flight: KeysInFlight,
    watches: Watches,
    written: Written,
    room: Room,
    draining: AtomicBool,
    closing: CancellationToken,
}

impl Api {
    /// Serves these parts, with the default settings.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn new(parts: ApiParts) -> Self {
        let metrics = Metrics::new(env!("CARGO_PKG_VERSION"));
        Self::with(parts, ApiSettings::default(), Arc::new(metrics))
    }

    /// Serves these parts. Debates are counted if the hub's log is
    /// [`Observed`](synod_event_log::Observed) by [`EventMetrics`](synod_metrics::EventMetrics) with
    /// the same metrics.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn with(parts: ApiParts, settings: ApiSettings, metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(Inner {
            parts,
            room: Room::of(&settings.limits),
            settings,
            metrics,
            meter: Arc::new(RequestMeter::new()),
            keys_in_flight: KeysInFlight::default(),
            watches: Watches::new(),
            written: Written::default(),
            draining: AtomicBool::new(false),
            closing: CancellationToken::new(),
        }))
    }

    /// Makes `/readyz` say that the server is about to stop. All other routes still serve.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// The memory that bodies may take.
    pub(crate) fn room(&self) -> &Room {
        &self.0.room
    }

    /// Whether the server is about to stop.
    pub(crate) fn is_leaving(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed) || self.closing().is_cancelled()
    }

    /// Ends sockets and streams, since the server is about to stop, and is not ready from now on.
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

    /// What is counted here.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn meter(&self) -> &Arc<RequestMeter> {
        &self.0.meter
    }

    /// The idempotency keys whose requests are being answered.
    pub(crate) fn keys_in_flight(&self) -> &KeysInFlight {
        &self.0.keys_in_flight
    }

    /// The debates that are being watched.
    pub(crate) fn watches(&self) -> &Watches {
        &self.0.watches
    }

    /// Answers that are kept as they were written.
    pub(crate) fn written(&self) -> &Written {
        &self.0.written
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Deref for Api {
    type Target = ApiParts;

    fn deref(&self) -> &ApiParts {
        &self.0.parts
    }
}
