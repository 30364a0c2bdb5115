use serde::{Serialize, Serializer};

use super::{data::DataReport, finding::Finding, proxy::Proxy, shared_model::SharedModel};
use crate::config::HostKind;

/// The report of the doctor as a JSON document.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// The configuration file, if there is one.
    pub(super) config: Option<String>,
    /// The error in the configuration.
    pub(super) config_error: Option<String>,
    /// Environment variables that send HTTP through a proxy.
    pub(super) proxies: Vec<Proxy>,
    /// The hosts.
    pub(super) hosts: Vec<HostReport>,
    /// The requested models that no reachable host lists.
    pub(super) missing: Vec<String>,
    /// Models that are on more than one host.
    pub(super) shared: Vec<SharedModel>,
    /// The data directory; `None` if nothing is kept.
    pub(super) data: Option<DataReport>,
    /// Whether this build includes the embedded demo model.
    pub(super) embedded: bool,
    /// All findings in order.
    pub(super) findings: Vec<Finding>,
    /// Whether there is no problem.
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
    /// The error of the host.
    pub(super) error: Option<String>,
    /// The suggested fix.
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
    /// Why the model cannot chat.
    pub(super) no_chat: Option<String>,
    /// Whether the model can vote; `None` if not tested.
    pub(super) ballot: Option<bool>,
    /// How the ballot was read, or why it failed.
    pub(super) detail: Option<String>,
    /// Whether the model can vote on an open question; `None` if not tested.
    pub(super) open_ballot: Option<bool>,
    /// How that ballot was read, or why it failed.
    pub(super) open_detail: Option<String>,
    /// Whether a thinking model makes a statement; `None` if not tested.
    pub(super) statement: Option<bool>,
    /// How much the model thinks before a statement, or why the statement failed.
    pub(super) thinking: Option<String>,
    /// Features that the host refuses, and what is done instead.
    pub(super) limitations: Vec<String>,
    /// Whether the host accepted a call and did not respond.
    #[serde(skip)]
    pub(super) is_silent: bool,
}

fn by_word<S: Serializer>(kind: &HostKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_str())
}
