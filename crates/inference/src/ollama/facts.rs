use synod_ollama_client::{InstalledModel, LoadedModel, ModelInfo};

use crate::Placement;

/// What a model can do, which only changes with its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) chats: bool,
    pub(super) embeds: bool,
    pub(super) thinks: bool,
    /// Tokens of the window it was trained for.
    pub(super) trained: Option<u32>,
}

impl Facts {
    /// From the list of models, as far as the server tells there (since 0.30).
    pub(super) fn listed(model: &InstalledModel) -> Option<Self> {
        let capabilities = model.capabilities.as_ref()?;
        let trained = model.details.context_length;
        Some(Self::of(capabilities, trained))
    }

    /// From the model's own page.
    pub(super) fn shown(model: &InstalledModel, info: &ModelInfo) -> Self {
        let trained = info.context_length();
        match &info.capabilities {
            Some(capabilities) => Self::of(capabilities, trained),
            None => Self { trained: trained.and_then(tokens), ..Self::guessed(model) },
        }
    }

    /// For servers before 0.6.4, which do not tell. Their models that only embed are of the BERT
    /// family.
    pub(super) fn guessed(model: &InstalledModel) -> Self {
        let embeds = model.details.family.ends_with("bert");
        Self { chats: !embeds, embeds, thinks: false, trained: None }
    }

    fn of(capabilities: &[String], trained: Option<u64>) -> Self {
        let can = |capability: &str| capabilities.iter().any(|known| known == capability);
        Self {
            chats: can("completion"),
            embeds: can("embedding"),
            thinks: can("thinking"),
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
    let LoadedModel { size, size_vram, .. } = *model;
    match size_vram {
        _ if size == 0 => None,
        0 => Some(Placement::Processor),
        _ if size_vram >= size => Some(Placement::Gpu),
        _ => {
            let percent = u128::from(size_vram) * 100 / u128::from(size);
            Some(Placement::Split(u8::try_from(percent).unwrap_or(99).clamp(1, 99)))
        }
    }
}

/// A count of tokens; none of more than 2³² is meant.
pub(super) fn tokens(count: u64) -> Option<u32> {
    u32::try_from(count).ok().filter(|count| *count > 0)
}

/// The number behind a text such as `4.0B` or `268.10M`.
pub(super) fn parameters(text: &str) -> Option<u64> {
    let (number, unit) = text.trim().split_at_checked(text.trim().len().checked_sub(1)?)?;
    let unit = match unit {
        "K" => 1e3,
        "M" => 1e6,
        "B" => 1e9,
        "T" => 1e12,
        _ => return None,
    };
    let count = number.parse::<f64>().ok()? * unit;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range, and the fraction of a parameter is a rounding error"
    )]
    (1.0..1e18).contains(&count).then_some(count.round() as u64)
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

    #[test]
    fn parameters_are_read_in_every_unit() {
        for (text, count) in [
            ("4.0B", Some(4_000_000_000)),
            ("268.10M", Some(268_100_000)),
            ("1.2T", Some(1_200_000_000_000)),
            ("", None),
            ("B", None),
            ("many", None),
            ("-3B", None),
            ("4é", None),
        ] {
            assert_eq!(parameters(text), count, "{text}");
        }
    }
}
