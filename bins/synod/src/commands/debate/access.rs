use std::{collections::BTreeSet, sync::Arc};

use synod_domain::{HostName, Initialized};
use synod_inference::Gateway;

use crate::compose::{ModelHosts, ModelServer};

/// The hosts of a debate, and whether they let this user chat at all.
pub(super) struct Access {
    hosts: BTreeSet<HostName>,
    servers: Vec<ModelServer>,
    gateway: Arc<Gateway>,
}

impl Access {
    pub(super) fn of(setup: &Initialized, model_hosts: &ModelHosts) -> Self {
        let seats = setup.participants.iter().chain(&setup.moderator).chain(&setup.judge);
        let hosts = seats.map(|seat| seat.host.clone()).collect();
        Self {
            hosts,
            servers: model_hosts.servers.clone(),
            gateway: Arc::clone(&model_hosts.gateway),
        }
    }

    /// Why the debate cannot be held, and what to do, if all hosts refuse this user: a key,
    /// permission or credit is missing.
    pub(super) fn refusal(&self) -> Option<String> {
        let refusals: Option<Vec<_>> =
            self.hosts.iter().map(|host| self.refusal_of(host)).collect();
        refusals.filter(|refusals| !refusals.is_empty()).map(|refusals| refusals.join("; "))
    }

    /// What the hosts of the debate that refuse this user say, and what to do.
    pub(super) fn refusals(&self) -> Option<String> {
        let refusals: Vec<_> = self.hosts.iter().filter_map(|host| self.refusal_of(host)).collect();
        (!refusals.is_empty()).then(|| refusals.join("; "))
    }

    fn refusal_of(&self, host: &HostName) -> Option<String> {
        let refusal = self.gateway.access_refusal(host)?;
        let server = self.servers.iter().find(|server| server.name == *host);
        Some(match server {
            Some(server) => server.explain_access_refusal(&refusal),
            None => format!("{host} refuses chats: {}", refusal.detail),
        })
    }
}
