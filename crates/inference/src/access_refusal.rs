use crate::ChatError;

/// Why a host refuses all calls of this program until its configuration or account changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRefusal {
    /// What is missing.
    pub missing: MissingAccess,
    /// What the host said, with its status.
    pub detail: String,
}

/// What a caller lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingAccess {
    /// An API key, or the right one (401).
    Key,
    /// Permission (403).
    Permission,
    /// Credit (402, or 429 with `insufficient_quota`).
    Credit,
}

impl AccessRefusal {
    /// The refusal that this error shows, if it does.
    pub(crate) fn of(error: &ChatError) -> Option<Self> {
        match error {
            ChatError::Refused { detail, source: Some(source), .. } => {
                let missing = missing_access(&**source)?;
                Some(Self { missing, detail: detail.clone() })
            }
            ChatError::Interrupted { .. } => error.cause_in_mid_reply().and_then(Self::of),
            ChatError::Refused { source: None, .. }
            | ChatError::Deadline { .. }
            | ChatError::ContextOverflow { .. }
            | ChatError::OutputLimit { .. }
            | ChatError::Crashed { .. }
            | ChatError::Filtered { .. }
            | ChatError::Declined { .. }
            | ChatError::Busy { .. }
            | ChatError::ModelNotFound { .. }
            | ChatError::Unreachable { .. }
            | ChatError::Overloaded { .. }
            | ChatError::Failed { .. }
            | ChatError::NoReply { .. }
            | ChatError::AllThought { .. }
            | ChatError::AllHostsFailed { .. }
            | ChatError::Loading { .. }
            | ChatError::SharedContextFull { .. }
            | ChatError::NoHostReady { .. } => None,
        }
    }
}

fn missing_access(source: &(dyn std::error::Error + 'static)) -> Option<MissingAccess> {
    #[cfg(feature = "ollama")]
    if let Some(missing) = crate::ollama::missing_access(source) {
        return Some(missing);
    }
    #[cfg(feature = "openai")]
    if let Some(missing) = crate::openai::missing_access(source) {
        return Some(missing);
    }
    let _ = source;
    None
}
