use schemars::JsonSchema;
use serde::Serialize;

/// The process responds.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Liveness {
    /// Always `alive`
    pub(crate) status: LivenessState,
}

/// The process responds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LivenessState {
    /// The process responds.
    Alive,
}

/// Whether debates can be held.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Readiness {
    /// Whether debates can be held
    pub(crate) status: ReadinessState,
    /// The check of the store
    pub(crate) store: StoreCheck,
    /// The checks of the hosts
    pub(crate) hosts: Vec<HostCheck>,
}

/// Whether debates can be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReadinessState {
    /// Debates can be held.
    Ready,
    /// Debates can be held, but a host is missing.
    Degraded,
    /// The store fails.
    Unavailable,
    /// The server is shutting down.
    Closing,
}

/// The check of the store.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StoreCheck {
    /// The result
    pub(crate) status: CheckState,
    /// The reason of the failure
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

/// The check of a host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct HostCheck {
    /// The result
    pub(crate) status: CheckState,
    /// The reason of the failure
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// The host; absent if the hosts did not respond in time
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Whether calls avoid the host because it failed
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) resting: bool,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckState {
    /// The check succeeded.
    Ok,
    /// The check failed.
    Failed,
}

impl StoreCheck {
    /// The check succeeded, unless there is a failure.
    pub(crate) fn of(failure: Option<String>) -> Self {
        Self { status: CheckState::of(failure.as_ref()), detail: failure }
    }
}

impl HostCheck {
    /// The check succeeded, unless there is a failure.
    pub(crate) fn of(failure: Option<String>) -> Self {
        let status = CheckState::of(failure.as_ref());
        Self { status, detail: failure, name: None, resting: false }
    }
}

impl CheckState {
    const fn of(failure: Option<&String>) -> Self {
        if failure.is_none() { Self::Ok } else { Self::Failed }
    }
}
