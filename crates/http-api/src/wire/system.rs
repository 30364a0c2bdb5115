use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use synod_agents::{AgentReport, AgentStatus};
use synod_domain::Timestamp;

use super::AgentStatusResponse;
use crate::Api;

/// The server responds.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Health {
    /// Always `healthy`.
    pub(crate) status: HealthWord,
    /// Server time, RFC 3339, UTC.
    #[schemars(with = "Timestamp")]
    pub(crate) timestamp: String,
}

/// The state of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "HealthState")]
pub(crate) enum HealthWord {
    /// The process responds.
    Healthy,
}

/// System status response model.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct SystemStatusResponse {
    /// The state of the system
    pub(crate) system_status: SystemWord,
    /// Server time, RFC 3339, UTC
    #[schemars(with = "Timestamp")]
    pub(crate) timestamp: String,
    /// Agents, sorted by id
    pub(crate) agents: BTreeMap<String, AgentStatusResponse>,
    /// Statistics of the server
    pub(crate) api_metrics: ApiMetrics,
}

impl SystemStatusResponse {
    /// The current status.
    pub(crate) async fn of(api: &Api) -> Self {
        let reports = api.synod().agents().reports().await;
        let all_are_well = reports.iter().all(|agent| agent.status != AgentStatus::Unavailable)
            && api.synod().agents().silent_hosts().await.is_empty();
        let named = |report: AgentReport| (report.profile.id.to_string(), report.into());
        Self {
            system_status: SystemWord::of(all_are_well),
            timestamp: api.now().to_string(),
            agents: reports.into_iter().map(named).collect(),
            api_metrics: api.request_stats().read(),
        }
    }
}

/// The state of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "SystemState")]
pub(crate) enum SystemWord {
    /// All hosts respond and all agents are available.
    Operational,
    /// A host does not respond, or an agent is unavailable.
    Degraded,
}

impl SystemWord {
    const fn of(all_are_well: bool) -> Self {
        if all_are_well { Self::Operational } else { Self::Degraded }
    }
}

/// Statistics of the server since its start.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct ApiMetrics {
    /// Requests answered
    pub(crate) total_requests: u64,
    /// Responses with a status of 500 or above
    pub(crate) error_count: u64,
    /// Mean response time of the last 1,000 requests, in milliseconds
    pub(crate) avg_response_time_ms: u64,
    /// Seconds since the server started
    pub(crate) uptime_seconds: u64,
    /// Open requests and streams
    pub(crate) current_connections: u64,
    /// Maximum number of open requests and streams
    pub(crate) peak_concurrent_connections: u64,
}
