use crate::ChatError;

/// Why a host refuses the chats of a caller until somebody changes something: not because of what is
/// asked, but because of who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRefusal {
    /// What is missing.
    pub lack: AccessLack,
    /// What the host said, with its status.
    pub detail: String,
}

/// What a caller lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLack {
    /// An API key, or the right one (401).
    Key,
    /// Permission (403).
    Permission,
    /// Credit (402, or 429 with `insufficient_quota`).
    Credit,
}

impl AccessRefusal {
    /// The refusal that this error tells of, if it does.
    pub(crate) fn of(error: &ChatError) -> Option<Self> {
        match error {
            ChatError::Refused { detail, source: Some(source), .. } => {
                let lack = lack(&**source)?;
                Some(Self { lack, detail: detail.clone() })
            }
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
            | ChatError::Everywhere { .. }
            | ChatError::Loading { .. }
            | ChatError::SharedContextFull { .. }
            | ChatError::NoHostReady { .. }
            | ChatError::BrokeOff { .. } => None,
        }
    }
}

fn lack(source: &(dyn std::error::Error + 'static)) -> Option<AccessLack> {
    #[cfg(feature = "ollama")]
    if let Some(lack) = crate::ollama::access_lack(source) {
        return Some(lack);
    }
    #[cfg(feature = "openai")]
    if let Some(lack) = crate::openai::access_lack(source) {
        return Some(lack);
    }
    let _ = source;
    None
}
