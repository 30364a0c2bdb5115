use serde::{Deserialize, Serialize};

/// How large a model is, as far as its wording depends on it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Under half a billion parameters: its sentences are real, its ballots near chance.
    Tiny,
    /// Under three billion.
    Small,
    /// Larger, or unknown.
    #[default]
    Regular,
}

impl Scale {
    /// The scale of a model with that many parameters.
    #[must_use]
    pub const fn of_parameters(parameters: u64) -> Self {
        match parameters {
            0..500_000_000 => Self::Tiny,
            500_000_000..3_000_000_000 => Self::Small,
            _ => Self::Regular,
        }
    }
}
