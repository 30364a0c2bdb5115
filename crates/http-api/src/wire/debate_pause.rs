use schemars::JsonSchema;
use serde::Serialize;
use synod_debate_protocol::Pause;
use synod_domain::{HostName, ModelChange, PauseReason, Paused, Timestamp};

/// Why a debate is paused.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebatePause {
    /// The reason.
    reason: PauseReason,
    /// The time of the pause.
    since: Timestamp,
    /// The hosts that the debate waits for, if any.
    hosts: Vec<HostName>,
    /// How those hosts failed, in a few words; null if nothing is known.
    detail: Option<String>,
    /// The models that have changed. Absent for other reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<ModelChange>,
}

impl DebatePause {
    pub(crate) fn of(paused: &Paused, since: Timestamp) -> Self {
        let Paused { reason, hosts, detail, models, .. } = paused;
        let detail = detail.as_deref().map(str::to_owned);
        let (hosts, models) = (hosts.to_vec(), models.to_vec());
        Self { reason: *reason, since, hosts, detail, models }
    }
}

impl From<&Pause> for DebatePause {
    fn from(pause: &Pause) -> Self {
        Self::of(&pause.paused, pause.since)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use synod_domain::PausePolicy;

    use super::*;

    #[test]
    fn the_hosts_that_a_debate_waits_for_are_named() {
        let paused = Paused {
            hosts: [HostName::new("gpu").unwrap()].into(),
            detail: Some("gpu refused: no credit".into()),
            ..Paused::of(PausePolicy::Abort, PauseReason::HostsRefuse)
        };
        let pause = DebatePause::of(&paused, Timestamp::from_unix_ms(0));
        let expected = json!({
            "reason": "hosts_refuse",
            "since": "1970-01-01T00:00:00.000Z",
            "hosts": ["gpu"],
            "detail": "gpu refused: no credit",
        });
        assert_eq!(json!(pause), expected);
    }
}
