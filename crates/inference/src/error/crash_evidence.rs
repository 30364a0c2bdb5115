use std::fmt;

use synod_domain::{HostName, ModelName};

use super::CrashSuspect;

/// What shows that the process of a model has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashEvidence {
    /// The host said so.
    Reported,
    /// Calls to the model fail as if the host were away, while it lists its models: a proxy or a router
    /// does not reach what runs the model, or each call ends the connection.
    OnlyCallsFail,
}

/// A stopped process as a sentence without its end.
pub(super) struct Stopped<'a> {
    pub(super) host: &'a HostName,
    pub(super) model: &'a ModelName,
    pub(super) evidence: CrashEvidence,
    pub(super) suspect: CrashSuspect,
}

impl fmt::Display for Stopped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, model, evidence, suspect } = self;
        match (evidence, suspect) {
            (CrashEvidence::Reported, _) => {
                write!(f, "the process of {model} on {host} stopped{suspect}")
            }
            (CrashEvidence::OnlyCallsFail, CrashSuspect::Unknown) => {
                write!(f, "{host} lists its models, but calls to {model} fail")
            }
            (CrashEvidence::OnlyCallsFail, CrashSuspect::Prompt) => {
                write!(f, "{host} lists its models, but calls to {model} with this prompt fail")
            }
            (CrashEvidence::OnlyCallsFail, CrashSuspect::Model) => {
                write!(f, "{host} lists its models, but all calls to {model} fail")
            }
        }
    }
}
