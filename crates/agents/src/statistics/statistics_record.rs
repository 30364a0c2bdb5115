use std::time::Duration;

use serde::{Deserialize, Serialize};
use synod_domain::Timestamp;
use synod_event_log::TypedRecord;

use super::AgentStatistics;

/// The figures of an agent's ended calls, as they are stored.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StatisticsRecord {
    succeeded: u64,
    failed: u64,
    timed_out: u64,
    cancelled: u64,
    prompt_tokens: u64,
    output_tokens: u64,
    duration: Duration,
    model_time: Duration,
    last_active_at: Option<Timestamp>,
}

impl TypedRecord for StatisticsRecord {
    const KIND: &'static str = "statistics";
}

impl From<AgentStatistics> for StatisticsRecord {
    fn from(figures: AgentStatistics) -> Self {
        Self {
            succeeded: figures.succeeded,
            failed: figures.failed,
            timed_out: figures.timed_out,
            cancelled: figures.cancelled,
            prompt_tokens: figures.prompt_tokens,
            output_tokens: figures.output_tokens,
            duration: figures.duration,
            model_time: figures.model_time,
            last_active_at: figures.last_active_at,
        }
    }
}

impl From<StatisticsRecord> for AgentStatistics {
    fn from(record: StatisticsRecord) -> Self {
        let ended = [record.succeeded, record.failed, record.timed_out, record.cancelled];
        Self {
            calls: ended.into_iter().fold(0, u64::saturating_add),
            open: 0,
            succeeded: record.succeeded,
            failed: record.failed,
            timed_out: record.timed_out,
            cancelled: record.cancelled,
            prompt_tokens: record.prompt_tokens,
            output_tokens: record.output_tokens,
            duration: record.duration,
            model_time: record.model_time,
            last_active_at: record.last_active_at,
        }
    }
}
