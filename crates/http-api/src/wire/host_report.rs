use schemars::JsonSchema;
use serde::Serialize;
use synod_domain::Timestamp;
use synod_inference::{ChatError, HostModels, HostState, HostType, ModelName};

/// What the hosts are doing.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HostReports {
    /// The hosts, in the order in which they are preferred
    pub(crate) hosts: Vec<HostReport>,
}

/// What a host is doing.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HostReport {
    /// Its name
    name: String,
    /// What it is
    kind: HostKindWord,
    /// Whether it takes calls
    state: HostCondition,
    /// Why it is not ready; null if it is
    detail: Option<String>,
    /// Calls in service
    running: usize,
    /// Calls that wait
    queued: usize,
    /// Calls that it serves at a time, of all its models or of each; null if not known
    slots: Option<usize>,
    /// Models in memory
    loaded: Vec<String>,
    /// Models that are being loaded
    loading: Vec<String>,
    /// Loads of models for calls of this server
    loads: u64,
    /// Until when calls that may go elsewhere avoid it, because it failed; null if they do not
    resting_until: Option<Timestamp>,
    /// Models that it lists
    models: usize,
}

/// What a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "HostKind")]
enum HostKindWord {
    /// An Ollama server.
    Ollama,
    /// A server of OpenAI's protocol.
    OpenAi,
    /// The engine in this process.
    Embedded,
    /// Another one.
    Other,
}

/// Whether a host takes calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "HostState")]
enum HostCondition {
    /// It takes calls.
    Ready,
    /// It loads a model, or itself.
    Loading,
    /// It takes calls, but calls that may go elsewhere avoid it: it failed.
    Resting,
    /// It does not respond, or takes no calls.
    Away,
    /// It refuses all calls of this server: a key, permission or credit is missing.
    Refusing,
}

impl HostReport {
    /// Joins what the calls show and what the host listed, if it was asked in time.
    pub(crate) fn of(state: HostState, listing: Option<&HostModels>, now: Timestamp) -> Self {
        let infos = listing.and_then(|listing| listing.models.as_ref().ok());
        let failure = listing.and_then(|listing| listing.models.as_ref().err());
        let outage = state.outage.as_ref();
        let is_loading = matches!(outage, Some(ChatError::Loading { .. }))
            || listing.is_some_and(HostModels::is_loading)
            || !state.loading.is_empty();
        let refusal = state.access_refusal.as_ref().map(|refusal| refusal.detail.clone());
        let reason = failure.map(ToString::to_string).or(outage.map(ToString::to_string));
        let (condition, detail) = match refusal {
            Some(refusal) => (HostCondition::Refusing, Some(refusal)),
            None if is_loading => (HostCondition::Loading, reason),
            None if reason.is_some() => (HostCondition::Away, reason),
            None if state.rests_for.is_some() => {
                (HostCondition::Resting, Some("its last calls failed".to_owned()))
            }
            None => (HostCondition::Ready, None),
        };
        let listed_as_loaded = infos.into_iter().flatten().filter(|info| info.loaded);
        let mut loaded: Vec<ModelName> = listed_as_loaded.map(|info| info.model.clone()).collect();
        if infos.is_none() {
            loaded.clone_from(&state.loaded);
        }
        let names = |models: Vec<ModelName>| models.into_iter().map(Into::into).collect();
        Self {
            name: state.host.to_string(),
            kind: state.kind.into(),
            state: condition,
            detail,
            running: state.in_service,
            queued: state.waiting,
            slots: state.slots.map(usize::from),
            loaded: names(loaded),
            loading: names(state.loading),
            loads: state.loads,
            resting_until: state.rests_for.map(|rest| now.after(rest)),
            models: infos.map_or(0, Vec::len),
        }
    }
}

impl From<HostType> for HostKindWord {
    fn from(kind: HostType) -> Self {
        match kind {
            HostType::Ollama => Self::Ollama,
            HostType::OpenAi => Self::OpenAi,
            HostType::Embedded => Self::Embedded,
            HostType::Other => Self::Other,
        }
    }
}
