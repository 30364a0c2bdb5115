use std::sync::Arc;

use synod_agents::AssignmentError;
use synod_domain::{HostName, ModelName, near_names};
#[cfg(feature = "embedded")]
use synod_inference::HostError;
use synod_inference::{Gateway, GatewaySettings, HostModels, ModelHost, ModelInfo, ResolveError};

use super::{ModelServer, model_servers};
use crate::{
    CliError,
    config::{Config, HostKind},
    environment::Environment,
};

/// The hosts of models: their gateway, their servers and their lists of models.
pub(crate) struct ModelHosts {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) servers: Vec<ModelServer>,
    /// The hosts' lists of models.
    pub(crate) listings: Vec<HostModels>,
    /// The reason for the embedded model, if it was not asked for.
    pub(crate) why_embedded: Option<String>,
}

/// When the embedded model is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Embedded {
    /// If no host is configured and the Ollama of this machine has no model that can chat. If a
    /// configured host refuses, that is an error.
    IfNeeded,
    /// Beside other hosts, since it was asked for by name.
    Named,
    /// Never.
    Never,
}

impl ModelHosts {
    /// The names of all hosts.
    pub(crate) fn hosts(&self) -> Vec<HostName> {
        self.listings.iter().map(|listing| listing.host.clone()).collect()
    }

    /// Whether this host lists a model of this name; Ollama's tag `latest` is implied.
    pub(crate) fn lists(&self, host: &HostName, name: &str) -> bool {
        self.listings.iter().any(|listing| listing.host == *host && listing.lists(name))
    }

    /// The word for the protocol of a host.
    pub(crate) fn kind_of(&self, host: &HostName) -> &'static str {
        let server = self.servers.iter().find(|server| server.name == *host);
        server.map_or("embedded", |server| server.kind.as_str())
    }

    /// The hosts that did not list their models, each with the reason and the remedy.
    pub(crate) fn refusals(&self) -> Vec<(&HostName, String)> {
        let refusals = self.listings.iter().filter_map(|HostModels { host, models }| {
            let error = models.as_ref().err()?;
            let server = self.server(host);
            Some((host, server.map_or_else(|| error.to_string(), |server| server.explain(error))))
        });
        refusals.collect()
    }

    /// The server of this name.
    pub(crate) fn server(&self, host: &HostName) -> Option<&ModelServer> {
        self.servers.iter().find(|server| server.name == *host)
    }

    /// The error if seats have no models: the missing model, and why hosts that may have it refuse.
    pub(crate) fn assignment_error(&self, error: AssignmentError) -> CliError {
        let mut error = match error {
            AssignmentError::UnknownAgent(unknown) => return unknown.into(),
            AssignmentError::Unresolved(error) => error,
        };
        let (is_missed_elsewhere, silent) = match &mut error {
            ResolveError::ModelNotFound { asked, unanswered, .. }
            | ResolveError::NoModel { asked, unanswered, .. } => {
                (!asked.is_empty(), std::mem::take(unanswered))
            }
            ResolveError::HostUnavailable { host, source } => {
                (false, vec![(host.clone(), source.clone())])
            }
            ResolveError::CannotChat { host, model, .. }
                if !self.lists(host, model.as_str())
                    || self.unlisted_note(host, model).is_some() =>
            {
                let hint = self.unlisted_hint(host, model.as_str());
                return CliError::Usage(format!("{error}; {hint}"));
            }
            ResolveError::UnknownHost { .. } | ResolveError::CannotChat { .. } => {
                (true, Vec::new())
            }
        };
        if silent.is_empty() {
            return self.resolve_error(error);
        }
        let missed = is_missed_elsewhere.then(|| error.to_string());
        let refusals = silent.iter().map(|(host, error)| match self.server(host) {
            Some(server) => server.explain_by_name(error),
            None => format!("{host}: {error}"),
        });
        CliError::NoHost(missed.into_iter().chain(refusals).collect::<Vec<_>>().join("; "))
    }

    /// What to know of a model that its host does not list, and refuses.
    fn unlisted_hint(&self, host: &HostName, model: &str) -> String {
        let listing = self.listings.iter().find(|listing| listing.host == *host);
        if let Some(Err(error)) = listing.map(|listing| &listing.models) {
            return self.server(host).map_or_else(|| error.to_string(), |of| of.explain(error));
        }
        format!("{host} does not list it{}", self.meant_on(host, model))
    }

    /// The similar names of chat models that a host lists, as ` (did you mean `m`?)`; empty if there are none.
    fn meant_on(&self, host: &HostName, model: &str) -> String {
        let listed = self.infos().filter(|info| info.host == *host && info.chats && !info.unlisted);
        let near = near_names(model, listed.map(|info| info.model.as_str()));
        let near: Vec<_> = near.iter().map(|name| format!("`{name}`")).collect();
        if near.is_empty() {
            return String::new();
        }
        format!(" (did you mean {}?)", near.join(" or "))
    }

    /// Says that a host does not list a model that it may serve all the same. `None` if it lists the model, or
    /// has no list.
    pub(crate) fn unlisted_note(&self, host: &HostName, model: &ModelName) -> Option<String> {
        let listed = || self.infos().filter(|info| info.host == *host && !info.unlisted);
        let is_left_out = listed().next().is_some() && listed().all(|info| info.model != *model);
        let meant = || self.meant_on(host, model.as_str());
        is_left_out.then(|| format!("{host} does not list `{model}`{}", meant()))
    }

    /// The models with a table in the settings of an Ollama that it does not have, each in a sentence. Other
    /// servers may serve models that they do not list.
    pub(crate) fn missing_in_ollama(&self, server: &ModelServer) -> Vec<(ModelName, String)> {
        let has_listed = self.listings.iter().any(|of| of.host == server.name && of.models.is_ok());
        if server.kind != HostKind::Ollama || !has_listed {
            return Vec::new();
        }
        let host = &server.name;
        let missing = server.settings.models().iter();
        let missing = missing.filter(|model| !self.lists(host, model.as_str()));
        let sentence = |model: &ModelName| {
            let meant = self.meant_on(host, model.as_str());
            let table = format!("[hosts.{host}.models.\"{model}\"]");
            (model.clone(), format!("no model `{model}`, which has a table {table}{meant}"))
        };
        missing.map(sentence).collect()
    }

    fn is_openai(&self, host: &HostName) -> bool {
        self.server(host).is_some_and(|server| server.kind == HostKind::OpenAi)
    }

    /// The error; if `HOST/MODEL` was read as the name of a model, with the name that was meant.
    fn resolve_error(&self, mut error: ResolveError) -> CliError {
        let ResolveError::ModelNotFound { model, install_hint, .. } = &mut error else {
            return error.into();
        };
        let Some(ModelInfo { host, model, .. }) = self.meant_by(model.as_str()) else {
            return error.into();
        };
        *install_hint = None;
        CliError::Usage(format!(
            "{error}; {model} is on {host}: use `-m {host}/{model}`, or for an agent \
             `host = \"{host}\"` and `model = \"{model}\"`"
        ))
    }

    /// The model that is meant by `HOST/MODEL` if no host has a model of that name: on that host, or else
    /// on another.
    pub(crate) fn meant_by(&self, name: &str) -> Option<&ModelInfo> {
        let (host, model) = name.split_once('/')?;
        let latest = format!("{model}:latest");
        let is_meant = |info: &&ModelInfo| [model, &latest].contains(&info.model.as_str());
        let mut infos = self.infos().filter(is_meant);
        let first = infos.next()?;
        if first.host.as_str() == host {
            return Some(first);
        }
        Some(infos.find(|info| info.host.as_str() == host).unwrap_or(first))
    }

    /// The reasons why no host has a model that can chat, with their remedies.
    pub(crate) fn why_no_chat(&self) -> String {
        let reasons = self.listings.iter().filter_map(|HostModels { host, models }| match models {
            Err(error) => Some(match self.server(host) {
                Some(server) => server.explain_by_name(error),
                None => format!("{host}: {error}"),
            }),
            Ok(infos) if infos.iter().any(|info| info.chats) => None,
            Ok(infos) if infos.is_empty() && self.is_openai(host) => {
                let named = self.server(host).map(ModelServer::how_to_name_model);
                Some(format!("{host} lists no models; {}", named.unwrap_or_default()))
            }
            Ok(_) => {
                let remedy = self.server(host).map_or("", |server| server.kind.how_to_get_model());
                Some(format!("{host} has no model that can chat; {remedy}"))
            }
        });
        reasons.collect::<Vec<_>>().join("; ")
    }

    /// The reason why the Ollama of this machine is not used.
    #[cfg(feature = "embedded")]
    fn why_no_ollama(&self) -> String {
        let of = |HostModels { host, models }: &HostModels| {
            let url = &self.server(host)?.url;
            Some(match models {
                Err(HostError::Unreachable { .. }) => format!("No Ollama at {url}"),
                Err(error) => error.to_string(),
                Ok(_) => format!("The Ollama at {url} has no model that can chat"),
            })
        };
        self.listings.iter().filter_map(of).collect::<Vec<_>>().join("; ")
    }

    /// All listed models.
    pub(crate) fn infos(&self) -> impl Iterator<Item = &ModelInfo> {
        self.listings.iter().filter_map(|listing| listing.models.as_ref().ok()).flatten()
    }
}

/// Connects to the configured hosts and lists their models.
///
/// # Errors
/// [`CliError::Usage`] for an invalid address, [`CliError::NoHost`] if the embedded model is needed and
/// not available.
pub(crate) async fn connect(
    config: &Config,
    environment: &Environment,
    embedded: Embedded,
) -> Result<ModelHosts, CliError> {
    let servers = model_servers(config, environment)?;
    let hosts = servers.iter().map(|server| Arc::clone(&server.host)).collect();
    let model_hosts = listed(hosts, servers).await;
    let is_due = match embedded {
        Embedded::IfNeeded => {
            let configured =
                model_hosts.servers.iter().any(|server| server.settings.configured_by_hand());
            !configured && !model_hosts.infos().any(|info| info.chats)
        }
        Embedded::Named => true,
        Embedded::Never => false,
    };
    if is_due { with_embedded(model_hosts, environment).await } else { Ok(model_hosts) }
}

/// Connects a server to the configured hosts. Only the embedded model has to be available from the start,
/// if it is needed.
#[cfg(feature = "embedded")]
pub(crate) async fn connect_for_server(
    config: &Config,
    environment: &Environment,
) -> Result<ModelHosts, CliError> {
    connect(config, environment, Embedded::IfNeeded).await
}

/// Connects a server to the configured hosts. It lists their models after it has started, so that a slow
/// host does not delay it.
#[cfg(not(feature = "embedded"))]
pub(crate) async fn connect_for_server(
    config: &Config,
    environment: &Environment,
) -> Result<ModelHosts, CliError> {
    let servers = model_servers(config, environment)?;
    let hosts = servers.iter().map(|server| Arc::clone(&server.host)).collect();
    let gateway = Arc::new(Gateway::new(hosts, GatewaySettings::default()));
    Ok(ModelHosts { gateway, servers, listings: Vec::new(), why_embedded: None })
}

async fn listed(hosts: Vec<Arc<dyn ModelHost>>, servers: Vec<ModelServer>) -> ModelHosts {
    let gateway = Gateway::new(hosts, GatewaySettings::default());
    let listings = gateway.models().await;
    ModelHosts { gateway: Arc::new(gateway), servers, listings, why_embedded: None }
}

#[cfg(feature = "embedded")]
async fn with_embedded(
    model_hosts: ModelHosts,
    environment: &Environment,
) -> Result<ModelHosts, CliError> {
    let why = model_hosts.why_no_ollama();
    let mut hosts: Vec<_> =
        model_hosts.servers.iter().map(|server| Arc::clone(&server.host)).collect();
    hosts.push(super::hosts::embedded::open(environment).await?);
    let model_hosts = listed(hosts, model_hosts.servers).await;
    Ok(ModelHosts { why_embedded: Some(why), ..model_hosts })
}

#[cfg(not(feature = "embedded"))]
#[expect(clippy::unused_async, reason = "the build with the embedded model fetches it here")]
async fn with_embedded(model_hosts: ModelHosts, _: &Environment) -> Result<ModelHosts, CliError> {
    Ok(model_hosts)
}
