use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use synod_domain::{AgentId, HostName, Label, ModelName, ParticipantProfile};

/// An agent of the debate, with its model.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Seat {
    /// The agent.
    agent_id: AgentId,
    /// The label that other agents see; null for moderator and judge.
    label: Option<String>,
    /// The name shown to people.
    name: String,
    /// Its model.
    model: ModelName,
    /// The host of its model.
    host: HostName,
    /// The digest of its model, if the host reported it.
    digest: Option<Arc<str>>,
}

impl Seat {
    pub(super) fn of(profile: &ParticipantProfile) -> Self {
        Self {
            agent_id: profile.agent_id.clone(),
            label: None,
            name: profile.name.to_string(),
            model: profile.model.clone(),
            host: profile.host.clone(),
            digest: profile.digest.clone(),
        }
    }

    pub(super) fn of_participants(profiles: &[Arc<ParticipantProfile>]) -> Vec<Self> {
        let labelled = |(index, profile): (usize, &Arc<ParticipantProfile>)| {
            let label = Some(Label::of(index).to_string());
            Self { label, ..Self::of(profile) }
        };
        profiles.iter().enumerate().map(labelled).collect()
    }
}
