use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use synod_debate_engine::{CallPhase, CallProgress};
use synod_domain::{AgentId, Event, HostName, PauseReason};

/// The hosts that calls wait for, since they cannot be reached or are not ready.
#[derive(Default)]
pub(super) struct HostsAway {
    hosts: BTreeMap<AgentId, HostName>,
    /// By the agents whose last call waited, and for how long.
    waited: BTreeMap<AgentId, Duration>,
}

impl HostsAway {
    /// Takes note of an event; whether it pauses the debate since no host takes its calls.
    pub(super) fn pauses(&mut self, event: &Event) -> bool {
        if let Event::DebateInitialized(setup) = event {
            let seats = setup.participants.iter().chain(&setup.moderator).chain(&setup.judge);
            self.hosts = seats.map(|seat| (seat.agent_id.clone(), seat.host.clone())).collect();
        }
        matches!(event, Event::DebatePaused(paused) if paused.reason == PauseReason::HostsAway)
    }

    /// Takes note of where a call is.
    pub(super) fn reach(&mut self, progress: &CallProgress) {
        match progress.phase {
            CallPhase::Away { waited, .. } => {
                self.waited.insert(progress.agent_id.clone(), waited);
            }
            CallPhase::Prompting | CallPhase::Generating => {
                self.waited.remove(&progress.agent_id);
            }
            CallPhase::Queued { .. } | CallPhase::Loading => {}
        }
    }

    /// What has paused the debate, and how to go on.
    pub(super) fn in_words(&self) -> String {
        let hosts = self.waited.keys().filter_map(|agent| self.hosts.get(agent));
        let hosts: BTreeSet<_> = hosts.chain(self.hosts.values().take(1)).collect();
        let names: Vec<_> = hosts.iter().map(ToString::to_string).collect();
        let waited = self.waited.values().max().copied().unwrap_or_default().as_secs();
        let table = names.first().map_or("NAME", |name| name);
        format!(
            "{} could not be reached, or was not ready, for {waited} s; start the server and try \
             again, or let calls wait longer with `away_seconds` of [hosts.{table}]",
            names.join(" and ")
        )
    }
}
