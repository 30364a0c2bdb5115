use serde::{Serialize, Serializer};

/// Whether, and how much, a thinking model thinks before it replies.
///
/// Without it, servers since 0.12.4 let every capable model think, so set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Think {
    /// No thinking; accepted for every model since 0.12.5.
    Off,
    /// Thinking (since 0.9.0); refused for other models.
    On,
    /// Little thinking (levels since 0.11.0).
    Low,
    /// Medium thinking.
    Medium,
    /// Much thinking.
    High,
    /// As much thinking as the model supports (since 0.22.0).
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
