use std::{num::NonZeroUsize, time::Duration};

use crate::{AccessRefusal, ChatError, HostName, HostType, ModelName};

/// What a host is doing now, as the calls of this gateway show.
#[derive(Clone, Debug)]
pub struct HostState {
    /// The host.
    pub host: HostName,
    /// What it is.
    pub kind: HostType,
    /// Calls in service.
    pub in_service: usize,
    /// Calls that wait.
    pub waiting: usize,
    /// The calls that it serves at a time: of all its models together if that is limited, else of each.
    pub slots: Option<NonZeroUsize>,
    /// Models that are in memory, as far as that is known without asking.
    pub loaded: Vec<ModelName>,
    /// Models that are being loaded for calls of this gateway.
    pub loading: Vec<ModelName>,
    /// Loads that calls of this gateway made.
    pub loads: u64,
    /// How much longer calls that may go elsewhere avoid it, because it failed.
    pub rests_for: Option<Duration>,
    /// Why it takes no calls: none at all, or none for one of its models.
    pub outage: Option<ChatError>,
    /// Why it refuses all calls of this program.
    pub access_refusal: Option<AccessRefusal>,
}
