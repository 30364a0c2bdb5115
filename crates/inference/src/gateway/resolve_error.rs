use std::fmt;

use thiserror::Error;

use crate::{HostError, HostName, ModelName};

/// Errors of choosing a model.
#[derive(Clone, Debug, Error)]
pub enum ResolveError {
    /// No host has that name.
    #[error("there is no host {host}, only {}", Hosts(known))]
    UnknownHost {
        /// The name.
        host: HostName,
        /// The hosts there are.
        known: Vec<HostName>,
    },
    /// The host did not list its models.
    #[error("could not list the models of {host}: {source}")]
    HostUnavailable {
        /// The host.
        host: HostName,
        /// The cause.
        source: HostError,
    },
    /// The model is on none of the hosts asked.
    #[error(
        "no model {model} on {}{}{}{}",
        Hosts(asked),
        Near(&others.near),
        Unanswered(unanswered),
        InstallHint(install_hint)
    )]
    ModelNotFound {
        /// The model.
        model: ModelName,
        /// The models there are.
        others: Box<OtherModels>,
        /// The hosts that listed their models.
        asked: Vec<HostName>,
        /// The hosts that did not, and why.
        unanswered: Vec<(HostName, HostError)>,
        /// A command for the user, as `ollama pull llama3.2:3b`.
        install_hint: Option<String>,
    },
    /// The model cannot hold a chat.
    #[error("{model} on {host} cannot chat: {why}")]
    CannotChat {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
        /// The reason, as `it is an embedding model`.
        why: String,
    },
    /// No model may be chosen without being named.
    #[error(
        "no model that can chat on {}{}{}{}{}",
        Hosts(asked),
        left_out,
        Unanswered(unanswered),
        OnlyNamed(remote),
        InstallHint(install_hint)
    )]
    NoModel {
        /// The hosts that listed their models.
        asked: Vec<HostName>,
        /// The hosts that did not, and why.
        unanswered: Vec<(HostName, HostError)>,
        /// A model that would have served if it were named.
        remote: Option<ModelName>,
        /// The models that were excluded. Boxed, to keep errors small.
        left_out: Box<ExcludedModels>,
        /// A command for the user, as `ollama pull llama3.2:3b`.
        install_hint: Option<String>,
    },
}

/// The models of the hosts that were asked for a missing one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherModels {
    /// Those with a similar name, the nearest first.
    pub near: Vec<ModelName>,
    /// All that can chat.
    pub available: Vec<ModelName>,
}

struct Hosts<'a>(&'a [HostName]);

impl fmt::Display for Hosts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, host) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{host}")?;
        }
        if self.0.is_empty() { f.write_str("any host") } else { Ok(()) }
    }
}

/// Names that may have been meant.
struct Near<'a>(&'a [ModelName]);

impl fmt::Display for Near<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let near: Vec<_> = self.0.iter().map(|name| format!("`{name}`")).collect();
        if near.is_empty() { Ok(()) } else { write!(f, " (did you mean {}?)", near.join(" or ")) }
    }
}

/// Models that cannot chat, each with the reason, as `it is an embedding model`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExcludedModels(pub Vec<(ModelName, String)>);

impl fmt::Display for ExcludedModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More are only counted.
        const SHOWN: usize = 3;
        let shown = &self.0[..self.0.len().min(SHOWN)];
        shown.iter().try_for_each(|(model, why)| write!(f, "; {model} is left out: {why}"))?;
        match self.0.len() - shown.len() {
            0 => Ok(()),
            more => write!(f, "; {more} more are left out"),
        }
    }
}

struct Unanswered<'a>(&'a [(HostName, HostError)]);

impl fmt::Display for Unanswered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(host, error)| write!(f, "; {host}: {error}"))
    }
}

struct OnlyNamed<'a>(&'a Option<ModelName>);

impl fmt::Display for OnlyNamed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |model| {
            write!(f, "; {model} runs beyond this network and is used only if it is named")
        })
    }
}

struct InstallHint<'a>(&'a Option<String>);

impl fmt::Display for InstallHint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |command| write!(f, "; try `{command}`"))
    }
}
