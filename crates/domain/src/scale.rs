use serde::{Deserialize, Serialize};

/// The size class of a model, which decides on the wording of its prompts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Under half a billion parameters. Such models write sentences, but their ballots are near chance.
    Tiny,
    /// Under three billion parameters.
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
