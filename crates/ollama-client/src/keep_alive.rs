use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::go_time::go_duration;

/// How long the model stays loaded after the call. The last value sent for a model wins for all
/// its users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepAlive {
    /// Until the server stops.
    Forever,
    /// Not at all: unload when idle.
    Unload,
    /// This long.
    For(Duration),
    /// A Go duration such as `1h30m`, sent as it is. A text without a unit is refused.
    Text(String),
}

impl Serialize for KeepAlive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // A negative text needs a unit, a negative number does not.
            Self::Forever => serializer.serialize_i64(-1),
            Self::Unload => serializer.serialize_i64(0),
            Self::For(duration) => serializer.serialize_str(&go_duration(*duration)),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}
