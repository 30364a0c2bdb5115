use synod_ollama_client::Think;

use crate::{ModelInfo, ReplyForm};

/// Tokens of thought to expect of a model before it has shown how much it thinks.
const PRESUMED: u32 = 512;

/// The same of a model that thinks little.
const PRESUMED_LOW: u32 = 128;

/// A model that its server says can think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinker {
    /// Its thinking can be switched off.
    Optional,
    /// gpt-oss: it always thinks, and can be asked for little of it.
    Always,
}

impl Thinker {
    pub(super) fn of(info: &ModelInfo) -> Self {
        let family = info.family.as_deref().unwrap_or_default();
        // A family of Ollama's list has no dash; a name may follow a registry and a user.
        if family == "gptoss" || info.model.as_str().contains("gpt-oss") {
            Self::Always
        } else {
            Self::Optional
        }
    }

    /// What to send for the least thinking that the model can do.
    pub(super) const fn least(self) -> Think {
        match self {
            Self::Optional => Think::Off,
            Self::Always => Think::Low,
        }
    }

    /// Tokens of thought to expect before a reply. Objects are asked for with the least.
    pub(super) const fn presumed(self, form: &ReplyForm) -> u32 {
        match (self, form) {
            (Self::Optional | Self::Always, ReplyForm::Text) => PRESUMED,
            (Self::Optional, ReplyForm::Json(_)) => 0,
            (Self::Always, ReplyForm::Json(_)) => PRESUMED_LOW,
        }
    }
}
