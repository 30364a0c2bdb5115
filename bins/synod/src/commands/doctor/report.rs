use serde::{Serialize, Serializer};

use super::{finding::Finding, proxy::Proxy, shared_model::SharedModel};
use crate::config::HostKind;

/// What the doctor found, as one document.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// The configuration file; `None`: there is none.
    pub(super) config: Option<String>,
    /// The problem.
    pub(super) config_error: Option<String>,
    /// Variables that reroute HTTP.
    pub(super) proxies: Vec<Proxy>,
    /// The hosts.
    pub(super) hosts: Vec<HostReport>,
    /// The models that were to be asked and are on no host.
    pub(super) missing: Vec<String>,
    /// The models that are on more than one host.
    pub(super) shared: Vec<SharedModel>,
    /// Whether this build has the embedded model to fall back on.
    pub(super) embedded: bool,
    /// The printed lines, in order.
    pub(super) findings: Vec<Finding>,
    /// Whether nothing is to be mended.
    pub(super) ok: bool,
}

/// A host.
#[derive(Debug, Serialize)]
pub(super) struct HostReport {
    pub(super) name: String,
    #[serde(serialize_with = "by_word")]
    pub(super) kind: HostKind,
    pub(super) url: String,
    pub(super) version: Option<String>,
    /// The problem.
    pub(super) error: Option<String>,
    /// What to do about it.
    pub(super) fix: Option<String>,
    pub(super) models: Vec<ModelReport>,
}

/// A model.
#[derive(Debug, Serialize)]
pub(super) struct ModelReport {
    pub(super) name: String,
    pub(super) family: Option<String>,
    pub(super) parameters: Option<u64>,
    pub(super) window: Option<u32>,
    pub(super) loaded: bool,
    pub(super) chats: bool,
    /// Why it cannot chat, if it cannot.
    pub(super) no_chat: Option<String>,
    /// Whether it can fill a ballot; `None`: it was not asked.
    pub(super) ballot: Option<bool>,
    /// How its ballot was understood, or why not.
    pub(super) detail: Option<String>,
    /// Whether it can fill a ballot of an open question; `None`: it was not asked.
    pub(super) open_ballot: Option<bool>,
    /// How that ballot was understood, or why not.
    pub(super) open_detail: Option<String>,
    /// Whether it makes a statement, of a model that thinks; `None`: it was not asked.
    pub(super) statement: Option<bool>,
    /// How much the model thinks before a statement, or why it made no statement.
    pub(super) thinking: Option<String>,
    /// What its host refused of the calls, and what was done instead.
    pub(super) limitations: Vec<String>,
    /// Its host accepted a call and said nothing.
    #[serde(skip)]
    pub(super) is_silent: bool,
}

fn by_word<S: Serializer>(kind: &HostKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_str())
}
