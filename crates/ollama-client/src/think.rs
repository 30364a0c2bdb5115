use serde::{Serialize, Serializer};

/// Whether, and how hard, a thinking model thinks before it answers.
///
/// Left out of a request, a server since 0.12.4 lets every model think that can, so set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Think {
    /// No thinking; accepted for every model since 0.12.5.
    Off,
    /// Thinking (since 0.9.0); refused for a model that cannot.
    On,
    /// Little thinking (levels since 0.11.0).
    Low,
    /// Middling thinking.
    Medium,
    /// Much thinking.
    High,
    /// As much as the model can (since 0.22.0).
    Max,
}

impl Serialize for Think {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_bool(false),
            Self::On => serializer.serialize_bool(true),
            Self::Low => serializer.serialize_str("low"),
            Self::Medium => serializer.serialize_str("medium"),
            Self::High => serializer.serialize_str("high"),
            Self::Max => serializer.serialize_str("max"),
        }
    }
}
