use synod_ollama_client::{InstalledModel, LoadedModel, ShowReply};

use crate::{ModelKind, Placement, abilities::Abilities, client_error::tokens};

/// What a model can do, which only changes with its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) chats: bool,
    pub(super) embeds: bool,
    pub(super) thinks: bool,
    /// The server reports what the model can do.
    pub(super) reported: bool,
    /// Tokens of the window it was trained for.
    pub(super) trained: Option<u32>,
}

impl Facts {
    /// From the list of models, as far as it says (since 0.30).
    pub(super) fn listed(model: &InstalledModel) -> Option<Self> {
        let capabilities = model.capabilities.as_ref()?;
        let trained = model.details.context_length;
        Some(Self::of(capabilities, trained))
    }

    /// From the model's own page.
    pub(super) fn shown(model: &InstalledModel, info: &ShowReply) -> Self {
        let trained = info.context_length();
        match &info.capabilities {
            Some(capabilities) => Self::of(capabilities, trained),
            None => Self { trained: trained.and_then(tokens), ..Self::guessed(model) },
        }
    }

    /// For servers before 0.6.4, which do not report it. Models of the BERT family only embed.
    pub(super) fn guessed(model: &InstalledModel) -> Self {
        let is_bert = model.details.family.ends_with("bert");
        let embeds = is_bert || ModelKind::of_name(&model.name) == Some(ModelKind::Embedding);
        Self { chats: !embeds, embeds, thinks: false, reported: is_bert, trained: None }
    }

    /// Whether the model chats, by all that is known.
    pub(super) fn abilities(self, model: &str, set: Option<bool>) -> Abilities {
        let reported =
            self.reported.then(|| (self.chats, self.embeds.then_some(ModelKind::Embedding)));
        Abilities::of(model, reported, set)
    }

    fn of(capabilities: &[String], trained: Option<u64>) -> Self {
        let can = |capability: &str| capabilities.iter().any(|known| known == capability);
        Self {
            chats: can("completion"),
            embeds: can("embedding"),
            thinks: can("thinking"),
            reported: true,
            trained: trained.and_then(tokens),
        }
    }
}

/// Ollama's mark of models that it only passes on to its cloud.
pub(super) fn is_in_cloud(model: &str) -> bool {
    model.ends_with("-cloud") || model.ends_with(":cloud")
}

/// Where a loaded model computes, by the bytes of it that are in the memory of GPUs.
pub(super) fn placement(model: &LoadedModel) -> Option<Placement> {
    let (size, on_gpu) = (model.size, model.size_vram?);
    match on_gpu {
        _ if size == 0 => None,
        0 => Some(Placement::Cpu),
        _ if on_gpu >= size => Some(Placement::Gpu),
        _ => {
            let percent = u128::from(on_gpu) * 100 / u128::from(size);
            Some(Placement::Split(u8::try_from(percent).unwrap_or(99).clamp(1, 99)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_of_the_cloud_are_known_by_their_tag() {
        for (model, cloud) in
            [("gpt-oss:120b-cloud", true), ("kimi:cloud", true), ("cloud:7b", false)]
        {
            assert_eq!(is_in_cloud(model), cloud, "{model}");
        }
    }
}
