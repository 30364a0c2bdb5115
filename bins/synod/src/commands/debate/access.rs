use std::{collections::BTreeSet, sync::Arc};

use synod_domain::{HostName, Initialized};
use synod_inference::Gateway;

use crate::compose::{ModelServer, Reach};

/// The hosts of a debate, and whether they let this user chat at all.
pub(super) struct Access {
    hosts: BTreeSet<HostName>,
    servers: Vec<ModelServer>,
    gateway: Arc<Gateway>,
}

impl Access {
    pub(super) fn of(setup: &Initialized, reach: &Reach) -> Self {
        let seats = setup.participants.iter().chain(&setup.moderator).chain(&setup.judge);
        let hosts = seats.map(|seat| seat.host.clone()).collect();
        Self { hosts, servers: reach.servers.clone(), gateway: Arc::clone(&reach.gateway) }
    }

    /// Why the debate cannot be held, and what to do, if all hosts refuse this user: a key,
    /// permission or credit is missing.
    pub(super) fn refusal(&self) -> Option<String> {
        let refusals = self.hosts.iter().map(|host| {
            let refusal = self.gateway.access_refusal(host)?;
            let server = self.servers.iter().find(|server| server.name == *host);
            Some(match server {
                Some(server) => server.without_access(&refusal),
                None => format!("{host} refuses chats: {}", refusal.detail),
            })
        });
        let refusals = refusals.collect::<Option<Vec<_>>>()?;
        (!refusals.is_empty()).then(|| refusals.join("; "))
    }
}
