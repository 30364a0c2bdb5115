//! The parts put together: hosts, gateway, agents, log and hub.

#[cfg(feature = "embedded")]
mod demo;
mod host_settings;
mod hosts;
mod mend;
mod reach;

use std::sync::Arc;

use synod_agents::{AgentDirectory, AgentFactory, Registry, TaskRunner};
use synod_debate_engine::{DebateHub, Settings, SystemClock};
use synod_domain::Clock;
use synod_event_log::{EventLog, MemoryLog, Observed};
use synod_http_api::ApiParts;
use synod_inference::Gateway;
use synod_metrics::{EventMetrics, Metrics};

#[cfg(feature = "embedded")]
pub(crate) use demo::fetch;
use host_settings::HostSettings;
pub(crate) use hosts::{ModelServer, entries, model_servers};
pub(crate) use reach::{Embedded, Reach, reach, serving};

/// A house whose debates live in memory, among agents on the models of a gateway.
pub(crate) fn parts(
    gateway: &Arc<Gateway>,
    registry: Registry,
    metrics: Option<&Arc<Metrics>>,
) -> ApiParts {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let factory = AgentFactory::with_clock(Arc::clone(gateway) as _, Arc::clone(&clock));
    let roster = AgentDirectory::new(registry, &factory, Arc::clone(gateway));
    let desk = TaskRunner::new(roster.clone());
    let mut log: Arc<dyn EventLog> = Arc::new(MemoryLog::new(Arc::clone(&clock)));
    if let Some(metrics) = metrics {
        log = Arc::new(Observed::new(log, EventMetrics::new(Arc::clone(metrics))));
    }
    let hub =
        DebateHub::new(log, Arc::clone(&clock), Arc::new(factory.clone()), Settings::default());
    ApiParts { hub, cast: factory, roster, desk, gateway: Arc::clone(gateway), clock }
}
