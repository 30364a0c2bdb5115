use schemars::JsonSchema;
use serde::Serialize;
use synod_domain::{Initialized, ParticipantProfile};

/// What a debate would need.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebateEstimate {
    /// The participants, in the order of the request
    panel: Vec<EstimatedSeat>,
    /// Votes needed for a consensus
    needed: u8,
    /// The number of participants
    of: u8,
    /// Calls to models if every round takes place and nothing is repeated
    planned_calls: u32,
    /// Calls to models at most
    max_calls: u32,
    /// About how long the debate takes if every round takes place and no call waits for other debates or for a
    /// model to be loaded, in seconds; null if no speed is known
    seconds: Option<u64>,
    /// What `seconds` is based on; null if it is null
    basis: Option<EstimateBasis>,
    /// What to know before the debate
    cautions: Vec<String>,
}

/// A participant with the model that it would have.
#[derive(Debug, Serialize, JsonSchema)]
struct EstimatedSeat {
    /// The agent
    agent_id: String,
    /// Its name
    name: String,
    /// The host of its model
    host: String,
    /// Its model
    model: String,
}

/// What an estimate of time is based on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EstimateBasis {
    /// The speed of every model was measured.
    Measured,
    /// The speed of some models was measured, and is assumed for the others.
    Assumed,
}

impl DebateEstimate {
    /// Describes a debate that could be opened, with the time and what that is based on.
    pub(crate) fn new(
        setup: &Initialized,
        time: Option<(u64, EstimateBasis)>,
        cautions: Vec<String>,
    ) -> Self {
        let limits = setup.limits;
        let (seconds, basis) = time.unzip();
        let seat = |profile: &ParticipantProfile| EstimatedSeat {
            agent_id: profile.agent_id.to_string(),
            name: profile.name.to_string(),
            host: profile.host.to_string(),
            model: profile.model.to_string(),
        };
        Self {
            panel: setup.participants.iter().map(|profile| seat(profile)).collect(),
            needed: limits.needs,
            of: limits.of,
            planned_calls: limits.planned_calls,
            max_calls: limits.most_calls,
            seconds,
            basis,
            cautions,
        }
    }
}
