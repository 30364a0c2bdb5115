use std::{collections::BTreeSet, sync::Arc};

use synod_agents::{ContextFit, ContextLength};
use synod_domain::{DebateConfig, HostName, Initialized, ModelName};
use synod_inference::{ChatError, Gateway};

use crate::compose::{ModelHosts, ModelServer};

/// The hosts of a debate, and whether they grant this user access to chats.
pub(super) struct Access {
    hosts: BTreeSet<HostName>,
    servers: Vec<ModelServer>,
    gateway: Arc<Gateway>,
}

impl Access {
    pub(super) fn of(setup: &Initialized, model_hosts: &ModelHosts) -> Self {
        let profiles = setup.profiles();
        let hosts = profiles.map(|profile| profile.host.clone()).collect();
        Self {
            hosts,
            servers: model_hosts.servers.clone(),
            gateway: Arc::clone(&model_hosts.gateway),
        }
    }

    /// If all hosts refuse this user because a key, a permission or credit is missing, returns their
    /// reasons and what to do.
    pub(super) fn refusal(&self) -> Option<String> {
        let refusals: Option<Vec<_>> =
            self.hosts.iter().map(|host| self.refusal_of(host)).collect();
        refusals.filter(|refusals| !refusals.is_empty()).map(|refusals| refusals.join("; "))
    }

    /// Returns the reasons of the hosts that refuse this user, and what to do.
    pub(super) fn refusals(&self) -> Option<String> {
        let refusals: Vec<_> = self.hosts.iter().filter_map(|host| self.refusal_of(host)).collect();
        (!refusals.is_empty()).then(|| refusals.join("; "))
    }

    /// Why a host takes no calls for a model now, if the last call showed that.
    pub(super) fn outage(&self, host: &HostName, model: &ModelName) -> Option<ChatError> {
        self.gateway.outage_of(host, model)
    }

    /// Why prompts did not fit the window of this model, and which setting to change.
    pub(super) async fn explain_refused_prompts(
        &self,
        config: &DebateConfig,
        host: &HostName,
        model: &ModelName,
    ) -> String {
        // Of a model that its host no longer has, the window is not known, as the sentence says then.
        let chat_model = self.gateway.chat_model(host, model).await.ok();
        let window = chat_model.and_then(|chat_model| chat_model.window());
        let fit = ContextFit::of(config, [(host, model, window)]).filter(ContextFit::is_too_long);
        let length = ContextLength::of(config);
        let (what, wanted) = match (fit, window) {
            (Some(fit), _) => (fit.to_string(), fit.wanted_window),
            (None, Some(window)) => (
                format!(
                    "prompts did not fit the window of {model} on {host}, which has {window} tokens; \
                     {length}, and prompts have statements as well"
                ),
                length.wanted_window.max(window.saturating_mul(2)),
            ),
            (None, None) => (
                format!(
                    "{host} refused prompts as too long for {model}, whose window is not known; {length}"
                ),
                length.wanted_window,
            ),
        };
        let server = self.servers.iter().find(|server| server.name == *host);
        let larger = server.map(|server| server.larger_window(wanted, window.is_some()));
        let larger = larger.map(|larger| format!("{larger}, or ")).unwrap_or_default();
        format!("{what}; {larger}shorten them")
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
