//! Whether a failed load, or a failed call of one token, shows that its model cannot be used.

use std::fmt;

use super::{ChatError, CrashEvidence, CrashSuspect};
use crate::MissingAccess;

/// Why a host does not serve a model, whatever a call contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRefusal {
    /// What the host said.
    pub why: String,
    /// The host cannot load the model as things are, as for lack of memory, or no longer has it. Otherwise the
    /// model does not chat, or is not open to this caller.
    pub is_load: bool,
}

impl fmt::Display for ModelRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl ChatError {
    /// What the host said, if it does not serve this model, whatever the call contains: the model is
    /// missing, cannot be loaded, does not chat, or is not open to this caller. The error is that of a
    /// call which contains nothing that a chat model could refuse.
    pub(crate) fn model_refusal(&self) -> Option<ModelRefusal> {
        match self {
            Self::ModelNotFound { .. } => {
                Some(ModelRefusal { why: self.to_string(), is_load: true })
            }
            Self::Refused { detail, source: Some(source), .. } => {
                let is_refusal = refuses_model(&**source) || self.is_access_to_model();
                let is_load = is_failed_load(&**source) || cannot_load(detail);
                is_refusal.then(|| ModelRefusal { why: detail.clone(), is_load })
            }
            Self::Crashed { detail, evidence, suspect: CrashSuspect::Model, .. } => {
                let why = match evidence {
                    CrashEvidence::Reported => {
                        format!("its process stopped at each call: {detail}")
                    }
                    CrashEvidence::OnlyCallsFail => self.reason(),
                };
                Some(ModelRefusal { why, is_load: true })
            }
            Self::Failed { detail, .. }
            | Self::Crashed {
                detail, suspect: CrashSuspect::Unknown | CrashSuspect::Prompt, ..
            } => cannot_load(detail).then(|| ModelRefusal { why: detail.clone(), is_load: true }),
            Self::AllHostsFailed { failures } => failures.last()?.model_refusal(),
            Self::Refused { source: None, .. }
            | Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::OutputLimit { .. }
            | Self::Busy { .. }
            | Self::Unreachable { .. }
            | Self::Overloaded { .. }
            | Self::NoReply { .. }
            | Self::AllThought { .. }
            | Self::Loading { .. }
            | Self::Filtered { .. }
            | Self::Declined { .. }
            | Self::SharedContextFull { .. }
            | Self::NoHostReady { .. }
            | Self::Interrupted { .. } => None,
        }
    }

    /// The caller may not use the model; others on the same host may be open to it.
    pub(crate) fn is_access_to_model(&self) -> bool {
        let refusal = self.access_refusal();
        refusal.is_some_and(|refusal| {
            refusal.missing == MissingAccess::Permission && names_model(&refusal.detail)
        })
    }
}

/// Whether a refusal (403) speaks of a model, as `Model m is not enabled for your project`.
fn names_model(detail: &str) -> bool {
    let detail = detail.to_lowercase();
    let mut words = detail.split(|sign: char| !sign.is_alphanumeric());
    words.any(|word| word == "model")
}

fn cannot_load(detail: &str) -> bool {
    #[cfg(any(feature = "ollama", feature = "openai"))]
    if crate::not_ready::cannot_load(detail) {
        return true;
    }
    let _ = detail;
    false
}

/// Whether the host said that it could not load the model.
fn is_failed_load(source: &(dyn std::error::Error + 'static)) -> bool {
    #[cfg(feature = "ollama")]
    if crate::ollama::is_failed_load(source) {
        return true;
    }
    let _ = source;
    false
}

fn refuses_model(source: &(dyn std::error::Error + 'static)) -> bool {
    #[cfg(feature = "ollama")]
    if crate::ollama::refuses_model(source) {
        return true;
    }
    #[cfg(feature = "openai")]
    if crate::openai::refuses_model(source) {
        return true;
    }
    let _ = source;
    false
}
