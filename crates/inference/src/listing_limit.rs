//! The time that a server may take to list its models.

use std::{future::Future, time::Duration};

use synod_http_transport::{TimeLimit, TimeLimits};
use tokio::time::timeout;

use crate::{HostError, ModelInfo};

/// The time after the limit in which the client still reports which part of the listing took too long.
const GRACE: Duration = Duration::from_millis(100);

/// Ends a listing whose own request has the limit, and which may make others.
pub(crate) async fn within(
    limit: Duration,
    listing: impl Future<Output = Result<Vec<ModelInfo>, HostError>>,
) -> Result<Vec<ModelInfo>, HostError> {
    let listed = timeout(limit.saturating_add(GRACE), listing).await;
    listed.unwrap_or(Err(HostError::TimedOut { limit }))
}

/// Limits of the request for the list.
pub(crate) const fn time_limits(limit: Duration) -> TimeLimits {
    TimeLimits { first_byte: Some(limit), idle: None, total: Some(limit) }
}

/// The error of a list of which nothing came, or not all; `None` for limits of other parts of a call.
pub(crate) const fn limit_reached(reached: TimeLimit, limit: Duration) -> Option<HostError> {
    match reached {
        TimeLimit::FirstByte => Some(HostError::TimedOut { limit }),
        TimeLimit::Total => Some(HostError::Incomplete { limit }),
        TimeLimit::Connect | TimeLimit::Idle => None,
    }
}
