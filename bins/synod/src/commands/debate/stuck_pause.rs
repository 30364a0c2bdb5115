use synod_domain::{PauseReason, Paused};
use synod_transcript::pause_in_words;

use crate::CliError;

/// A pause that lasts until someone acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StuckPause {
    reason: PauseReason,
    /// Why the debate is paused: the end of a sentence.
    pub(super) why: String,
}

impl StuckPause {
    /// A pause because too few hosts serve calls, which `why` explains.
    pub(super) const fn for_hosts(reason: PauseReason, why: String) -> Self {
        Self { reason, why }
    }

    /// Any other pause; `None` for one that a client asked for, who will resume the debate.
    pub(super) fn of(paused: &Paused) -> Option<Self> {
        match paused.reason {
            PauseReason::Command => None,
            PauseReason::Poison
            | PauseReason::DiskFull
            | PauseReason::HostsAway
            | PauseReason::HostsRefuse
            | PauseReason::ModelChanged => {
                let words = pause_in_words(paused);
                let why = words.strip_prefix("Paused: ").unwrap_or(&words).to_owned();
                Some(Self { reason: paused.reason, why })
            }
        }
    }

    /// Whether too few hosts serve calls.
    pub(super) const fn is_for_hosts(&self) -> bool {
        self.reason.is_for_hosts()
    }

    /// Whether a resumption has to accept the models that have changed.
    pub(super) fn is_for_models(&self) -> bool {
        self.reason == PauseReason::ModelChanged
    }

    /// The error of a command that leaves or stops the debate for it.
    pub(super) fn into_error(self) -> CliError {
        if self.is_for_hosts() {
            CliError::NoHost(self.why)
        } else if self.is_for_models() {
            let how = "to continue with the models that are served now, add --accept-model-change";
            CliError::Failed(format!("the debate is paused: {}; {how}", self.why))
        } else {
            CliError::Failed(format!("the debate is paused: {}", self.why))
        }
    }
}
