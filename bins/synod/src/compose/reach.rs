use std::sync::Arc;

use synod_agents::AgentsError;
use synod_domain::HostName;
use synod_inference::{Gateway, GatewaySettings, HostModels, ModelCard, ModelHost};

use super::{ModelServer, model_servers};
use crate::{CliError, config_file::ConfigFile, environment::Environment};

/// The models in reach.
pub(crate) struct Reach {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) servers: Vec<ModelServer>,
    /// What the hosts told.
    pub(crate) listings: Vec<HostModels>,
    /// Why the embedded model serves, if it does.
    pub(crate) why_embedded: Option<String>,
}

/// Whether the embedded model serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Embedded {
    /// If no Ollama has a model that can chat.
    IfNeeded,
    /// Beside Ollama: it was asked for by name.
    Named,
    /// Not at all.
    Never,
}

impl Reach {
    /// The names of all hosts that may be asked for.
    pub(crate) fn hosts(&self) -> Vec<HostName> {
        self.listings.iter().map(|listing| listing.host.clone()).collect()
    }

    /// The word for what a host speaks.
    pub(crate) fn kind_of(&self, host: &HostName) -> &'static str {
        let server = self.servers.iter().find(|server| server.name == *host);
        server.map_or("embedded", |server| server.kind.as_str())
    }

    /// What a user can do about the servers that did not tell their models; empty if all did.
    pub(crate) fn what_to_do(&self) -> String {
        let is_silent = |server: &&ModelServer| {
            let mut listings = self.listings.iter();
            listings.any(|told| told.host == server.name && told.models.is_err())
        };
        let silent = self.servers.iter().filter(is_silent);
        silent.map(|server| format!("; {}", server.how_to_reach())).collect()
    }

    /// The seats have no models.
    pub(crate) fn without_seats(&self, error: AgentsError) -> CliError {
        let error = CliError::from(error);
        if let CliError::NoHost(why) = error {
            return CliError::NoHost(why + &self.what_to_do());
        }
        error
    }

    /// Why the hosts serve no chat.
    pub(crate) fn without_chat(&self) -> String {
        let reasons = self.listings.iter().filter_map(|HostModels { host, models }| match models {
            Err(error) => Some(format!("{host}: {error}")),
            Ok(cards) if cards.iter().any(|card| card.chats) => None,
            Ok(_) => Some(format!("{host} has no model that can chat")),
        });
        reasons.collect::<Vec<_>>().join("; ")
    }

    /// All models that were listed.
    pub(crate) fn cards(&self) -> impl Iterator<Item = &ModelCard> {
        self.listings.iter().filter_map(|listing| listing.models.as_ref().ok()).flatten()
    }
}

/// Asks the hosts what they have.
///
/// # Errors
/// [`CliError::Usage`] for an address that is none, [`CliError::NoHost`] if the embedded model is
/// needed and cannot be had.
pub(crate) async fn reach(
    config: &ConfigFile,
    environment: &Environment,
    embedded: Embedded,
) -> Result<Reach, CliError> {
    let servers = model_servers(config, environment)?;
    let hosts = servers.iter().map(|server| Arc::clone(&server.host)).collect();
    let reach = listed(hosts, servers).await;
    let is_due = match embedded {
        Embedded::IfNeeded => !reach.cards().any(|card| card.chats),
        Embedded::Named => true,
        Embedded::Never => false,
    };
    if is_due { with_embedded(reach, environment).await } else { Ok(reach) }
}

/// The hosts of a server. It asks them for their models once it serves, so that a host that is slow
/// does not delay it; only the embedded model has to be there from the start, if it is needed.
#[cfg(feature = "embedded")]
pub(crate) async fn serving(
    config: &ConfigFile,
    environment: &Environment,
) -> Result<Reach, CliError> {
    reach(config, environment, Embedded::IfNeeded).await
}

/// The hosts of a server. It asks them for their models once it serves, so that a host that is slow
/// does not delay it.
#[cfg(not(feature = "embedded"))]
pub(crate) async fn serving(
    config: &ConfigFile,
    environment: &Environment,
) -> Result<Reach, CliError> {
    let servers = model_servers(config, environment)?;
    let hosts = servers.iter().map(|server| Arc::clone(&server.host)).collect();
    let gateway = Arc::new(Gateway::new(hosts, GatewaySettings::default()));
    Ok(Reach { gateway, servers, listings: Vec::new(), why_embedded: None })
}

async fn listed(hosts: Vec<Arc<dyn ModelHost>>, servers: Vec<ModelServer>) -> Reach {
    let gateway = Gateway::new(hosts, GatewaySettings::default());
    let listings = gateway.models().await;
    Reach { gateway: Arc::new(gateway), servers, listings, why_embedded: None }
}

#[cfg(feature = "embedded")]
async fn with_embedded(reach: Reach, environment: &Environment) -> Result<Reach, CliError> {
    let why = reach.without_chat();
    let mut hosts: Vec<_> = reach.servers.iter().map(|server| Arc::clone(&server.host)).collect();
    hosts.push(super::demo::open(environment).await?);
    let reach = listed(hosts, reach.servers).await;
    Ok(Reach { why_embedded: Some(why), ..reach })
}

#[cfg(not(feature = "embedded"))]
#[expect(clippy::unused_async, reason = "the build with the embedded model fetches it here")]
async fn with_embedded(reach: Reach, _: &Environment) -> Result<Reach, CliError> {
    Ok(reach)
}
