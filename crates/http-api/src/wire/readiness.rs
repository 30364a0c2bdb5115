use schemars::JsonSchema;
use serde::Serialize;

/// That the process answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Liveness {
    /// Always `alive`
    pub(crate) status: LivenessState,
}

/// That the process answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LivenessState {
    /// It does.
    Alive,
}

/// Whether debates can be held.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Readiness {
    /// Whether they can
    pub(crate) status: ReadinessState,
    /// Whether debates can be stored
    pub(crate) store: StoreCheck,
    /// Whether each host answers
    pub(crate) hosts: Vec<HostCheck>,
}

/// Whether debates can be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReadinessState {
    /// They can.
    Ready,
    /// They can, though a host is missing.
    Degraded,
    /// They cannot: the store fails.
    Unavailable,
    /// They cannot: the server is about to stop.
    Closing,
}

/// Whether the store works.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StoreCheck {
    /// Whether it does
    pub(crate) status: CheckState,
    /// Why it does not
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

/// Whether a host answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HostCheck {
    /// Whether it does
    pub(crate) status: CheckState,
    /// Why it does not
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// Its name; absent if no host could be asked in time
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// It gets no calls for a while, since it failed too often
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) resting: bool,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckState {
    /// It works.
    Ok,
    /// It does not.
    Failed,
}

impl StoreCheck {
    /// It works, unless there is a reason why not.
    pub(crate) fn of(failure: Option<String>) -> Self {
        Self { status: CheckState::of(failure.as_ref()), detail: failure }
    }
}

impl HostCheck {
    /// It answers, unless there is a reason why not.
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
